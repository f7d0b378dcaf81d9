package store

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func backUp(t *testing.T, s *Store) (string, BackupInfo) {
	t.Helper()
	var b bytes.Buffer
	info, err := s.Backup(t.Context(), &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), info
}

// A restored store is the one that was backed up, also if that went on being written to and read.
func TestBackup(t *testing.T) {
	for name, open := range map[string]opener{"memory": openMemory, "folder": openFolder} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for n := range 3 { // nothing, something, more
				was := viewOf(t, s)
				stop, ended := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(ended)
					for i := 0; n == 2; i++ {
						select {
						case <-stop:
							return
						default:
							if _, err := s.Add(t.Context(), batchOf(100+i)); err != nil {
								t.Error(err)
							}
						}
					}
				}()
				archive, info := backUp(t, s)
				close(stop)
				<-ended
				dir := filepath.Join(t.TempDir(), "new", "folder")
				if n == 1 {
					dir = t.TempDir()
				}
				got, err := Restore(t.Context(), strings.NewReader(archive), dir, Options{})
				if err != nil || got != info {
					t.Fatalf("Restore = %+v, %v, want %+v", got, err, info)
				}
				restored := openAt(t, dir)
				v := viewOf(t, restored)
				batches(t, v)
				quads, terms := v.Size()
				if v.Revision() != info.Revision || uint64(quads) != info.Quads || uint64(terms) != info.Terms {
					t.Errorf("restored, it is at revision %d with %d quads, %d terms; the backup says %+v", v.Revision(), quads, terms, info)
				}
				if n < 2 {
					if !slices.Equal(quadsOf(t, v), quadsOf(t, was)) || v.Revision() != was.Revision() {
						t.Errorf("restored, it is another")
					}
				}
				addTo(t, restored, batchOf(7777)...) // it goes on
				addTo(t, s, batchOf(n)...)
			}
		})
	}
}

// A backup leaves nothing in the store's folder, and what a killed one left is gone when the store is opened.
func TestBackupLeftOvers(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, s, batchOf(1)...)
	backUp(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Backup(ctx, writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil })); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled Backup = %v", err)
	}
	if _, err := s.Backup(t.Context(), writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Backup into a closed pipe = %v", err)
	}
	left := func() []string { found, _ := filepath.Glob(filepath.Join(dir, backups+"*")); return found }
	if found := left(); len(found) > 0 {
		t.Errorf("left over: %v", found)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, backups+"7", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	openAt(t, dir)
	if found := left(); len(found) > 0 {
		t.Errorf("left over after Open: %v", found)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// What is not a whole backup is refused, and nothing is left of it.
func TestRestoreErrors(t *testing.T) {
	t.Parallel()
	s := openFresh(t)
	for n := range 20 {
		addTo(t, s, batchOf(n)...)
	}
	good, _ := backUp(t, s)
	flip := func(at int) string {
		b := []byte(good)
		b[at] ^= 0x41
		return string(b)
	}
	cases := map[string]string{
		"nothing": "", "text": strings.Repeat("no backup\n", 1000), "a tar of other things": tarOf(t, "x", "y"),
		"other header": tarOf(t, headerName, "{}"), "no JSON": tarOf(t, headerName, "x"), "a header only": tarOf(t, headerName, `{"version":1,"format":1}`),
		"out of the folder":  tarOf(t, headerName, `{"version":1,"format":1}`, "../x", "y"),
		"a hidden file":      tarOf(t, headerName, `{"version":1,"format":1}`, ".x", "y"),
		"no store, and sums": withSums(t, headerName, `{"version":1,"format":1}`, "x", "y"),
	}
	for i := range 40 {
		at := i * (len(good) - 2048) / 40
		cases[fmt.Sprintf("cut at %d of %d", at, len(good))] = good[:at]
		cases[fmt.Sprintf("flipped at %d of %d", at, len(good))] = flip(at)
	}
	for name, archive := range cases {
		for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "new")} {
			_, missing := os.Stat(dir)
			info, err := Restore(t.Context(), strings.NewReader(archive), dir, Options{})
			if err == nil && strings.HasPrefix(name, "flipped") { // in a part of a tar header that says nothing
				again, err := Open(t.Context(), dir, Options{})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if v := again.View(); !slices.Equal(quadsOf(t, v), quadsOf(t, viewOf(t, s))) {
					t.Errorf("%s: it was restored, and is another", name)
				}
				again.Close()
				continue
			}
			if !errors.Is(err, ErrBackup) || info != (BackupInfo{}) {
				t.Errorf("%s: Restore = %v, %v, want %v", name, info, err, ErrBackup)
			}
			entries, err := os.ReadDir(dir)
			if len(entries) > 0 || (missing == nil) != (err == nil) {
				t.Errorf("%s: it left %v, %v", name, entries, err)
			}
		}
	}
	newer := tarOf(t, headerName, `{"version":1,"format":3}`)
	for _, archive := range []string{newer, tarOf(t, headerName, `{"version":2,"format":1}`)} {
		if _, err := Restore(t.Context(), strings.NewReader(archive), t.TempDir(), Options{}); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "newer one") {
			t.Errorf("a newer backup: %v", err)
		}
	}

	full, _, _ := storeFolder(t, false)
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{full, foreign, filepath.Join(foreign, "notes.txt"), "", "mem:"} {
		if _, err := Restore(t.Context(), strings.NewReader(good), dir, Options{}); err == nil || !strings.Contains(err.Error(), "give an empty folder or a new one") && !strings.Contains(err.Error(), "it is a file") {
			t.Errorf("Restore to %q: %v", dir, err)
		}
	}
	openAt(t, full) // as it was

	half := t.TempDir()
	if err := os.Mkdir(filepath.Join(half, restoring), 0o755); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, half, ErrNotStore, "empty the folder and restore again")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Restore(ctx, strings.NewReader(good), t.TempDir(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled Restore = %v", err)
	}
}

// tarOf returns an archive of names and contents.
func tarOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func withSums(t *testing.T, files ...string) string {
	t.Helper()
	a := &archive{ctx: t.Context(), w: tar.NewWriter(io.Discard)}
	for i := 0; i < len(files); i += 2 {
		if err := a.add(files[i], int64(len(files[i+1])), strings.NewReader(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	return tarOf(t, append(files, sumsName, a.sums.String())...)
}
