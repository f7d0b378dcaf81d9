package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	fileName     = "quads.nq"
	headerFormat = "# parley store, format %d, revision %d, quads %d\n"
	fileFormat   = 1
)

// readDir reads a store's folder and makes it if it is missing. An empty folder is an empty store.
func readDir(ctx context.Context, dir string) (revision uint64, quads []Quad, err error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return 0, nil, fmt.Errorf("it is a file: %w; give a folder", ErrNotStore)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, nil, err
	}
	f, err := os.Open(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, checkForeign(dir)
	}
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	revision, count, err := readHeader(r)
	if err != nil {
		return 0, nil, err
	}
	qr := NewQuadReader(r)
	for {
		q, line, err := qr.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			if syntax := (*SyntaxError)(nil); errors.As(err, &syntax) {
				line, err = line+1, syntax // without the number of the line, which does not count the header
			}
			return 0, nil, fmt.Errorf("%s:%d: %w: the file is damaged; restore it from a copy", fileName, line, err)
		}
		if line%1024 == 0 && ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		quads = append(quads, q)
	}
	if len(quads) != count {
		return 0, nil, fmt.Errorf("%s: it has %d quads and should have %d: the file is damaged; restore it from a copy", fileName, len(quads), count)
	}
	for i := 1; i < len(quads); i++ {
		if CompareQuads(quads[i-1], quads[i]) >= 0 {
			return 0, nil, fmt.Errorf("%s:%d: out of order: the file is damaged; restore it from a copy", fileName, i+2)
		}
	}
	return revision, quads, ctx.Err()
}

// readHeader reads the file's first line.
func readHeader(r *bufio.Reader) (revision uint64, quads int, err error) {
	line, err := r.ReadSlice('\n') // no longer than the buffer: a foreign file may be one line of any length
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return 0, 0, err
	}
	header := string(line)
	var format int
	if n, _ := fmt.Sscanf(header, headerFormat, &format, &revision, &quads); n < 1 {
		return 0, 0, fmt.Errorf("%s: first line is %.80q: %w; give another folder", fileName, header, ErrNotStore)
	}
	if format != fileFormat {
		return 0, 0, fmt.Errorf("%s: its format is %d, this program's is %d: %w; use the program that made it", fileName, format, fileFormat, ErrNotStore)
	}
	if header != fmt.Sprintf(headerFormat, format, revision, quads) {
		return 0, 0, fmt.Errorf("%s:1: the line is %.80q: the file is damaged; restore it from a copy", fileName, header)
	}
	return revision, quads, nil
}

// checkForeign refuses a folder that has other things in it: -store . must not scatter files over a home folder.
func checkForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !isTemporary(e.Name()) {
			return fmt.Errorf("it holds %q and no store: %w; give an empty folder or a new one", e.Name(), ErrNotStore)
		}
	}
	return nil
}

// isTemporary reports whether a file is one that a crash may have left.
func isTemporary(name string) bool {
	return strings.HasPrefix(name, fileName+".") && strings.HasSuffix(name, ".tmp")
}

// removeTemporary removes what a crash left. A write of another program that is on its way fails by it, as it should.
func removeTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if isTemporary(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkRevision returns an error if the folder's file is of another revision than want: what another program wrote must not
// be written over.
func checkRevision(dir string, want uint64) error {
	f, err := os.Open(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	revision, _, err := readHeader(bufio.NewReader(f))
	if err == nil && revision != want {
		err = fmt.Errorf("%s: its revision is %d and should be %d: another program wrote to it; open the store again", fileName, revision, want)
	}
	return err
}

// writeDir replaces the folder's file, which must be of the revision before. See the package doc.
func writeDir(dir string, st *state) (err error) {
	if err := removeTemporary(dir); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, fileName+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	w := bufio.NewWriter(tmp)
	fmt.Fprintf(w, headerFormat, fileFormat, st.revision, len(st.quads))
	for _, q := range st.quads {
		if err := WriteQuad(w, q); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := checkRevision(dir, st.revision-1); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(dir, fileName)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
