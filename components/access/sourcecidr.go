package access

import (
	"fmt"
	"net/netip"

	"iam-secured-api/components/access/iam"
)

// MaxSourceCIDRs is the largest number of networks in a policy. IAM has no limit of
// its own. Fifty networks need at most 2,300 of a policy's 6,144 characters, which
// leaves most of them to routes.
const MaxSourceCIDRs = 50

// The widest accepted networks are those that IANA allocates to the regional
// registries. A wider network does not belong to one client.
const (
	widestIPv4 = 8
	widestIPv6 = 12
)

// notPublic are the ranges that are not on the internet (IANA's special-purpose
// address registries), except those for documentation, which examples need.
var notPublic = []struct {
	network netip.Prefix
	name    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "of no host (RFC 791)"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared within a provider's network (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback (RFC 1122)"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local (RFC 3927)"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private (RFC 1918)"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved for protocols (RFC 6890)"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private (RFC 1918)"},
	{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks (RFC 2544)"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast (RFC 5771)"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved (RFC 1112)"},
	{netip.MustParsePrefix("::/128"), "of no host (RFC 4291)"},
	{netip.MustParsePrefix("::1/128"), "loopback (RFC 4291)"},
	{netip.MustParsePrefix("fc00::/7"), "private (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), "link-local (RFC 4291)"},
	{netip.MustParsePrefix("ff00::/8"), "multicast (RFC 4291)"},
}

// globalUnicast is where all public IPv6 addresses are (RFC 4291 and IANA's IPv6
// address space).
var globalUnicast = netip.MustParsePrefix("2000::/3")

func within(inner, outer netip.Prefix) bool {
	return inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr())
}

// checkSourceCIDR accepts a network that requests to an HTTP API can come from: a
// public CIDR block or address, IPv4 or IPv6, without bits set after its prefix.
func checkSourceCIDR(text string) error {
	network, err := iam.ParseRange(text)
	if err != nil {
		return fmt.Errorf(`must be a public network, such as "203.0.113.0/24" or "2001:db8::/32", or one address`)
	}
	for _, special := range notPublic {
		if within(network, special.network) {
			return fmt.Errorf("is %s: an HTTP API sees public addresses only, so no request matches; "+
				"list the public ones, such as a NAT gateway's", special.name)
		}
	}
	widest := widestIPv4
	if network.Addr().Is6() {
		widest = widestIPv6
	}
	switch {
	case network.Bits() == 0:
		return fmt.Errorf("includes every address and restricts nothing; " +
			"list the networks of the clients, or leave sourceCidrs out")
	case network.Bits() < widest:
		return fmt.Errorf("is wider than any client's network; must be /%d or narrower", widest)
	case network.Addr().Is6() && !within(network, globalUnicast):
		return fmt.Errorf("is not a public network: those of IPv6 are in %s", globalUnicast)
	case network != network.Masked():
		return fmt.Errorf("has bits set after its prefix; the network is %q", network.Masked())
	}
	return nil
}

// checkSourceCIDRs returns an error or nil for each network.
func checkSourceCIDRs(cidrs []string) []error {
	errs := make([]error, len(cidrs))
	seen := map[netip.Prefix]bool{}
	for i, text := range cidrs {
		errs[i] = checkSourceCIDR(text)
		if errs[i] != nil {
			continue
		}
		network, _ := iam.ParseRange(text)
		if seen[network] {
			errs[i] = fmt.Errorf("appears twice, as the network %s; list each network once", network)
		}
		seen[network] = true
	}
	return errs
}

// checkSourceCIDRCount accepts the number of networks in a list: at least one, because
// an empty list would match no request, and at most MaxSourceCIDRs.
func checkSourceCIDRCount(count int) error {
	if count < 1 || count > MaxSourceCIDRs {
		return fmt.Errorf("must be 1 to %d networks, or left out for any", MaxSourceCIDRs)
	}
	return nil
}
