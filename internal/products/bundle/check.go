package bundle

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	// MaxZipped is the largest archive that Lambda accepts in one upload, in bytes:
	// 50 MB.
	MaxZipped = 50 << 20
	// MaxUnzipped is Lambda's limit of an archive's content, in bytes: 250 MB.
	MaxUnzipped = 250 << 20

	// bootstrap is the program that Lambda's runtimes of the provided family start.
	bootstrap = "bootstrap"
)

// Check checks that Lambda can run the archive at a path, on provided.al2023 and
// arm64. It must be a zip file within [MaxZipped] and [MaxUnzipped] whose files are
// all readable. At its root must be one `bootstrap` that everybody may execute (mode
// 0755), a program for Linux on arm64. The error is the first thing that is wrong.
func Check(path string) error {
	if err := check(path); err != nil {
		return fmt.Errorf("archive %s: %w", path, err)
	}
	return nil
}

func check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("must be a file, a zip with the program bootstrap at its root")
	}
	if info.Size() > MaxZipped {
		return fmt.Errorf("has %d bytes: must have at most %d (50 MB)", info.Size(), MaxZipped)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("must be a zip file: %w", withoutPath(err))
	}
	defer func() { _ = archive.Close() }() // it was only read
	if err := checkContent(archive.File); err != nil {
		return err
	}
	program, err := find(archive.File)
	if err != nil {
		return err
	}
	return checkProgram(program)
}

// withoutPath returns the error of a file without the file's path, which the caller
// adds.
func withoutPath(err error) error {
	var inner *os.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// checkContent reads all files, because the sizes in their headers may be wrong.
func checkContent(files []*zip.File) error {
	left := int64(MaxUnzipped)
	for _, file := range files {
		size, err := readInto(io.Discard, file, left)
		if err != nil {
			return err
		}
		if left -= size; left < 0 {
			return fmt.Errorf("holds more than %d bytes (250 MB) once unzipped", MaxUnzipped)
		}
	}
	return nil
}

// readInto copies a file's content, but no more than one byte beyond a limit.
func readInto(w io.Writer, file *zip.File, limit int64) (size int64, err error) {
	r, err := file.Open()
	if err != nil {
		return 0, fmt.Errorf("file %q cannot be read: %w", file.Name, err)
	}
	defer func() { _ = r.Close() }() // it was only read
	size, err = io.Copy(w, io.LimitReader(r, limit+1))
	if err != nil {
		return 0, fmt.Errorf("file %q cannot be read: %w", file.Name, err)
	}
	return size, nil
}

// find returns the bootstrap of an archive.
func find(files []*zip.File) (*zip.File, error) {
	var found *zip.File
	for _, file := range files {
		if file.Name != bootstrap {
			continue
		}
		if found != nil {
			return nil, errors.New("holds more than one bootstrap at its root")
		}
		found = file
	}
	if found == nil {
		return nil, errors.New("holds no bootstrap at its root: the program must have that name, and be in no folder")
	}
	return found, nil
}

func checkProgram(file *zip.File) error {
	mode := file.Mode()
	if !mode.IsRegular() || mode.Perm()&0o555 != 0o555 {
		return fmt.Errorf("bootstrap has the mode %s: must be an executable file, -rwxr-xr-x (0755)", mode)
	}
	var content bytes.Buffer
	if _, err := readInto(&content, file, MaxUnzipped); err != nil {
		return err
	}
	program, err := elf.NewFile(bytes.NewReader(content.Bytes()))
	if err != nil {
		return fmt.Errorf("bootstrap is not an ELF program: must be one for linux on arm64: %w", err)
	}
	linux := program.OSABI == elf.ELFOSABI_NONE || program.OSABI == elf.ELFOSABI_LINUX
	if !linux || program.Machine != elf.EM_AARCH64 || program.Class != elf.ELFCLASS64 || program.Data != elf.ELFDATA2LSB {
		return fmt.Errorf("bootstrap is for %s (%s, %s, %s): must be for linux on arm64 (EM_AARCH64)",
			program.Machine, program.Class, program.Data, program.OSABI)
	}
	if program.Type != elf.ET_EXEC && program.Type != elf.ET_DYN {
		return fmt.Errorf("bootstrap is an ELF file of type %s: must be a program (ET_EXEC, ET_DYN)", program.Type)
	}
	return nil
}
