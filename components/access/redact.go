package access

import "regexp"

// userInfo matches the user and password in a URL.
var userInfo = regexp.MustCompile(`//.*@`)

// WithoutUserInfo returns a text without the user and password of a URL in it, for
// messages.
func WithoutUserInfo(text string) string { return userInfo.ReplaceAllLiteralString(text, "//…@") }
