// Package readme holds the README against the program that it describes.
package readme

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// read reads a file of the checkout.
func read(t *testing.T, file string) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	return string(text)
}

// table is the first table after a line of the README: its rows, split in cells.
func table(t *testing.T, after string) [][]string { return tableOf(t, "README.md", after) }

// tableOf is the first table after a line of a file.
func tableOf(t *testing.T, file, after string) [][]string {
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

var reName = regexp.MustCompile("`([^`]+)`")

// names are the names in a cell, each between backquotes.
func names(cell string) []string {
	var list []string
	for _, match := range reName.FindAllStringSubmatch(cell, -1) {
		list = append(list, match[1])
	}
	return list
}

// firstNames are those in the rows' first cells, sorted.
func firstNames(rows [][]string) []string {
	var list []string
	for _, row := range rows {
		list = append(list, names(row[0])...)
	}
	slices.Sort(list)
	return list
}

func TestConfigurationKeysAndDefaults(t *testing.T) {
	declared := recorder.LoadProject(t).Config
	rows := table(t, "## Configuration")
	assert.Equal(t, slices.Sorted(maps.Keys(declared)), firstNames(rows))
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
		assert.Equal(t, want, declared[key].Default, "the default of %s", key)
	}
}

var reAccepted = regexp.MustCompile(`accepted are ([\w, ]+)`)

// accepted are the keys that the program says it accepts in a place, which the
// text holds with an unknown key in it.
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
	assert.Equal(t, accepted(t, "backend", `{"#": 1}`), firstNames(table(t, "The backend:")))
	assert.Equal(t, accepted(t, "roles", `{"r": {"#": 1}}`), firstNames(table(t, "A role:")))
	assert.Equal(t, accepted(t, "roles", `{"r": {"trust": {"service": "ec2", "#": 1}}}`), firstNames(table(t, "An AWS service assumes the role:")))
	assert.Equal(t, accepted(t, "roles", `{"r": {"trust": {"account": "", "#": 1}}}`), firstNames(table(t, "Or principals of another account assume it:")))
	assert.Equal(t, accepted(t, "policies", `{"p": {"allow": ["*"], "conditions": {"#": 1}}}`),
		firstNames(table(t, "The conditions of a policy, all of which must hold:")))
}

// TestConditionsOfTheTable compares the tables of conditions in the README and in
// docs/access.md with the one that the code goes by.
func TestConditionsOfTheTable(t *testing.T) {
	kinds := map[string]access.ConditionKind{}
	for _, kind := range access.ConditionKinds() {
		kinds[kind.Key] = kind
	}
	keys := slices.Sorted(maps.Keys(kinds))
	assert.Equal(t, keys, firstNames(table(t, "The conditions of a policy, all of which must hold:")))
	rows := tableOf(t, "docs/access.md", "## Conditions of policies")
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

// TestKeysInCells compares the keys that stand between braces in a cell.
func TestKeysInCells(t *testing.T) {
	places := map[string]string{
		"routes":    `{"GET /x": {"#": 1}}`,
		"policies":  `{"p": {"#": 1}}`,
		"groups":    `{"g": {"#": 1}}`,
		"users":     `{"u": {"#": 1}}`,
		"throttle":  `{"#": 1}`,
		"accessLog": `{"#": 1}`,
	}
	for _, row := range table(t, "## Configuration") {
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
	values := maps.Clone(settings.Values)
	values[recorder.Project+":backend"] = `{"url": "https://example.com"}` // which outputs there are does not hang on it
	recording := recorder.Run{Config: values}.Must(t, program.Deploy)
	rows := table(t, "## Outputs")
	assert.Equal(t, slices.Sorted(maps.Keys(recording.Outputs)), firstNames(rows))

	outputs := recorder.Plain(recording.Outputs)
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

var reLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// TestLinksLeadSomewhere follows the links into the checkout.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, file := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/access.md"} {
		for _, link := range reLink.FindAllStringSubmatch(read(t, file), -1) {
			root, err := gotool.ModuleRoot()
			require.NoError(t, err)
			_, err = os.Stat(filepath.Join(root, filepath.Dir(file), link[1]))
			assert.NoError(t, err, "a link in %s", file)
		}
	}
}

// TestExampleIsTheOneThatRuns compares the README's example of the components with
// the one that is compiled and run beside it.
func TestExampleIsTheOneThatRuns(t *testing.T) {
	_, rest, found := strings.Cut(read(t, "README.md"), "\n## The components\n")
	require.True(t, found)
	_, rest, found = strings.Cut(rest, "```go\n")
	require.True(t, found)
	block, _, found := strings.Cut(rest, "```\n")
	require.True(t, found)
	var indented strings.Builder
	for line := range strings.Lines(block) {
		if line != "\n" {
			line = "\t" + line
		}
		fmt.Fprint(&indented, line)
	}
	assert.Contains(t, read(t, "tests/readme/example_test.go"), indented.String())
}
