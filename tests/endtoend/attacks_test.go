package endtoend_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// attack is an attempt to get credentials that must fail with an error code.
type attack struct {
	as   aws.CredentialsProvider
	code string
}

// refuseAll requires that all attacks fail and that no request reached the backend.
func (k *kinds) refuseAll(t *testing.T, attacks map[string]attack) {
	for name, attack := range attacks {
		_, err := attack.as.Retrieve(t.Context())
		assert.ErrorContains(t, err, attack.code, name)
	}
	assert.Zero(t, k.Invoked())
}

// sts returns a client that does not retry. By default, the SDK retries with invalid
// tokens.
func (k *kinds) sts(as aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{
		Region: harness.Region, BaseEndpoint: &k.STS, Credentials: as, HTTPClient: k.Client, Retryer: aws.NopRetryer{},
	})
}

type identityToken string

func (token identityToken) GetIdentityToken() ([]byte, error) { return []byte(token), nil }

// web assumes a role with a token.
func (k *kinds) web(role, token string) aws.CredentialsProvider {
	return stscreds.NewWebIdentityRoleProvider(k.sts(aws.AnonymousCredentials{}), k.role(role), identityToken(token))
}

// assume assumes a role as a principal, with changes of the request.
func (k *kinds) assume(
	as aws.CredentialsProvider, role string, changes ...func(*stscreds.AssumeRoleOptions),
) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(k.sts(as), k.role(role), func(o *stscreds.AssumeRoleOptions) {
		for _, change := range changes {
			change(o)
		}
	})
}

func withTag(key, value string) func(*stscreds.AssumeRoleOptions) {
	return func(o *stscreds.AssumeRoleOptions) { o.Tags = append(o.Tags, types.Tag{Key: &key, Value: &value}) }
}

func withSourceIdentity(name string) func(*stscreds.AssumeRoleOptions) {
	return func(o *stscreds.AssumeRoleOptions) { o.SourceIdentity = &name }
}

func lasting(duration time.Duration) func(*stscreds.AssumeRoleOptions) {
	return func(o *stscreds.AssumeRoleOptions) { o.Duration = duration }
}

// signed returns a token that is not signed by its issuer.
func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, kid, payload string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	require.NoError(t, err)
	token, err := signer.Sign([]byte(payload))
	require.NoError(t, err)
	text, err := token.CompactSerialize()
	require.NoError(t, err)
	return text
}

