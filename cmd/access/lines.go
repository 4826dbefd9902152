package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errLongLine is the error of a line that is too long.
var errLongLine = errors.New("the line is too long")

// lineReader reads lines of a bounded length.
type lineReader struct {
	in      *bufio.Reader
	longest int // in bytes
	line    []byte
}

// ready reports whether a whole line is buffered, so that next does not wait.
func (r *lineReader) ready() bool {
	at, _ := r.in.Peek(r.in.Buffered())
	return bytes.IndexByte(at, '\n') >= 0
}

// next returns the next line without its end. It is valid until next is called again. A
// line that is too long is skipped with errLongLine; the line after it is read next.
// The error at the end of the input is io.EOF.
func (r *lineReader) next() ([]byte, error) {
	r.line = r.line[:0]
	tooLong := false
	for {
		part, err := r.in.ReadSlice('\n')
		if !tooLong {
			r.line = append(r.line, part...)
		}
		if len(bytes.TrimSuffix(r.line, []byte("\n"))) > r.longest {
			tooLong = true
			r.line = r.line[:0:0] // frees the memory
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && (len(r.line) > 0 || tooLong):
		case err != nil:
			return nil, err
		}
		if tooLong {
			return nil, fmt.Errorf("%w: at most %d bytes are read", errLongLine, r.longest)
		}
		return bytes.TrimSuffix(r.line, []byte("\n")), nil
	}
}
