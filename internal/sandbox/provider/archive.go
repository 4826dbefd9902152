package provider

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

// sameArchive compares archives by the hash of their content, not by their
// path.
func sameArchive(a, b resource.PropertyValue) bool {
	return a.IsArchive() && b.IsArchive() && a.ArchiveValue().Hash != "" && a.ArchiveValue().Hash == b.ArchiveValue().Hash
}

// zipFile reads an archive as a zip file. Anything but a zip file is packed.
// The result is nil for an absent archive. The content must have the hash that
// the engine computed, because a relative path may name another file here.
func (v values) zipFile(key string) ([]byte, error) {
	if !v[key].IsArchive() {
		return nil, nil
	}
	seen := v[key].ArchiveValue()
	if !seen.IsPath() {
		return nil, fmt.Errorf("%s has no content here, only the hash %s", key, seen.Hash)
	}
	found := &archive.Archive{Sig: seen.Sig, Path: seen.Path}
	if err := found.EnsureHash(); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", key, err)
	}
	if seen.Hash != "" && found.Hash != seen.Hash {
		return nil, fmt.Errorf("%s %s has changed since it was hashed: %s, was %s", key, seen.Path, found.Hash, seen.Hash)
	}
	file, err := found.Bytes(archive.ZIPArchive)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", key, err)
	}
	return file, nil
}

const propSource = "source"

// sameAsset compares local files by the hash of their content, not by their path.
func sameAsset(a, b resource.PropertyValue) bool {
	return a.IsAsset() && b.IsAsset() && a.AssetValue().Hash != "" && a.AssetValue().Hash == b.AssetValue().Hash
}

// fileContent reads a local file. Its content must have the hash that the engine computed.
func (v values) fileContent(key string) ([]byte, error) {
	seen := v[key].AssetValue()
	if !seen.IsPath() {
		return nil, fmt.Errorf("%s has no content here, only the hash %s", key, seen.Hash)
	}
	content, err := os.ReadFile(seen.Path)
	if err != nil {
		return nil, err
	}
	if now, err := asset.FromText(string(content)); err != nil || seen.Hash != "" && now.Hash != seen.Hash {
		return nil, fmt.Errorf("%s has changed since it was hashed: %s", seen.Path, seen.Hash)
	}
	return content, nil
}