// testTokens tries forged and foreign tokens.
func testTokens(t *testing.T, k *kinds) {
	_, err := k.web("ci", k.token(github, subject, nil)).Retrieve(t.Context())
	require.NoError(t, err)
	now := k.Now().Unix()
	payload := fmt.Sprintf(`{"iss":%q,"aud":"sts.amazonaws.com","sub":%q,"iat":%d,"exp":%d}`, github, subject, now, now+3600)
	parsed, err := jose.ParseSignedCompact(k.token(github, subject, nil), []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	kid := parsed.Signatures[0].Header.KeyID
	published, err := k.Client.Get(k.OIDC + strings.TrimPrefix(github, "https:/") + "/.well-known/jwks.json")
	require.NoError(t, err)
	public, err := io.ReadAll(published.Body)
	require.NoError(t, err)
	require.NoError(t, published.Body.Close())
	require.Contains(t, string(public), kid)
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	none := encode([]byte(`{"alg":"none","kid":"`+kid+`"}`)) + "." + encode([]byte(payload)) + "."
	eks := k.Agents.Issuer(catalog.Cluster)

	const invalid, denied = "InvalidIdentityToken", "AccessDenied"
	attacks := map[string]attack{
		"alg none":               {k.web("ci", none), invalid},
		"the public key as HMAC": {k.web("ci", signed(t, jose.HS256, public, kid, payload)), invalid},
		"a foreign key":          {k.web("ci", signed(t, jose.ES256, foreign, kid, payload)), invalid},
		"an unknown kid":         {k.web("ci", signed(t, jose.ES256, foreign, "unknown", payload)), invalid},
		"expired":                {k.web("ci", k.token(github, subject, map[string]any{"exp": now - 600})), "ExpiredToken"},
		"not yet valid":          {k.web("ci", k.token(github, subject, map[string]any{"nbf": now + 600})), invalid},
		"an unknown issuer":      {k.web("ci", k.token("https://evil.example.com", subject, nil)), invalid},
		"an issuer that is not the signer": {
			k.web("ci", k.token("https://evil.example.com", subject, map[string]any{"iss": github})), invalid},
		"an unknown audience":               {k.web("ci", k.token(github, subject, map[string]any{"aud": "evil"})), invalid},
		"another audience of the issuer":    {k.web("ci", k.token(github, subject, map[string]any{"aud": "other"})), denied},
		"another issuer's token":            {k.web("ci", k.token(gitlab, subject, nil)), denied},
		"a token for another issuer's role": {k.web("gitlab", k.token(github, "project_path:acme/shop:ref:main", nil)), denied},
		"a pod's token":                     {k.web("ci", k.podToken(catalog)), invalid},
		"a token of the cluster's issuer":   {k.web("ci", k.token(eks, subject, nil)), invalid},
		"a token at a role of pods":         {k.web("catalog", k.token(github, subject, nil)), denied},
		"a token at another account's role": {k.web(executor, k.token(github, subject, nil)), denied},
		"session tags": {k.web("ci", k.token(github, subject, map[string]any{
			"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"team": []string{"shop"}}}})), denied},
		"a source identity": {k.web("ci", k.token(github, subject, map[string]any{"https://aws.amazon.com/source_identity": "ann"})), denied},
	}
	for role, subjects := range map[string][]string{
		"ci": {
			"repo:acme@1/art@2:environment:prod", "repo:evil@1/shop@2:environment:prod", "repo:acme@1/shop@2:environment:test",
			"repo:Acme@1/shop@2:environment:prod", strings.TrimSuffix(subject, "d"), subject + "2", "x" + subject,
			"repo:acme@1/shop@2:environment:*", "*",
		},
		"branches": {subject, "x:repo:acme@1/shop@2:ref:refs/heads/main", "repo:acme@1/shop@*:ref:x", "repo:acme@1/shop@2:ref"},
	} {
		for _, wrong := range subjects {
			attacks["the subject "+wrong+" at "+role] = attack{k.web(role, k.token(github, wrong, nil)), denied}
		}
	}
	k.refuseAll(t, attacks)
	may(t, k.Endpoints, k.web("branches", k.token(github, "repo:acme@1/shop@2:ref:refs/heads/main", nil)), 200, 403)
}

// pod reads the credentials of a pod in the cluster.
func (k *kinds) pod(token string) aws.CredentialsProvider {
	path := "/" + catalog.Cluster + "/v1/credentials"
	return endpointcreds.New(k.Containers+path, func(o *endpointcreds.Options) { o.AuthorizationToken, o.HTTPClient = token, k.Client })
}

// service assumes a role as an AWS service does.
func (k *kinds) service(name, role string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		_, err := k.cloud.Account(cloud.APIAccount).ServiceCredentials(name+".amazonaws.com", role, "session", 3600, k.Now())
		return aws.Credentials{}, err
	})
}

// testPods tries pods and services that a role does not trust.
func testPods(t *testing.T, k *kinds) {
	_, err := k.pod(k.podToken(catalog)).Retrieve(t.Context())
	require.NoError(t, err)
	with := func(change func(*metadata.ServiceAccount)) metadata.ServiceAccount {
		other := catalog
		change(&other)
		return other
	}
	namespace := with(func(s *metadata.ServiceAccount) { s.Namespace = "shop2" })
	account := with(func(s *metadata.ServiceAccount) { s.Name = "Catalog" })
	cluster := with(func(s *metadata.ServiceAccount) { s.Cluster = "test" })
	unknown := with(func(s *metadata.ServiceAccount) { s.Name = "unknown" })
	for _, other := range []metadata.ServiceAccount{namespace, account, cluster} {
		k.Agents.Associate(other, "catalog")
	}
	inCluster := endpointcreds.New(k.Containers+"/test/v1/credentials",
		func(o *endpointcreds.Options) { o.AuthorizationToken, o.HTTPClient = k.podToken(cluster), k.Client })
	forged := catalog.Claims("a-pod")
	forged["sub"] = "system:serviceaccount:shop2:catalog"
	forgedTags := sandboxtest.Must(k.Issuers.Token(k.Agents.Issuer(catalog.Cluster), forged))
	noAudience := catalog.Claims("a-pod")
	noAudience["aud"] = "sts.amazonaws.com"
	atSTS := sandboxtest.Must(k.Issuers.Token(k.Agents.Issuer(catalog.Cluster), noAudience))

	const unauthorized = "AssumeRoleUnauthorizedAccess"
	k.refuseAll(t, map[string]attack{
		"another namespace":              {k.pod(k.podToken(namespace)), "AccessDeniedException"},
		"another case":                   {k.pod(k.podToken(account)), "AccessDeniedException"},
		"another cluster":                {inCluster, "AccessDeniedException"},
		"another cluster's token":        {k.pod(k.podToken(cluster)), "InvalidTokenException"},
		"an account without association": {k.pod(k.podToken(unknown)), "ResourceNotFoundException"},
		"a forged subject":               {k.pod(forgedTags), "InvalidTokenException"},
		"a token for STS":                {k.pod(atSTS), "InvalidTokenException"},
		"a token of GitHub":              {k.pod(k.token(github, subject, nil)), "InvalidTokenException"},
		"tags of a pod by a user": {k.assume(k.User("jane-admin"), "catalog", withTag("eks-cluster-name", "main"),
			withTag("kubernetes-namespace", "shop"), withTag("kubernetes-service-account", "catalog")), "AccessDenied"},
		"an instance with a pod's role":  {k.service("ec2", "catalog"), unauthorized},
		"a pod without tags":             {k.service("pods.eks", "catalog"), unauthorized},
		"an instance with a task's role": {k.service("ec2", "checkout"), unauthorized},
		"a function with an instance's":  {k.service("lambda", "products-reader"), unauthorized},
		"a service with an account's":    {k.service("ecs-tasks", executor), unauthorized},
		"a task with a function's role":  {endpointcreds.New(k.Containers + k.Agents.Task("worker")), "NoCredentialsAssociated"},
		"a task with a pod's role":       {endpointcreds.New(k.Containers + k.Agents.Task("catalog")), "NoCredentialsAssociated"},
		"another task's path":            {endpointcreds.New(k.Containers + "/v2/credentials/guessed"), "InvalidIdInRequest"},
	})
}

// login returns the credentials of an identity that sends logins.
func (k *kinds) login(id *string, logins map[string]string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		_, err := k.cognito().GetCredentialsForIdentity(ctx, &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: id, Logins: logins})
		return aws.Credentials{}, err
	})
}

