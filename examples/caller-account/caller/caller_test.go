package caller

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/config"
)

const reader = "arn:aws:iam::111122223333:role/reader"

func TestParse(t *testing.T) {
	cfg, err := Parse(config.Settings{Values: map[string]string{
		"roleArns": `["` + reader + `"]`, "group": "Callers", "members": `["my-user"]`, "roles": `["batch"]`, "sessionTags": "true",
	}})
	require.NoError(t, err)
	assert.Equal(t, Config{RoleArns: []string{reader}, Group: "Callers", Members: []string{"my-user"}, Roles: []string{"batch"}, SessionTags: true}, cfg)

	cfg, err = Parse(config.Settings{Values: map[string]string{"roleArns": `["` + reader + `"]`, "group": "", "roles": `["batch"]`}})
	require.NoError(t, err, "roles alone")
	assert.Empty(t, cfg.Group)
}

// TestParseRefuses checks that each mistake gives the one line that names the
// key, the value and what is accepted.
func TestParseRefuses(t *testing.T) {
	arns := `["` + reader + `"]`
	for name, c := range map[string]struct {
		values map[string]string
		want   []string // parts of each problem's line
	}{
		"nothing":               {map[string]string{}, []string{"roleArns"}},
		"no ARN":                {map[string]string{"roleArns": `["reader"]`, "group": "G"}, []string{`roleArns[0]: "reader"`}},
		"twice":                 {map[string]string{"roleArns": `["` + reader + `","` + reader + `"]`, "group": "G"}, []string{"roleArns[1]"}},
		"nobody":                {map[string]string{"roleArns": arns, "group": ""}, []string{"group, roles"}},
		"members without group": {map[string]string{"roleArns": arns, "members": `["u"]`}, []string{"group"}},
		"bad names": {map[string]string{"roleArns": arns, "group": "a b", "members": `["c/d"]`, "roles": `["*"]`},
			[]string{`group: "a b"`, `members[0]: "c/d"`, `roles[0]: "*"`}},
		"same but for case": {map[string]string{"roleArns": arns, "group": "G", "members": `["u","U"]`}, []string{`members[1]: "U"`}},
		"wrong types":       {map[string]string{"roleArns": "x", "group": "G", "members": `{}`}, []string{"roleArns", "members"}},
		"no flag":           {map[string]string{"roleArns": arns, "group": "G", "sourceIdentity": `"yes"`}, []string{`sourceIdentity: "yes"`}},
		"unknown key":       {map[string]string{"roleArns": arns, "group": "G", "memmbers": `["u"]`}, []string{"memmbers"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(config.Settings{Values: c.values})
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")[1:]
			require.Len(t, lines, len(c.want), "%v", err)
			for _, want := range c.want {
				assert.Contains(t, err.Error(), want)
			}
		})
	}
}

func TestParseKeepsSecrets(t *testing.T) {
	_, err := Parse(config.Settings{
		Values: map[string]string{"roleArns": `["hush hush"]`, "group": "G"},
		Secret: map[string]bool{"roleArns": true},
	})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hush")
}

// TestParseOfManyRoles checks the size of the policy, just inside and just outside.
func TestParseOfManyRoles(t *testing.T) {
	parse := func(roles, extra int) error {
		var arns []string
		for i := range roles {
			arns = append(arns, fmt.Sprintf("arn:aws:iam::111122223333:role/reader-%03d", i))
		}
		arns[0] += strings.Repeat("x", extra)
		text, err := json.Marshal(arns)
		require.NoError(t, err)
		_, err = Parse(config.Settings{Values: map[string]string{"roleArns": string(text), "group": "G"}})
		return err
	}
	most := 1
	for parse(most+1, 0) == nil {
		most++
	}
	assert.Greater(t, most, 100)
	room := 0
	for parse(most, room+1) == nil {
		room++
	}
	err := parse(most, room+1)
	require.ErrorContains(t, err, fmt.Sprintf("roleArns: %d roles do not fit in one policy: the document has 6145 characters", most))
	assert.Len(t, strings.Split(err.Error(), "\n"), 2, "one line below the first")
}
