// Command three-tiers is a Pulumi program for one API that customers, admins and
// services call.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/examples/three-tiers/tiers"
)

func main() {
	pulumi.Run(tiers.Deploy)
}
