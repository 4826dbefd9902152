package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// trustPolicy is a role's trust policy as AWS stores it: with the unique ids of
// the users and roles that it names.
type trustPolicy struct {
	Text string            // as it was set
	IDs  map[string]string // principal in the text -> unique id
}

var (
	reIAMPrincipal = regexp.MustCompile(`^arn:aws:iam::(\d{12}):(root|(user|role)/[\x21-\x7E]+)$`)
	reUniqueID     = regexp.MustCompile(`^(AIDA|AROA)[A-Z0-9]{12,17}$`)
	// NAME.amazonaws.com, NAME.REGION.amazonaws.com, those of China, and alexa-appkit.amazon.com.
	reServicePrincipal = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+(amazonaws\.com(\.cn)?|amazon\.com)$`)
)

func isAccountID(s string) bool { return access.CheckAccountID(s) == nil }

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

// checkTrustDocument rejects documents that do not follow the grammar of trust policies,
// policies that the evaluator does not support, and principals that do not exist. The
// account is the role's account.
func (s *state) checkTrustDocument(a *account, text string) (trustPolicy, error) {
	trust := trustPolicy{Text: text, IDs: map[string]string{}}
	if n := documentSize(text); n > access.MaxTrustCharacters {
		return trust, errorf(CodeLimitExceeded,
			"cannot exceed quota for ACLSizePerRole: %d, the trust policy has %d characters", access.MaxTrustCharacters, n)
	}
	policy, err := iam.CompileTrust(text)
	if err != nil {
		return trust, malformed("%s", err)
	}
	doc, err := decodeDocument(text)
	if err != nil {
		return trust, err // it was compiled: cannot happen
	}
	// It is rendered without escapes, which IAM accepts for any character.
	if _, err := iam.CompileTrust(encodeJSON(doc)); err != nil {
		return trust, notModelled("this policy: " + err.Error())
	}
	for _, st := range statementsOf(doc) {
		if err := cmp.Or(checkTrustActions(st), s.resolvePrincipals(a, st, trust.IDs), checkSharedIssuers(st)); err != nil {
			return trust, err
		}
	}
	return trust, checkKnown(policy.Unknown())
}

// trustActions are the actions that a trust policy can allow or deny, in lower case.
var trustActions = []string{"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:setcontext",
	"sts:setsourceidentity", "sts:tagsession"}

// checkTrustActions rejects actions that do not create role sessions. Patterns are
// accepted.
func checkTrustActions(statement map[string]any) error {
	for _, element := range []string{"Action", "NotAction"} {
		actions, _ := stringList(statement[element])
		for _, action := range actions {
			if !strings.ContainsAny(action, "*?") && !slices.Contains(trustActions, strings.ToLower(action)) {
				return malformed("AssumeRole policy may only specify STS AssumeRole actions: not %s", action)
			}
		}
	}
	return nil
}

// resolvePrincipals rejects principals of a statement that do not exist or are
// not modelled, and stores the unique ids of users and roles.
func (s *state) resolvePrincipals(a *account, statement map[string]any, ids map[string]string) error {
	kinds, _ := statement["Principal"].(map[string]any)
	for _, kind := range sortedKeys(kinds) {
		list, _ := stringList(kinds[kind])
		for _, p := range list {
			switch kind {
			case "AWS":
				if err := s.resolvePrincipal(p, ids); err != nil {
					return err
				}
			case "Service":
				if err := checkServicePrincipal(p, malformed("invalid principal in policy: %q:%q", "SERVICE", p)); err != nil {
					return err
				}
			case "Federated":
				if err := s.checkFederated(a, p); err != nil {
					return err
				}
			case "CanonicalUser":
				return notModelled("CanonicalUser principals in a trust policy")
			}
		}
	}
	return nil
}

// checkServicePrincipal accepts the service principals that the sandbox knows. The
// error for one that AWS cannot have either is invalid.
func checkServicePrincipal(p string, invalid error) error {
	switch {
	case access.KnownServicePrincipal(p):
		return nil
	case reServicePrincipal.MatchString(p):
		return notModelled("the service principal " + p)
	}
	return invalid
}

func (s *state) resolvePrincipal(p string, ids map[string]string) error {
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
	switch id := s.trustable()[p]; {
	case id != "":
		ids[p] = id
	case !s.Open:
		return invalid
	}
	return nil
}

// trustable returns the unique ids of all users and roles by their ARNs.
func (s *state) trustable() map[string]string {
	ids := map[string]string{}
	for _, a := range s.Accounts {
		for _, u := range a.Users {
			ids[u.ARN] = u.UserID
		}
		for _, r := range a.Roles {
			ids[r.ARN] = r.RoleID
		}
	}
	return ids
}

// arnOfUniqueID returns the ARN of the user or role with the unique id, or an
// empty string.
func (s *state) arnOfUniqueID(id string) string {
	for arn, other := range s.trustable() {
		if other == id {
			return arn
		}
	}
	return ""
}

// render returns the document as AWS returns it: accounts as root ARNs, users
// and roles with their current ARN, and deleted ones as their unique id.
func (t trustPolicy) render(s *state) string {
	doc, err := decodeDocument(t.Text)
	if err != nil {
		return t.Text // checked when it was saved: cannot happen
	}
	changed := false
	for _, st := range statementsOf(doc) {
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
