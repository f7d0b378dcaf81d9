package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folderOf returns a folder with a store of twelve revisions, its file, and its quads.
func folderOf(t *testing.T) (dir string, file []byte, quads []Quad) {
	t.Helper()
	dir = t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, literal := range trickyLiterals[:11] {
		mustAdd(t, s, quadOf(node(i%3), IRI("a:p"), literal, node(100+i)))
	}
	mustAdd(t, s, quadOf(BlankNode("z"), IRI("a:p"), IRI("a:last"), nil))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if file, err = os.ReadFile(filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	return dir, file, all(t, s.View())
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFolderReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when [missing]")
	var want []Quad
	for i := range 4 {
		s := openOnly(t, dir)
		if got := all(t, s.View()); !slices.Equal(got, want) || s.View().Revision() != uint64(i) {
			t.Fatalf("opened %d times: revision %d, %v, want %v", i, s.View().Revision(), got, want)
		}
		mustAdd(t, s, quadOf(node(i), IRI("a:p"), trickyLiterals[i+5], nil))
		want = all(t, s.View())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != fileName {
		t.Errorf("the folder holds %v, %v, want %s alone", entries, err, fileName)
	}
}

// checkDamaged opens a folder whose file is damaged: it must say so, or be what it was.
func checkDamaged(t *testing.T, dir, damage string, same func(v *View) bool) {
	t.Helper()
	s, err := Open(context.Background(), dir)
	switch {
	case err == nil && !same(s.View()):
		t.Errorf("%s: opens with %d quads, revision %d", damage, len(all(t, s.View())), s.View().Revision())
	case err != nil && !strings.Contains(err.Error(), dir), err != nil && !strings.Contains(err.Error(), fileName),
		err != nil && !errors.Is(err, ErrNotStore) && !strings.Contains(err.Error(), "restore it from a copy"):
		t.Errorf("%s: %v: want folder, file, and what to do", damage, err)
	}
}

func TestFolderTruncated(t *testing.T) {
	dir, file, quads := folderOf(t)
	for cut := range file {
		write(t, dir, fileName, file[:cut])
		checkDamaged(t, dir, "cut to "+string(file[:cut]), func(v *View) bool { return v.Revision() == 12 && slices.Equal(all(t, v), quads) })
	}
}

// A byte that is another may make another quad, which no file without checksums can see; never fewer quads.
func TestFolderFlipped(t *testing.T) {
	dir, file, quads := folderOf(t)
	for i := range file {
		for _, b := range []byte{0, '\n', '#', ' ', '>', '"', '0', file[i] ^ 1, file[i] ^ 0x80} {
			damaged := bytes.Clone(file)
			damaged[i] = b
			write(t, dir, fileName, damaged)
			checkDamaged(t, dir, string(damaged), func(v *View) bool { return len(all(t, v)) == len(quads) })
		}
	}
}

func TestFolderDamaged(t *testing.T) {
	_, good, _ := folderOf(t)
	lines := strings.SplitAfter(string(good), "\n")
	header := func(s string) string { return s + strings.Join(lines[1:], "") }
	edit := func(f func(l []string)) string { l := slices.Clone(lines); f(l); return strings.Join(l, "") }
	for _, test := range []struct {
		name, file string
		notStore   bool
		want       string
	}{
		{"empty", "", true, `quads.nq: first line is "": `},
		{"plain N-Quads", header(""), true, "give another folder"},
		{"some text", "Dear Sir", true, `first line is "Dear Sir"`},
		{"one long line", strings.Repeat("x", 1<<20), true, "give another folder"},
		{"newer", header("# parley store, format 2, revision 12, quads 12\n"), true, "its format is 2, this program's is 1"},
		{"newer, other words", "# parley store, format 2; see the manual\n", true, "its format is 2, this program's is 1"},
		{"no number of quads", header("# parley store, format 1, revision 12\n"), false, "quads.nq:1: "},
		{"no number of quads, no quads", "# parley store, format 1, revision 12", false, "quads.nq:1: "},
		{"negative", header("# parley store, format 1, revision -12, quads 12\n"), false, "quads.nq:1: "},
		{"more behind", header("# parley store, format 1, revision 12, quads 12, more\n"), false, "quads.nq:1: "},
		{"other line ends", strings.ReplaceAll(string(good), "\n", "\r\n"), false, "quads.nq:1: "},
		{"too few", edit(func(l []string) { l[3] = "" }), false, "it has 11 quads and should have 12"},
		{"too many", string(good) + "<z:z> <a:p> <a:o> .\n", false, "it has 13 quads and should have 12"},
		{"swapped", edit(func(l []string) { l[3], l[4] = l[4], l[3] }), false, "quads.nq:5: out of order"},
		{"twice", edit(func(l []string) { l[4] = l[3] }), false, "quads.nq:5: out of order"},
		{"half a line", edit(func(l []string) { l[3] = l[3][:10] + "\n" }), false, "quads.nq:4: column 11: "},
		{"a long line", edit(func(l []string) { l[3] = strings.Repeat("x", MaxLine+1) + "\n" }), false, "quads.nq:4: column "},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, fileName, []byte(test.file))
			s, err := Open(t.Context(), dir)
			if err == nil || s != nil || errors.Is(err, ErrNotStore) != test.notStore {
				t.Fatalf("Open = %v, %v, want an error; of ErrNotStore: %v", s, err, test.notStore)
			}
			if got := err.Error(); !strings.Contains(got, test.want) || !strings.Contains(got, dir) || len(got) > 500 {
				t.Errorf("Open: %v: want %q and the folder in it", err, test.want)
			}
			if left, err := os.ReadFile(filepath.Join(dir, fileName)); err != nil || string(left) != test.file {
				t.Errorf("Open changed the file")
			}
		})
	}
}

