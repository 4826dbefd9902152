package config

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// monitor accepts the stack, the only resource of these programs.
type monitor struct{}

func (monitor) NewResource(pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return "", nil, nil
}

func (monitor) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func load(t *testing.T, options ...pulumi.RunOption) (settings Settings, err error) {
	t.Helper()
	options = append([]pulumi.RunOption{pulumi.WithMocks("shop", "dev", monitor{})}, options...)
	runErr := pulumi.RunErr(func(ctx *pulumi.Context) error {
		settings, err = Load(ctx)
		return nil
	}, options...)
	require.NoError(t, runErr)
	return settings, err
}

func TestLoad(t *testing.T) {
	values := map[string]string{"shop:routes": "{}", "shop:keys": "text", "aws:region": "us-east-1"}
	settings, err := load(t, func(run *pulumi.RunInfo) {
		run.Config, run.ConfigSecretKeys = values, []string{"shop:keys"}
	}, WithKeys)
	require.NoError(t, err)
	require.Equal(t, Settings{
		Values: map[string]string{"routes": "{}", "keys": "text"},
		Secret: map[string]bool{"routes": false, "keys": true},
		Others: []string{"aws:region"},
	}, settings)
	require.Len(t, values, 3, "the caller's map stays as it was")

	settings, err = load(t, WithKeys)
	require.NoError(t, err, "no configuration")
	require.Empty(t, settings.Values)
}

func TestLoadRequiresTheKeys(t *testing.T) {
	_, err := load(t)
	require.ErrorContains(t, err, "config.WithKeys")
}
