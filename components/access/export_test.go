package access

// What the tests use that other packages do not.
var (
	CheckPrincipal       = checkPrincipal
	CheckPrincipalTags   = checkPrincipalTags
	CheckSourceCIDR      = checkSourceCIDR
	CheckSourceCIDRCount = checkSourceCIDRCount
	CheckSourceCIDRs     = checkSourceCIDRs
	Pack                 = pack
)
