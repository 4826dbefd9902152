package stackdiff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"
)

// checkTwins rejects a setting that is present both with and without the project's
// name as prefix.
func checkTwins(project *workspace.Project, text []byte) error {
	var file struct{ Config map[string]yaml.Node } // only the keys matter
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

// keyOf returns the full key. A key without a prefix is the project's.
func keyOf(project *workspace.Project, name string) (pulumiconfig.Key, error) {
	if !strings.Contains(name, ":") {
		return pulumiconfig.MustMakeKey(string(project.Name), name), nil
	}
	return pulumiconfig.ParseKey(name)
}

// noAccess are the settings that do not affect access.
var noAccess = map[string]bool{"apiName": true, "throttle": true, "accessLog": true, "backend": true, "alarms": true,
	"accessAnalyzer": true, "cors": true, "tags": true}

// Settings returns the project's settings, with the project's defaults: text as it is,
// all else as JSON. Secrets cannot be decrypted: it leaves out those that do not affect
// access, and another one is an error. Errors name the file.
func (f File) Settings() (map[string]string, error) {
	values := map[string]string{}
	for key, value := range f.Declared {
		if !f.Ours(key) || value.Secure() && noAccess[key.Name()] {
			continue
		}
		if value.Secure() {
			return nil, fmt.Errorf("%s: %s: holds a secret, which cannot be read here; set it without --secret, as what it says can be read on AWS", f.Path, key.Name())
		}
		text, err := value.Value(pulumiconfig.NopDecrypter)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", f.Path, key.Name(), oneLine(err))
		}
		values[key.Name()] = text
	}
	if err := f.addDefaults(values); err != nil {
		return nil, fmt.Errorf("%s: defaults of Pulumi.yaml: %w", f.Path, err)
	}
	return values, nil
}

// Ours reports whether a key is the project's.
func (f File) Ours(key pulumiconfig.Key) bool { return key.Namespace() == string(f.Project.Name) }

// addDefaults adds the project's defaults of keys that are not set.
func (f File) addDefaults(values map[string]string) error {
	for name, of := range f.Project.Config {
		key, err := keyOf(f.Project, name)
		if err != nil {
			return oneLine(err)
		}
		if _, set := values[key.Name()]; set || !f.Ours(key) {
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
			return fmt.Errorf("%s: %w", name, oneLine(err))
		}
	}
	return nil
}

// settingText returns a default as the engine passes it to the program: text as it is,
// all else as JSON.
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
