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
	header, err := r.ReadString('\n')
	if err != nil && err != io.EOF {
		return 0, nil, err
	}
	var format, count int
	if n, _ := fmt.Sscanf(header, headerFormat, &format, &revision, &count); n < 1 {
		return 0, nil, fmt.Errorf("%s: first line is %q: %w; give another folder", fileName, header, ErrNotStore)
	}
	if format != fileFormat {
		return 0, nil, fmt.Errorf("%s: its format is %d, this program's is %d: %w; use the program that made it", fileName, format, fileFormat, ErrNotStore)
	}
	qr := NewQuadReader(r)
	for {
		q, line, err := qr.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, nil, fmt.Errorf("%s:%d: %w: the file is damaged; restore it from a copy", fileName, line+1, err)
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
	return revision, quads, nil
}

// checkForeign refuses a folder that has other things in it: -store . must not scatter files over a home folder.
func checkForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), fileName) { // a temporary file that a crash left
			return fmt.Errorf("it holds %q and no store: %w; give an empty folder or a new one", e.Name(), ErrNotStore)
		}
	}
	return nil
}

// writeDir replaces the folder's file. See the package doc.
func writeDir(dir string, st *state) (err error) {
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
