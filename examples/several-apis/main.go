// Command several-apis is a Pulumi program for two APIs that three accounts call.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/examples/several-apis/several"
	"iam-secured-api/internal/config"
)

func main() {
	pulumi.Run(several.Deploy, config.WithKeys)
}
