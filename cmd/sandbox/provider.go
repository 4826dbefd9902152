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
	fmt.Fprint(log, `Simulated AWS is ready. In another shell, export the line above and

  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true

and run pulumi commands as usual. Ctrl-C ends it, and everything in it is gone.
`)
	<-ctx.Done()
	return server.Close()
}
