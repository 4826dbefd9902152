package cloud_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// zipOfSizes returns a zip file whose files claim to have the sizes.
func zipOfSizes(sizes ...uint64) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range sizes {
		Must(w.CreateRaw(&zip.FileHeader{Name: "x", Method: zip.Deflate, UncompressedSize64: n}))
	}
	OK(w.Close())
	return b.Bytes()
}

// worker describes a valid function.
func worker(role string) cloud.CreateFunctionInput {
	return cloud.CreateFunctionInput{
		FunctionName: "worker",
		FunctionSettings: cloud.FunctionSettings{
			Role: role, Runtime: "provided.al2023", Handler: "bootstrap", Environment: map[string]string{"TABLE_NAME": "shop"},
			Logging: cloud.FunctionLogging{Format: "JSON", Group: "/aws/lambda/shop"},
		},
		Architectures: []string{"arm64"}, ZipFile: Zip("bootstrap", "code"), Tags: map[string]string{"team": "shop"},
	}
}

func TestFunction(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	role := newRole(a, "r", trustLambda).ARN
	f := Must(r.CreateFunction(worker(role)))
	assert.Equal(t, "arn:aws:lambda:us-east-1:111122223333:function:worker", f.ARN)
	assert.Equal(t, 128, f.MemorySize)
	assert.Equal(t, 3, f.Timeout)
	assert.Regexp(t, `^[A-Za-z0-9+/]{43}=$`, f.CodeSha256)
	assert.Equal(t, len(Zip("bootstrap", "code")), f.CodeSize)
	assert.Equal(t, f, Must(r.GetFunction("worker")))
	assert.Equal(t, f, Must(r.GetFunction(f.ARN)))

	OK(r.UpdateFunctionCode("worker", Zip("bootstrap", "other"), nil))
	other := Must(r.GetFunction("worker"))
	assert.NotEqual(t, f.CodeSha256, other.CodeSha256)
	assert.Equal(t, []string{"arm64"}, other.Architectures)
	OK(r.UpdateFunctionCode("worker", Zip("bootstrap", "code"), []string{"x86_64"}))
	back := Must(r.GetFunction("worker"))
	assert.Equal(t, f.CodeSha256, back.CodeSha256, "the same bytes have the same hash")
	assert.Equal(t, []string{"x86_64"}, back.Architectures)

	OK(r.UpdateFunctionConfiguration("worker", cloud.FunctionSettings{Role: role, Runtime: "provided.al2", Handler: "other"}))
	plain := Must(r.GetFunction("worker"))
	assert.Equal(t, cloud.FunctionSettings{Role: role, Runtime: "provided.al2", Handler: "other", MemorySize: 128, Timeout: 3,
		Logging: cloud.FunctionLogging{Format: "Text", Group: "/aws/lambda/worker"}}, plain.FunctionSettings)
	OK(r.DeleteFunction("worker"))
	assert.Empty(t, Must(r.ListFunctions()))
}

