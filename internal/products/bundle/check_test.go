package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// entry is a file of an archive.
type entry struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// archiveOf writes an archive and returns its path.
func archiveOf(t *testing.T, entries ...entry) string {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			header.SetMode(e.mode)
		}
		file, err := w.CreateHeader(header)
		require.NoError(t, err)
		_, err = file.Write(e.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return fileOf(t, content.Bytes())
}

func fileOf(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive.zip")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// elfOf returns the header of an ELF file, with nothing after it: class 1 is 32
// bits and 2 is 64, data 1 is little-endian and 2 is big-endian; type 1 is an
// object file, 2 a program, 3 one that may be anywhere in memory.
func elfOf(class, data, osABI byte, kind, machine uint16) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if data == 2 {
		order = binary.BigEndian
	}
	size := 64
	if class == 1 {
		size = 52
	}
	header := make([]byte, size)
	copy(header, []byte{0x7f, 'E', 'L', 'F', class, data, 1, osABI})
	order.PutUint16(header[16:], kind)
	order.PutUint16(header[18:], machine)
	order.PutUint32(header[20:], 1)
	order.PutUint16(header[size-12:], uint16(size))
	return header
}

const (
	x8664   = 62
	arm     = 40
	aarch64 = 183
)

var program = entry{bootstrap, 0o755, elfOf(2, 1, 0, 2, aarch64)}

func withMode(mode fs.FileMode) entry {
	return entry{bootstrap, mode, program.content}
}

func with(content []byte) entry {
	return entry{bootstrap, 0o755, content}
}

func TestCheckAccepts(t *testing.T) {
	for name, entries := range map[string][]entry{
		"a program":                     {program},
		"one anywhere":                  {with(elfOf(2, 1, 0, 3, aarch64))},
		"one marked as Linux's":         {with(elfOf(2, 1, 3, 2, aarch64))},
		"other modes":                   {withMode(0o555)},
		"for all to write":              {withMode(0o777)},
		"with more files":               {{"data/list.json", 0o644, []byte("[]")}, program, {"bin/", 0o755 | fs.ModeDir, nil}},
		"another bootstrap in a folder": {program, {"data/bootstrap", 0o644, []byte("x")}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.NoError(t, Check(archiveOf(t, entries...)))
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	folder := t.TempDir()
	rows := map[string]struct {
		path string
		says string
	}{
		"nothing there":         {filepath.Join(folder, "missing.zip"), "no such file"},
		"a folder":              {folder, "must be a file"},
		"an empty file":         {fileOf(t, nil), "must be a zip file"},
		"no zip":                {fileOf(t, []byte("#!/bin/sh\n")), "must be a zip file"},
		"a program, not zipped": {fileOf(t, program.content), "must be a zip file"},
		"an empty zip":          {archiveOf(t), "no bootstrap"},
		"another name":          {archiveOf(t, entry{"main", 0o755, program.content}), "no bootstrap"},
		"in another case":       {archiveOf(t, entry{"Bootstrap", 0o755, program.content}), "no bootstrap"},
		"in a folder":           {archiveOf(t, entry{"build/bootstrap", 0o755, program.content}), "no bootstrap"},
		"a folder of the name":  {archiveOf(t, entry{"bootstrap/", 0o755 | fs.ModeDir, nil}), "no bootstrap"},
		"two of them":           {archiveOf(t, program, program), "more than one"},
		"not executable":        {archiveOf(t, withMode(0o644)), "mode -rw-r--r--"},
		"for its owner alone":   {archiveOf(t, withMode(0o700)), "mode -rwx------"},
		"not readable":          {archiveOf(t, withMode(0o111)), "mode ---x--x--x"},
		"without a mode":        {archiveOf(t, withMode(0)), "mode -rw-rw-rw-"},
		"a link":                {archiveOf(t, entry{bootstrap, 0o777 | fs.ModeSymlink, []byte("main")}), "mode L"},
		"empty":                 {archiveOf(t, with(nil)), "not an ELF"},
		"a script":              {archiveOf(t, with([]byte("#!/bin/sh\necho hello\n"))), "not an ELF"},
		"a Mach-O program":      {archiveOf(t, with([]byte("\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00"))), "not an ELF"},
		"a cut ELF header":      {archiveOf(t, with(program.content[:20])), "not an ELF"},
		"for x86-64":            {archiveOf(t, with(elfOf(2, 1, 0, 2, x8664))), "EM_X86_64"},
		"for 32-bit arm":        {archiveOf(t, with(elfOf(1, 1, 0, 2, arm))), "EM_ARM"},
		"big-endian":            {archiveOf(t, with(elfOf(2, 2, 0, 2, aarch64))), "ELFDATA2MSB"},
		"for FreeBSD":           {archiveOf(t, with(elfOf(2, 1, 9, 2, aarch64))), "ELFOSABI_FREEBSD"},
		"an object file":        {archiveOf(t, with(elfOf(2, 1, 0, 1, aarch64))), "ET_REL"},
		"too large":             {fileOf(t, append(make([]byte, MaxZipped), 1)), "must have at most"},
		"too large unzipped":    {tooMuch(t), "once unzipped"},
		"damaged":               {damaged(t), "cannot be read"},
		"cut off":               {cutOff(t), "must be a zip file"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			err := Check(row.path)
			require.Error(t, err)
			assert.Contains(t, err.Error(), row.says)
			assert.True(t, strings.HasPrefix(err.Error(), "archive "+row.path+": "), err.Error())
			assert.Equal(t, 1, strings.Count(err.Error(), row.path), "the path once: %s", err)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// tooMuch returns a small archive with more content than Lambda accepts: a program,
// and a tenth of the limit ten times.
func tooMuch(t *testing.T) string {
	t.Helper()
	tenth, err := zip.OpenReader(archiveOf(t, entry{"zeros", 0o644, make([]byte, MaxUnzipped/10)}))
	require.NoError(t, err)
	defer func() { _ = tenth.Close() }()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for range 10 {
		require.NoError(t, w.Copy(tenth.File[0]))
	}
	header := &zip.FileHeader{Name: bootstrap}
	header.SetMode(program.mode)
	file, err := w.CreateHeader(header)
	require.NoError(t, err)
	_, err = file.Write(program.content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return fileOf(t, content.Bytes())
}

// damaged returns an archive with a changed byte inside a file.
func damaged(t *testing.T) string {
	t.Helper()
	noise := make([]byte, 1000)
	_, err := io.ReadFull(rand.NewChaCha8([32]byte{}), noise)
	require.NoError(t, err)
	path := archiveOf(t, program, entry{"noise", 0o644, noise})
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	at := bytes.Index(content, noise[100:200])
	require.Positive(t, at)
	content[at] ^= 1
	return fileOf(t, content)
}

func cutOff(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(archiveOf(t, program))
	require.NoError(t, err)
	return fileOf(t, content[:len(content)-30])
}
