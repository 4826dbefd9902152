package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/products/bundle"
)

// Backend is the backend of the API: the product service, unless Url is set.
type Backend struct {
	// Url is the URL that requests are forwarded to.
	Url string
	// Archive is the absolute path of the product service's program. If empty, the
	// program is built from this checkout.
	Archive string
	// DeletionProtection prevents the deletion of the product service's table.
	DeletionProtection bool
}

func (p *parser) readBackend(v config.Value) Backend {
	var b Backend
	v.Fields(map[string]func(config.Value){
		"url":                func(v config.Value) { b.Url = v.Checked(components.CheckBackendUrl) },
		"archive":            func(v config.Value) { b.Archive = p.readArchive(v) },
		"deletionProtection": func(v config.Value) { b.DeletionProtection = v.Flag() },
	})
	keys := v.Keys()
	ofService := slices.Contains(keys, "archive") || slices.Contains(keys, "deletionProtection")
	if slices.Contains(keys, "url") && ofService {
		v.Fail(`must have url alone, or archive and deletionProtection, which are the product service's`)
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
// Archive is set. The path is empty if Url is set.
func (b Backend) archive(ctx *pulumi.Context) (string, error) {
	if b.Url != "" || b.Archive != "" {
		return b.Archive, nil
	}
	// The first build takes long.
	if err := ctx.Log.Info("building the product service", &pulumi.LogArgs{Ephemeral: true}); err != nil {
		return "", err
	}
	path, err := BuildArchive(ctx.Context())
	if err != nil {
		return "", fmt.Errorf("%w; or set backend.archive, or backend.url", err)
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
