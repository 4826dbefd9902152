package cloud

import (
	"encoding/json"
	"iam-secured-api/components/access"
	"regexp"
	"strings"
)

// trustPolicy is a role's trust policy as AWS keeps it: users and roles that it
// names are remembered by their unique ids.
type trustPolicy struct {
	Text string            // as it was given
	IDs  map[string]string // principal as given -> unique id
}

var (
	reAccountID    = regexp.MustCompile(`^\d{12}$`)
	reIAMPrincipal = regexp.MustCompile(`^arn:aws:iam::(\d{12}):(root|(user|role)/[\x21-\x7E]+)$`)
	reUniqueID     = regexp.MustCompile(`^(AIDA|AROA)[A-Z0-9]{12,17}$`)
)

func isAccountID(s string) bool { return reAccountID.MatchString(s) }

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

// checkTrustDocument applies the grammar of trust policies and resolves their
// principals, which must exist.
func (s *state) checkTrustDocument(text string) (trustPolicy, error) {
	trust := trustPolicy{Text: text, IDs: map[string]string{}}
	if n := documentSize(text); n > maxTrustPolicy {
		return trust, errorf(CodeLimitExceeded, "cannot exceed quota for ACLSizePerRole: %d, the trust policy has %d characters", maxTrustPolicy, n)
	}
	statements, err := parseDocument(text)
	if err != nil {
		return trust, err
	}
	for _, st := range statements {
		if st.has("Resource") || st.has("NotResource") {
			return trust, malformed("has prohibited field Resource")
		}
		if st.has("NotPrincipal") {
			return trust, notModelled("NotPrincipal in a trust policy")
		}
		if !st.has("Principal") {
			return trust, malformed("missing required field Principal")
		}
		if err := checkTrustActions(st); err != nil {
			return trust, err
		}
		if err := s.resolvePrincipals(st["Principal"], trust.IDs); err != nil {
			return trust, err
		}
	}
	return trust, nil
}

func checkTrustActions(st statement) error {
	actions, _ := stringList(st["Action"])
	for _, a := range actions {
		if !strings.HasPrefix(strings.ToLower(a), "sts:") {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions, not %q", a)
		}
	}
	return nil
}

func (s *state) resolvePrincipals(v any, ids map[string]string) error {
	if v == "*" {
		return nil
	}
	kinds, ok := v.(map[string]any)
	if !ok || len(kinds) == 0 {
		return malformed("invalid principal in policy: Principal must be * or an object")
	}
	for _, kind := range sortedKeys(kinds) {
		list, ok := stringList(kinds[kind])
		if !ok || len(list) == 0 {
			return malformed("invalid principal in policy: %s must be a string or a list of strings", kind)
		}
		for _, p := range list {
			var err error
			switch kind {
			case "AWS":
				err = s.resolveAWSPrincipal(p, ids)
			case "Service":
				if !access.KnownServicePrincipal(p) {
					err = malformed("invalid principal in policy: %q:%q", "SERVICE", p)
				}
			case "Federated", "CanonicalUser":
				err = notModelled(kind + " principals in a trust policy")
			default:
				err = malformed("invalid principal in policy: unknown kind %q", kind)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *state) resolveAWSPrincipal(p string, ids map[string]string) error {
	invalid := malformed("invalid principal in policy: %q:%q", "AWS", p)
	switch {
	case p == "*":
		return nil
	case isAccountID(p):
		if !s.knows(p) {
			return invalid
		}
		return nil
	case reUniqueID.MatchString(p):
		if s.arnOfUniqueID(p) == "" {
			return invalid
		}
		ids[p] = p
		return nil
	case strings.HasPrefix(p, "arn:aws:sts::"):
		return notModelled("session principals in a trust policy: " + p)
	}
	m := reIAMPrincipal.FindStringSubmatch(p)
	if m == nil || !s.knows(m[1]) {
		return invalid
	}
	if m[2] == "root" {
		return nil
	}
	switch id := s.uniqueIDOfARN(p); {
	case id != "":
		ids[p] = id
	case !s.Open:
		return invalid
	}
	return nil
}

// uniqueIDOfARN returns the unique id of the user or role with the ARN, empty
// if there is none.
func (s *state) uniqueIDOfARN(arn string) string {
	for _, a := range s.Accounts {
		for _, u := range a.Users {
			if u.ARN == arn {
				return u.UserID
			}
		}
		for _, r := range a.Roles {
			if r.ARN == arn {
				return r.RoleID
			}
		}
	}
	return ""
}

// arnOfUniqueID is the reverse of uniqueIDOfARN.
func (s *state) arnOfUniqueID(id string) string {
	for _, a := range s.Accounts {
		for _, u := range a.Users {
			if u.UserID == id {
				return u.ARN
			}
		}
		for _, r := range a.Roles {
			if r.RoleID == id {
				return r.ARN
			}
		}
	}
	return ""
}

// render returns the document as AWS reads it back: accounts as root ARNs,
// users and roles by their present ARN, those that are gone by their unique id.
func (t trustPolicy) render(s *state) string {
	var doc map[string]any
	if err := json.Unmarshal([]byte(t.Text), &doc); err != nil {
		return t.Text // checked when it was saved: cannot happen
	}
	list, ok := doc["Statement"].([]any)
	if !ok {
		list = []any{doc["Statement"]}
	}
	changed := false
	for _, v := range list {
		st, _ := v.(map[string]any)
		kinds, _ := st["Principal"].(map[string]any)
		principals, ok := stringList(kinds["AWS"])
		if !ok {
			continue
		}
		for i, p := range principals {
			if now := t.present(s, p); now != p {
				principals[i], changed = now, true
			}
		}
		kinds["AWS"] = principals
	}
	if !changed {
		return t.Text
	}
	return encodeJSON(doc)
}

func (t trustPolicy) present(s *state, p string) string {
	if isAccountID(p) {
		return rootARN(p)
	}
	id, ok := t.IDs[p]
	if !ok {
		return p
	}
	if arn := s.arnOfUniqueID(id); arn != "" {
		return arn
	}
	return id
}
