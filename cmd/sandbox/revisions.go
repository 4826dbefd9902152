package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/stackdiff"
)

// defaultRegion is the region of a stack file that does not set one. On AWS, the
// environment sets it.
const defaultRegion = "us-east-1"

// revisions reads stack files of real accounts so that they can be deployed here.
type revisions struct {
	run   deployFunc
	build func() (string, error) // builds the product service
	log   *progress
	stubs string // a temporary folder; empty before there is one
}

func newRevisions(run deployFunc, build func() (string, error), log io.Writer) *revisions {
	return &revisions{run: run, build: sync.OnceValues(build), log: newProgress(log)}
}

// step shows a step on a terminal until the returned function is called.
func (r *revisions) step(what string) func() {
	if !r.log.terminal {
		return func() {}
	}
	done := r.log.step(what)
	return func() { done() }
}

// close removes temporary files.
func (r *revisions) close() error {
	if r.stubs == "" {
		return nil
	}
	return os.RemoveAll(r.stubs)
}

func (r *revisions) warn(format string, args ...any) {
	fmt.Fprintf(r.log, "sandbox: "+format+"\n", args...)
}

// read reads the text of a stack file. Errors name the file, and warnings what is left
// out.
func (r *revisions) read(path string, text []byte) (stackFile, error) {
	if _, is, _ := readSnapshot(text); is {
		return stackFile{}, fmt.Errorf("%s: must be a stack config file, not a snapshot", path)
	}
	file, err := stackdiff.ParseFile(path, text)
	if err != nil {
		return stackFile{}, err
	}
	for _, warning := range file.Warnings() {
		r.warn("%s", warning)
	}
	settings, err := file.Settings()
	if err != nil {
		return stackFile{}, err
	}
	r.leaveOut(file)
	plan, err := program.ParseWith(config.Settings{Values: settings}, func(archive string) (string, error) {
		return r.findArchive(path, archive)
	})
	if err != nil {
		return stackFile{}, fmt.Errorf("%s: %w", path, err)
	}
	plan.Account = "" // it is deployed to an account of the sandbox
	return stackFile{file, settings, plan}, nil
}

// leaveOut removes secrets, which cannot be read, and options of the provider, which
// the sandbox does not model.
func (r *revisions) leaveOut(file stackdiff.File) {
	var options []string
	byName := func(a, b pulumiconfig.Key) int { return strings.Compare(a.String(), b.String()) }
	for _, key := range slices.SortedFunc(maps.Keys(file.Declared), byName) {
		switch {
		case key.Namespace() == regionKey.Namespace() && key != regionKey:
			options = append(options, key.String())
			delete(file.Declared, key)
		case file.Declared[key].Secure():
			name := key.String()
			if file.Ours(key) {
				name = key.Name()
			}
			r.warn("%s: %s: holds a secret, which cannot be read here: it is left out", file.Path, name)
			delete(file.Declared, key)
		}
	}
	if len(options) > 0 {
		r.warn("%s: %s: left out, as no option of the provider but the region is modelled", file.Path, strings.Join(options, ", "))
	}
	_, named := file.Declared[regionKey]
	if byDefault := file.Project.Config[regionKey.String()]; !named && byDefault.Default == nil && byDefault.Value == nil {
		file.Declared[regionKey] = pulumiconfig.NewValue(defaultRegion)
	}
}

// findArchive returns the path of the archive that a stack file names, or of a stub if
// the archive does not exist.
func (r *revisions) findArchive(file, archive string) (string, error) {
	found, err := program.FindArchive(archive)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	if r.stubs == "" {
		if r.stubs, err = os.MkdirTemp("", "sandbox-"); err != nil {
			return "", err
		}
	}
	r.warn("%s: the archive %q does not exist: a stub takes its place", file, archive)
	folder := filepath.Join(r.stubs, fmt.Sprintf("%x", sha256.Sum256([]byte(archive))))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	stub := filepath.Join(folder, filepath.Base(archive)) // functions are named after the file
	return stub, writeStub(stub, archive)
}

var stackNamed = regexp.MustCompile(`^Pulumi\.([A-Za-z0-9._-]+)\.ya?ml$`)

// stackName returns the name of the stack whose file has this path.
func stackName(path string) string {
	if match := stackNamed.FindStringSubmatch(filepath.Base(path)); match != nil {
		return match[1]
	}
	return "sandbox"
}

// writeStub writes an archive in place of the one that a stack file names. It holds a
// program that Lambda accepts and that does nothing. Its bytes differ with the name.
func writeStub(path, name string) error {
	var program bytes.Buffer
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	}
	if err := binary.Write(&program, binary.LittleEndian, header); err != nil {
		return err
	}
	program.WriteString(name)

	var archive bytes.Buffer
	files := zip.NewWriter(&archive)
	executable := &zip.FileHeader{Name: "bootstrap"}
	executable.SetMode(0o755)
	entry, err := files.CreateHeader(executable)
	if err != nil {
		return err
	}
	if _, err := entry.Write(program.Bytes()); err != nil {
		return err
	}
	if err := files.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, archive.Bytes(), 0o600)
}
