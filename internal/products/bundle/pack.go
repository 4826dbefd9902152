package bundle

import (
	"archive/zip"
	"io"
	"os"
	"time"
)

// packed is the time of the files in an archive: the oldest that zip files know.
var packed = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack writes an archive with one file, the executable bootstrap.
func pack(binary string, archive io.Writer) error {
	in, err := os.Open(binary)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	header := &zip.FileHeader{Name: bootstrap, Method: zip.Deflate, Modified: packed}
	header.SetMode(0o755)
	files := zip.NewWriter(archive)
	entry, err := files.CreateHeader(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, in); err != nil {
		return err
	}
	return files.Close()
}
