package access_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestSize(t *testing.T) {
	for document, want := range map[string]int{
		``:                             0,
		`{}`:                           2,
		" {\n\t\"a\" :\r\n [ 1, 2 ] }": 11,
		`{"a":"b c"}`:                  11, // within a string, white space may count
		`{"a":"\"  \\"}`:               14,
		`{"a":"é"}`:                    9, // characters, not bytes
		`{"a": `:                       6, // not JSON: all of it
		"\xff":                         1,
	} {
		assert.Equal(t, want, access.Size(document), "%q", document)
	}
}

// documentOf returns a document of a size, with white space that does not count.
func documentOf(characters int) string {
	frame := `{"Version":"2012-10-17","Sid":""}`
	return strings.Replace(frame, `"Sid":""`, "\n\t\"Sid\": \""+strings.Repeat("x", characters-len(frame))+`"`, 1)
}

func TestCheckPolicySize(t *testing.T) {
	for _, size := range []int{100, 6143, 6144} {
		assert.NoError(t, access.CheckPolicySize(documentOf(size)))
	}
	err := access.CheckPolicySize(documentOf(6145))
	assertOneLine(t, err)
	assert.ErrorContains(t, err, "has 6145 characters")
	assert.ErrorContains(t, err, "at most 6144")
}

// The names are in the endpoint metadata of the AWS SDKs.
func TestLongestExecutionArn(t *testing.T) {
	parts := strings.Split(access.LongestExecutionArn, ":")
	require.Len(t, parts, 6)
	assert.Equal(t, access.LongestPartition, parts[1])
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"} {
		assert.LessOrEqual(t, len(partition), len(parts[1]), partition)
	}
	for _, region := range []string{"ap-northeast-3", "ap-southeast-7", "us-gov-west-1", "cn-northwest-1", "us-iso-west-1",
		"us-isob-west-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1"} {
		assert.LessOrEqual(t, len(region), len(parts[3]), region)
	}
	assert.NoError(t, access.CheckAccountID(parts[4]))
	assert.Regexp(t, `^[a-z0-9]{10}$`, parts[5])
}

func FuzzSize(f *testing.F) {
	for _, seed := range []string{`{"a": ["b c", 1.0, null, {}]}`, `{"a":"<&>\u2028"}`, "{}", "[", " ", "\"\xff\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size := access.Size(text)
		assert.LessOrEqual(t, size, len(text))
		var indented bytes.Buffer
		if json.Indent(&indented, []byte(text), "  ", "\t") == nil {
			assert.Equal(t, size, access.Size(indented.String()), "white space does not count")
		}
		assert.Equal(t, size > access.MaxPolicyCharacters, access.CheckPolicySize(text) != nil)
	})
}

// TestCheckCalls checks the longest paths that can be called. Open routes have no limit of
// ARNs.
func TestCheckCalls(t *testing.T) {
	longest := access.MaxCallArn - len(access.LongestExecutionArn+"/prod/GET/")
	for name, test := range map[string]struct {
		args   access.RouteArgs
		length int
		fits   bool
	}{
		"under IAM":               {access.RouteArgs{}, longest, true},
		"under IAM, too long":     {access.RouteArgs{}, longest + 1, false},
		"with tokens":             {access.RouteArgs{Authorization: access.Token, Authorizer: "customers"}, longest, true},
		"with tokens, too long":   {access.RouteArgs{Authorization: access.Token, Authorizer: "customers"}, longest + 1, false},
		"open, with a longer ARN": {access.RouteArgs{Authorization: access.Open}, longest + 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			routes, errs := access.NewRoutes(map[string]access.RouteArgs{"GET /" + strings.Repeat("x", test.length): test.args})
			require.Empty(t, errs)
			errs = routes.CheckCalls("prod")
			assert.Equal(t, test.fits, len(errs) == 0, "%v", errs)
			for _, err := range errs {
				assert.ErrorContains(t, err, "the ARN of its calls has 1601 characters or more, and API Gateway takes at most 1600")
			}
		})
	}
}
