package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

const (
	otherAccount = "444455556666"
	otherIAM     = "arn:aws:iam::" + otherAccount + ":"
)

func TestServiceTrust(t *testing.T) {
	for service, words := range map[string]struct{ sid, text string }{
		"ec2":       {"AssumeByInstances", "EC2 instances"},
		"lambda":    {"AssumeByFunctions", "Lambda functions"},
		"ecs-tasks": {"AssumeByService", "the service ecs-tasks"},
	} {
		trust := access.ServiceTrust{Service: service}
		assert.Empty(t, trust.Check())
		assert.NoError(t, access.CheckTrustSize(trust))
		assert.Equal(t, words.text, trust.Clone().String())
		assert.True(t, access.KnownServicePrincipal(trust.Principal()))
		assert.Equal(t, decodedStatement{
			Sid:       words.sid,
			Effect:    "Allow",
			Principal: map[string]oneOrMore{"Service": {service + ".amazonaws.com"}},
			Action:    oneOrMore{"sts:AssumeRole"},
		}, statement(t, trust.Document(executionArn)))
	}
	for _, service := range []string{"", "EC2", "ec2.amazonaws.com", "ec2.amazonaws.com.cn", "ecs-task", "*"} {
		errs := access.ServiceTrust{Service: service}.Check()
		require.Len(t, errs, 1)
		assertOneLine(t, errs...)
		assert.ErrorContains(t, errs[0], fmt.Sprintf("service: %q must be ", service))
		assert.False(t, access.KnownServicePrincipal(service+".amazonaws.com"))
	}
	for _, service := range []string{"pods.eks", "rolesanywhere"} {
		assert.ErrorContains(t, access.CheckService(service), "tags sessions")
		assert.True(t, access.KnownServicePrincipal(service+".amazonaws.com"), "it is in trust policies of other kinds")
	}
}

func TestAccountTrustDocument(t *testing.T) {
	externalID := map[string]oneOrMore{"sts:ExternalId": {"partner-42"}}
	mfa := map[string]oneOrMore{"aws:MultiFactorAuthPresent": {"true"}}
	for name, test := range map[string]struct {
		trust      access.AccountTrust
		principals oneOrMore
		condition  map[string]map[string]oneOrMore
		actions    oneOrMore // more than sts:AssumeRole
	}{
		"several, sorted": {
			trust:      access.AccountTrust{Principals: []string{"user/division/team/b", "role/z", "user/a"}},
			principals: oneOrMore{"role/z", "user/a", "user/division/team/b"},
		},
		"the whole account": {trust: access.AccountTrust{Principals: []string{"*"}}, principals: oneOrMore{"root"}},
		"external id": {
			trust:      access.AccountTrust{Principals: []string{"user/a"}, ExternalID: "partner-42"},
			principals: oneOrMore{"user/a"},
			condition:  map[string]map[string]oneOrMore{"StringEquals": externalID},
		},
		"MFA": {
			trust:      access.AccountTrust{Principals: []string{"user/a"}, RequireMFA: true},
			principals: oneOrMore{"user/a"},
			condition:  map[string]map[string]oneOrMore{"Bool": mfa},
		},
		"external id and MFA": {
			trust:      access.AccountTrust{Principals: []string{"*"}, ExternalID: "partner-42", RequireMFA: true},
			principals: oneOrMore{"root"},
			condition:  map[string]map[string]oneOrMore{"StringEquals": externalID, "Bool": mfa},
		},
		"tags and a source identity": {
			trust:      access.AccountTrust{Principals: []string{"role/a"}, SessionTags: true, SourceIdentity: true},
			principals: oneOrMore{"role/a"},
			actions:    oneOrMore{"sts:TagSession", "sts:SetSourceIdentity"},
		},
	} {
		for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
			api := strings.Replace(executionArn, "aws", partition, 1)
			t.Run(name+" in "+partition, func(t *testing.T) {
				test.trust.AccountID = otherAccount
				given := slices.Clone(test.trust.Principals)
				assert.Empty(t, test.trust.Check())
				var arns oneOrMore
				for _, principal := range test.principals {
					arns = append(arns, "arn:"+partition+":iam::"+otherAccount+":"+principal)
				}
				assert.Equal(t, decodedStatement{
					Sid:       "AssumeFromAccount" + otherAccount,
					Effect:    "Allow",
					Principal: map[string]oneOrMore{"AWS": arns},
					Action:    append(oneOrMore{"sts:AssumeRole"}, test.actions...),
					Condition: test.condition,
				}, statement(t, test.trust.Document(api)))
				assert.Equal(t, given, test.trust.Principals)
			})
		}
	}
}

func TestAccountTrustCheck(t *testing.T) {
	for name, test := range map[string]struct {
		trust  access.AccountTrust
		fields string // that the problems are about, in order
	}{
		"accepted":             {trust: access.AccountTrust{Principals: []string{"user/a", "role/a", "user/b"}, ExternalID: "ab", RequireMFA: true}},
		"the whole account":    {trust: access.AccountTrust{Principals: []string{"*"}, RequireMFA: true}},
		"no account":           {access.AccountTrust{AccountID: "x", Principals: []string{"user/a"}}, "account"},
		"no principals":        {access.AccountTrust{}, "principals"},
		"wildcards":            {access.AccountTrust{Principals: []string{"user/*", "user/a", "role/a?"}}, "principals[0], principals[2]"},
		"a principal twice":    {access.AccountTrust{Principals: []string{"user/A", "role/a", "user/a", "USER/A"}}, "principals[2], principals[3]"},
		"the account and more": {access.AccountTrust{Principals: []string{"user/a", "*"}}, "principals[1]"},
		"the account twice":    {access.AccountTrust{Principals: []string{"*", "*", "user/?"}}, "principals[0], principals[1], principals[2]"},
		"MFA of roles alone":   {access.AccountTrust{Principals: []string{"role/a", "role/b"}, RequireMFA: true}, "requireMfa"},
		"several at once": {
			access.AccountTrust{AccountID: "44445555666", Principals: []string{"group/a", "user/a", "user/a"}, ExternalID: "a b"},
			"account, principals[0], principals[2], externalId",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.trust.AccountID == "" {
				test.trust.AccountID = otherAccount
			}
			errs := test.trust.Check()
			assertOneLine(t, errs...)
			assert.Equal(t, list(test.fields), fieldsOf(errs), "%v", errs)
		})
	}
}

// fieldsOf returns the fields that errors begin with.
func fieldsOf(errs []error) []string {
	var fields []string
	for _, err := range errs {
		field, _, _ := strings.Cut(err.Error(), ":")
		fields = append(fields, field)
	}
	return fields
}

// A role that trusts many users reaches the quota in the longest partition first.
func TestAccountTrustCheckSize(t *testing.T) {
	trust := access.AccountTrust{AccountID: otherAccount}
	for range 18 {
		trust.Principals = append(trust.Principals, fmt.Sprintf("user/%064d", len(trust.Principals)))
		require.Empty(t, trust.Check())
		assert.NoError(t, access.CheckTrustSize(trust))
	}
	clone := trust.Clone().(access.AccountTrust)
	clone.Principals = append(clone.Principals, fmt.Sprintf("user/%064d", 18))
	assert.ErrorContains(t, access.CheckTrustSize(clone), "a role's trust policy takes at most 2048")
	clone.Principals[0] = "user/x"
	assert.NotEqual(t, clone.Principals[0], trust.Principals[0])
	assert.Equal(t, "principals of account "+otherAccount, trust.String())
}