// basic assumes a role with the token of an identity.
func (k *kinds) basic(t *testing.T, role string, id *string, logins map[string]string) aws.CredentialsProvider {
	out, err := k.cognito().GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: id, Logins: logins})
	require.NoError(t, err)
	return k.web(role, *out.Token)
}

// testPools tries identities of identity pools that a role does not trust.
func testPools(t *testing.T, k *kinds) {
	ann, guest := k.identity(t, pool, k.logins()), k.identity(t, pool, nil)
	for role, as := range map[string]aws.CredentialsProvider{"shoppers": k.basic(t, "shoppers", ann, k.logins()), "guests": k.basic(t, "guests", guest, nil)} {
		_, err := as.Retrieve(t.Context())
		require.NoError(t, err, role)
	}
	// Another pool has the same roles. In the third pool, they are exchanged.
	put := func(id, authenticated, unauthenticated string) {
		k.Pools.Put(cognito.Pool{ID: id, Authenticated: k.role(authenticated), Unauthenticated: k.role(unauthenticated),
			Logins: map[string][]string{login: {"shop"}}})
	}
	put(otherPool, "shoppers", "guests")
	otherAnn, otherGuest := k.identity(t, otherPool, k.logins()), k.identity(t, otherPool, nil)
	bob := map[string]string{login: k.token("https://"+login, "bob", map[string]any{"aud": "shop"})}
	evil := map[string]string{login: k.token("https://evil.example.com", "ann", map[string]any{"aud": "shop", "iss": "https://" + login})}
	audience := map[string]string{login: k.token("https://"+login, "ann", map[string]any{"aud": "other"})}
	forged := k.token("https://evil.example.com", *ann, map[string]any{"iss": cognito.Issuer, "aud": pool, "amr": []string{"authenticated"}})

	const denied, refused, configuration = "AccessDenied", "NotAuthorizedException", "InvalidIdentityPoolConfigurationException"
	k.refuseAll(t, map[string]attack{
		"a guest with the role of others":     {k.basic(t, "shoppers", guest, nil), denied},
		"another with the role of guests":     {k.basic(t, "guests", ann, k.logins()), denied},
		"another pool's identity":             {k.basic(t, "shoppers", otherAnn, k.logins()), denied},
		"another pool's guest":                {k.basic(t, "guests", otherGuest, nil), denied},
		"a pool that the role does not trust": {k.login(otherAnn, k.logins()), configuration},
		"another user's identity":             {k.login(ann, bob), refused},
		"an identity without its login":       {k.login(ann, nil), refused},
		"a login by a foreign key":            {k.login(ann, evil), refused},
		"a login for another audience":        {k.login(ann, audience), refused},
		"an issuer that is not the pool's":    {k.login(ann, map[string]string{"gitlab.com": k.token(gitlab, "ann", nil)}), refused},
		"a forged token of Cognito":           {k.web("shoppers", forged), "InvalidIdentityToken"},
	})
	put(pool, "guests", "shoppers")
	k.refuseAll(t, map[string]attack{
		"the roles are exchanged":           {k.login(ann, k.logins()), configuration},
		"the roles are exchanged, as guest": {k.login(guest, nil), configuration},
	})
}

