package cloud

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"iam-secured-api/components/access"
)

// SessionSettings are the tags and the source identity of a role session (IAM user guide,
// "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed
// roles").
type SessionSettings struct {
	Tags              map[string]string
	TransitiveTagKeys []string // keys of the tags that later sessions of a chain inherit
	SourceIdentity    string   // empty for none
}

func (s SessionSettings) check() error {
	if err := checkTags(s.Tags); IsCode(err, CodeInvalidInput) {
		return errorf(CodeInvalidParameterSTS, "%s", err.(*Error).Message)
	} else if err != nil {
		return errorf(CodeValidation, "invalid tags: %s", err.(*Error).Message)
	}
	for _, key := range s.TransitiveTagKeys {
		if tagKey(s.Tags, key) == "" {
			return errorf(CodeInvalidParameterSTS,
				"the specified transitive tag key must be included in the requested tags: %.128q", key)
		}
	}
	if s.SourceIdentity != "" && !reSessionName.MatchString(s.SourceIdentity) {
		return errorf(CodeValidation,
			"value %.100q at 'sourceIdentity' failed to satisfy constraint: 2 to 64 characters of [\\w+=,.@-]", s.SourceIdentity)
	}
	return nil
}

// tagKey finds a tag's key, ignoring case, and returns it as it is spelled in the tags.
// It returns an empty string if the tag does not exist.
func tagKey(tags map[string]string, key string) string {
	for own := range tags {
		if strings.EqualFold(own, key) {
			return own
		}
	}
	return ""
}

// inherit returns the settings of a new session that is started from another session. The
// error messages were seen on AWS.
func (s SessionSettings) inherit(from SessionSettings) (SessionSettings, error) {
	if s.SourceIdentity != "" && from.SourceIdentity != "" && s.SourceIdentity != from.SourceIdentity {
		return s, errorf(CodeValidation, "the source identity is already set for this assume role session")
	}
	s.SourceIdentity = cmp.Or(s.SourceIdentity, from.SourceIdentity)
	inherited := map[string]string{}
	for _, key := range from.TransitiveTagKeys {
		if tagKey(s.Tags, key) != "" {
			return s, errorf(CodeInvalidParameterSTS, "one of the specified transitive tag keys can't be set "+
				"because it conflicts with a transitive tag key from the calling session: %q", key)
		}
		key = tagKey(from.Tags, key)
		inherited[key] = from.Tags[key]
	}
	s.TransitiveTagKeys = slices.Concat(s.TransitiveTagKeys, sortedKeys(inherited))
	maps.Copy(inherited, s.Tags)
	s.Tags = inherited
	return s, nil
}

// addTo adds the condition keys that a request with these settings has.
func (s SessionSettings) addTo(context map[string][]string) {
	for key, value := range s.Tags {
		context["aws:RequestTag/"+key] = []string{value}
	}
	if len(s.Tags) > 0 {
		context["aws:TagKeys"] = sortedKeys(s.Tags)
	}
	if len(s.TransitiveTagKeys) > 0 {
		context["sts:TransitiveTagKeys"] = s.TransitiveTagKeys
	}
	if s.SourceIdentity != "" {
		context["sts:SourceIdentity"] = []string{s.SourceIdentity}
	}
}

// actions returns an action and the other actions that the settings require.
func (s SessionSettings) actions(action string) []string {
	actions := []string{action}
	if len(s.Tags) > 0 {
		actions = append(actions, access.ActionTagSession)
	}
	if s.SourceIdentity != "" {
		actions = append(actions, access.ActionSetSourceIdentity)
	}
	return actions
}

// principalTags returns the tags of a session: the role's tags and the session tags. A
// session tag overrides a role tag with the same key.
func (s SessionSettings) principalTags(ofRole map[string]string) map[string]string {
	tags := map[string]string{}
	for key, value := range ofRole {
		if tagKey(s.Tags, key) == "" {
			tags[key] = value
		}
	}
	maps.Copy(tags, s.Tags)
	return tags
}

// packedSize returns the percentage of their quota that a session policy and session tags
// use. AWS does not document how it packs them; the sandbox counts characters.
func (s SessionSettings) packedSize(policy string) (int, error) {
	n := utf8.RuneCountInString(policy)
	for key, value := range s.Tags {
		n += utf8.RuneCountInString(key) + utf8.RuneCountInString(value)
	}
	switch percent := 100 * n / maxSessionPolicy; {
	case n > maxSessionPolicy:
		return 0, errorf(CodePackedPolicy,
			"packed size of session policy and session tags consumes %d%% of allotted space", percent)
	case n > 0:
		return max(1, percent), nil
	}
	return 0, nil
}

// PodCredentials returns a role session for a pod, as EKS Pod Identity does. All of the
// session tags are transitive (EKS user guide, "Grant Pods access to AWS resources based
// on tags"). The role must allow the service sts:AssumeRole and sts:TagSession.
func (a *Account) PodCredentials(
	role string, tags map[string]string, session string, seconds int, at time.Time,
) (Session, error) {
	settings := SessionSettings{Tags: tags, TransitiveTagKeys: sortedKeys(tags)}
	return a.serviceSession(access.PodIdentityTrust{}.Principal(), role, session, seconds, settings, at)
}
