package access

// What the tests use that other packages do not.
var (
	CheckOrgID           = checkOrgID
	CheckPrincipal       = checkPrincipal
	CheckPrincipalTags   = checkPrincipalTags
	CheckSourceCIDR      = checkSourceCIDR
	CheckSourceCIDRCount = checkSourceCIDRCount
	CheckSourceCIDRs     = checkSourceCIDRs
	CheckTrustSize       = checkTrustSize
	Pack                 = pack
)