// testAccounts tries principals that may not assume a role, or not with these parameters.
func testAccounts(t *testing.T, k *kinds) {
	caller := k.cloud.Account(cloud.CallerAccount)
	newUser := func(account *cloud.Account, name, policy string) aws.CredentialsProvider {
		sandboxtest.Must(account.CreateUser(cloud.CreateUserInput{UserName: name}))
		if policy != "" {
			sandboxtest.OK(account.UserPolicies().Put(name, sandboxtest.Allow("assume", policy, "*")))
		}
		key := sandboxtest.Must(account.CreateAccessKey(name))
		return credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")
	}
	k.cloud.AddAccount("000000000001", "o-other00001")
	stranger := newUser(k.cloud.Account("000000000001"), "stranger", "sts:*")
	unable, eve := newUser(caller, "unable", ""), newUser(caller, "eve", "sts:*")

	// A chain of two sessions: the second needs permission for the first's source identity.
	sandboxtest.OK(k.cloud.Account(cloud.APIAccount).RolePolicies().Put("marked", sandboxtest.Allow("mark", "sts:SetSourceIdentity", "*")))
	marked := fixed(t, k.assume(k.other, "marked", withSourceIdentity("ann")))
	second := fixed(t, k.assume(marked, "second", lasting(time.Hour)))

	const denied = "AccessDenied"
	k.refuseAll(t, map[string]attack{
		"no external id":                     {k.assume(k.other, executor), denied},
		"its case":                           {k.assume(k.other, executor, withID("Shop-1")), denied},
		"the API's admin":                    {k.assume(k.User("jane-admin"), executor, withID("shop-1")), denied},
		"an instance":                        {k.assume(onInstance(k.Endpoints, "products-reader"), executor, withID("shop-1")), denied},
		"the role itself":                    {k.assume(k.assume(k.other, executor, withID("shop-1")), executor, withID("shop-1")), denied},
		"another external id":                {k.assume(k.other, executor, withID("shop-2")), denied},
		"tags that the trust does not allow": {k.assume(k.other, executor, withID("shop-1"), withTag("team", "shop")), denied},
		"a source identity, too":             {k.assume(k.other, executor, withID("shop-1"), withSourceIdentity("ann")), denied},
		"tags, only an identity is allowed":  {k.assume(k.other, "marked", withTag("team", "shop")), denied},
		"another user of the account":        {k.assume(eve, executor, withID("shop-1")), denied},
		"a user without callerPolicy":        {k.assume(unable, "sisters"), denied},
		"another organization's user":        {k.assume(stranger, "sisters"), denied},
		"another source identity":            {k.assume(marked, "second", withSourceIdentity("bob")), "ValidationError"},
		"a chain of more than an hour":       {k.assume(marked, "second", lasting(2*time.Hour)), "ValidationError"},
		"a longer chain":                     {k.assume(second, "second"), denied},
		"a user at the end of a chain":       {k.assume(k.User("jane-admin"), "second"), denied},
		"a user with a service's role":       {k.assume(k.User("jane-admin"), "checkout"), denied},
		"a user with a token's role":         {k.assume(k.User("jane-admin"), "ci"), denied},
		"a user with a pool's role":          {k.assume(k.User("jane-admin"), "shoppers"), denied},
		"a user with an instance's role":     {k.assume(k.User("jane-admin"), "products-reader"), denied},
	})
	may(t, k.Endpoints, k.assume(eve, "sisters"), 200, 403)
	may(t, k.Endpoints, second, 200, 403)
}
