package access

// What the tests use that other packages do not.
var (
	CheckPrincipal     = checkPrincipal
	CheckPrincipalTags = checkPrincipalTags
	CheckSourceCIDR    = checkSourceCIDR
	CheckSourceCIDRs   = checkSourceCIDRs
	Pack               = pack
	Invoking           = invoking
)
