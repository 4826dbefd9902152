package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

func TestCheckSourceCIDRAccepts(t *testing.T) {
	for _, cidr := range []string{
		"203.0.113.0/24", "203.0.113.9", "203.0.113.9/32", "198.51.100.128/25", "192.0.2.0/24",
		"8.0.0.0/8", "1.0.0.0/8", "223.0.0.0/8", // the widest, at both ends of the unicast space
		"9.255.255.255", "11.0.0.0/8", "100.0.0.0/8", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.0.0.0/8", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
		"192.0.0.0/8", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2001:db8::/32", "2001:DB8::1", "2001:db8:0:0:0:0:0:1/128", "2600::/12", "2000::/12", "3fff:ffff::/32", "2a00::/64",
	} {
		assert.NoError(t, access.CheckSourceCIDR(cidr), cidr)
	}
}

func TestCheckSourceCIDRRejects(t *testing.T) {
	for reason, cidrs := range map[string][]string{
		"must be a public network": {
			"", " ", "any", "*", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/024", "203.0.113.0/", "203.0.113", "203.0.113.256",
			"203.0.113.09", " 203.0.113.9", "203.0.113.9 ", "203.0.113.9\n", "203.0.113.0-203.0.113.9", "203.0.113.*", "203.0.113.0/255.255.255.0", "203.0.113.9:443",
			"2001:db8::/129", "2001:db8:::1", "[2001:db8::1]", "fe80::1%eth0", "2001:db8::1%1", "::ffff:203.0.113.9", "::ffff:203.0.113.0/120", "gateway.example.com",
		},
		"is private": {
			"10.0.0.0/8", "10.1.2.3", "10.1.2.3/8", "10.255.255.255/32", "172.16.0.0/12", "172.31.255.255", "192.168.0.0/16", "192.168.1.0/24",
			"fc00::/7", "fd00::/8", "fd12:3456::1",
		},
		"is shared":              {"100.64.0.0/10", "100.127.255.255"},
		"is loopback":            {"127.0.0.0/8", "127.0.0.1", "::1", "::1/128"},
		"is link-local":          {"169.254.0.0/16", "169.254.169.254", "fe80::/10", "fe80::1/64", "febf::"},
		"is multicast":           {"224.0.0.0/4", "239.255.255.255", "ff00::/8", "ff02::1"},
		"is reserved":            {"240.0.0.0/4", "255.255.255.255", "192.0.0.0/24", "192.0.0.8"},
		"is for benchmarks":      {"198.18.0.0/15", "198.19.255.255"},
		"is of no host":          {"0.0.0.0", "0.0.0.0/8", "0.1.2.3", "::", "::/128"},
		"includes every address": {"0.0.0.0/0", "::/0", "203.0.113.0/0", "2001:db8::/0"},
		"is wider than any":      {"0.0.0.0/1", "128.0.0.0/1", "202.0.0.0/7", "::/1", "8000::/1", "2000::/3", "2600::/11", "fec0::/10"},
		"is not a public":        {"::2", "::203.0.113.9", "64:ff9b::/96", "1fff:ffff::", "4000::/16", "fec0::/12"},
		"has bits set after":     {"203.0.113.9/24", "8.8.8.8/8", "203.0.113.129/25", "2001:db8::1/32", "2601::/12"},
	} {
		for _, cidr := range cidrs {
			err := access.CheckSourceCIDR(cidr)
			assert.ErrorContains(t, err, reason, cidr)
			if err != nil {
				assertOneLine(t, err)
			}
		}
	}
	assert.ErrorContains(t, access.CheckSourceCIDR("203.0.113.9/24"), `"203.0.113.0/24"`, "the network is named")
}

func TestCheckSourceCIDRs(t *testing.T) {
	for name, test := range map[string]struct {
		cidrs []string
		wrong []bool
	}{
		"none":                {nil, []bool{}},
		"all right":           {[]string{"203.0.113.0/24", "2001:db8::/32"}, []bool{false, false}},
		"one within another":  {[]string{"203.0.113.0/24", "203.0.113.0/25", "203.0.113.0"}, []bool{false, false, false}},
		"the second":          {[]string{"203.0.113.0/24", "10.0.0.0/8", "198.51.100.1"}, []bool{false, true, false}},
		"twice":               {[]string{"203.0.113.9", "203.0.113.8", "203.0.113.9"}, []bool{false, false, true}},
		"twice, in two forms": {[]string{"203.0.113.9/32", "203.0.113.9", "2001:DB8::/32", "2001:db8:0::/32"}, []bool{false, true, false, true}},
		"wrong twice":         {[]string{"x", "x"}, []bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := []bool{}
			for _, err := range access.CheckSourceCIDRs(test.cidrs) {
				wrong = append(wrong, err != nil)
			}
			assert.Equal(t, test.wrong, wrong)
		})
	}
}
