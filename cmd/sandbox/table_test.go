package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// found returns cells: principal -> route -> "EXPECTED OBSERVED STATUS".
func found(cellsOf map[string]map[string]string) cells {
	all := cells{}
	for name, row := range cellsOf {
		all[name] = map[string]*cell{}
		for route, text := range row {
			method, _, _ := strings.Cut(route, " ")
			c := &cell{}
			for call := range strings.SplitSeq(text, "; ") {
				o, expected := observation{Request: method + " /prod/x", Reason: "because"}, ""
				_, _ = fmt.Sscan(call, &expected, &o.Observed, &o.Status)
				if expected != "deny" {
					o.Expected = access.Allow()
				}
				c.Expected = o.Expected
				if expected == "if" { // stands for a condition that is met
					c.Expected = access.AllowIf(access.Alternative{Conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}})
				}
				c.Calls = append(c.Calls, o)
			}
			c.conclude()
			all[name][route] = c
		}
	}
	return all
}

func written(c cells, f format) string {
	var out strings.Builder
	writeMatrix(&out, c, f)
	return out.String()
}

func TestMatrixAsATable(t *testing.T) {
	text := written(found(map[string]map[string]string{
		"anyone":    {"GET /x": "deny deny 403", "POST /x": "deny deny 403"},
		"user/john": {"GET /x": "allow allow 200", "POST /x": "deny allow 201"},
		"user/jane": {"GET /x": "if deny 403", "POST /x": "if allow 201"},
		"role/gone": {"GET /x": "allow failed 0", "POST /x": "allow allow 404; allow deny 403"},
	}), format{})
	for _, line := range []string{
		"\n" + table.Scope + "\n\n",
		"                    GET /x                     POST /x",
		"anyone (unsigned)   deny -> 403                deny -> 403",
		"role/gone           allow -> failed WRONG      allow -> allow POST, deny POST 403/404 WRONG",
		"user/jane           if [1] -> deny 403 WRONG   if [1] -> allow 201",
		"user/john           allow -> 200               deny -> allow 201 WRONG",
		"[1] allow if from 203.0.113.0/24",
		"9 calls by 4 principals: 4 cells are NOT as expected.",
	} {
		assert.Contains(t, text, line)
	}
	assert.NotContains(t, text, "\x1b")
	assert.NotContains(t, text, "because")
}

func TestMatrixInColour(t *testing.T) {
	c := found(map[string]map[string]string{"anyone": {"GET /x": "deny deny 403"}, "user/john": {"GET /x": "allow allow 200"}, "user/jane": {"GET /x": "deny allow 200"}})
	text := written(c, format{colour: true, reasons: true})
	assert.Contains(t, text, "\x1b[32mallow -> 200\x1b[0m")
	assert.Contains(t, text, "\x1b[1;31mdeny -> allow 200 WRONG\x1b[0m")
	assert.Contains(t, text, "GET /prod/x: allow 200, because")
}

func TestMatrixOfMany(t *testing.T) {
	rows := map[string]map[string]string{"anyone": {}}
	for i := range 40 {
		name := fmt.Sprintf("user/u%02d", i)
		rows[name] = map[string]string{}
		for j := range 60 {
			route := fmt.Sprintf("GET /r%02d", j)
			rows["anyone"][route] = "deny deny 403"
			rows[name][route] = "deny deny 403"
			if j == 7 {
				rows[name][route] = "allow allow 200"
			}
		}
	}
	rows["user/u39"]["GET /r08"] = "deny allow 200"
	text := written(found(rows), format{})
	assert.Contains(t, text, "user/u00, user/u01, user/u02 and 36 more (39 principals)\n  allow -> 200: GET /r07\n  deny -> 403: the other 59 routes\n")
	assert.Contains(t, text, "user/u39\n  allow -> 200: GET /r07\n  deny -> 403: the other 58 routes\n  deny -> allow 200 WRONG: GET /r08\n")
	assert.Less(t, strings.Count(text, "\n"), 20)
}
