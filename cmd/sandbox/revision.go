package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
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
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/stackdiff"
)

// defaultRegion is the region of a stack file without one. On AWS, the environment
// has it.
const defaultRegion = "us-east-1"

// revisions reads stack files of real accounts so that they can be deployed here.
type revisions struct {
	run   pulumi.RunFunc         // the Pulumi program
	build func() (string, error) // builds the product service
	log   *progress
	stubs string // a temporary folder; empty before there is one
	count int    // of the archives in it
}

func newRevisions(run pulumi.RunFunc, build func() (string, error), log io.Writer) *revisions {
	return &revisions{run: run, build: sync.OnceValues(build), log: newProgress(log)}
}

// step shows what is going on, if the log is a terminal, until the returned function
// is called.
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

// revision is a stack file to deploy.
type revision struct {
	stackFile
	access   stackdiff.Stack
	settings map[string]string // those that affect access
}

// read reads the text of a stack file. Errors name the file, and warnings what is left
// out.
func (r *revisions) read(path string, text []byte) (revision, error) {
	if _, is, _ := readSnapshot(text); is {
		return revision{}, fmt.Errorf("%s: must be a stack config file, not a snapshot", path)
	}
	file, err := stackdiff.ParseFile(path, text)
	if err != nil {
		return revision{}, err
	}
	bearing, err := file.AccessSettings()
	if err != nil {
		return revision{}, err
	}
	r.leaveOut(file)
	settings, err := file.Settings()
	if err == nil {
		err = r.standIn(file, settings)
	}
	if err != nil {
		return revision{}, err
	}
	plan, err := program.Parse(config.Settings{Values: settings})
	if err != nil {
		return revision{}, fmt.Errorf("%s: %w", path, err)
	}
	for _, warning := range file.Warnings() {
		r.warn("%s", warning)
	}
	return revision{stackFile{file, plan}, stackdiff.Stack{Plan: plan, Environment: file.Environment}, bearing}, nil
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

// standIn replaces an archive that does not exist with a stub, in the file and in the
// settings that were read from it.
func (r *revisions) standIn(file stackdiff.File, settings map[string]string) error {
	var backend map[string]any
	if json.Unmarshal([]byte(settings["backend"]), &backend) != nil {
		return nil // the program reports what is wrong
	}
	archive, _ := backend["archive"].(string)
	if archive == "" || !archiveMissing(archive) {
		return nil
	}
	if r.stubs == "" {
		folder, err := os.MkdirTemp("", "sandbox-")
		if err != nil {
			return err
		}
		r.stubs = folder
	}
	r.count++
	stub := filepath.Join(r.stubs, fmt.Sprintf("%d.zip", r.count))
	if err := writeStub(stub, archive); err != nil {
		return err
	}
	r.warn("%s: backend.archive: %q is not there: a stub stands in", file.Path, archive)
	backend["archive"] = stub
	text, err := json.Marshal(backend)
	if err != nil {
		return err
	}
	settings["backend"] = string(text)
	file.Declared[backendKey(file)] = pulumiconfig.NewObjectValue(string(text))
	return nil
}

var stackNamed = regexp.MustCompile(`^Pulumi\.([A-Za-z0-9._-]+)\.ya?ml$`)

// stackName returns the name of the stack whose file has this path.
func stackName(path string) string {
	if match := stackNamed.FindStringSubmatch(filepath.Base(path)); match != nil {
		return match[1]
	}
	return "sandbox"
}

// archiveMissing reports whether a stack file names an archive that does not exist.
// The path is absolute or relative to the checkout.
func archiveMissing(archive string) bool {
	if !filepath.IsAbs(archive) {
		root, err := gotool.ModuleRoot()
		if err != nil {
			return false // the program reports it
		}
		archive = filepath.Join(root, archive)
	}
	_, err := os.Stat(archive)
	return errors.Is(err, fs.ErrNotExist)
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