func TestFunctionRefusals(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	newRole(a, "ec2", trustEC2)
	there := worker(newRole(a, "r", trustLambda).ARN)
	there.FunctionName = "there"
	Must(r.CreateFunction(there))
	before := c.Describe()

	type change = func(*cloud.CreateFunctionInput)
	settings := func(f func(*cloud.FunctionSettings)) change {
		return func(in *cloud.CreateFunctionInput) { f(&in.FunctionSettings) }
	}
	variables := func(v map[string]string) change {
		return settings(func(s *cloud.FunctionSettings) { s.Environment = v })
	}
	role := func(arn string) change { return settings(func(s *cloud.FunctionSettings) { s.Role = arn }) }
	const iam = "arn:aws:iam::111122223333:role/"

	// An update rejects the same settings as the creation.
	type update = func(r *cloud.Region, in cloud.CreateFunctionInput) error
	configure := func(r *cloud.Region, in cloud.CreateFunctionInput) error {
		return r.UpdateFunctionConfiguration("there", in.FunctionSettings)
	}
	upload := func(r *cloud.Region, in cloud.CreateFunctionInput) error {
		return r.UpdateFunctionCode("there", in.ZipFile, in.Architectures)
	}
	for name, row := range map[string]struct {
		change change
		code   string
		update update
	}{
		"no name":           {func(in *cloud.CreateFunctionInput) { in.FunctionName = "" }, cloud.CodeValidationException, nil},
		"long name":         {func(in *cloud.CreateFunctionInput) { in.FunctionName = long(65) }, cloud.CodeValidationException, nil},
		"name with a dot":   {func(in *cloud.CreateFunctionInput) { in.FunctionName = "a.b" }, cloud.CodeValidationException, nil},
		"exists":            {func(in *cloud.CreateFunctionInput) { in.FunctionName = "there" }, cloud.CodeResourceConflict, nil},
		"processor":         {func(in *cloud.CreateFunctionInput) { in.Architectures = []string{"arm"} }, cloud.CodeValidationException, upload},
		"two processors":    {func(in *cloud.CreateFunctionInput) { in.Architectures = []string{"arm64", "x86_64"} }, cloud.CodeValidationException, upload},
		"tag":               {func(in *cloud.CreateFunctionInput) { in.Tags = map[string]string{"aws:x": ""} }, cloud.CodeInvalidParameterValue, nil},
		"too many tags":     {func(in *cloud.CreateFunctionInput) { in.Tags = manyTags(51) }, cloud.CodeInvalidParameterValue, nil},
		"no handler":        {settings(func(s *cloud.FunctionSettings) { s.Handler = "" }), cloud.CodeInvalidParameterValue, configure},
		"handler":           {settings(func(s *cloud.FunctionSettings) { s.Handler = "a b" }), cloud.CodeValidationException, configure},
		"long handler":      {settings(func(s *cloud.FunctionSettings) { s.Handler = long(129) }), cloud.CodeValidationException, configure},
		"no runtime":        {settings(func(s *cloud.FunctionSettings) { s.Runtime = "" }), cloud.CodeInvalidParameterValue, configure},
		"unknown runtime":   {settings(func(s *cloud.FunctionSettings) { s.Runtime = "go" }), cloud.CodeInvalidParameterValue, configure},
		"runtime of old":    {settings(func(s *cloud.FunctionSettings) { s.Runtime = "go1.x" }), cloud.CodeInvalidParameterValue, configure},
		"long text":         {settings(func(s *cloud.FunctionSettings) { s.Description = long(257) }), cloud.CodeValidationException, configure},
		"too little memory": {settings(func(s *cloud.FunctionSettings) { s.MemorySize = 127 }), cloud.CodeValidationException, configure},
		"too much memory":   {settings(func(s *cloud.FunctionSettings) { s.MemorySize = 10241 }), cloud.CodeValidationException, configure},
		"negative timeout":  {settings(func(s *cloud.FunctionSettings) { s.Timeout = -1 }), cloud.CodeValidationException, configure},
		"long timeout":      {settings(func(s *cloud.FunctionSettings) { s.Timeout = 901 }), cloud.CodeValidationException, configure},
		"log format":        {settings(func(s *cloud.FunctionSettings) { s.Logging.Format = "json" }), cloud.CodeValidationException, configure},
		"log group":         {settings(func(s *cloud.FunctionSettings) { s.Logging.Group = "a b" }), cloud.CodeValidationException, configure},
		"long log group":    {settings(func(s *cloud.FunctionSettings) { s.Logging.Group = long(513) }), cloud.CodeValidationException, configure},
		"variable":          {variables(map[string]string{"a-b": "hidden"}), cloud.CodeValidationException, configure},
		"short variable":    {variables(map[string]string{"a": "hidden"}), cloud.CodeValidationException, configure},
		"reserved variable": {variables(map[string]string{"AWS_REGION": "hidden", "AB": "hidden"}), cloud.CodeInvalidParameterValue, configure},
		"long variables":    {variables(map[string]string{"AB": strings.Repeat("hidden", 400), "CD": strings.Repeat("hidden", 400)}), cloud.CodeInvalidParameterValue, configure},
		"no role":           {role(""), cloud.CodeValidationException, configure},
		"a role's name":     {role("r"), cloud.CodeValidationException, configure},
		"role missing":      {role(iam + "missing"), cloud.CodeInvalidParameterValue, configure},
		"role of EC2":       {role(iam + "ec2"), cloud.CodeInvalidParameterValue, configure},
		"role of another":   {role("arn:aws:iam::444455556666:role/r"), cloud.CodeAccessDenied, configure},
		"no code":           {func(in *cloud.CreateFunctionInput) { in.ZipFile = nil }, cloud.CodeInvalidParameterValue, upload},
		"no zip":            {func(in *cloud.CreateFunctionInput) { in.ZipFile = []byte("bootstrap") }, cloud.CodeInvalidParameterValue, upload},
		"half a zip":        {func(in *cloud.CreateFunctionInput) { in.ZipFile = in.ZipFile[:len(in.ZipFile)/2] }, cloud.CodeInvalidParameterValue, upload},
		"a zip's end alone": {func(in *cloud.CreateFunctionInput) { in.ZipFile = in.ZipFile[40:] }, cloud.CodeInvalidParameterValue, upload},
		"empty zip":         {func(in *cloud.CreateFunctionInput) { in.ZipFile = zipOfSizes() }, cloud.CodeInvalidParameterValue, upload},
		"zip of nothing":    {func(in *cloud.CreateFunctionInput) { in.ZipFile = Zip("bootstrap", "") }, cloud.CodeInvalidParameterValue, upload},
		"big zip":           {func(in *cloud.CreateFunctionInput) { in.ZipFile = make([]byte, 50<<20+1) }, cloud.CodeRequestTooLarge, upload},
		"big file":          {func(in *cloud.CreateFunctionInput) { in.ZipFile = zipOfSizes(250 << 20) }, cloud.CodeInvalidParameterValue, upload},
		"big files":         {func(in *cloud.CreateFunctionInput) { in.ZipFile = zipOfSizes(150<<20, 100<<20) }, cloud.CodeInvalidParameterValue, upload},
		"huge files":        {func(in *cloud.CreateFunctionInput) { in.ZipFile = zipOfSizes(1<<63, 1<<63, 1) }, cloud.CodeInvalidParameterValue, upload},
	} {
		t.Run(name, func(t *testing.T) {
			in := worker(there.Role)
			row.change(&in)
			err := failed(r.CreateFunction(in))
			WantCode(t, row.code, err)
			assert.NotContains(t, err.Error(), "hidden")
			if row.update != nil {
				WantCode(t, row.code, row.update(r, in))
			}
		})
	}
	assert.Equal(t, before, c.Describe())
	for _, err := range []error{
		failed(r.GetFunction("missing")), r.DeleteFunction("missing"), r.UpdateFunctionCode("missing", nil, nil),
		r.UpdateFunctionConfiguration("missing", cloud.FunctionSettings{}), failed(a.Region("eu-west-1").GetFunction("there")),
		failed(r.GetFunction("arn:aws:lambda:eu-west-1:111122223333:function:there")),
	} {
		WantCode(t, cloud.CodeResourceNotFound, err)
	}
}

