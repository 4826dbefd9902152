// Package archive creates archives for the product service without building it: their
// program is valid for Lambda and does nothing.
package archive

import (
	"archive/zip"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products/bundle"
)

// Make creates an archive that Lambda accepts, in a folder of the test. Its bytes
// depend on the version alone.
func Make(t testing.TB, version string) string {
	t.Helper()
	path := Of(t, elf.EM_AARCH64, 0o755, version)
	require.NoError(t, bundle.Check(path))
	return path
}

// Of is like Make, for any machine and file mode, which Lambda need not accept.
func Of(t testing.TB, machine elf.Machine, mode fs.FileMode, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "service.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{Name: "bootstrap"}
	header.SetMode(mode)
	program, err := archive.CreateHeader(header)
	require.NoError(t, err)
	require.NoError(t, binary.Write(program, binary.LittleEndian, elf.Header64{
		Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(machine),
		Version: uint32(elf.EV_CURRENT),
		Ehsize:  64, // bytes, this header's
	}))
	_, err = program.Write([]byte(version))
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, file.Close())
	return path
}
