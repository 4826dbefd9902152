package account

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// mostBytes is the largest size of a description. All the documents of an account at
// IAM's quotas are smaller.
const mostBytes = 1 << 30

// errIncomplete is the error of a description without its last page.
var errIncomplete = errors.New("pages are missing: every page says that there are more (IsTruncated or NextToken); " +
	"call aws iam get-account-authorization-details without --no-paginate and --max-items, or pass all pages")

// lists are the lists of a description, with the kinds of their entries as in ARNs.
var lists = map[string]string{
	"UserDetailList": "user", "GroupDetailList": "group", "RoleDetailList": "role", "Policies": "policy",
}

// Read reads the description of an account: what aws iam
// get-account-authorization-details prints. It may be one document or all its pages,
// one after another or in a JSON list. Policy documents are objects, or URL-encoded
// text as in responses of the API.
//
// A group or managed policy that principals have may be missing in the description,
// but none of the four lists may be. Fields that this package does not need are ignored.
func Read(in io.Reader) (*Account, error) {
	limited := &io.LimitedReader{R: in, N: mostBytes + 1}
	r := reader{
		decoder: json.NewDecoder(limited), account: &Account{Groups: map[string]Group{}, Policies: map[string]string{}},
		has: map[string]bool{},
	}
	err := r.pages()
	if err == nil {
		err = r.complete()
	}
	var syntax *json.SyntaxError
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("is larger than %d MiB", mostBytes>>20)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("is truncated: the JSON text ends before its closing bracket")
	case errors.As(err, &syntax):
		const printed = "what aws iam get-account-authorization-details --output json prints"
		return nil, fmt.Errorf("must be %s: %w, at byte %d", printed, err, syntax.Offset)
	case err != nil:
		return nil, err
	}
	return r.account, nil
}

// reader reads the pages of a description.
type reader struct {
	decoder   *json.Decoder
	account   *Account
	has       map[string]bool // lists that a page has
	read      int             // pages
	lastPages int             // pages that say that no other follows
}

// pages reads all pages.
func (r *reader) pages() error {
	depth := 0 // of lists of pages
	for {
		token, err := r.decoder.Token()
		switch {
		case err == io.EOF && depth == 0:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case token == json.Delim('[') && depth == 0:
			depth++
		case token == json.Delim(']'):
			depth--
		case token == json.Delim('{'):
			r.read++
			if err := r.page(); err != nil {
				return err
			}
		default:
			return errors.New("must be a JSON object, or several, as aws iam get-account-authorization-details prints")
		}
	}
}

// page reads a page after its opening brace.
func (r *reader) page() error {
	seen := map[string]bool{}
	more := false
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // in an object, json.Decoder accepts nothing else as a name
		if seen[name] {
			return fmt.Errorf("%.80q appears twice in a page", name)
		}
		seen[name] = true
		if kind := lists[name]; kind != "" {
			r.has[name] = true
			err = r.list(name, kind)
		} else {
			var value json.RawMessage
			err = eof(r.decoder.Decode(&value))
			more = more || name == "IsTruncated" && string(value) == "true" || name == "NextToken" && string(value) != "null"
		}
		if err != nil {
			return err
		}
	}
	if !more {
		r.lastPages++
	}
	_, err := r.decoder.Token() // the closing brace
	return eof(err)
}

// list reads a list of users, groups, roles or policies.
func (r *reader) list(name, kind string) error {
	start, err := r.decoder.Token()
	if err != nil {
		return eof(err)
	}
	if start != json.Delim('[') {
		return fmt.Errorf("%s: must be a list", name)
	}
	for i := 0; r.decoder.More(); i++ {
		var d detail
		err := eof(r.decoder.Decode(&d))
		if err == nil {
			err = r.account.add(kind, d)
		}
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			err = fmt.Errorf("%s must not be a %s", cmp.Or(wrongType.Field, "it"), wrongType.Value)
		}
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", name, i, err)
		}
	}
	_, err = r.decoder.Token() // the closing bracket
	return eof(err)
}

