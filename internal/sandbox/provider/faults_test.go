package provider_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// on returns an engine on a copy of the Cloud of e.
func (e *engine) on() *engine {
	e.t.Helper()
	out := dial(e.t, e.cloud.Clone())
	require.NoError(e.t, out.configure(props{"region": Region}))
	return out
}

// faultSamples returns the samples, with creations that send more requests.
func faultSamples() []sample {
	out := samples()
	for i := range out {
		if out[i].token == tokenMembership {
			out[i].in = func(ground) props {
				return props{"name": "members", "group": "readers", "users": list("john", "jane")}
			}
		}
	}
	return append(out, sample{token: tokenKey, in: func(ground) props { return props{"user": "john", "status": "Inactive"} }})
}

func wantFault(t *testing.T, e *engine, err error) {
	t.Helper()
	require.ErrorContains(t, err, "ServiceUnavailable: injected fault")
	assert.NotContains(t, err.Error(), "\n")
	for _, k := range Must(e.account.ListAccessKeys("john")) {
		assert.NotContains(t, err.Error(), Must(e.account.Credential(k.AccessKeyID)).SecretAccessKey)
	}
}

// faults runs an operation on copies of the Cloud of base and lets each of its
// requests fail in turn. After each failure, retry must lead to what the
// operation leads to without a failure. faults returns the number of requests.
func (e *engine) faults(operation func(*engine) (res, error), retry func(e *engine, kept res, nth int)) int {
	e.t.Helper()
	clean := e.on()
	_, err := operation(clean)
	require.NoError(e.t, err)
	for n := 1; ; n++ {
		branch := e.on()
		branch.failNth(n)
		kept, err := operation(branch)
		branch.cloud.OnMutation(nil)
		if err == nil {
			return n - 1
		}
		wantFault(e.t, branch, err)
		retry(branch, kept, n)
		require.Equal(e.t, clean.cloud.Describe(), branch.cloud.Describe(), "after request %d failed", n)
	}
}

func TestFaultsOfACreation(t *testing.T) {
	for _, s := range faultSamples() {
		t.Run(s.token, func(t *testing.T) {
			base := start(t)
			g := prepare(base)
			before := base.cloud.Describe()
			want := base.on().create(s.token, s.in(g))
			requests := base.faults(
				func(e *engine) (res, error) { return e.tryCreate(s.token, s.in(g)) },
				func(e *engine, r res, nth int) {
					if nth == 1 {
						assert.Empty(t, r.id)
						assert.Equal(t, before, e.cloud.Describe())
					}
					if r.id == "" {
						r = e.create(s.token, s.in(g))
					} else {
						r = e.recover(s, r, s.in(g))
					}
					for k := range want.state {
						assert.Containsf(t, r.state, k, "after request %d failed", nth)
					}
					e.steady(r)
				})
			assert.Equal(t, requestsOf(s), requests)
		})
	}
}

// requestsOf returns the number of mutations of a sample's creation.
func requestsOf(s sample) int {
	switch s.token {
	case tokenLogGroup, tokenTable, tokenProfile, tokenMembership, tokenGroupArns, tokenRoleArns, tokenUserArns,
		tokenGateway, tokenRouteTable:
		return 2
	case tokenFirewall:
		return 4
	case tokenGroupInline, tokenRoleInline, tokenUserInline:
		return 0
	case tokenKey:
		if s.in(ground{})["status"] == "Inactive" {
			return 2
		}
	}
	return 1
}

// TestFaultsOfAnUpdate changes all inputs that can change.
func TestFaultsOfAnUpdate(t *testing.T) {
	for _, s := range samples() {
		if s.change == nil {
			continue
		}
		t.Run(s.token, func(t *testing.T) {
			base := start(t)
			g := prepare(base)
			old := base.create(s.token, s.in(g))
			in := s.in(g)
			maps.Copy(in, s.change(g))
			assert.Positive(t, base.faults(
				func(e *engine) (res, error) { return e.tryUpdate(old, in) },
				func(e *engine, r res, _ int) {
					e.steady(e.recover(s, r, in))
				}))
		})
	}
}