func TestFolderForeign(t *testing.T) {
	for _, name := range []string{"notes.txt", fileName + ".bak", fileName + "~", "x" + fileName, ".git", "quads.tmp"} {
		dir := t.TempDir()
		write(t, dir, name, []byte("mine"))
		if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open of a folder with %s: %v, want %v with both names", name, err, ErrNotStore)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("Open left %v, %v", entries, err)
		}
	}
	dir, _, quads := folderOf(t)
	write(t, dir, "notes.txt", []byte("mine"))
	if s, err := Open(t.Context(), dir); err != nil || !slices.Equal(all(t, s.View()), quads) {
		t.Errorf("a store with a note beside it does not open: %v", err)
	}
}

// What a write leaves that was killed does not matter, and the next write clears it away.
func TestFolderLeftOvers(t *testing.T) {
	fresh := t.TempDir()
	full, file, quads := folderOf(t)
	for dir, want := range map[string][]Quad{fresh: nil, full: quads} {
		write(t, dir, fileName+".123.tmp", file[:len(file)/2])
		write(t, dir, fileName+".456.tmp", nil)
		s := openAt(t, dir)
		if got := all(t, s.View()); !slices.Equal(got, want) {
			t.Errorf("opens with %v, want %v", got, want)
		}
		mustAdd(t, s, quadOf(IRI("a:new"), IRI("a:p"), String("x"), nil))
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("after a write the folder holds %v, %v", entries, err)
		}
	}
}

func TestFolderIsFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", []byte("mine"))
	file := filepath.Join(dir, "file")
	if _, err := Open(t.Context(), file); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), file) {
		t.Errorf("Open of a file: %v, want %v with its name", err, ErrNotStore)
	}
	if _, err := Open(t.Context(), filepath.Join(file, "below")); err == nil {
		t.Error("Open below a file: no error")
	}
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), fileName) {
		t.Errorf("Open of a folder whose file is a folder: %v", err)
	}
}
