package main

import (
	"context"
	"fmt"
	"io"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
)

// serveProvider serves the provider door until ctx ends, which is how it is
// meant to end.
func serveProvider(ctx context.Context, out, log io.Writer) error {
	server, err := provider.Serve(ctx, cloud.New())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "PULUMI_DEBUG_PROVIDERS=aws:%d\n", server.Port())
	fmt.Fprintf(log, `Simulated AWS is ready. In another shell, export the line above and

  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
  export PULUMI_BACKEND_URL=file:///some/empty/folder

and run pulumi commands as usual, on stacks of that folder alone: without the
first variable, the same commands work on AWS. They deploy to account %s;
for account %s, first: pulumi config set aws:accessKey %s
Ctrl-C ends it, and everything in it is gone.
`, cloud.APIAccount, cloud.CallerAccount, cloud.CallerOperatorKey)
	<-ctx.Done()
	return server.Close()
}
