package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Settings are the values under a project's keys: text as it is, all else as
// JSON.
type Settings struct {
	Values map[string]string
	// Secret holds the keys that are set as secrets. No message shows their values.
	Secret map[string]bool
	// Others are the full keys with other prefixes, such as "aws:region".
	Others []string
}

// keyList is the key under which WithKeys adds the list of keys. Keys of a stack
// contain a colon, so none of them is the same.
const keyList = "keys"

// WithKeys is a [pulumi.RunOption] that [Load] requires: it adds the list of the
// configuration's keys to the configuration. A [pulumi.Context] returns the value
// of a key, but does not list the keys, so a misspelt one would go unnoticed.
func WithKeys(run *pulumi.RunInfo) {
	list, err := json.Marshal(slices.Collect(maps.Keys(run.Config)))
	if err != nil {
		panic(err) // cannot happen: these are strings
	}
	values := map[string]string{keyList: string(list)}
	maps.Copy(values, run.Config)
	run.Config = values
}

// Load returns the settings of the run's own project. The program must be run
// with [WithKeys].
func Load(ctx *pulumi.Context) (Settings, error) {
	list, ok := ctx.GetConfig(keyList)
	if !ok {
		return Settings{}, errors.New("the keys of the configuration are not known: run the program with config.WithKeys")
	}
	var keys []string
	if err := json.Unmarshal([]byte(list), &keys); err != nil {
		return Settings{}, fmt.Errorf("reading the list of configuration keys: %w", err)
	}
	prefix := ctx.Project() + ":"
	s := Settings{Values: map[string]string{}, Secret: map[string]bool{}}
	for _, full := range keys {
		if key, ours := strings.CutPrefix(full, prefix); ours {
			s.Values[key], _ = ctx.GetConfig(full)
			s.Secret[key] = ctx.IsConfigSecret(full)
		} else {
			s.Others = append(s.Others, full)
		}
	}
	return s, nil
}

// WarnOfSecrets logs a warning for each key that is set as a secret, since its
// value does not stay one.
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
