package cloud

import (
	"maps"
	"strings"
	"unicode/utf8"

	"iam-secured-api/components/access"
)

// tagged is a kind of thing with tags, see [shelf].
type tagged[P any] interface {
	retag(p place[P], action, name string, add map[string]string, remove []string) error
}

// Tag adds tags to a thing of IAM, or changes them. The kind is that in the name
// of the action: User is for TagUser. A policy is named by its ARN.
func (a *Account) Tag(kind, name string, tags map[string]string) error {
	return iamTagged[kind].retag(a, "Tag"+kind, name, tags, nil)
}

// Untag removes tags from a thing of IAM.
func (a *Account) Untag(kind, name string, keys []string) error {
	return iamTagged[kind].retag(a, "Untag"+kind, name, nil, keys)
}

// TagResource adds tags to anything in a region that has tags, or changes them. It also
// stands for actions with other names, such as EC2's CreateTags.
func (r *Region) TagResource(arn string, tags map[string]string) error {
	return r.retag("TagResource", arn, tags, nil)
}

// UntagResource removes tags from what TagResource adds them to.
func (r *Region) UntagResource(arn string, keys []string) error {
	return r.retag("UntagResource", arn, nil, keys)
}

func (r *Region) retag(action, arn string, add map[string]string, remove []string) error {
	if api, ok := strings.CutPrefix(arn, r.apiARN("")); ok {
		if api, stage, ok := strings.Cut(api, "/stages/"); ok {
			return stages.retag(r.in(api), action, stage, add, remove)
		}
		return apis.retag(r, action, api, add, remove)
	}
	if name, ok := strings.CutPrefix(arn, r.domainARN("")); ok {
		return domainNames.retag(r, action, name, add, remove)
	}
	kinds := r.ec2Tagged()
	maps.Copy(kinds, map[string]tagged[*region]{
		r.functionARN(""): functions, r.tableARN(""): tables, r.logGroupARN(""): logGroups, bucketARN(""): buckets,
		r.alarmARN(""): alarms, r.analyzerARN(""): analyzers,
	})
	for prefix, kind := range kinds {
		if name, ok := strings.CutPrefix(arn, prefix); ok {
			return kind.retag(r, action, name, add, remove)
		}
	}
	return errorf(CodeNotFound, "no resource of %s with tags has the ARN %q", r.name, arn)
}

// retag changes the tags of a thing. See [tagged].
func (s *shelf[P, T, V]) retag(p place[P], action, name string, add map[string]string, remove []string) error {
	return p.mutate(action, name, func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		tags := map[string]string{}
		maps.Copy(tags, *s.tags(x))
		maps.Copy(tags, add)
		for _, key := range remove {
			delete(tags, key)
		}
		if err := regionTags(tags, s.tagCode); err != nil {
			return err
		}
		*s.tags(x) = tags
		return nil
	})
}

// checkTags applies the rules that all services share: at most 50 tags, keys of
// 1 to 128 and values of at most 256 characters, no key that starts with aws:,
// and no two keys that differ only in case. The codes are IAM's.
func checkTags(tags map[string]string) error {
	if len(tags) > access.MaxTags {
		return quota{access.MaxTags, CodeLimitExceeded, "TagsPerResource"}.exceeded()
	}
	seen := map[string]bool{}
	for _, k := range sortedKeys(tags) {
		v := tags[k]
		if n := utf8.RuneCountInString(k); n < 1 || n > 128 || !reTag.MatchString(k) {
			return errorf(CodeValidation, "tag key %q is invalid: 1 to 128 letters, digits, spaces and _.:/=+-@", k)
		}
		if n := utf8.RuneCountInString(v); n > 256 || !reTag.MatchString(v) {
			return errorf(CodeValidation, "value of tag %q is invalid: at most 256 letters, digits, spaces and _.:/=+-@", k)
		}
		lower := strings.ToLower(k)
		if strings.HasPrefix(lower, "aws:") {
			return errorf(CodeInvalidInput, "tag key %q is invalid: the prefix aws: is reserved", k)
		}
		if seen[lower] {
			return errorf(CodeInvalidInput, "duplicate tag keys found: %q; tag keys are case insensitive", k)
		}
		seen[lower] = true
	}
	return nil
}

// regionTags replaces the code of checkTags' errors by a regional service's
// code, unless that is empty.
func regionTags(tags map[string]string, code string) error {
	err := checkTags(tags)
	if err == nil || code == "" {
		return err
	}
	return errorf(code, "invalid tags: %s", err.(*Error).Message)
}
