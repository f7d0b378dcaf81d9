package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxRow is how long a row may be. The longest of the sources have some thousand bytes.
const maxRow = 1 << 20

// unpack returns what a file holds: itself, or what is packed in it by gzip. It looks at the bytes, not at the name, for standard input
// has none. The error says what the file is, if it is no text.
func unpack(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case len(head) == 0:
		return nil, errors.New("it is empty")
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, cutOff(fmt.Errorf("it begins like a gzip file and is none: %w", err))
		}
		b = bufio.NewReaderSize(z, 64<<10)
		if head, err = b.Peek(4); err == io.EOF && len(head) == 0 {
			return nil, errors.New("it is a gzip file with nothing in it")
		}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("it is a zip archive: unpack it, as with unzip -p FILE | parley import … -")
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, errors.New("it is packed by Zstandard: unpack it, as with zstd -dc FILE | parley import … -")
	}
	start, err := b.Peek(512)
	if err != nil && err != io.EOF {
		return nil, cutOff(err)
	}
	if bytes.IndexByte(start, 0) >= 0 {
		return nil, errors.New("it is no text: its first bytes are not those of a table")
	}
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// cutOff says of a packed file that it ends too early.
func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is cut off: %w; fetch it again", err)
	}
	return err
}

// A rejection is why a row is no event.
type rejection struct {
	reason string // one of few: they are counted
	detail string // what is wrong in this row; may be empty
	passed bool   // the row is right, and there is nothing in it to import
}

func (r *rejection) Error() string {
	if r.detail == "" {
		return r.reason
	}
	return r.reason + ": " + r.detail
}

func reject(reason, format string, args ...any) error {
	return &rejection{reason: reason, detail: fmt.Sprintf(format, args...)}
}

func pass(reason string) error { return &rejection{reason: reason, passed: true} }

// rowReader reads lines and cuts them at tabs.
type rowReader struct {
	r     *bufio.Reader
	line  int    // of the last row, from 1
	text  string // of the last row
	cells []string
	long  []byte
}

// next reads the next row that is not blank, and returns its cells until the next call. The error is io.EOF at the end, a rejection
// for a row that is no text, or the file's.
func (r *rowReader) next() ([]string, error) {
	for {
		b, err := r.read()
		if err != nil && (err != io.EOF || len(b) == 0) {
			return nil, cutOff(err)
		}
		r.line++
		b = bytes.TrimRight(b, "\r\n")
		if len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		if len(b) > maxRow {
			r.text = ""
			return nil, reject("the row is too long", "more than %d bytes", maxRow)
		}
		r.text = string(b)
		if !utf8.Valid(b) {
			return nil, reject("the row is not UTF-8", "at byte %d", invalidAt(r.text)+1)
		}
		r.cells = r.cells[:0]
		for rest, more := r.text, true; more; {
			var cell string
			cell, rest, more = strings.Cut(rest, "\t")
			r.cells = append(r.cells, cell)
		}
		return r.cells, nil
	}
}

// read reads a line; of one that is too long it returns a part that is too long.
func (r *rowReader) read() ([]byte, error) {
	b, err := r.r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return b, err
	}
	r.long = append(r.long[:0], b...)
	for err == bufio.ErrBufferFull {
		b, err = r.r.ReadSlice('\n')
		if len(r.long) <= maxRow+2 {
			r.long = append(r.long, b...)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return r.long, err
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}
