// Command iam-secured-api is the Pulumi program, which pulumi runs.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

func main() {
	pulumi.Run(program.Deploy, config.WithKeys)
}
