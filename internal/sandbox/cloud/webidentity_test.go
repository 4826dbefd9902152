package cloud_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// FuzzNewWebIdentity reads arbitrary claims. The tests of package sts check the rules.
func FuzzNewWebIdentity(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"sub":"me","aud":"sts.amazonaws.com"}`, `{"sub":"me","aud":["a","b"],"azp":"sts.amazonaws.com"}`, `{"sub":1,"aud":null}`,
		`{"sub":"me","aud":"sts.amazonaws.com","amr":["a",1],"repository_id":2,"environment":true,"ref":{}}`,
		`{"sub":"me","aud":"sts.amazonaws.com","https://aws.amazon.com/tags":{"principal_tags":{"a":["b"]},"transitive_tag_keys":["A"]}}`,
		`{"sub":"me","aud":"sts.amazonaws.com","https://aws.amazon.com/tags":[],"https://aws.amazon.com/source_identity":"me"}`,
	} {
		f.Add(seed)
	}
	provider := cloud.IdentityProvider{Principal: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
		Issuer: "https://token.actions.githubusercontent.com", ClientIDs: []string{"sts.amazonaws.com"}}
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			return
		}
		w, err := cloud.NewWebIdentity(provider, claims)
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
			assert.ErrorAs(t, err, new(*cloud.Error))
			return
		}
		assert.NotEmpty(t, w.Subject)
		assert.Equal(t, "sts.amazonaws.com", w.Audience)
		assert.LessOrEqual(t, len(w.Tags), 50)
	})
}

func podTags() map[string]string {
	return map[string]string{
		"eks-cluster-arn":  "arn:aws:eks:us-east-1:111122223333:cluster/main",
		"eks-cluster-name": "main", "kubernetes-namespace": "shop", "kubernetes-service-account": "reader",
		"kubernetes-pod-name": "reader-1", "kubernetes-pod-uid": "8f2b8b9e-0000-4000-8000-000000000000",
	}
}

var trustPods = WithCondition(TrustPods, `{"StringEquals":`+
	`{"aws:RequestTag/kubernetes-namespace":"shop","aws:RequestTag/kubernetes-service-account":"reader"}}`)

// TestPodCredentials checks the rules of the EKS user guide, "EKS Pod Identity".
func TestPodCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		trust  string
		change func(map[string]string)
		code   string // empty if there is a session
	}{
		"the pod":                 {trustPods, func(map[string]string) {}, ""},
		"another namespace":       {trustPods, func(tags map[string]string) { tags["kubernetes-namespace"] = "kube-system" }, "AssumeRoleUnauthorizedAccess"},
		"another service account": {trustPods, func(tags map[string]string) { tags["kubernetes-service-account"] = "default" }, "AssumeRoleUnauthorizedAccess"},
		"no tags, but needed":     {trustPods, func(tags map[string]string) { clear(tags) }, "AssumeRoleUnauthorizedAccess"},
		"no permission to tag":    {strings.Replace(trustPods, `,"sts:TagSession"`, "", 1), func(map[string]string) {}, "AssumeRoleUnauthorizedAccess"},
		"another service's role":  {strings.Replace(trustPods, "pods.eks", "ec2", 1), func(map[string]string) {}, "AssumeRoleUnauthorizedAccess"},
		"a tag's characters":      {trustPods, func(tags map[string]string) { tags["kubernetes-pod-name"] = "*" }, "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := account()
			newRole(a, "reader", test.trust)
			tags := podTags()
			test.change(tags)
			s, err := a.PodCredentials("reader", tags, "eks-main-reader-1", 6*3600, noon)
			if test.code != "" {
				WantCode(t, test.code, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/eks-main-reader-1", s.ARN)
			caller := Must(c.Caller(s.AccessKeyID, noon))
			for key, value := range tags {
				assert.Equal(t, []string{value}, caller.Context["aws:PrincipalTag/"+key])
			}

			// The tags are transitive, so the next role must allow them, too.
			next := newRole(a, "next", TrustAWS("arn:aws:iam::111122223333:role/reader"))
			_, err = c.AssumeRole(caller, assumeInput(next.ARN), nil, noon)
			WantCode(t, "AccessDenied", err)
			assert.ErrorContains(t, err, "sts:TagSession")
		})
	}
	_, a := account()
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.PodCredentials("missing", podTags(), "x1", 900, noon)))
}
