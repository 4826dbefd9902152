package config

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are what is set under a project's keys: text as it stands, anything
// else as JSON.
type Settings struct {
	Values map[string]string
	// Secret tells which keys are secrets, so that no message shows them.
	Secret map[string]bool
}

// Load reads the settings of the run's own project.
func Load(ctx *pulumi.Context) (Settings, error) {
	prefix := ctx.Project() + ":"
	keys, err := allKeys(ctx)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{Values: map[string]string{}, Secret: map[string]bool{}}
	for _, full := range keys {
		if key, ours := strings.CutPrefix(full, prefix); ours {
			s.Values[key], _ = ctx.GetConfig(full)
			s.Secret[key] = ctx.IsConfigSecret(full)
		}
	}
	return s, nil
}

// WarnOfSecrets says of each key that is set as a secret that its value does not
// stay one.
func (s Settings) WarnOfSecrets(ctx *pulumi.Context) error {
	for _, key := range slices.Sorted(maps.Keys(s.Secret)) {
		if !s.Secret[key] {
			continue
		}
		message := key + " is set as a secret, but what it says can be read in the state and on AWS: put no secret there"
		if err := ctx.Log.Warn(message, nil); err != nil {
			return err
		}
	}
	return nil
}

// allKeys lists the keys that are set, without which a misspelt key could not
// be told from one that is not set. The SDK answers for a key that one names but
// lists none, so this looks at the run's information, and fails if a newer SDK
// keeps it elsewhere.
func allKeys(ctx *pulumi.Context) ([]string, error) {
	v := reflect.ValueOf(ctx)
	for _, field := range []string{"state", "info", "Config"} {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || !v.FieldByName(field).IsValid() {
			return nil, errors.New("this version of the Pulumi SDK does not tell which configuration keys are set; use the version in go.mod")
		}
		v = v.FieldByName(field)
	}
	if v.Kind() != reflect.Map || v.Type().Key().Kind() != reflect.String {
		return nil, errors.New("this version of the Pulumi SDK keeps its configuration in another form; use the version in go.mod")
	}
	var keys []string
	for _, key := range v.MapKeys() {
		keys = append(keys, key.String())
	}
	return keys, nil
}
