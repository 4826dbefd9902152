package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/pkg/v3/secrets/b64"
	"github.com/pulumi/pulumi/pkg/v3/secrets/passphrase"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// State is a stack's state at one moment; nil before the first deployment. What
// it points to is never changed, so that stacks can share it. Secrets are encoded
// in it and not encrypted: [Stack.Export] encrypts.
type State *apitype.UntypedDeployment

// State returns the stack's state.
func (s *Stack) State() State { return s.state }

// SetState replaces the stack's state.
func (s *Stack) SetState(state State) { s.state = state }

// record returns a snapshot's state.
func record(snapshot *deploy.Snapshot) (State, error) {
	snapshot.SecretsManager = b64.NewBase64SecretsManager()
	return stack.SerializeUntypedDeployment(context.Background(), snapshot, nil)
}

// snapshotOf returns a new snapshot of a state, nil for none.
func snapshotOf(state State, provider secrets.Provider) (*deploy.Snapshot, error) {
	if state == nil {
		return nil, nil
	}
	return stack.DeserializeUntypedDeployment(context.Background(), state, provider)
}

// Deployment returns the parts of the state, with secrets encoded. It is empty
// before the first deployment.
func (s *Stack) Deployment() (apitype.DeploymentV3, error) {
	if s.state == nil {
		return apitype.DeploymentV3{}, nil
	}
	deployment, err := stack.UnmarshalUntypedDeployment(context.Background(), s.state)
	if err != nil {
		return apitype.DeploymentV3{}, err
	}
	return *deployment, nil
}

// Output is an output of a stack.
type Output struct {
	Value  any
	Secret bool
}

// Outputs returns the stack's outputs, secrets in the clear.
func (s *Stack) Outputs() (map[string]Output, error) {
	deployment, err := s.Deployment()
	if err != nil {
		return nil, err
	}
	values, err := stack.DeserializeStackOutputs(context.Background(), deployment, stack.Base64SecretsProvider{})
	if err != nil {
		return nil, err
	}
	outputs := map[string]Output{}
	for key, value := range values {
		secret := value.ContainsSecrets()
		outputs[string(key)] = Output{Value: plain(value).Mappable(), Secret: secret}
	}
	return outputs, nil
}

// plain returns the value with secrets in the clear.
func plain(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsArray():
		var list []resource.PropertyValue
		for _, element := range value.ArrayValue() {
			list = append(list, plain(element))
		}
		return resource.NewProperty(list)
	case value.IsObject():
		object := resource.PropertyMap{}
		for key, element := range value.ObjectValue() {
			object[key] = plain(element)
		}
		return resource.NewProperty(object)
	}
	return value
}

// Export returns the state as `pulumi stack export` prints it: JSON, with secrets
// encrypted with a passphrase. It fails for a stack without a state.
func (s *Stack) Export(phrase string) ([]byte, error) {
	if s.state == nil {
		return nil, fmt.Errorf("stack %s has no state", s.name)
	}
	snapshot, err := snapshotOf(s.state, stack.Base64SecretsProvider{})
	if err != nil {
		return nil, err
	}
	if _, snapshot.SecretsManager, err = passphrase.NewPassphraseSecretsManager(phrase); err != nil {
		return nil, err
	}
	deployment, err := stack.SerializeUntypedDeployment(context.Background(), snapshot, &stack.SerializeOptions{Pretty: true})
	if err != nil {
		return nil, err
	}
	return encoding.JSON.Marshal(deployment)
}

// Load replaces the state with one that [Stack.Export] or `pulumi stack export` has
// encrypted with this passphrase.
func (s *Stack) Load(text []byte, phrase string) error {
	var deployment apitype.UntypedDeployment
	if err := json.Unmarshal(text, &deployment); err != nil {
		return fmt.Errorf("a stack's state cannot be read: %w", err)
	}
	snapshot, err := snapshotOf(&deployment, encrypted(phrase))
	if err != nil {
		return fmt.Errorf("a stack's state cannot be read: %w", err)
	}
	s.state, err = record(snapshot)
	return err
}

// encrypted decrypts states that are encrypted with this passphrase.
type encrypted string

// OfType implements [secrets.Provider].
func (phrase encrypted) OfType(_ context.Context, kind string, state json.RawMessage) (secrets.Manager, error) {
	if kind != passphrase.Type {
		return nil, fmt.Errorf("its secrets are encrypted with %q; accepted is %q", kind, passphrase.Type)
	}
	var salted struct{ Salt string }
	if err := json.Unmarshal(state, &salted); err != nil {
		return nil, err
	}
	return passphrase.GetPassphraseSecretsManager(string(phrase), salted.Salt)
}
