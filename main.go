// Command iam-secured-api is the Pulumi program, run by `pulumi up` and its
// like.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/program"
)

func main() {
	pulumi.Run(program.Deploy)
}
