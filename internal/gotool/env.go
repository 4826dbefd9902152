package gotool

import (
	"context"
	"os"
	"strings"
)

// located are the user's settings for the places of modules and caches, and for the
// toolchain. They may come from `go env -w`, whose other settings are ignored.
var located = []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB",
	"GOINSECURE", "GOVCS", "GOAUTH", "GOTOOLCHAIN"}

// LinuxArm64 returns the environment of a build for Linux on arm64: the user's, without what
// would change the result.
func LinuxArm64(ctx context.Context, moduleRoot string) ([]string, error) {
	env := os.Environ()
	output, err := Run(ctx, moduleRoot, env, append([]string{"env"}, located...)...)
	if err != nil {
		return nil, err
	}
	values := strings.Split(strings.ReplaceAll(output, "\r\n", "\n"), "\n")
	for i, name := range located {
		env = append(env, name+"="+values[i])
	}
	return append(env,
		"GOENV=off",
		"GOOS=linux",
		"GOARCH=arm64",
		"GOARM64=v8.0",
		"CGO_ENABLED=0",
		"GO111MODULE=on",
		"GOWORK=off",
		"GOFLAGS=",
		"GOEXPERIMENT=",
		"GOFIPS140=off",
	), nil
}