// recover updates a resource after a failure, whose state says that everything was
// done. It updates it after a refresh, which finds what is still to do.
func (e *engine) recover(s sample, r res, in props) res {
	e.t.Helper()
	read, found := e.refresh(r)
	require.True(e.t, found)
	if !strings.HasSuffix(s.token, "Exclusive") {
		for k, v := range in {
			assert.Equal(e.t, normal(v), normal(only(v, r.state[k])), k)
		}
		assert.Equal(e.t, none, e.diff(r, r.inputs).GetChanges())
	}
	return e.update(read, in)
}

func TestFaultsOfADeletion(t *testing.T) {
	for _, s := range faultSamples() {
		t.Run(s.token, func(t *testing.T) {
			base := start(t)
			g := prepare(base)
			old := base.create(s.token, s.in(g))
			if s.token == tokenPolicy { // deleting a policy with several versions takes several requests
				old = base.update(old, with(s.in(g), "policy", admin))
			}
			base.faults(
				func(e *engine) (res, error) { return res{}, e.tryDelete(old) },
				func(e *engine, _ res, _ int) { e.delete(old) })
		})
	}
}

// TestLostReply shows that a resource whose creation lost its reply makes a
// second creation fail, until it is imported.
func TestLostReply(t *testing.T) {
	e := start(t)
	e.cloud.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.LoseReply })
	in := props{"name": "jill"}
	r, err := e.tryCreate(tokenUser, in)
	e.cloud.OnMutation(nil)
	require.ErrorContains(t, err, "RequestTimeout")
	assert.Empty(t, r.id)
	_, err = e.tryCreate(tokenUser, in)
	require.ErrorContains(t, err, "EntityAlreadyExists")
	adopted := e.adopt(tokenUser, "jill")
	assert.Equal(t, none, e.diff(adopted, e.check(tokenUser, nil, in)).GetChanges())
}

// TestLostConnection shows that no requests are sent after the connection is
// lost.
func TestLostConnection(t *testing.T) {
	c := cloud.New()
	server, err := provider.Serve(context.Background(), c)
	require.NoError(t, err)
	e := connect(t, c, server)
	require.NoError(t, e.configure(props{"region": Region}))
	in := e.check(tokenLogGroup, nil, props{"name": "calls", "retentionInDays": 365})
	arrived, release := make(chan struct{}), make(chan struct{})
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Action == "CreateLogGroup" {
			close(arrived)
			<-release
		}
		return cloud.NoFault
	})
	failed := make(chan error, 1)
	go func() {
		_, err := e.rpc.Create(context.Background(), createRequest(e, tokenLogGroup, in))
		failed <- err
	}()
	<-arrived
	require.NoError(t, server.Close())
	require.Error(t, <-failed)
	close(release)
	require.Eventually(t, func() bool {
		_, err := e.region.DescribeLogGroup("calls")
		return err == nil
	}, longest, tick, "the request that was already sent takes effect")
	assert.Never(t, func() bool {
		return Must(e.region.DescribeLogGroup("calls")).RetentionInDays != 0
	}, 20*tick, tick)
}

