// Command caller-account is the Pulumi program of the other account: it lets
// principals there assume the API's role.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/config"
)

func main() {
	pulumi.Run(caller.Deploy, config.WithKeys)
}
