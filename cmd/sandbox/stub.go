package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"iam-secured-api/internal/gotool"
)

// archiveMissing reports whether there is no archive at the path that a stack file names,
// which is absolute or relative to the checkout.
func archiveMissing(archive string) bool {
	if !filepath.IsAbs(archive) {
		root, err := gotool.ModuleRoot()
		if err != nil {
			return false // the program says so
		}
		archive = filepath.Join(root, archive)
	}
	_, err := os.Stat(archive)
	return errors.Is(err, fs.ErrNotExist)
}

// writeStub writes an archive to stand in for the one that a stack file names. It
// differs with that name, and holds a program that Lambda takes and that does
// nothing.
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