func TestRefusalsHaveAWSsCode(t *testing.T) {
	e := start(t)
	g := prepare(e)
	const protected = "AWSServiceRoleForECS"
	Must(e.account.CreateProtectedRole(protected, "/aws-service-role/ecs.amazonaws.com/"))
	for code, row := range map[string]struct {
		token string
		in    props
	}{
		"EntityAlreadyExists":            {tokenUser, props{"name": "JOHN"}},
		"NoSuchEntity":                   {tokenKey, props{"user": "nobody"}},
		"MalformedPolicyDocument":        {tokenPolicy, props{"policy": "{\n\"x\": 1\n}"}},
		"LimitExceeded":                  {tokenPolicy, props{"policy": strings.Replace(readOnly, `"Effect"`, `"Sid":"`+strings.Repeat("x", 6144)+`","Effect"`, 1)}},
		"ValidationError":                {tokenRole, props{"name": "a b", "assumeRolePolicy": trustEC2}},
		"ResourceAlreadyExistsException": {tokenLogGroup, props{"name": "ground"}},
		"InvalidParameterException":      {tokenLogGroup, props{"name": "a b"}},
		"ConflictException":              {tokenRoute, props{"apiId": g.api, "routeKey": "GET /ground"}},
		"BadRequestException":            {tokenRoute, props{"apiId": g.api, "routeKey": "GET"}},
		"NotFoundException":              {tokenRoute, props{"apiId": "missing", "routeKey": "GET /x"}},
		"InvalidParameterValueException": {tokenFunction, props{"role": roleRunner, "runtime": "go", "handler": "x", "code": fileArchive(g.code)}},
		"ResourceConflictException":      {tokenFunction, props{"name": "ground", "role": roleRunner, "runtime": "java21", "handler": "x", "code": fileArchive(g.code)}},
		"ResourceNotFoundException":      {tokenPermission, props{"function": "missing", "action": "lambda:*", "principal": "apigateway.amazonaws.com"}},
		"ValidationException":            {tokenTable, props{"billingMode": "PAY_PER_REQUEST", "hashKey": "id"}},
		"InvalidInput":                   {tokenOIDC, with(oidcProvider, "url", "https://x.example.com?a=b")},
		"UnmodifiableEntity":             {tokenRoleAttach, props{"role": protected, "policyArn": arnReadOnly}},
		"PolicyNotAttachable":            {tokenRoleAttach, props{"role": "reader", "policyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"}},
		"NotModelled":                    {tokenStage, props{"apiId": g.api, "name": "dev"}},
		"InvalidVpcID.NotFound":          {tokenRouteTable, props{"vpcId": "vpc-0"}},
		"InvalidSubnet.Conflict":         {tokenSubnet, props{"vpcId": g.vpc, "cidrBlock": "10.1.255.0/25"}},
		"InvalidSubnetID.NotFound":       {tokenAssociation, props{"subnetId": "subnet-0", "routeTableId": g.tables[0]}},
		"InvalidRouteTableID.NotFound":   {tokenAssociation, props{"subnetId": g.subnet, "routeTableId": "rtb-0"}},
		"InvalidGroup.Duplicate":         {tokenFirewall, props{"vpcId": g.vpc, "name": "one"}},
		"InvalidGroup.NotFound":          {tokenInstance, with(instanceProps(g), "vpcSecurityGroupIds", list("sg-0"))},
		"InvalidAMIID.NotFound":          {tokenInstance, with(instanceProps(g), "ami", "ami-0")},
		"InvalidParameterValue":          {tokenInstance, with(instanceProps(g), "iamInstanceProfile", "none")},
		"BucketAlreadyOwnedByYou":        {tokenBucket, props{"bucket": "ground"}},
		"NoSuchBucket":                   {tokenBlock, props{"bucket": "none"}},
		"MalformedPolicy":                {tokenBucketRule, props{"bucket": "ground", "policy": strings.Replace(bucketDocument("s3:GetObject"), "reader", "none", 1)}},
	} {
		before := e.cloud.Describe()
		r, err := e.tryCreate(row.token, row.in)
		require.ErrorContains(t, err, code+": ")
		require.ErrorContains(t, err, "creating "+row.token+" thing: ")
		assert.NotContains(t, err.Error(), "\n")
		assert.Empty(t, r.id)
		assert.Equal(t, before, e.cloud.Describe())
	}
	_, err := e.tryCreate(tokenInstance, with(instanceProps(g), "userData", "x"))
	require.ErrorContains(t, err, "the sandbox does not model user data without userDataReplaceOnChange")
	user := e.create(tokenUser, props{"name": "jill"})
	OK(e.account.UserPolicies().Attach("jill", arnReadOnly))
	err = e.tryDelete(user)
	require.ErrorContains(t, err, "deleting "+tokenUser+" thing: DeleteConflict: ")
}

func TestRefusedUpdateIsRecorded(t *testing.T) {
	e := start(t)
	g := prepare(e)
	in := props{"apiId": g.api, "routeKey": "GET /products", "authorizationType": "AWS_IAM"}
	r := e.create(tokenRoute, in)
	kept, err := e.tryUpdate(r, with(in, "routeKey", "GET /ground"))
	require.ErrorContains(t, err, "ConflictException")
	assert.Equal(t, "GET /ground", kept.state["routeKey"])
	read, _ := e.refresh(kept)
	assert.Equal(t, r.state, read.state)
}

func TestUpdateOfAMissingResource(t *testing.T) {
	e := start(t)
	r := e.create(tokenUser, props{"name": "jill"})
	OK(e.account.DeleteUser("jill"))
	kept, err := e.tryUpdate(r, props{"name": "jill", "path": "/x/"})
	require.ErrorContains(t, err, "NoSuchEntity")
	assert.Equal(t, r, kept)
	_, err = e.tryUpdate(r, props{"name": "jill"})
	require.ErrorContains(t, err, "gone")
}
