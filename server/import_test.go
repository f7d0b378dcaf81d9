package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportOfHalfAFile imports a packed file that is cut off: nothing may come of the half that can be read, in a new store and in one
// that exists.
func TestImportOfHalfAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	rows := strings.Repeat("China\tConsult\tJapan\t2014-01-02\nJapan\tAccuse\tChina\t2014-02-03\n", 50_000)
	if _, err := io.WriteString(z, rows); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("half.tsv.gz", packed.Bytes()[:packed.Len()/2])
	write("one.tsv", []byte("China\tConsult\tJapan\t2015-01-02\n"))

	fails := func() {
		t.Helper()
		c := parley(dir, nil, "import", "icews", "half.tsv.gz")
		var stderr strings.Builder
		c.Stderr = &stderr
		if got := status(t, c.Run()); got != exitFailed || !strings.Contains(stderr.String(), "half.tsv.gz: the file is cut off") {
			t.Errorf("status %d: %s", got, stderr.String())
		}
	}
	fails()
	if _, err := os.Stat(filepath.Join(dir, "parley-data")); !os.IsNotExist(err) {
		t.Errorf("half a file made a store: %v", err)
	}
	if got := status(t, parley(dir, nil, "import", "icews", "one.tsv").Run()); got != exitOK {
		t.Fatalf("a good file: status %d", got)
	}
	fails()
	out, err := parley(dir, nil, "contacts", "China", "-format", "csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "1,government:japan,Japan,1,1,2015-01-02,2015-01-02,source:icews,kind:consultation\n"; !strings.HasSuffix(string(out), want) {
		t.Errorf("contacts of China:\n%s, want only\n%s", out, want)
	}
}
