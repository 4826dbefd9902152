package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/stackdiff"
)

// TestDiff checks the text, the JSON and the exit code of a comparison.
func TestDiff(t *testing.T) {
	wider := strings.Replace(small, "ann: {groups: [Readers]}", "ann: {groups: [Admins]}", 1)
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": small, "Pulumi.wider.yaml": wider})
	for name, row := range map[string]struct {
		old, new string
		code     int
		result   string
		says     string
	}{
		"nothing": {"dev", small, 0, stackdiff.None, "Nothing changes"},
		"gains":   {"dev", wider, stackdiff.ExitGains, stackdiff.Gains, "  + user/ann may now call POST /x\n"},
		"losses":  {"wider", small, stackdiff.ExitLosses, stackdiff.Losses, "  - user/ann may no longer call POST /x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, dir, row.new, "diff", "Pulumi."+row.old+".yaml", "-")
			assert.Equal(t, row.code, r.code, r.log)
			assert.Contains(t, r.out, row.says)
			assert.Empty(t, r.log)

			r = run(t, dir, row.new, "diff", "-json", "Pulumi."+row.old+".yaml", "-")
			assert.Equal(t, row.code, r.code, r.log)
			var d struct {
				Result string
				Access []struct{ Calls []struct{ From, To string } }
			}
			require.NoError(t, json.Unmarshal([]byte(r.out), &d))
			assert.Equal(t, row.result, d.Result)
			if row.result == stackdiff.Gains {
				assert.Equal(t, struct{ From, To string }{"deny", "allow"}, d.Access[0].Calls[0])
			}
		})
	}
}
