package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// runHere runs the program in this process and returns its status and what it printed.
func runHere(stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := &program{stdin: stdin, stdout: &out, stderr: &errs, getenv: func(string) (string, bool) { return "", false }}
	status = p.run(context.Background(), args)
	return status, out.String(), errs.String()
}

// TestBackup checks a store, backs it up in every way, restores each and compares; and damages one.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	at := filepath.Join(dir, "store")
	st, err := store.Open(t.Context(), at, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Load(t.Context(), st, seed.Files(), nil); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := runHere(nil, "check", "-store", at); status != exitFailed || !strings.Contains(stderr, "in this process") {
		t.Errorf("check of a store that is open = %d, %s", status, stderr)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	status, checked, stderr := runHere(nil, "check", "-store", at)
	if status != exitOK || !strings.HasPrefix(checked, "ok: "+at+" at revision 1: ") || stderr != "" {
		t.Fatalf("check = %d, %s, %s", status, checked, stderr)
	}

	for _, name := range []string{"b.tar", "b.tar.gz", "b.tar.zst", "-"} {
		file := filepath.Join(dir, name)
		var stdin io.Reader
		if name == "-" {
			file = name
		}
		status, stdout, stderr := runHere(nil, "backup", "-store", at, file)
		if status != exitOK || !strings.HasPrefix(stderr, "parley: backup: ") || (stdout != "") != (name == "-") {
			t.Fatalf("backup %s = %d, %d bytes, %s", name, status, len(stdout), stderr)
		}
		if name == "-" {
			stdin = strings.NewReader(stdout)
		}
		to := filepath.Join(dir, "restored-"+name)
		if status, stdout, stderr = runHere(stdin, "restore", file, "-store", to); status != exitOK || stdout != "" || !strings.Contains(stderr, "at revision 1 in "+to) {
			t.Fatalf("restore %s = %d, %s, %s", name, status, stdout, stderr)
		}
		if status, stdout, stderr = runHere(nil, "check", "-store", to); status != exitOK || stdout != strings.Replace(checked, at, to, 1) {
			t.Errorf("restored from %s, check = %d, %s, %s, want %s", name, status, stdout, stderr, checked)
		}
		if name == "-" {
			continue
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cut := filepath.Join(dir, "cut-"+name)
		if err := os.WriteFile(cut, whole[:len(whole)*2/3], 0o644); err != nil {
			t.Fatal(err)
		}
		if status, _, stderr := runHere(nil, "restore", "-store", filepath.Join(dir, "none"), cut); status != exitFailed || !strings.Contains(stderr, "not a whole backup") {
			t.Errorf("restore of a part of %s = %d, %s", name, status, stderr)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a backup that was cut short left a folder")
	}

	tables, err := filepath.Glob(filepath.Join(at, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	if err := os.Truncate(tables[len(tables)-1], 100); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := runHere(nil, "check", "-store", at); status != exitFailed || !strings.Contains(stderr, "damaged") {
		t.Errorf("check of a damaged store = %d, %s", status, stderr)
	}
}
