package cloud

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// checkCode rejects the zip files that Lambda rejects. The content of the files
// does not matter until the function is invoked.
func checkCode(action string, zipFile []byte) error {
	if len(zipFile) == 0 {
		return errorf(CodeInvalidParameterValue, "please provide a source for function code")
	}
	if len(zipFile) > maxZipFile {
		return errorf(CodeRequestTooLarge,
			"the zip file has %d bytes, must have at most %d for the %s operation", len(zipFile), maxZipFile, action)
	}
	unreadable := errorf(CodeInvalidParameterValue,
		"could not unzip uploaded file; please check your file, then try to upload again")
	archive, err := zip.NewReader(bytes.NewReader(zipFile), int64(len(zipFile)))
	if err != nil {
		return unreadable
	}
	size := uint64(0)
	for _, f := range archive.File {
		if _, err := f.DataOffset(); err != nil {
			return unreadable
		}
		if f.UncompressedSize64 >= maxUnzipped || size+f.UncompressedSize64 >= maxUnzipped {
			return errorf(CodeInvalidParameterValue, "unzipped size must be smaller than %d bytes", maxUnzipped)
		}
		size += f.UncompressedSize64
	}
	if size == 0 {
		return errorf(CodeInvalidParameterValue, "uploaded file must be a non-empty zip")
	}
	return nil
}

func codeSha256(zipFile []byte) string {
	sum := sha256.Sum256(zipFile)
	return base64.StdEncoding.EncodeToString(sum[:])
}