// TestRolesThatLambdaMayAssume shows that a function's role is checked when it
// is set, as on AWS.
func TestRolesThatLambdaMayAssume(t *testing.T) {
	statement := func(effect, more string) string {
		return `{"Effect":"` + effect + `","Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},` + more + `}`
	}
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	for name, row := range map[string]struct{ trust, code string }{
		"one of several services": {document(statement("Allow", `"Action":"sts:AssumeRole"`)), ""},
		"all of STS":              {document(statement("Allow", `"Action":["sts:*"]`)), ""},
		"in another case":         {document(statement("Allow", `"Action":"STS:assumerole"`)), ""},
		"all but":                 {document(statement("Allow", `"NotAction":"sts:TagSession"`)), ""},
		"another action":          {document(statement("Allow", `"Action":"sts:TagSession"`)), cloud.CodeInvalidParameterValue},
		"all but this":            {document(statement("Allow", `"NotAction":"sts:Assume*"`)), cloud.CodeInvalidParameterValue},
		"denied": {document(statement("Allow", `"Action":"sts:AssumeRole"`), statement("Deny", `"Action":"sts:AssumeRole"`)),
			cloud.CodeInvalidParameterValue},
		"with a condition": {document(statement("Allow", `"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}`)),
			"NotModelled"},
		"an account": {TrustAWS("111122223333"), cloud.CodeInvalidParameterValue},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			r := a.Region(Region)
			_, err := r.CreateFunction(worker(newRole(a, "r", row.trust).ARN))
			if row.code == "" {
				require.NoError(t, err)
				return
			}
			WantCode(t, row.code, err)
		})
	}
	_, a := account()
	r := a.Region(Region)
	f := Must(r.CreateFunction(worker(newRole(a, "r", trustLambda).ARN)))
	OK(a.DeleteRole("r"))
	f.Description = "other"
	require.NoError(t, r.UpdateFunctionConfiguration("worker", f.FunctionSettings), "a role that is gone stays")
}
