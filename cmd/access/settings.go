package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/config"
)

// checkTwins refuses a setting that is there with and without the project's
// name before it: Pulumi takes either.
func checkTwins(project *workspace.Project, text []byte) error {
	var file struct{ Config map[string]yaml.Node } // of which the keys matter alone
	if err := yaml.Unmarshal(text, &file); err != nil {
		return oneLine(err)
	}
	seen := map[pulumiconfig.Key]string{}
	for _, name := range slices.Sorted(maps.Keys(file.Config)) {
		key, err := keyOf(project, name)
		if err != nil {
			return oneLine(err)
		}
		if twin, twice := seen[key]; twice {
			return fmt.Errorf("config: %q and %q are the same setting; keep one", twin, name)
		}
		seen[key] = name
	}
	return nil
}

// keyOf is a key in full: one without a name before it is the project's.
func keyOf(project *workspace.Project, name string) (pulumiconfig.Key, error) {
	if !strings.Contains(name, ":") {
		return pulumiconfig.MustMakeKey(string(project.Name), name), nil
	}
	return pulumiconfig.ParseKey(name)
}

// apart are the settings that have no bearing on who can call what. A backend's
// archive need not be there.
var apart = map[string]bool{"apiName": true, "throttle": true, "accessLog": true, "backend": true, "tags": true}

// settingsOf are the project's settings that have a bearing on access, with the
// project's defaults. Secrets among them are refused: they cannot be read
// without the stack's passphrase or key.
func settingsOf(project *workspace.Project, declared pulumiconfig.Map) (config.Settings, error) {
	values := map[string]string{}
	for key, value := range declared {
		if key.Namespace() != string(project.Name) || apart[key.Name()] {
			continue
		}
		if value.Secure() {
			return config.Settings{}, fmt.Errorf("%s: holds a secret, which cannot be read here; set it without --secret, as what it says can be read on AWS", key.Name())
		}
		text, err := value.Value(pulumiconfig.NopDecrypter)
		if err != nil {
			return config.Settings{}, fmt.Errorf("%s: %w", key.Name(), oneLine(err))
		}
		values[key.Name()] = text
	}
	return config.Settings{Values: values}, addDefaults(values, project)
}

// addDefaults sets what the project has a default of.
func addDefaults(values map[string]string, project *workspace.Project) error {
	for name, of := range project.Config {
		key, err := keyOf(project, name)
		if err != nil {
			return fmt.Errorf("defaults of Pulumi.yaml: %w", oneLine(err))
		}
		if _, set := values[key.Name()]; set || key.Namespace() != string(project.Name) || apart[key.Name()] {
			continue
		}
		value := of.Default
		if value == nil {
			value = of.Value
		}
		if value == nil {
			continue
		}
		if values[key.Name()], err = settingText(value); err != nil {
			return fmt.Errorf("defaults of Pulumi.yaml: %s: %w", name, oneLine(err))
		}
	}
	return nil
}

// settingText is a default as the engine hands it to the program: text as it
// stands, anything else as JSON.
func settingText(value any) (string, error) {
	if text, is := value.(string); is {
		return text, nil
	}
	simple, err := workspace.SimplifyMarshalledValue(value)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(simple)
	return string(text), err
}
