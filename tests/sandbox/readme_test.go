//go:build unix

package sandbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

var reBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)\n```$")

// blocks returns the blocks of code in a language in a page.
func blocks(t *testing.T, page, language string) []string {
	text, err := os.ReadFile(filepath.Join(harness.Root(t), filepath.FromSlash(page)))
	require.NoError(t, err)
	var blocks []string
	for _, match := range reBlock.FindAllStringSubmatch(string(text), -1) {
		if match[1] == language {
			blocks = append(blocks, match[2])
		}
	}
	return blocks
}

// printed returns the sandbox's last lines in the README.
func printed(t *testing.T) string {
	for _, block := range blocks(t, "README.md", "") {
		if strings.HasPrefix(block, "Who can call what") {
			return block
		}
	}
	require.Fail(t, "the README does not have the last lines")
	return ""
}

// missing returns the first of the programs that is not installed, or "".
func missing(programs ...string) string {
	i := slices.IndexFunc(programs, func(program string) bool { _, err := exec.LookPath(program); return err != nil })
	if i < 0 {
		return ""
	}
	return programs[i]
}

// outputsOf returns the outputs of a stack that clients need, as pulumi prints them.
func outputsOf(t *testing.T, s served) string {
	users, secrets, roles := map[string]any{}, map[string]string{}, map[string]any{}
	for name, p := range s.Principals {
		if user, ok := strings.CutPrefix(name, "user/"); ok {
			users[user], secrets[user] = map[string]string{"accessKeyId": p.AccessKeyID}, p.SecretAccessKey
		} else if role, ok := strings.CutPrefix(name, "role/"); ok {
			roles[role] = map[string]string{"arn": p.RoleARN}
		}
	}
	text, err := json.Marshal(map[string]any{"invokeUrl": s.InvokeURL, "users": users, "secretAccessKeys": secrets, "roles": roles})
	require.NoError(t, err)
	return string(text)
}

const calling = "docs/calling.md"

// buildCall builds the Go program of docs/calling.md in a folder.
func buildCall(t *testing.T, dir string) (program string) {
	source := filepath.Join(dir, "call.go")
	require.NoError(t, os.WriteFile(source, []byte(blocks(t, calling, "go")[0]), 0o600))
	program = filepath.Join(dir, "call")
	build := exec.Command("go", "build", "-o", program, source)
	build.Dir = harness.Root(t)
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

// testReadme runs the code of docs/calling.md: the Go program, and what the installed
// programs can run.
func testReadme(t *testing.T, path string) {
	p := startIn(t, path, configured(t, everyKind), nil, "serve", "-json")
	until(t, p, "its first line", func() bool { return strings.Contains(p.out.String(), "\n") })
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	write("served.json", p.out.String())
	var s served
	require.NoError(t, json.Unmarshal([]byte(p.out.String()), &s))

	call := buildCall(t, dir)
	john := s.Principals["user/john-readonly"]
	common := append(os.Environ(), "URL="+s.InvokeURL, "AWS_REGION="+s.Region, "AWS_DEFAULT_REGION="+s.Region,
		"AWS_EC2_METADATA_SERVICE_ENDPOINT="+s.MetadataEndpoint, "AWS_EC2_METADATA_DISABLED=false", "HOME="+dir, "AWS_CONFIG_FILE="+dir+"/none", "AWS_SHARED_CREDENTIALS_FILE="+dir+"/none")
	asJohn := append(slices.Clone(common), "AWS_ACCESS_KEY_ID="+john.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+john.SecretAccessKey)
	runs := func(env []string, name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v: %s", name, args, out)
		return string(out)
	}
	for _, env := range [][]string{asJohn, common} { // with a key, and as the instance
		assert.Contains(t, runs(env, call), "200 OK")
	}

	if exec.Command("python3", "-c", "import boto3").Run() == nil {
		script := write("call.py", blocks(t, calling, "python")[0])
		for _, env := range [][]string{asJohn, common} {
			assert.Contains(t, runs(env, "python3", script), "200 {")
		}
	} else {
		t.Log("left out: boto3 is not installed")
	}

	shell := blocks(t, calling, "sh")
	require.Len(t, shell, 10, "serve, the sandbox, AWS, a user, the other account, MFA, other kinds of roles, "+
		"a token of Cognito, tokens of the sandbox, all of a stack on AWS")
	// After a deployment, the environment has the deployer's credentials, often temporary
	// ones. The function key runs pulumi with them.
	deployer := append(slices.Clone(common), "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=other", "AWS_SESSION_TOKEN=other")
	const keyAsDeployer = `
		eval "served_$(declare -f key)"
		key() { [ "$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN" = "ASIAIOSFODNN7EXAMPLE other" ] && served_key "$@"; }
	`
	script := shell[1] + keyAsDeployer + shell[3]
	want := []string{`{"products":[]} 200`, `"name":"Tea"`, `{"message":"Forbidden"} 403`, `{"message":"Forbidden"}`}
	if missing("aws") == "" {
		script += "\n" + shell[4]
		want = append(want, `"name":"Tea"`, `{"message":"Forbidden"} 403`, `{"message":"Forbidden"} 403`)
	} else {
		t.Log("left out: the AWS CLI is not installed")
	}
	if program := missing("bash", "curl", "jq"); program != "" {
		t.Log("left out: " + program + " is not installed")
	} else {
		lines := strings.Split(strings.TrimSpace(runs(deployer, "bash", "-euc", strings.ReplaceAll(script, `curl "$URL`, `curl -sS -w '\n' "$URL`))), "\n")
		require.Len(t, lines, len(want), "%q", lines)
		for i := range want {
			assert.Contains(t, lines[i], want[i])
		}
		kinds := shell[1] + "\n" + strings.ReplaceAll(shell[6], "go run ./call", call)
		assert.Equal(t, 4, strings.Count(runs(deployer, "bash", "-euc", kinds), "200 OK"), "the roles of four kinds")
		tokens := runs(common, "bash", "-euc", shell[1]+"\n"+strings.ReplaceAll(shell[8], "curl ", "curl -sS -w '\n' "))
		assert.Regexp(t, `^{"message":"Forbidden"}\n{"products":\[.*\]}\n$`, tokens)
		write("outputs.json", outputsOf(t, s))
		fromStack := `pulumi() { case "$*" in
			"stack output invokeUrl") jq -r .invokeUrl outputs.json ;; "config get aws:region") echo ` + s.Region + ` ;;
			"stack output --show-secrets --json") cat outputs.json ;; *) echo "pulumi $*" >&2; return 1 ;; esac; }
		` + shell[2] + "\n" + strings.ReplaceAll(shell[3], `curl "$URL`, `curl -sS -w '\n' "$URL`) + "\nkey role/api-gateway-executor-role roleArn"
		out := runs(common, "bash", "-euc", fromStack)
		assert.Regexp(t, `(?s)^{"products":\[.*\]} 200\n.*"name":"Tea".* 201\n{"message":"Forbidden"} 403\n{"message":"Forbidden"}\narn:aws:iam::\S+\n$`, out)
	}

	if missing("bash") == "" {
		const aws = `aws() {
			[ "$*" = "sts get-session-token --serial-number S --token-code 123456 --output text --query Credentials.[AccessKeyId, SecretAccessKey, SessionToken]" ] &&
				echo id secret token
		}`
		const asSession = "with_mfa S 123456 printenv AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
		assert.Equal(t, "id\nsecret\ntoken\n", runs(common, "bash", "-euc", aws+"\n"+shell[5]+"\n"+asSession))
	}

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Zero(t, p.wait(t), p.errs.String())
}
