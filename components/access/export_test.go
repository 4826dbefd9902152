package access

// What only the tests need from outside of the package.
const MaxSourceCIDRs = maxSourceCIDRs

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
