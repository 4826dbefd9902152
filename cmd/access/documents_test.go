package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
	"iam-secured-api/tests/stacks"
)

// everyKind is a stack file with roles of every kind, a policy of several documents, and
// a name that has all characters.
func everyKind() string {
	var routes, grants strings.Builder
	for i := range 60 {
		key := fmt.Sprintf("GET /%s/%d", strings.Repeat("long", 25), i)
		fmt.Fprintf(&routes, "    %s: {}\n", key)
		fmt.Fprintf(&grants, "%q,", key)
	}
	kinds := strings.Replace(stacks.EveryKind, "\npolicies:", "\npolicies:\n  big: {allow: ["+grants.String()+"]}", 1)
	kinds = strings.Replace(kinds, "\nroles:", "\nroles:\n  'a=b,c@d.e+f_g-h': {trust: {service: ec2}, policies: [big]}", 1)
	return "config:\n  aws:region: us-east-1\n  backend: {url: https://backend.example.com}\n" +
		"  routes:\n    GET /products: {}\n    POST /products: {}\n" + routes.String() + strings.ReplaceAll(kinds, "\n", "\n  ")
}

// filesIn returns the texts of all files in a folder, by their paths in it.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(t, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		texts[filepath.ToSlash(name)] = string(text)
	}
	return texts
}

// deployedDocuments returns the documents in a stack's outputs, with the folder that a
// file with each of them is in.
func deployedDocuments(outputs map[string]any) (documents []string) {
	for _, texts := range outputs["policyDocuments"].(map[string]any) {
		for _, text := range texts.([]any) {
			documents = append(documents, "identity "+text.(string)+"\n")
		}
	}
	for name, role := range outputs["roles"].(map[string]any) {
		for folder, output := range map[string]string{"trust": "trustPolicy", "caller": "callerPolicy"} {
			if text, has := role.(map[string]any)[output]; has {
				documents = append(documents, folder+"/"+name+".json "+text.(string)+"\n")
			}
		}
	}
	return documents
}

// checkDocuments requires the documents that the program deploys, and no other, and that
// each of them compiles.
func checkDocuments(t *testing.T, dir, file string, shipped recorder.Run) {
	outputs := recorder.Plain(shipped.Must(t, program.Deploy).Outputs)
	to := filepath.Join(t.TempDir(), "new", "documents")
	r := run(t, dir, "", "documents", "-api", outputs["executionArn"].(string), file, to)
	require.Equal(t, result{}, r)
	var written []string
	for name, text := range filesIn(t, to) {
		folder, _, _ := strings.Cut(name, "/")
		var err error
		if folder == "trust" {
			_, err = iam.CompileTrust(text)
		} else {
			_, err = iam.CompileIdentity(text)
		}
		require.NoError(t, err, name)
		if folder == "identity" {
			name = folder // the outputs do not name the parts
		}
		written = append(written, name+" "+text)
	}
	assert.ElementsMatch(t, deployedDocuments(outputs), written)
}

func TestDocuments(t *testing.T) {
	checkout, err := gotool.ModuleRoot()
	require.NoError(t, err)
	recorder.EachShipped(t, func(t *testing.T, file string, shipped recorder.Run) { checkDocuments(t, checkout, file, shipped) })
	t.Run("every kind", func(t *testing.T) {
		dir := folder(t, map[string]string{"Pulumi.dev.yaml": everyKind()})
		checkDocuments(t, dir, "Pulumi.dev.yaml", recorder.Run{Settings: recorder.ParseStack(t, everyKind())})
	})
}

// TestDocumentsAreStable requires the same files from the same configuration, and that
// nothing is written to a folder that has files.
func TestDocumentsAreStable(t *testing.T) {
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": everyKind()})
	require.Equal(t, result{}, run(t, dir, everyKind(), "documents", "-", "one"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "two"), 0o777))
	require.Equal(t, result{}, run(t, dir, "", "documents", "Pulumi.dev.yaml", "two"))
	files := filesIn(t, filepath.Join(dir, "one"))
	assert.Equal(t, files, filesIn(t, filepath.Join(dir, "two")))
	for _, name := range []string{"identity/big.json", "identity/big-1.json", "identity/staff.json", "trust/a=b,c@d.e+f_g-h.json", "caller/partner.json"} {
		assert.Contains(t, files, name)
	}
	assert.NotContains(t, files, "caller/catalog.json", "no other account assumes it")

	for _, to := range []string{"one", "Pulumi.dev.yaml"} {
		r := run(t, dir, small, "documents", "-", to)
		assert.Equal(t, 1, r.code)
		assert.Contains(t, r.log, to)
	}
	assert.Equal(t, files, filesIn(t, filepath.Join(dir, "one")))
}
