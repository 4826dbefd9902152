package instance

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/config"
)

const apiURL = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"

// defaults are those of Pulumi.yaml, with what it requires.
var defaults = map[string]string{
	"invokeUrl": apiURL, "instanceProfile": "reader", "apiRegion": "", "path": "/products", "intervalSeconds": "60",
	"instanceType": "t4g.nano", "imageId": "", "availabilityZone": "", "cidrBlock": "10.0.0.0/28", "tags": "{}",
}

func with(pairs ...string) config.Settings {
	values := maps.Clone(defaults)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			delete(values, pairs[i])
			continue
		}
		values[pairs[i]] = pairs[i+1]
	}
	return config.Settings{Values: values}
}

func TestParse(t *testing.T) {
	cfg, err := Parse(with())
	require.NoError(t, err)
	assert.Equal(t, Config{
		InvokeURL: apiURL, APIRegion: "eu-west-1", InstanceProfile: "reader", Path: "/products", IntervalSeconds: 60,
		InstanceType: "t4g.nano", CIDRBlock: "10.0.0.0/28", Tags: map[string]string{},
	}, cfg)
	for name, settings := range map[string]config.Settings{
		"a custom domain":     with("invokeUrl", "https://api.example.com", "apiRegion", "us-gov-west-1"),
		"the default stage":   with("invokeUrl", strings.TrimSuffix(apiURL, "/prod")+"/"),
		"dual stack":          with("invokeUrl", "https://abc123.execute-api.eu-west-1.api.aws/prod"),
		"the region, too":     with("apiRegion", "eu-west-1"),
		"a digit as a name":   with("instanceProfile", "1"),
		"every second":        with("intervalSeconds", "1"),
		"every day":           with("intervalSeconds", "86400"),
		"the root":            with("path", "/"),
		"a large network":     with("cidrBlock", "172.16.0.0/16"),
		"a network type":      with("instanceType", "c7gn.xlarge"),
		"an image and a zone": with("imageId", "ami-0123456789abcdef0", "availabilityZone", "eu-west-1c"),
	} {
		_, err := Parse(settings)
		require.NoError(t, err, name)
	}
}

// TestParseRefuses checks that each mistake is one line with the key, the value and what is
// accepted.
func TestParseRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		settings config.Settings
		want     []string // parts of each problem's line
	}{
		"nothing":          {config.Settings{}, []string{"invokeUrl: must be set", "instanceProfile: must be set"}},
		"no TLS":           {with("invokeUrl", "http://a.example.com"), []string{`invokeUrl: "http://a.example.com" must be the https URL`}},
		"a query":          {with("invokeUrl", apiURL+"?x"), []string{"invokeUrl: "}},
		"a script":         {with("invokeUrl", apiURL+"$(id)"), []string{"invokeUrl: "}},
		"a specifier":      {with("path", "/%h"), []string{`path: "/%h" must be a path`}},
		"two lines":        {with("path", "/a\nExecStart=/bin/sh"), []string{"path: "}},
		"a space":          {with("path", "/a -body x"), []string{"path: "}},
		"no slash":         {with("path", "products"), []string{`path: "products"`}},
		"no region":        {with("invokeUrl", "https://api.example.com"), []string{`apiRegion: must be set to the API's region`}},
		"another region":   {with("apiRegion", "us-east-1"), []string{`apiRegion: "us-east-1" differs from "eu-west-1"`}},
		"not a region":     {with("apiRegion", "here"), []string{`apiRegion: "here" must be a region`}},
		"an ARN":           {with("instanceProfile", "arn:aws:iam::111122223333:instance-profile/x"), []string{"instanceProfile: "}},
		"too often":        {with("intervalSeconds", "0"), []string{"intervalSeconds: 0 must be 1 to 86400"}},
		"too seldom":       {with("intervalSeconds", "86401"), []string{"intervalSeconds: 86401"}},
		"half a second":    {with("intervalSeconds", "0.5"), []string{"intervalSeconds: 0.5 must be a whole number"}},
		"another type":     {with("instanceType", "t3.nano"), []string{`instanceType: "t3.nano" must be a type with a Graviton processor`}},
		"a graphics type":  {with("instanceType", "g5.xlarge"), []string{`instanceType: "g5.xlarge"`}},
		"an image's name":  {with("imageId", "al2023"), []string{`imageId: "al2023"`}},
		"a zone's id":      {with("availabilityZone", "use1-az1"), []string{`availabilityZone: "use1-az1"`}},
		"too large":        {with("cidrBlock", "10.0.0.0/15"), []string{`cidrBlock: "10.0.0.0/15"`}},
		"too small":        {with("cidrBlock", "10.0.0.0/29"), []string{`cidrBlock: "10.0.0.0/29"`}},
		"public":           {with("cidrBlock", "8.8.8.0/24"), []string{`cidrBlock: "8.8.8.0/24" must be a private IPv4 network`}},
		"bits of the host": {with("cidrBlock", "10.0.0.1/24"), []string{`cidrBlock: "10.0.0.1/24"`}},
		"a reserved tag":   {with("tags", `{"aws:x":"y"}`), []string{`tags: "aws:x"`}},
		"unknown key":      {with("intervalSecond", "1"), []string{"intervalSecond: ", "intervalSeconds?"}},
		"all at once": {with("path", "x", "cidrBlock", "x", "instanceType", "x", "invokeUrl", "-"),
			[]string{"invokeUrl: must be set", `path: "x"`, `cidrBlock: "x"`, `instanceType: "x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(row.settings)
			require.Error(t, err)
			for _, want := range row.want {
				assert.Contains(t, err.Error(), want)
			}
			if name != "unknown key" {
				assert.Len(t, strings.Split(err.Error(), "\n"), len(row.want)+1, "%v", err)
			}
		})
	}
}
