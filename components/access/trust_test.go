package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

const (
	otherAccount = "444455556666"
	otherIAM     = "arn:aws:iam::" + otherAccount + ":"
)

func TestTrustDocument(t *testing.T) {
	externalID := map[string]oneOrMore{"sts:ExternalId": {"partner-42"}}
	mfa := map[string]oneOrMore{"aws:MultiFactorAuthPresent": {"true"}}
	tests := map[string]struct {
		partition  string
		trust      access.AccountTrust
		principals oneOrMore
		condition  map[string]map[string]oneOrMore
	}{
		"a user": {
			trust:      access.AccountTrust{Principals: []string{"user/my-user"}},
			principals: oneOrMore{otherIAM + "user/my-user"},
		},
		"a role": {
			trust:      access.AccountTrust{Principals: []string{"role/caller"}},
			principals: oneOrMore{otherIAM + "role/caller"},
		},
		"a user with a path": {
			trust:      access.AccountTrust{Principals: []string{"user/division/team/my-user"}},
			principals: oneOrMore{otherIAM + "user/division/team/my-user"},
		},
		"several, sorted": {
			trust:      access.AccountTrust{Principals: []string{"user/b", "role/z", "user/a"}},
			principals: oneOrMore{otherIAM + "role/z", otherIAM + "user/a", otherIAM + "user/b"},
		},
		"the whole account": {
			trust:      access.AccountTrust{Principals: []string{"*"}},
			principals: oneOrMore{otherIAM + "root"},
		},
		"external id": {
			trust:      access.AccountTrust{Principals: []string{"user/a"}, ExternalID: "partner-42"},
			principals: oneOrMore{otherIAM + "user/a"},
			condition:  map[string]map[string]oneOrMore{"StringEquals": externalID},
		},
		"second factor": {
			trust:      access.AccountTrust{Principals: []string{"user/a"}, RequireMFA: true},
			principals: oneOrMore{otherIAM + "user/a"},
			condition:  map[string]map[string]oneOrMore{"Bool": mfa},
		},
		"both, for the whole account": {
			trust:      access.AccountTrust{Principals: []string{"*"}, ExternalID: "partner-42", RequireMFA: true},
			principals: oneOrMore{otherIAM + "root"},
			condition:  map[string]map[string]oneOrMore{"StringEquals": externalID, "Bool": mfa},
		},
		"China": {
			partition: "aws-cn", trust: access.AccountTrust{Principals: []string{"user/a"}},
			principals: oneOrMore{"arn:aws-cn:iam::" + otherAccount + ":user/a"},
		},
		"GovCloud, the whole account": {
			partition: "aws-us-gov", trust: access.AccountTrust{Principals: []string{"*"}},
			principals: oneOrMore{"arn:aws-us-gov:iam::" + otherAccount + ":root"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.partition == "" {
				test.partition = "aws"
			}
			test.trust.AccountID = otherAccount
			given := slices.Clone(test.trust.Principals)
			assert.Empty(t, test.trust.Check())
			assert.Equal(t, decodedStatement{
				Sid:       "AssumeFromAccount" + otherAccount,
				Effect:    "Allow",
				Principal: map[string]oneOrMore{"AWS": test.principals},
				Action:    oneOrMore{"sts:AssumeRole"},
				Condition: test.condition,
			}, statement(t, test.trust.Document(test.partition)))
			assert.Equal(t, given, test.trust.Principals, "what was passed in stays as it was")
		})
	}
}

func TestTrustCheck(t *testing.T) {
	const account = otherAccount
	tests := map[string]struct {
		trust  access.AccountTrust
		fields []string // that the problems are about, in order
	}{
		"all right":           {trust: access.AccountTrust{AccountID: account, Principals: []string{"user/a", "role/a", "user/b"}, ExternalID: "ab"}},
		"the whole account":   {trust: access.AccountTrust{AccountID: account, Principals: []string{"*"}}},
		"nothing":             {access.AccountTrust{}, []string{"account", "principals"}},
		"account id":          {access.AccountTrust{AccountID: "44445555666", Principals: []string{"user/a"}}, []string{"account"}},
		"no principals":       {access.AccountTrust{AccountID: account}, []string{"principals"}},
		"a principal":         {access.AccountTrust{AccountID: account, Principals: []string{"user/a", "a"}}, []string{"principals[1]"}},
		"wildcards":           {access.AccountTrust{AccountID: account, Principals: []string{"user/*", "role/a?"}}, []string{"principals[0]", "principals[1]"}},
		"twice":               {access.AccountTrust{AccountID: account, Principals: []string{"user/a", "role/a", "user/a"}}, []string{"principals[2]"}},
		"twice, in two cases": {access.AccountTrust{AccountID: account, Principals: []string{"user/A", "user/a", "USER/A"}}, []string{"principals[1]", "principals[2]"}},
		"the whole account and a user": {
			access.AccountTrust{AccountID: account, Principals: []string{"user/a", "*"}}, []string{"principals[1]"},
		},
		"the whole account twice": {
			access.AccountTrust{AccountID: account, Principals: []string{"*", "*"}}, []string{"principals[0]", "principals[1]"},
		},
		"external id": {
			access.AccountTrust{AccountID: account, Principals: []string{"user/a"}, ExternalID: "a"}, []string{"externalId"},
		},
		"several at once": {
			access.AccountTrust{AccountID: "x", Principals: []string{"group/a", "user/a", "user/a"}, ExternalID: "a b"},
			[]string{"account", "principals[0]", "principals[2]", "externalId"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var fields []string
			for _, err := range test.trust.Check() {
				field, _, _ := strings.Cut(err.Error(), ":")
				fields = append(fields, field)
			}
			assert.Equal(t, test.fields, fields)
		})
	}
}

func TestCheckPrincipals(t *testing.T) {
	for name, test := range map[string]struct {
		principals []string
		wrong      []bool
	}{
		"none":              {nil, []bool{}},
		"all right":         {[]string{"user/a", "role/a"}, []bool{false, false}},
		"the whole account": {[]string{"*"}, []bool{false}},
		"the second":        {[]string{"user/a", "group/a", "role/a"}, []bool{false, true, false}},
		"not alone":         {[]string{"*", "user/a"}, []bool{true, false}},
		"twice":             {[]string{"role/a", "user/a", "role/a"}, []bool{false, false, true}},
		"every one":         {[]string{"*", "*", "user/?"}, []bool{true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := []bool{}
			for _, err := range access.CheckPrincipals(test.principals) {
				wrong = append(wrong, err != nil)
			}
			assert.Equal(t, test.wrong, wrong)
		})
	}
}
