package cloud

import (
	"strings"

	"iam-secured-api/components/access"
)

// sentinel is the issuer of Microsoft Sentinel. It is shared as those of
// [access.RequiredClaim] are, but what distinguishes its tenants is the name of the
// session.
const sentinel = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"

// requiredKey returns the condition key that a trust policy must evaluate for an
// issuer. It is empty for an issuer that is not shared.
func requiredKey(issuer string) string {
	name := strings.TrimSuffix(issuer, "/")
	if claim, shared := access.RequiredClaim(name); shared {
		return issuer + ":" + claim
	}
	if name == sentinel {
		return "sts:RoleSessionName"
	}
	return ""
}
