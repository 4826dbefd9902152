package access

import "regexp"

// userInfo is the user and password in a URL, whatever they hold.
var userInfo = regexp.MustCompile(`//.*@`)

// WithoutUserInfo is a text without the user and password of a URL in it, to be
// shown in a message.
func WithoutUserInfo(text string) string { return userInfo.ReplaceAllLiteralString(text, "//…@") }
