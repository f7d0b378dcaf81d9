package importer

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// textFile is rows as a file.
func textFile(name, text string) File {
	return File{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// run imports files and returns the quads as N-Quads.
func run(t testing.TB, format string, o Options, files ...File) ([]byte, Report, error) {
	t.Helper()
	im, err := New(format, files, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := im.Source().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	quads, err := io.ReadAll(r)
	if err != nil {
		if im.Err() == nil {
			t.Errorf("reading ended with %v, and Err says nothing", err)
		}
		return nil, Report{}, err
	}
	got := im.Report()
	if sum := got.Events + got.Tenures + got.Merged + got.Passed + got.Rejected; sum != got.Rows {
		t.Errorf("%d rows, and %d are accounted for: %+v", got.Rows, sum, got)
	}
	return quads, got, nil
}

var curated *seed.Index

func curatedIndex(t testing.TB) *seed.Index {
	t.Helper()
	if curated == nil {
		quads, problems := seed.Lint(seed.Files(), nil)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		curated = seed.NewIndex(quads)
	}
	return curated
}

// lint holds quads against the rules for all that is loaded, in files of which each quad stands once.
func lint(t testing.TB, quads []byte) []store.Quad {
	t.Helper()
	seen := map[string]bool{}
	var once bytes.Buffer
	for line := range bytes.Lines(quads) {
		if !seen[string(line)] {
			seen[string(line)] = true
			once.Write(line)
		}
	}
	list, problems := seed.Lint([]seed.File{{Name: "import.nq", Data: once.Bytes()}}, curatedIndex(t))
	for i, p := range problems {
		if i == 20 {
			t.Errorf("and %d more", len(problems)-i)
			break
		}
		t.Error(p)
	}
	return list
}

// shared returns files of the data that lies beside the project, and skips the test where it is absent.
func shared(t testing.TB, names ...string) []File {
	t.Helper()
	var files []File
	for _, name := range names {
		path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is not here: the test needs the real data beside the project", path)
		}
		files = append(files, File{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return files
}
