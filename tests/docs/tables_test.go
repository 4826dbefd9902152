package docs

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

const (
	configuration = "docs/configuration.md"
	conditions    = "## Conditions of a policy"
)

// table returns the first table after a line of a page: its rows, split in cells.
func table(t *testing.T, file, after string) [][]string {
	_, rest, found := strings.Cut(read(t, file), "\n"+after+"\n")
	require.True(t, found, "%s has the line %q", file, after)
	var rows [][]string
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	require.Greater(t, len(rows), 2, "the table after %q", after)
	return rows[2:] // without its head
}

// names returns the names in a cell, each between backquotes.
func names(cell string) []string {
	var list []string
	for _, match := range reCode.FindAllStringSubmatch(cell, -1) {
		list = append(list, match[1])
	}
	return list
}

// firstNames returns the names in the rows' first cells, sorted.
func firstNames(rows [][]string) []string {
	var list []string
	for _, row := range rows {
		list = append(list, names(row[0])...)
	}
	slices.Sort(list)
	return list
}

// assertDefaults compares a table of keys and defaults with the defaults of a
// project file: "required" and "none" stand for no default and for "".
func assertDefaults(t *testing.T, rows [][]string, defaults map[string]any) {
	assert.Equal(t, slices.Sorted(maps.Keys(defaults)), firstNames(rows))
	for _, row := range rows {
		key := names(row[0])[0]
		var want any
		switch row[2] {
		case "required":
		case "none":
			want = ""
		default:
			require.NoError(t, yaml.Unmarshal([]byte(names(row[2])[0]), &want), key)
		}
		assert.Equal(t, want, defaults[key], "the default of %s", key)
	}
}

func TestConfigurationKeysAndDefaults(t *testing.T) {
	defaults := map[string]any{}
	for key, declared := range recorder.LoadProject(t).Config {
		defaults[key] = declared.Default
	}
	assertDefaults(t, table(t, configuration, "## Keys"), defaults)
}

func TestKeysAndDefaultsOfExamples(t *testing.T) {
	for example, before := range map[string]string{
		"caller-account":  "list of members is exclusive.",
		"instance-caller": "`s3:GetObject`.",
	} {
		var project struct {
			Config map[string]struct{ Default any }
		}
		require.NoError(t, yaml.Unmarshal([]byte(read(t, "examples/"+example+"/Pulumi.yaml")), &project))
		defaults := map[string]any{}
		for key, declared := range project.Config {
			defaults[key] = declared.Default
		}
		assertDefaults(t, table(t, "examples/"+example+"/README.md", before), defaults)
	}
}

var reAccepted = regexp.MustCompile(`accepted are ([\w, ]+)`)

// accepted returns the keys that the program accepts in a place, from the error
// about the unknown key that the text has there.
func accepted(t *testing.T, key, text string) []string {
	_, err := program.Parse(config.Settings{Values: map[string]string{"routes": `{"GET /x": {}}`, key: text}})
	require.Error(t, err)
	match := reAccepted.FindStringSubmatch(err.Error())
	require.NotNil(t, match, "%v", err)
	list := strings.Split(match[1], ", ")
	slices.Sort(list)
	return list
}

func TestKeysBelow(t *testing.T) {
	for _, row := range []struct{ heading, key, text string }{
		{"`GET *` leaves them out, and a grant by name is refused.", "authorizers", `{"a": {"#": 1}}`},
		{"## CORS", "cors", `{"#": 1}`},
		{"## Domain", "domain", `{"#": 1}`},
		{"## Backend", "backend", `{"#": 1}`},
		{"## Alarms", "alarms", `{"#": 1}`},
		{"## Roles", "roles", `{"r": {"#": 1}}`},
		{"### A service assumes the role", "roles", `{"r": {"trust": {"service": "ec2", "#": 1}}}`},
		{"### Another account assumes the role", "roles", `{"r": {"trust": {"account": "", "#": 1}}}`},
		{"### An organization assumes the role", "roles", `{"r": {"trust": {"organization": "", "#": 1}}}`},
		{"### Tokens of an OpenID Connect issuer", "roles", `{"r": {"trust": {"oidc": {"#": 1}}}}`},
		{"not listed, the account must have its provider already. A role's audiences must be among those of a listed provider.",
			"oidcProviders", `{"https://x.example.com": {"#": 1}}`},
		{"### Pods by EKS Pod Identity", "roles", `{"r": {"trust": {"podIdentity": {"#": 1}}}}`},
		{"### Identities of a Cognito identity pool", "roles", `{"r": {"trust": {"identityPool": {"#": 1}}}}`},
		{conditions, "policies", `{"p": {"allow": ["*"], "conditions": {"#": 1}}}`},
	} {
		assert.Equal(t, accepted(t, row.key, row.text), firstNames(table(t, configuration, row.heading)), row.heading)
	}
}

