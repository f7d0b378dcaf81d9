package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// wantOpenError opens a location that must be refused by an error that wraps one and has some words.
func wantOpenError(t *testing.T, location string, wrapped error, words ...string) {
	t.Helper()
	s, err := Open(t.Context(), location, Options{})
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, wrapped) {
		t.Errorf("Open(%s) = %v, want %v", location, err, wrapped)
		return
	}
	for _, word := range append(words, location, "; ") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("Open(%s): %v: want %q in it", location, err, word)
		}
	}
}

func TestOpenForeign(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, dir, ErrNotStore, "notes.txt")
	wantOpenError(t, file, ErrNotStore, "it is a file")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("a foreign folder now holds %v", entries)
	}

	// A database of Pebble's own that is no store; one that has something where a store has its record.
	for key, value := range map[string]string{"a": "b", string(metaKey): "something else"} {
		dir := t.TempDir()
		db, err := pebble.Open(dir, &pebble.Options{Logger: newFaults()})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Set([]byte(key), []byte(value), pebble.Sync), db.Close()); err != nil {
			t.Fatal(err)
		}
		wantOpenError(t, dir, ErrNotStore)
		if db, err = pebble.Open(dir, &pebble.Options{Logger: newFaults(), ErrorIfNotExists: true}); err != nil {
			t.Fatalf("it was spoiled: %v", err)
		}
		if v, c, err := db.Get([]byte(key)); err != nil || string(v) != value {
			t.Errorf("it was spoiled: %q, %v", v, err)
		} else {
			c.Close()
		}
		db.Close()
	}

	// What a mounted disk has in it, and what dying at the very beginning leaves, are nothing.
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LOCK", markerName + ".new"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	addTo(t, openAt(t, dir), batchOf(1)...)
}

// A store whose marker was removed is opened all the same, and one whose marker promises more than it has is when it is removed.
func TestOpenWithoutMarker(t *testing.T) {
	dir, quads, _ := storeFolder(t, false)
	if err := os.Remove(filepath.Join(dir, markerName)); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir)
	if got := quadsOf(t, viewOf(t, s)); len(got) != len(quads) {
		t.Errorf("%d quads, want %d", len(got), len(quads))
	}
}

func TestOpenNewer(t *testing.T) {
	newer := binary.BigEndian.AppendUint64(nil, formatVersion+1)
	for name, change := range map[string]func(dir string) error{
		"the marker": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, markerName), marker{format: formatVersion + 1, revision: 1}.bytes(), 0o644)
		},
		"the record": func(dir string) error { return setRecord(dir, append(newer, "of any length"...)) },
		"Pebble's": func(dir string) error {
			found, err := filepath.Glob(filepath.Join(dir, "marker.format-version.*"))
			if err != nil {
				return err
			}
			return os.Rename(found[0], found[0][:len(found[0])-3]+"999")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := storeFolder(t, false)
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			wantOpenError(t, dir, ErrNotStore, "format", "use the program that made it, or a newer one")
		})
	}
}

// setRecord writes a store's own record behind its back.
func setRecord(dir string, record []byte) error {
	db, err := pebble.Open(dir, &pebble.Options{Logger: newFaults()})
	if err != nil {
		return err
	}
	return errors.Join(db.Set(metaKey, record, pebble.Sync), db.Close())
}

func TestOpenBadRecord(t *testing.T) {
	for name, record := range map[string][]byte{
		"empty": {}, "short": {1}, "format 0": make([]byte, 40), "too short": binary.BigEndian.AppendUint64(nil, formatVersion), "too long": append(meta{format: formatVersion}.bytes(), 0),
	} {
		dir, _, _ := storeFolder(t, false)
		if err := setRecord(dir, record); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantOpenError(t, dir, ErrDamaged) })
	}
}

// Stores of fake older formats are brought to a newer one, a step at a time.
func TestMigrate(t *testing.T) {
	var ran []string
	steps := map[uint64]migration{
		7: func(ctx context.Context, s snapshot) ([]write, error) {
			ran = append(ran, "7")
			return []write{{[]byte("new"), []byte("8")}, {[]byte("old"), nil}}, nil
		},
		8: func(ctx context.Context, s snapshot) ([]write, error) {
			ran = append(ran, "8")
			values, err := s.get(ctx, [][]byte{[]byte("new"), []byte("old")})
			if string(values[0]) != "8" || values[1] != nil {
				t.Errorf("the second step sees %q", values)
			}
			return []write{{metaKey, []byte("xxxxxxxxand more")}}, err
		},
		9: func(context.Context, snapshot) ([]write, error) { return nil, errors.New("the third fails") },
	}
	open := func(record string) *pebbleEngine {
		e, err := openPebble(t.Context(), vfs.NewMem(), "store", Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.close() })
		if record != "" {
			if err := e.apply(t.Context(), []write{{metaKey, []byte(record)}, {[]byte("old"), []byte("7")}}); err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	record := func(e *pebbleEngine) string {
		s := e.snapshot()
		defer s.close()
		values, err := s.get(t.Context(), [][]byte{metaKey})
		if err != nil {
			t.Fatal(err)
		}
		return string(values[0])
	}
	format := func(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }
	for _, test := range []struct {
		name, record string
		to           uint64
		ran, want    string
		bad          bool
	}{
		{"nothing was ever written", "", 9, "", "", false},
		{"as new as it should be", format(9) + "x", 9, "", format(9) + "x", false},
		{"newer", format(10) + "x", 9, "", format(10) + "x", false},
		{"one step", format(7) + "rest", 8, "7", format(8) + "rest", false},
		{"two steps", format(7) + "rest", 9, "7 8", format(9) + "and more", false},
		{"a step fails", format(7) + "rest", 10, "7 8", format(9) + "and more", true},
		{"no such format", format(6) + "rest", 9, "", format(6) + "rest", true},
		{"no format", "x", 9, "", "x", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			ran = nil
			e := open(test.record)
			err := migrate(t.Context(), e, steps, test.to)
			if (err != nil) != test.bad || strings.Join(ran, " ") != test.ran || record(e) != test.want {
				t.Errorf("migrate = %v, ran %v, the record is %q, want %q, %q, error %v", err, ran, record(e), test.ran, test.want, test.bad)
			}
		})
	}
	for format := uint64(1); format < formatVersion; format++ {
		if migrations[format] == nil {
			t.Errorf("there is no migration from format %d", format)
		}
	}
}

