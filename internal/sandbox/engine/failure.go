package engine

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Diagnostic is an error that the engine reports.
type Diagnostic struct {
	URN     resource.URN // of the resource that it is about, empty for none
	Message string
}

// Failure is the error of an operation, with the engine's diagnostics.
type Failure struct {
	Diagnostics []Diagnostic
	Err         error // what the engine's operation returned
}

func (f *Failure) add(d engine.DiagEventPayload) {
	if d.Severity != diag.Error || d.Ephemeral {
		return
	}
	message := strings.TrimRight(colors.Never.Colorize(d.Message), "\n")
	f.Diagnostics = append(f.Diagnostics, Diagnostic{URN: d.URN, Message: message})
}

// Error returns the diagnostics, each under the resource that it is about, as
// `pulumi` prints them.
func (f *Failure) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%v", f.Err)
	for _, d := range f.Diagnostics {
		indented := strings.ReplaceAll(d.Message, "\n", "\n    ")
		if d.URN == "" {
			fmt.Fprintf(&text, "\n    error: %s", indented)
			continue
		}
		fmt.Fprintf(&text, "\n  %s (%s):\n    error: %s", d.URN.Type(), d.URN.Name(), indented)
	}
	return text.String()
}

// Unwrap returns what the engine's operation returned.
func (f *Failure) Unwrap() error { return f.Err }
