package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A write that fails changes nothing, here or in the folder, and the next one that can be made has all.
func TestFolderFailedWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := openAt(t, dir)
	mustAdd(t, s, batchOf(1)...)
	moved := dir + "-moved"
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	before := s.View()
	if n, err := s.Add(t.Context(), batchOf(2)); n != 0 || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Add without its folder = %d, %v, want an error that names it", n, err)
	}
	if got := s.View(); got.Revision() != 1 || !slices.Equal(all(t, got), all(t, before)) {
		t.Errorf("the failed Add made revision %d", got.Revision())
	}
	if err := os.Rename(moved, dir); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, s, batchOf(2)...)
	if got := batches(t, s.View()); s.View().Revision() != 2 || !slices.Equal(got, []int{1, 2}) {
		t.Errorf("afterwards, revision %d, batches %v", s.View().Revision(), got)
	}
}

func TestFolderReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to every folder; TestFolderFailedWrite has a write that fails for root too")
	}
	dir, _, quads := folderOf(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	s, err := Open(t.Context(), dir)
	if err != nil || !slices.Equal(all(t, s.View()), quads) {
		t.Fatalf("a read-only store does not open: %v", err)
	}
	if n, err := s.Add(t.Context(), batchOf(1)); n != 0 || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Add = %d, %v, want an error that names the folder", n, err)
	}
	if s.View().Revision() != 12 {
		t.Errorf("the failed Add made revision %d", s.View().Revision())
	}
}

// Two stores on one folder, in one program or in two: what one acknowledged, the other does not write over.
func TestFolderTwoWriters(t *testing.T) {
	for _, first := range []bool{true, false} {
		dir := t.TempDir()
		if !first { // a store with something in it
			mustAdd(t, openOnly(t, dir), batchOf(9)...)
		}
		a, b := openOnly(t, dir), openOnly(t, dir)
		mustAdd(t, a, batchOf(1)...)
		mustAdd(t, a, batchOf(2)...)
		if n, err := b.Add(t.Context(), batchOf(3)); n != 0 || err == nil || !strings.Contains(err.Error(), "open the store again") {
			t.Errorf("Add to an overtaken store = %d, %v, want an error that says what to do", n, err)
		}
		again := openOnly(t, dir)
		if got := batches(t, again.View()); !slices.Contains(got, 1) || !slices.Contains(got, 2) || slices.Contains(got, 3) {
			t.Errorf("the folder holds batches %v", got)
		}
		mustAdd(t, again, batchOf(3)...)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("the folder holds %v, %v", entries, err)
		}
	}
}

// openOnly opens a store of which others will write, so that there is nothing to check at the end.
func openOnly(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFolderOpenCancelled(t *testing.T) {
	dir, _, _ := folderOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("Open, cancelled: %v", err)
	}
}