func TestMarker(t *testing.T) {
	m := marker{format: 1, revision: 1<<64 - 1, process: 4194304}
	b := m.bytes()
	if len(b) != markerSize {
		t.Errorf("it has %d bytes, want %d", len(b), markerSize)
	}
	if back, err := parseMarker(b); err != nil || back != m {
		t.Errorf("parseMarker(%q) = %v, %v, want %v", b, back, err, m)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i]++
		if _, err := parseMarker(bad); !errors.Is(err, ErrDamaged) {
			t.Fatalf("parseMarker(%q): %v", bad, err)
		}
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], append(bytes.Clone(b), '\n')} {
		if _, err := parseMarker(bad); !errors.Is(err, ErrDamaged) {
			t.Errorf("parseMarker(%q): %v", bad, err)
		}
	}
}

const inUseFolder = "PARLEY_TEST_IN_USE_FOLDER" // set in the child of TestInUse

// TestInUseChild opens a folder that its parent has open.
func TestInUseChild(t *testing.T) {
	dir := os.Getenv(inUseFolder)
	if dir == "" {
		t.Skip("it is the child of TestInUse, which runs it")
	}
	_, err := Open(context.Background(), dir, Options{})
	fmt.Printf("%v: %v\n", errors.Is(err, ErrInUse), err)
}

// One process at a time has a store, whatever name it gives it, and the next is told which.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir)
	addTo(t, s, batchOf(1)...)
	for _, name := range []string{dir, link, dir + "/", filepath.Join(dir, "..", filepath.Base(dir))} {
		wantOpenError(t, name, ErrInUse, "in this process")
	}
	child := func() string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestInUseChild$", "-test.v=false")
		cmd.Env = append(os.Environ(), inUseFolder+"="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("the child: %v\n%s", err, out)
		}
		return string(out)
	}
	for range 2 { // the failed ones have not taken the lock away
		if out, want := child(), fmt.Sprintf("it is open already in process %d, since 20", os.Getpid()); !strings.HasPrefix(out, "true: ") || !strings.Contains(out, want) {
			t.Errorf("the child said %q, want %q in it", out, want)
		}
	}
	addTo(t, s, batchOf(2)...)
}

const readOnlyFolder = "PARLEY_TEST_READ_ONLY_FOLDER" // set in the child of TestReadOnly

// TestReadOnlyChild opens folders as somebody who may not write.
func TestReadOnlyChild(t *testing.T) {
	dir := os.Getenv(readOnlyFolder)
	if dir == "" {
		t.Skip("it is the child of TestReadOnly, which runs it")
	}
	for _, name := range []string{"store", "empty", "none"} {
		_, err := Open(context.Background(), filepath.Join(dir, name), Options{})
		fmt.Printf("%s: %v %v: %v\n", name, errors.Is(err, fs.ErrPermission), errors.Is(err, ErrDamaged) || errors.Is(err, ErrInUse), err)
	}
}

func TestReadOnly(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody who may not write")
	}
	source, quads, _ := storeFolder(t, false)
	dir := filepath.Join("/var/tmp", filepath.Base(filepath.Dir(source))+"-read-only")
	self := filepath.Join(dir, "test")
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "empty"), 0o755), os.CopyFS(filepath.Join(dir, "store"), os.DirFS(source)), os.WriteFile(self, program, 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(self, "-test.run=^TestReadOnlyChild$", "-test.v=false")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), readOnlyFolder+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	for _, name := range []string{"store", "empty", "none"} {
		if !strings.Contains(string(out), name+": true false: ") {
			t.Errorf("%s: the child said\n%s", name, out)
		}
	}
	s := openAt(t, filepath.Join(dir, "store"))
	if got := quadsOf(t, viewOf(t, s)); len(got) != len(quads) {
		t.Errorf("then it has %d quads, want %d", len(got), len(quads))
	}
}