// eof returns the error, with io.EOF as io.ErrUnexpectedEOF.
func eof(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// complete checks that no page and no list is missing.
func (r *reader) complete() error {
	switch {
	case r.read == 0:
		return errors.New("is empty: it must be what aws iam get-account-authorization-details prints")
	case r.lastPages == 0:
		return errIncomplete
	case r.lastPages > 1:
		return fmt.Errorf("%d pages say that no other follows: the pages must be those of one description", r.lastPages)
	}
	for _, name := range []string{"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"} {
		if !r.has[name] {
			return fmt.Errorf("must have the list %s: call aws iam get-account-authorization-details without --filter", name)
		}
	}
	return r.account.finish()
}

// detail is an entry of any of the lists.
type detail struct {
	Arn            string
	UserId, RoleId string
	GroupList      []string

	UserPolicyList, RolePolicyList, GroupPolicyList []struct {
		PolicyName     string
		PolicyDocument document
	}
	AttachedManagedPolicies []struct{ PolicyArn string }
	PermissionsBoundary     struct{ PermissionsBoundaryArn string }
	Tags                    []struct{ Key, Value string }

	AssumeRolePolicyDocument document
	InstanceProfileList      []struct{ Arn string }

	PolicyVersionList []struct {
		Document         document
		IsDefaultVersion bool
	}
}

func (d detail) principal(name, path string) Principal {
	p := Principal{
		Arn: d.Arn, Name: name, Path: path, ID: d.UserId + d.RoleId, Tags: map[string]string{},
		Groups: d.GroupList, Inline: d.inline(), Attached: d.attached(),
		Boundary: d.PermissionsBoundary.PermissionsBoundaryArn, Trust: string(d.AssumeRolePolicyDocument),
	}
	for _, tag := range d.Tags {
		p.Tags[tag.Key] = tag.Value
	}
	for _, profile := range d.InstanceProfileList {
		p.InstanceProfiles = append(p.InstanceProfiles, profile.Arn)
	}
	return p
}

// twinTag returns the first key of a tag that appears twice, or nothing.
func (d detail) twinTag() string {
	seen := map[string]bool{}
	for _, tag := range d.Tags {
		key := strings.ToLower(tag.Key)
		if seen[key] {
			return tag.Key
		}
		seen[key] = true
	}
	return ""
}

func (d detail) inline() []Inline {
	var all []Inline
	for _, policy := range slices.Concat(d.UserPolicyList, d.RolePolicyList, d.GroupPolicyList) {
		all = append(all, Inline{policy.PolicyName, string(policy.PolicyDocument)})
	}
	return all
}

func (d detail) attached() []string {
	var all []string
	for _, policy := range d.AttachedManagedPolicies {
		all = append(all, policy.PolicyArn)
	}
	return all
}

// defaultVersion returns the document of the default version, or nothing if it is not in
// the list.
func (d detail) defaultVersion() (string, error) {
	var found string
	for _, version := range d.PolicyVersionList {
		if version.IsDefaultVersion && found != "" {
			return "", errors.New("PolicyVersionList: must have one version with IsDefaultVersion, not several")
		}
		if version.IsDefaultVersion {
			found = string(version.Document)
		}
	}
	return found, nil
}

// document is the text of a policy document.
type document string

// UnmarshalJSON reads an object, or URL-encoded text with one.
func (d *document) UnmarshalJSON(value []byte) error {
	text := value
	if value[0] == '"' {
		var encoded string
		if err := json.Unmarshal(value, &encoded); err != nil {
			return err
		}
		if !strings.HasPrefix(strings.TrimSpace(encoded), "{") {
			var err error
			if encoded, err = url.PathUnescape(encoded); err != nil { // as the AWS CLI does, which leaves + as it is
				return fmt.Errorf("a policy document: must be URL-encoded: %w", err)
			}
		}
		text = []byte(encoded)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil || !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return errors.New("a policy document: must be a JSON object, or a URL-encoded text of one")
	}
	*d = document(compact.String())
	return nil
}
