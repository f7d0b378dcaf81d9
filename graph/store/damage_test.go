package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// storeFolder makes a store with tables and a log, and returns the folder, its quads and revision. With killed, it is as if the
// process had died.
func storeFolder(t *testing.T, killed bool) (dir string, quads []Quad, revision uint64) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		addTo(t, s, batchOf(i)...)
		if i%10 == 9 && i < 29 {
			if err := s.engine.(*pebbleEngine).db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	v := s.View()
	quads, revision = quadsOf(t, v), v.Revision()
	v.Close()
	if killed {
		// Files must not come and go while they are copied: that would be no state that a death leaves.
		for s.engine.(*pebbleEngine).busy() {
			time.Sleep(time.Millisecond)
		}
		dir = copyFolder(t, dir)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, quads, revision
}

// busy reports whether Pebble writes or deletes files in the background.
func (e *pebbleEngine) busy() bool {
	m := e.db.Metrics()
	return m.Compact.NumInProgress > 0 || m.Flush.NumInProgress > 0 || m.Table.ObsoleteCount > 0
}

func copyFolder(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// A store of which any file was cut, flipped or lost opens and has everything, or says what is wrong with it, when it is opened or
// read; and one that did not open has everything once that file is what it was.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		dir, quads, revision := storeFolder(t, killed)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		refused, found, whole := 0, 0, 0
		for _, e := range entries {
			if e.Name() == "LOCK" {
				continue
			}
			for name, mutate := range mutations(t, filepath.Join(dir, e.Name())) {
				name = fmt.Sprintf("killed %v: %s: %s", killed, e.Name(), name)
				broken := copyFolder(t, dir)
				if err := mutate(filepath.Join(broken, e.Name())); err != nil {
					t.Fatal(err)
				}
				switch tryDamaged(t, name, broken, quads, revision) {
				case "refused":
					refused++
					original, err := os.ReadFile(filepath.Join(dir, e.Name()))
					if err == nil {
						err = os.WriteFile(filepath.Join(broken, e.Name()), original, 0o644)
					}
					if err != nil {
						t.Fatal(err)
					}
					if outcome := tryDamaged(t, name+", and mended", broken, quads, revision); outcome != "whole" {
						t.Errorf("%s: mended, it is not whole but %s", name, outcome)
					}
				case "found":
					found++
				default:
					whole++
				}
				os.RemoveAll(broken)
			}
		}
		t.Logf("killed %v: %d stores did not open, %d opened and told when read or checked, %d were whole all the same", killed, refused, found, whole)
	}
}

func mutations(t *testing.T, file string) map[string]func(path string) error {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	list := map[string]func(path string) error{"lost": os.Remove}
	if size == 0 {
		list["longer"] = func(path string) error { return os.WriteFile(path, []byte("x"), 0o644) }
		return list
	}
	steps := int64(12)
	if testing.Short() {
		steps = 4
	}
	for i := range steps + 1 {
		at := min(size-1, i*size/steps)
		list[fmt.Sprintf("flipped at %d of %d", at, size)] = func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[at] ^= 0x41
			return os.WriteFile(path, b, 0o644)
		}
		list[fmt.Sprintf("cut at %d of %d", at, size)] = func(path string) error { return os.Truncate(path, at) }
	}
	return list
}

func tryDamaged(t *testing.T, name, dir string, quads []Quad, revision uint64) (outcome string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", name, r)
		}
	}()
	clear := func(err error) {
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotStore) {
			t.Errorf("%s: %v: want %v", name, err, ErrDamaged)
		}
		if text := err.Error(); !strings.Contains(text, ";") {
			t.Errorf("%s: %v: it does not say what to do", name, err)
		}
	}
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		clear(err)
		t.Logf("%s:\n%v", name, strings.ReplaceAll(err.Error(), dir, "DIR"))
		return "refused"
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("%s: Close() = %v", name, err)
		}
	}()
	checked := s.Check(context.Background(), nil)
	if checked != nil {
		clear(checked)
	}
	v := s.View()
	defer v.Close()
	got, err := v.Match(context.Background(), Pattern{})
	if err != nil {
		clear(err)
		if checked == nil {
			t.Errorf("%s: the check found nothing, and reading did: %v", name, err)
		}
		return "found"
	}
	if v.Revision() != revision || !slices.Equal(got[0], quads) {
		t.Errorf("%s: it opened at revision %d with %d quads, and had %d, %d; check: %v", name, v.Revision(), len(got[0]), revision, len(quads), checked)
	}
	if checked != nil {
		return "found"
	}
	if _, err := s.Add(context.Background(), batchOf(1000)); err != nil {
		clear(err)
	}
	return "whole"
}
