package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parleygraph/parley/graph/store"
)

// An Adder takes in quads: all of them or, with an error, none. Those that it has already it passes over; added counts the
// others. A store is one.
type Adder interface {
	Add(ctx context.Context, quads []store.Quad) (added int, err error)
}

// A Report says what [Load] did.
type Report struct {
	Files int
	Quads int // in the files
	Added int // of these, not yet in the store
}

// Load lints files and adds their quads to st, all at once. With any problem it adds nothing and returns a [*LintError].
// known is as in [Lint].
func Load(ctx context.Context, st Adder, files []File, known Known) (Report, error) {
	quads, problems := Lint(files, known)
	if len(problems) > 0 {
		return Report{}, &LintError{problems}
	}
	added, err := st.Add(ctx, quads)
	if err != nil {
		return Report{}, fmt.Errorf("load %d quads: %w", len(quads), err)
	}
	return Report{Files: len(files), Quads: len(quads), Added: added}, nil
}

// MaxFile is the most bytes that a file may have, unpacked: what a machine can hold beside the quads made of it. A small
// .gz can unpack to anything, so the bound is on what comes out.
const MaxFile = 1 << 30

// ReadFiles reads files from disk, in the order given: N-Quads (.nq) or N-Quads packed (.nq.gz, .nq.zst). The path "-" is stdin, and
// its name is then stdin. All files that cannot be read are named in one error.
func ReadFiles(paths []string, stdin io.Reader) ([]File, error) {
	var files []File
	var errs []error
	for _, p := range paths {
		f, err := readFile(p, stdin)
		if err != nil {
			errs = append(errs, err)
		} else {
			files = append(files, f)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return files, nil
}

func readFile(path string, stdin io.Reader) (File, error) {
	src, err := Source([]string{path}, stdin)
	if err != nil {
		return File{}, err
	}
	in, err := src[0].Unpacked()
	if err != nil {
		return File{}, named(path, src[0].Name, err)
	}
	defer in.Close()
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(in, MaxFile+1))
	switch {
	case err != nil:
		return File{}, named(path, src[0].Name, err)
	case n > MaxFile:
		return File{}, fmt.Errorf("%s: more than %d bytes: split it", src[0].Name, MaxFile)
	}
	return File{Name: src[0].Name, Data: b.Bytes()}, nil
}

// named puts a file's name before an error that does not have it.
func named(path, name string, err error) error {
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

func notNQuads(path string) error {
	return fmt.Errorf("%s: neither .nq nor .nq.gz nor .nq.zst: rename it if it holds N-Quads, or give it on standard input as -", path)
}
