// Command instance-caller is a Pulumi program for an EC2 instance that calls the API with
// a role of the API's stack.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/examples/instance-caller/instance"
	"iam-secured-api/internal/config"
)

func main() {
	pulumi.Run(instance.Deploy, config.WithKeys)
}
