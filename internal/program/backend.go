package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/products/bundle"
)

// Backend is the backend of the API, or of a route. The API's is the product service,
// unless Url or FunctionArn is set.
type Backend struct {
	// Url is the URL that requests are forwarded to.
	Url string
	// Headers are secret headers that requests to the API's Url have, by name.
	Headers map[string]string
	// FunctionArn is the ARN of a Lambda function made elsewhere.
	FunctionArn string
	// Archive is the absolute path of a program: of the product service, or of a route's
	// function. If it is empty, the product service is built from this checkout.
	Archive string
	// DeletionProtection prevents the deletion of the product service's table.
	DeletionProtection bool
}

// isZero reports whether nothing is set.
func (b Backend) isZero() bool {
	return b.isService() && b.Archive == "" && !b.DeletionProtection && len(b.Headers) == 0
}

// isService reports whether the API's backend is the product service.
func (b Backend) isService() bool { return b.Url == "" && b.FunctionArn == "" }

// readers read the keys that backends of the API and of routes have.
func (b *Backend) readers(p *parser) map[string]func(config.Value) {
	return map[string]func(config.Value){
		"url":         func(v config.Value) { b.Url = v.Checked(components.CheckBackendUrl) },
		"functionArn": func(v config.Value) { b.FunctionArn = v.Checked(checkFunctionArn) },
		"archive":     func(v config.Value) { b.Archive = p.readArchive(v) },
	}
}

func checkFunctionArn(arn string) error {
	_, err := access.ParseFunctionArn(arn)
	return err
}

func (p *parser) readBackend(v config.Value) Backend {
	var b Backend
	readers := b.readers(p)
	readers["headers"] = func(v config.Value) { b.Headers = readHeaders(v) }
	readers["deletionProtection"] = func(v config.Value) { b.DeletionProtection = v.Flag() }
	v.Fields(readers)
	keys, kinds := v.Keys(), 0
	for _, of := range [][]string{{"url"}, {"functionArn"}, {"archive", "deletionProtection"}} {
		if slices.ContainsFunc(of, func(key string) bool { return slices.Contains(keys, key) }) {
			kinds++
		}
	}
	if slices.Contains(keys, "headers") && !slices.Contains(keys, "url") {
		v.At("headers").Refuse(": %w", errors.New("can only be set with url"))
	}
	if kinds > 1 {
		if slices.Contains(keys, "headers") {
			v = v.Conceal()
		}
		v.Fail(`must have url alone, functionArn alone, or archive and deletionProtection, which are the product service's`)
	}
	return b
}

const plainHeaders = "backend.headers is not set as a secret: anyone who reads the stack's configuration can send the headers; " +
	"set each value with pulumi config set --secret"

var headerValue = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]{1,512}$`)

// readHeaders reads headers with fixed values. No message shows a value.
func readHeaders(v config.Value) map[string]string {
	headers := map[string]string{}
	if !v.IsMap() {
		v = v.Conceal()
	}
	v.Entries("headers", func(name string, entry config.Value) {
		if err := components.CheckHeaderName(name); err != nil {
			entry.Refuse(": %w", fmt.Errorf("the name %q %w", name, err))
		}
		headers[name] = entry.Conceal().Checked(func(value string) error {
			if !headerValue.MatchString(value) {
				return errors.New(`must be a string of 1 to 512 letters, digits and "._~+/=-"`)
			}
			return nil
		})
	})
	return headers
}

// readRouteBackend reads the backend of a route.
func (p *parser) readRouteBackend(v config.Value) Backend {
	var b Backend
	readers := b.readers(p)
	given := slices.DeleteFunc(v.Keys(), func(key string) bool { return readers[key] == nil })
	if slices.Contains(v.Keys(), "headers") {
		readers["headers"] = func(v config.Value) {
			v.Conceal().Fail("cannot be set: only the stack's backend has headers, because access diff cannot read routes with secrets")
		}
	}
	v.Fields(readers, func(key string) (string, bool) {
		return "only the product service has a table, and it is the stack's backend", key == "deletionProtection"
	})
	if v.IsMap() && len(given) != 1 && len(given) == len(v.Keys()) {
		v.Fail("must have one of archive, functionArn, url; leave it out for the stack's backend")
	}
	return b
}

// readArchive reads the path of a program.
func (p *parser) readArchive(v config.Value) string {
	path := v.Checked(func(path string) error {
		if path == "" {
			return errors.New("must be the path of a zip file, or left out")
		}
		return nil
	})
	if path == "" {
		return "" // reported
	}
	found, err := p.findArchive(path)
	if err != nil {
		v.Refuse(": %w", fmt.Errorf("%q must be the path of a program for Lambda on arm64, absolute or relative to the checkout: %w", path, err))
	}
	return found
}

// FindArchive returns the absolute path of an archive that Lambda can run. A relative
// path begins at the root of the checkout.
func FindArchive(path string) (found string, err error) {
	if !filepath.IsAbs(path) {
		root, err := gotool.ModuleRoot()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, path)
	}
	return path, bundle.Check(path)
}

// archive returns the path of the product service's program, which it builds unless
// Archive is set. The path is empty if the stack has no product service.
func (p *Plan) archive(ctx *pulumi.Context) (string, error) {
	if !p.HasService() {
		return "", nil
	}
	if p.Backend.Archive != "" {
		return p.Backend.Archive, nil
	}
	// The first build takes long.
	if err := ctx.Log.Info("building the product service", &pulumi.LogArgs{Ephemeral: true}); err != nil {
		return "", err
	}
	path, err := BuildArchive(ctx.Context())
	if err != nil {
		return "", fmt.Errorf("%w; or set backend.archive, backend.url or backend.functionArn", err)
	}
	return path, nil
}

// BuildArchive builds the product service of this checkout and returns the path of
// its archive, which is in the user's cache folder.
func BuildArchive(ctx context.Context) (string, error) {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return "", err
	}
	cache, err := gotool.CacheDir()
	if err != nil {
		return "", err
	}
	checkout := sha256.Sum256([]byte(root)) // another checkout has another program
	return bundle.Build(ctx, root, filepath.Join(cache, "products-"+hex.EncodeToString(checkout[:6])))
}
