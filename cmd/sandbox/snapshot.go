package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/pulumi/pulumi/pkg/v3/resource/edit"
	pulumistack "github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

// snapshotVersion is the version of the snapshots that are written and read here.
const snapshotVersion = 1

// snapshot is a deployed stack with everything that a comparison needs. Another
// version of this program may have deployed it.
type snapshot struct {
	Version int    `json:"snapshotVersion"`
	Project string `json:"project"`
	Stack   string `json:"stack"`
	// Settings are the [stackdiff.File.Settings].
	Settings    map[string]string `json:"settings"`
	Environment string            `json:"environment,omitempty"`
	State       engine.State      `json:"state"`
	Cloud       *cloud.Cloud      `json:"cloud"`
}

// writeSnapshot runs the subcommand snapshot.
func (r *revisions) writeSnapshot(ctx context.Context, path string, in io.Reader, out io.Writer) error {
	file, err := r.readFile(path, in)
	if err != nil {
		return err
	}
	s, err := r.deploy(ctx, file)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(s)
}

// deploy deploys a stack file to accounts of its own. Errors name the file.
func (r *revisions) deploy(ctx context.Context, file stackFile) (snapshot, error) {
	s := snapshot{
		Version: snapshotVersion, Project: string(file.Project.Name), Stack: stackName(file.Path),
		Settings: file.settings, Environment: file.Environment, Cloud: cloud.New(),
	}
	s.Cloud.AcceptUnknown() // what the file names is on AWS
	defer r.step("deploying " + file.Path)()
	err := prepare.Functions(s.Cloud, file.plan)
	var stack *engine.Stack
	if err == nil {
		stack, err = file.open(s.Cloud, s.Stack, r.run, r.build)
	}
	if err == nil {
		err = stack.Up(ctx, engine.Options{})
	}
	if err == nil {
		s.State, err = s.withoutSecrets(stack.State())
	}
	if err != nil {
		return snapshot{}, fmt.Errorf("%s: %w", file.Path, err)
	}
	return s, nil
}

// reSecret is a secret in a state, which is encoded.
var reSecret = regexp.MustCompile(`"ciphertext":"([A-Za-z0-9+/=]+)"`)

// withoutSecrets returns the state without the users' secret access keys. They are
// valid in the sandbox alone, but look like others.
func (s snapshot) withoutSecrets(state engine.State) (engine.State, error) {
	var secrets [][]byte
	for _, id := range []string{cloud.APIAccount, cloud.CallerAccount} {
		keys, err := secretKeys(s.Cloud.Account(id))
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, keys...)
	}
	public := *state
	public.Deployment = reSecret.ReplaceAllFunc(state.Deployment, func(found []byte) []byte {
		value, err := base64.StdEncoding.DecodeString(string(reSecret.FindSubmatch(found)[1]))
		if err != nil {
			return found // not encoded by the engine
		}
		for _, secret := range secrets {
			value = bytes.ReplaceAll(value, secret, []byte(secretValue))
		}
		return []byte(`"ciphertext":"` + base64.StdEncoding.EncodeToString(value) + `"`)
	})
	return &public, nil
}

// secretKeys are the secret access keys of all users of an account.
func secretKeys(account *cloud.Account) ([][]byte, error) {
	users, err := account.ListUsers()
	if err != nil {
		return nil, err
	}
	var secrets [][]byte
	for _, user := range users {
		keys, err := account.ListAccessKeys(user.UserName)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			credential, err := account.Credential(key.AccessKeyID)
			if err != nil {
				return nil, err
			}
			secrets = append(secrets, []byte(credential.SecretAccessKey))
		}
	}
	return secrets, nil
}

// readSnapshot reads a snapshot, and reports whether the text is one.
func readSnapshot(text []byte) (s snapshot, is bool, err error) {
	var version struct {
		SnapshotVersion *int `json:"snapshotVersion"`
	}
	if json.Unmarshal(text, &version) != nil || version.SnapshotVersion == nil {
		return snapshot{}, false, nil
	}
	if v := *version.SnapshotVersion; v != snapshotVersion {
		return snapshot{}, true, fmt.Errorf("snapshotVersion: %d is another version's; accepted is %d", v, snapshotVersion)
	}
	err = json.Unmarshal(text, &s)
	if err == nil && (s.State == nil || s.Cloud == nil) {
		err = errors.New("it must hold a state and a cloud")
	}
	if err == nil {
		_, err = pulumistack.UnmarshalUntypedDeployment(context.Background(), s.State)
	}
	if err != nil {
		return snapshot{}, true, fmt.Errorf("the snapshot cannot be read: %w", err)
	}
	return s, true, nil
}

// as returns the state with other names of project and stack.
func (s snapshot) as(project, name string) (engine.State, error) {
	if s.Project == project && s.Stack == name {
		return s.State, nil
	}
	from, err := tokens.ParseStackName(s.Stack)
	if err != nil {
		return nil, err
	}
	to, err := tokens.ParseStackName(name)
	if err != nil {
		return nil, err
	}
	deployment, err := pulumistack.UnmarshalUntypedDeployment(context.Background(), s.State)
	if err != nil {
		return nil, err
	}
	options := edit.RenameStackOptions{OldName: from, OldProject: tokens.PackageName(s.Project)}
	if err := edit.RenameStack(deployment, to, tokens.PackageName(project), options); err != nil {
		return nil, err
	}
	renamed := apitype.UntypedDeployment{Version: s.State.Version, Features: s.State.Features}
	renamed.Deployment, err = json.Marshal(deployment)
	return &renamed, err
}
