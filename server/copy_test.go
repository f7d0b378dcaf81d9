package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

// exportOf returns the quads of a store as export writes them.
func exportOf(t *testing.T, at string) string {
	t.Helper()
	status, out, errs := runHere(nil, "export", "-store", at)
	if status != exitOK || out == "" {
		t.Fatalf("export = %d, %s", status, errs)
	}
	return out
}

// checkOf checks a store.
func checkOf(t *testing.T, at string) {
	t.Helper()
	if status, out, errs := runHere(nil, "check", "-store", at); status != exitOK || !strings.HasPrefix(out, "ok: "+store.Redact(at)+" at revision ") {
		t.Errorf("check = %d, %s, %s", status, out, errs)
	}
}

// goldenAnswers asks a server on a store all golden questions.
func goldenAnswers(t *testing.T, at string) (answers []string) {
	t.Helper()
	s := startServe(t, t.TempDir(), nil, "-store", at, "-seed=false")
	for _, q := range goldenQueries(t) {
		answers = append(answers, string(answerTo(t, s.url, q)))
	}
	if got := s.stop(t); got != exitOK {
		t.Errorf("status %d: %s", got, strings.Join(s.log.lines(), "\n"))
	}
	return answers
}

// sameStores compares stores at some places with the first: by what is exported, by all golden answers, byte by byte, and each by its own check.
func sameStores(t *testing.T, places ...string) {
	t.Helper()
	quads, answers := exportOf(t, places[0]), goldenAnswers(t, places[0])
	for _, at := range places[1:] {
		checkOf(t, at)
		if exportOf(t, at) != quads {
			t.Errorf("the export of %s is not that of %s", at, places[0])
		}
		for i, got := range goldenAnswers(t, at) {
			if got != answers[i] {
				t.Errorf("%s answers\n%.300s\nand %s\n%.300s", at, got, places[0], answers[i])
			}
		}
	}
}

// aStore makes a store with the curated quads and some that were recorded since.
func aStore(t *testing.T, at string) {
	t.Helper()
	st, err := store.Open(t.Context(), at, store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Load(t.Context(), st, seed.Files(), nil); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir, nil, "-store", at, "-writers", "writers")
	if p, err := try(s.url, token, "recordEvent", validEvent); err != nil || p["event"] == nil {
		t.Fatalf("%v, %v", p, err)
	}
	s.stop(t)
}

// TestCopyCommand copies a store from a folder to a database, from there to another one, and back to a folder: all are the same.
func TestCopyCommand(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	one, two := pgtest.Location(t), pgtest.Location(t)
	aStore(t, a)
	for _, c := range [][2]string{{a, one}, {one, two}, {two, b}} {
		status, out, errs := runHere(nil, "copy", "-from", c[0], "-to", c[1])
		if status != exitOK || !strings.HasPrefix(out, "copied ") || !strings.Contains(out, "at revision 2, to "+store.Redact(c[1])) || !strings.HasPrefix(errs, "parley: copy: ") {
			t.Fatalf("copy = %d, %s, %s", status, out, errs)
		}
	}
	sameStores(t, a, one, two, b)
	if status, _, errs := runHere(nil, "copy", "-from", a, "-to", one); status != exitFailed || !strings.Contains(errs, "it holds a store") {
		t.Errorf("copy to where a store is = %d, %s", status, errs)
	}
}

// TestBackupEngines backs up a folder and a database, and restores each to a folder and a database.
func TestBackupEngines(t *testing.T) {
	folder, database := filepath.Join(t.TempDir(), "a"), pgtest.Location(t)
	aStore(t, folder)
	if status, _, errs := runHere(nil, "copy", "-from", folder, "-to", database); status != exitOK {
		t.Fatal(errs)
	}
	places := []string{folder, database}
	for _, from := range []string{folder, database} {
		file := filepath.Join(t.TempDir(), "b.tar.zst")
		if status, _, errs := runHere(nil, "backup", "-store", from, file); status != exitOK || !strings.Contains(errs, "at revision 2, ") {
			t.Fatalf("backup of %s = %d, %s", from, status, errs)
		}
		for _, to := range []string{filepath.Join(t.TempDir(), "b"), pgtest.Location(t)} {
			if status, out, errs := runHere(nil, "restore", "-store", to, file); status != exitOK || out != "" || !strings.Contains(errs, "at revision 2 in "+store.Redact(to)) {
				t.Fatalf("restore to %s = %d, %s, %s", to, status, out, errs)
			}
			places = append(places, to)
		}

		// Of a part of it, nothing is left; and a store is not written over.
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		empty := pgtest.Location(t)
		for _, c := range []struct {
			in   io.Reader
			to   string
			want string
		}{
			{strings.NewReader(string(whole[:len(whole)*2/3])), empty, "not a whole backup"},
			{strings.NewReader(string(whole)), database, "it holds a store"},
		} {
			if status, _, errs := runHere(c.in, "restore", "-store", c.to, "-"); status != exitFailed || !strings.Contains(errs, c.want) {
				t.Errorf("restore = %d, %s, want %q", status, errs, c.want)
			}
		}
		if ok, err := store.Exists(t.Context(), empty, store.Options{}); ok || err != nil {
			t.Errorf("a part of a backup left a store: %v, %v", ok, err)
		}
	}
	sameStores(t, places...)
}