// TestConditionsOfTheTable compares both tables of conditions with the table in
// the code.
func TestConditionsOfTheTable(t *testing.T) {
	kinds := map[string]access.ConditionKind{}
	for _, kind := range access.ConditionKinds() {
		kinds[kind.Key] = kind
	}
	keys := slices.Sorted(maps.Keys(kinds))
	assert.Equal(t, keys, firstNames(table(t, configuration, conditions)))
	rows := table(t, "docs/access.md", "## Conditions of policies")
	assert.Equal(t, keys, firstNames(rows))
	for _, row := range rows {
		var operators, contextKeys []string
		for _, key := range names(row[0]) {
			kind := kinds[key]
			if _, isMap := kind.Field(&access.Conditions{}).(*map[string]string); isMap {
				kind.ContextKey += "KEY"
			}
			operators, contextKeys = append(operators, kind.Operator), append(contextKeys, kind.ContextKey)
		}
		assert.Equal(t, append(operators, slices.Compact(contextKeys)...), names(row[2]), row[0])
	}
}

var reFields = regexp.MustCompile(`\{([^{}]+)\}`)

// TestKeysInCells compares the keys that are between braces in a cell.
func TestKeysInCells(t *testing.T) {
	places := map[string]string{
		"routes":        `{"GET /x": {"#": 1}}`,
		"authorizers":   `{"a": {"#": 1}}`,
		"policies":      `{"p": {"#": 1}}`,
		"groups":        `{"g": {"#": 1}}`,
		"users":         `{"u": {"#": 1}}`,
		"existingRoles": `{"r": {"#": 1}}`,
		"throttle":      `{"#": 1}`,
		"oidcProviders": `{"https://x.example.com": {"#": 1}}`,
		"accessLog":     `{"#": 1}`,
		"alarms":        `{"#": 1}`,
	}
	for _, row := range table(t, configuration, "## Keys") {
		key := names(row[0])[0]
		place, has := places[key]
		if !has {
			continue
		}
		delete(places, key)
		match := reFields.FindStringSubmatch(row[1])
		require.NotNil(t, match, "the cell of %s", key)
		var fields []string
		for field := range strings.SplitSeq(match[1], ",") {
			field, _, _ = strings.Cut(field, ":")
			fields = append(fields, strings.TrimSpace(field))
		}
		slices.Sort(fields)
		assert.Equal(t, accepted(t, key, place), fields, "the keys of %s", key)
	}
	assert.Empty(t, places, "keys that have no row")
}

func TestOutputs(t *testing.T) {
	settings := recorder.ReadStack(t, "sandbox")
	settings.Values[recorder.Project+":backend"] = `{"url": "https://example.com"}` // so that nothing is built; the outputs are the same
	settings.Values[recorder.Project+":domain"] = `{"name": "api.example.com", "certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}`
	recording := recorder.Run{Settings: settings}.Must(t, program.Deploy)
	rows, outputs := table(t, configuration, "## Outputs"), recorder.Plain(recording.Outputs)
	assert.Equal(t, slices.Sorted(maps.Keys(outputs)), firstNames(rows))
	for _, row := range rows {
		fields := reFields.FindStringSubmatch(row[1])
		if fields == nil {
			continue
		}
		documented := strings.Split(fields[1], ", ")
		entries, ok := outputs[names(row[0])[0]].(map[string]any)
		require.True(t, ok, "%s is a map", row[0])
		for name, entry := range entries {
			for field := range entry.(map[string]any) {
				assert.Contains(t, documented, field, "%s of %s", row[0], name)
			}
		}
	}
}

// TestStackFilesAreValid parses what pages print of stack files. What a part names
// but does not declare is added.
func TestStackFilesAreValid(t *testing.T) {
	for _, p := range guide(t) {
		for _, block := range p.blocks("yaml") {
			if _, now, has := strings.Cut(block, "# now\n"); has { // before it is what is refused
				block = now
			}
			values := map[string]string{
				"routes":   `{"GET /products": {}}`,
				"policies": `{"readOnly": {"allow": ["GET /products"]}}`,
			}
			var keys map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(block), &keys), p.file)
			if whole, is := keys["config"].(map[string]any); is {
				keys = whole
			}
			for key, value := range keys {
				text, err := json.Marshal(value)
				require.NoError(t, err)
				values[key] = string(text)
			}
			_, err := program.Parse(config.Settings{Values: values})
			assert.NoError(t, err, "%s:\n%s", p.file, block)
		}
	}
}
