package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// copyPlaces are the kinds of locations that a store is copied from and to.
var copyPlaces = map[string]func(t *testing.T) string{
	"folder":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "store") },
	"database": func(t *testing.T) string { return pgtest.Location(t) },
}

// eachCopy runs a test for each pair of kinds.
func eachCopy(t *testing.T, do func(t *testing.T, from, to string)) {
	for a, from := range copyPlaces {
		for b, to := range copyPlaces {
			t.Run(a+" to "+b, func(t *testing.T) { do(t, from(t), to(t)) })
		}
	}
}

// fillForCopy makes a store with entries in every table, and a revision that few others have.
func fillForCopy(t *testing.T, location string, loads int) {
	t.Helper()
	s, err := Open(t.Context(), location, Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	for n := range loads {
		if _, err := s.Load(t.Context(), text("copy", crashText(n)), LoadOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	addTo(t, s, batchOf(1)...)
	addTo(t, s, batchOf(2)...)
	if _, err := s.Remove(t.Context(), batchOf(1)); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("very ", 2000) + "long"
	if _, err := s.Update(t.Context(), func(*View) (Change, error) {
		return Change{Add: []Quad{quadOf(IRI("actor:x"), IRI("p:name"), String(long), IRI("claim:1"))}, Note: []byte("a note"), Key: "key"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// entriesOf returns all entries of the store at a location, which it checks.
func entriesOf(t *testing.T, location string) (list []string, revision uint64) {
	t.Helper()
	s, err := Open(t.Context(), location, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context(), nil); err != nil {
		t.Errorf("check %s: %v", location, err)
	}
	v := s.View()
	defer v.Close()
	err = v.state.snapshot.scan(t.Context(), []span{{}}, func(_ int, key, value []byte) bool {
		list = append(list, fmt.Sprintf("%x = %x", key, value))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, v.Revision()
}

// differs returns the first difference of two lists; "" if there is none.
func differs(want, got []string) string {
	if slices.Equal(want, got) {
		return ""
	}
	return firstDifference(want, got)
}

// TestCopy copies a store between all kinds of locations: each entry is there as it was, and the copy goes on as a store of its own.
func TestCopy(t *testing.T) {
	eachCopy(t, func(t *testing.T, from, to string) {
		fillForCopy(t, from, 1)
		want, revision := entriesOf(t, from)
		var told []CopyProgress
		report, err := Copy(t.Context(), from, to, CopyOptions{partBytes: 50_000, Progress: func(p CopyProgress) { told = append(told, p) }})
		if err != nil {
			t.Fatal(err)
		}
		bytes := uint64(0)
		for _, e := range want {
			bytes += uint64(len(e)-3) / 2
		}
		if report.Revision != revision || report.Entries != uint64(len(want)) || report.Bytes != bytes || report.Quads == 0 || report.Resumed {
			t.Errorf("Copy reports %+v, want revision %d, %d entries of %d bytes", report, revision, len(want), bytes)
		}
		got, at := entriesOf(t, to)
		if d := differs(want, got); d != "" || at != revision {
			t.Errorf("the copy at revision %d differs from the other at %d: %s", at, revision, d)
		}
		if len(told) == 0 || slices.ContainsFunc(told, func(p CopyProgress) bool { return p.Entries < 1 || p.Entries > p.Total }) {
			t.Errorf("it told %+v", told)
		}

		s, err := Open(t.Context(), to, Options{Model: eventModel})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		addTo(t, s, batchOf(3)...)
		if n, ok, err := viewOf(t, s).Noted(t.Context(), "key"); err != nil || !ok || string(n.Text) != "a note" {
			t.Errorf("the note is %q, %v, %v", n.Text, ok, err)
		}
		if err := s.Check(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if s.Revision() != revision+1 {
			t.Errorf("after one more write it is at %d, want %d", s.Revision(), revision+1)
		}
	})
}

// An empty store is copied too.
func TestCopyEmpty(t *testing.T) {
	eachCopy(t, func(t *testing.T, from, to string) {
		s, err := Open(t.Context(), from, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if report, err := Copy(t.Context(), from, to, CopyOptions{}); err != nil || report != (CopyReport{}) {
			t.Errorf("Copy = %+v, %v", report, err)
		}
		if got, at := entriesOf(t, to); len(got) != 0 || at != 0 {
			t.Errorf("the copy has %d entries at revision %d", len(got), at)
		}
	})
}

// TestCopyRefused tries to copy what is not there, and to where something is.
func TestCopyRefused(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	fillForCopy(t, source, 0)
	for name, data := range map[string]string{"empty": "", "others": "notes.txt"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if data != "" {
			if err := os.WriteFile(filepath.Join(dir, name, data), []byte("hello"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	held, others, open := pgtest.Location(t), pgtest.Location(t), pgtest.Location(t)
	fillForCopy(t, held, 0)
	executeAt(t, others, `CREATE TABLE notes (id int)`)
	server, err := Open(t.Context(), open, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, c := range []struct{ name, from, to, want string }{
		{"from nowhere", filepath.Join(dir, "none"), filepath.Join(dir, "new"), "there is no store "},
		{"from an empty folder", filepath.Join(dir, "empty"), filepath.Join(dir, "new"), "there is no store "},
		{"from an empty database", pgtest.Location(t), filepath.Join(dir, "new"), "there is no store "},
		{"from a folder of others", filepath.Join(dir, "others"), filepath.Join(dir, "new"), `it holds "notes.txt" and no store`},
		{"from a database of others", others, filepath.Join(dir, "new"), "there is no store "},
		{"from memory", "mem:", filepath.Join(dir, "new"), "there is nothing to copy from"},
		{"to memory", source, "mem:", "there is nowhere to copy to"},
		{"to itself", source, source, "in this process"},
		{"to a folder of others", source, filepath.Join(dir, "others"), `it holds "notes.txt" and no store`},
		{"to a database of others", source, others, `it holds the table "notes" and no store`},
		{"to a database with a store", source, held, "it holds a store"},
		{"to a database that a server has open", source, open, "stop that first"},
		{"to another kind", source, "redis://x", "no such kind of store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Copy(t.Context(), c.from, c.to, CopyOptions{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Copy = %v, want %q", err, c.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what could not be copied left a folder: %v", err)
	}
	at := filepath.Join(dir, "a store")
	fillForCopy(t, at, 0)
	want, _ := entriesOf(t, at)
	if _, err := Copy(t.Context(), source, at, CopyOptions{}); err == nil || !strings.Contains(err.Error(), "it holds a store") {
		t.Errorf("Copy to a store = %v", err)
	}
	if got, _ := entriesOf(t, at); differs(want, got) != "" {
		t.Error("a copy that was refused changed the store")
	}
}

// stopCopy copies parts of a store, and stops after some.
func stopCopy(t *testing.T, from, to string, parts int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	after := func() {
		if n++; n == parts {
			cancel()
		}
	}
	if _, err := Copy(ctx, from, to, CopyOptions{partBytes: 20_000, after: after}); !errors.Is(err, context.Canceled) {
		t.Fatalf("Copy, cancelled = %v", err)
	}
}

// TestCopyStopped stops a copy and goes on: nothing opens the target until it is whole, another source is refused, and so is what somebody else wrote there.
func TestCopyStopped(t *testing.T) {
	eachCopy(t, func(t *testing.T, from, to string) {
		fillForCopy(t, from, 1)
		want, revision := entriesOf(t, from)
		for stops, parts := 0, 1; stops < 3; stops, parts = stops+1, parts+3 {
			stopCopy(t, from, to, parts)
			if _, err := Open(t.Context(), to, Options{}); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "run the copy again") {
				t.Fatalf("Open, before the copy is finished = %v", err)
			}
		}
		other := filepath.Join(t.TempDir(), "other")
		fillForCopy(t, other, 0)
		if _, err := Copy(t.Context(), other, to, CopyOptions{}); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "a copy of another store") {
			t.Errorf("Copy of another store = %v", err)
		}
		report, err := Copy(t.Context(), from, to, CopyOptions{partBytes: 20_000})
		if err != nil || !report.Resumed || report.Entries != uint64(len(want)) {
			t.Fatalf("Copy, again = %+v, %v", report, err)
		}
		got, at := entriesOf(t, to)
		if d := differs(want, got); d != "" || at != revision {
			t.Errorf("the copy at revision %d differs from the other at %d: %s", at, revision, d)
		}
	})
}

// TestCopyUndone stops a copy that is to leave nothing: the database is an empty store.
func TestCopyUndone(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "store"), pgtest.Location(t)
	fillForCopy(t, from, 1)
	s := openAt(t, from)
	ctx, cancel := context.WithCancel(t.Context())
	parts := 0
	after := func() {
		if parts++; parts == 5 {
			cancel()
		}
	}
	if _, err := copyTo(ctx, s, to, CopyOptions{partBytes: 20_000, undo: true, after: after}); !errors.Is(err, context.Canceled) {
		t.Fatalf("copyTo, cancelled = %v", err)
	}
	if got, at := entriesOf(t, to); len(got) != 0 || at != 0 {
		t.Errorf("%d entries are left, at revision %d", len(got), at)
	}
	if report, err := copyTo(t.Context(), s, to, CopyOptions{undo: true}); err != nil || report.Resumed {
		t.Errorf("copyTo, again = %+v, %v", report, err)
	}
}

// TestCopyMoved goes on with a copy of a database that somebody wrote to meanwhile: it is refused.
func TestCopyMoved(t *testing.T) {
	from, to := pgtest.Location(t), filepath.Join(t.TempDir(), "store")
	fillForCopy(t, from, 1)
	stopCopy(t, from, to, 4)
	s, err := Open(t.Context(), from, Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addTo(t, s, batchOf(7)...)
	if _, err := Copy(t.Context(), from, to, CopyOptions{}); !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "at revision 5, and it is at 6 now") {
		t.Errorf("Copy = %v", err)
	}
}

// TestCopyWhileWritten copies a database that a server writes to all the time: the copy is the state that there was when it began.
func TestCopyWhileWritten(t *testing.T) {
	from, to := pgtest.Location(t), filepath.Join(t.TempDir(), "store")
	fillForCopy(t, from, 1)
	want, revision := entriesOf(t, from)
	s, err := Open(t.Context(), from, Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 10
	after := func() {
		addTo(t, s, batchOf(n)...)
		n++
	}
	if _, err := Copy(t.Context(), from, to, CopyOptions{partBytes: 20_000, after: after}); err != nil || n < 20 {
		t.Fatalf("Copy = %v, while %d batches were written", err, n-10)
	}
	if got, at := entriesOf(t, to); differs(want, got) != "" || at != revision {
		t.Errorf("the copy is not what there was when it began: %s", differs(want, got))
	}
}

// TestCopyProof changes what a copy has done before it goes on: it is found out.
func TestCopyProof(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, to string){
		"a value": func(t *testing.T, to string) {
			executeAt(t, to, `UPDATE parley_entry SET value = 'x' WHERE key = (SELECT key FROM parley_entry ORDER BY key LIMIT 1)`)
		},
		"one less": func(t *testing.T, to string) {
			executeAt(t, to, `DELETE FROM parley_entry WHERE key = (SELECT key FROM parley_entry ORDER BY key LIMIT 1)`)
		},
		"one more": func(t *testing.T, to string) {
			executeAt(t, to, `INSERT INTO parley_entry (since, key, value) VALUES (0, 'zzz', '')`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := filepath.Join(t.TempDir(), "store"), pgtest.Location(t)
			fillForCopy(t, from, 0)
			stopCopy(t, from, to, 2)
			damage(t, to)
			if _, err := Copy(t.Context(), from, to, CopyOptions{}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "copy again") {
				t.Errorf("Copy = %v, want %v", err, ErrDamaged)
			}
			if _, err := Open(t.Context(), to, Options{}); !errors.Is(err, ErrNotStore) {
				t.Errorf("Open = %v, want %v", err, ErrNotStore)
			}
		})
	}
}

// TestCopyBegunTwice copies into a database in which another copy has come as far as to be known there, and not to its mark: if it was killed there, this
// one must not wait until it is forgotten. A server that is known there keeps it out.
func TestCopyBegunTwice(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "store"), pgtest.Location(t)
	fillForCopy(t, from, 0)
	first, err := openPostgres(t.Context(), to, PostgresOptions{copying: true})
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	if _, err := Copy(t.Context(), from, to, CopyOptions{}); err != nil {
		t.Error(err)
	}

	to = pgtest.Location(t)
	server, err := openPostgres(t.Context(), to, PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	if _, err := Copy(t.Context(), from, to, CopyOptions{}); !errors.Is(err, ErrInUse) || errors.Is(err, ErrUnreachable) {
		t.Errorf("beside a server: Copy = %v, want %v and not %v", err, ErrInUse, ErrUnreachable)
	}
}

// TestCopyBegunWhileOpening begins a copy when a server has looked at the database and has not said yet that it is there: the server looks again.
func TestCopyBegunWhileOpening(t *testing.T) {
	to := pgtest.Location(t)
	tables, err := openPostgres(t.Context(), to, PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.close(); err != nil {
		t.Fatal(err)
	}
	held, err := pgx.Connect(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close(context.Background())
	tx, err := held.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), lockStatement); err != nil { // for which servers wait that open
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		s, err := Open(context.Background(), to, Options{Model: eventModel})
		if err == nil {
			s.Close()
		}
		done <- err
	}()
	for n := 0; n == 0; time.Sleep(time.Millisecond) {
		if err := held.QueryRow(t.Context(), serversStatement, leaseTime.Milliseconds()).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	for begun := false; !begun; {
		executeAt(t, to, `DELETE FROM parley_server`) // as if it were not known yet; it says once a second that it is
		c, err := openPostgresCopy(t.Context(), to, copyID{Revision: 1}, PostgresOptions{})
		if begun = err == nil; begun {
			defer c.close()
		} else if !errors.Is(err, ErrInUse) {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrNotStore) {
		t.Errorf("Open = %v, want %v", err, ErrNotStore)
	}
}

// TestCopyBesideOpening copies into a database while a server opens it. Either is first, and the other says so; no server has a part of a store.
func TestCopyBesideOpening(t *testing.T) {
	from := filepath.Join(t.TempDir(), "store")
	fillForCopy(t, from, 0)
	all, _ := entriesOf(t, from)
	rounds := 12
	if testing.Short() || raceDetector {
		rounds = 4
	}
	copied, opened := 0, 0
	for round := range rounds {
		to := pgtest.Location(t)
		done := make(chan error)
		go func() {
			_, err := Copy(context.Background(), from, to, CopyOptions{partBytes: 20_000})
			done <- err
		}()
		time.Sleep(time.Duration(round%6) * 8 * time.Millisecond) // now the one is first, now the other
		s, err := Open(t.Context(), to, Options{Model: eventModel})
		failed := <-done
		switch {
		case err != nil && !errors.Is(err, ErrNotStore):
			t.Errorf("Open = %v", err)
		case failed != nil && !errors.Is(failed, ErrInUse) && !errors.Is(failed, errHoldsStore):
			t.Errorf("Copy = %v", failed)
		case err != nil && failed != nil:
			t.Errorf("Open = %v, and Copy = %v: neither has it", err, failed)
		case err == nil:
			learn(t, s)
			if n := size(s); failed != nil && n != 0 {
				t.Errorf("the server that was first has %d quads", n)
			}
			if failed != nil {
				opened++
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if failed == nil {
			copied++
			if got, _ := entriesOf(t, to); differs(all, got) != "" {
				t.Errorf("the copy differs: %s", differs(all, got))
			}
		}
	}
	t.Logf("the copy was first %d times, and the server %d times", copied, opened)
}

// Two programs that copy into one database: one does it, and the other says that.
func TestCopyTwice(t *testing.T) {
	from, other, to := filepath.Join(t.TempDir(), "store"), pgtest.Location(t), pgtest.Location(t)
	fillForCopy(t, from, 1)
	if _, err := Copy(t.Context(), from, other, CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	begun := false
	var within error
	after := func() {
		if !begun {
			begun = true
			_, within = Copy(t.Context(), other, to, CopyOptions{partBytes: 20_000})
		}
	}
	_, err := Copy(t.Context(), from, to, CopyOptions{partBytes: 20_000, after: after})
	if within != nil || !errors.Is(err, ErrInUse) {
		t.Errorf("the one within another = %v, and that = %v, want nil and %v", within, err, ErrInUse)
	}
	want, _ := entriesOf(t, from)
	if got, _ := entriesOf(t, to); differs(want, got) != "" {
		t.Errorf("the copy differs: %s", differs(want, got))
	}
}

// executeAt executes a statement in a database.
func executeAt(t *testing.T, location, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

const (
	copyCrashFrom = "PARLEY_TEST_COPY_FROM" // set in the child of TestCopyCrash
	copyCrashTo   = "PARLEY_TEST_COPY_TO"
)

// TestCopyCrashChild is the program that TestCopyCrash kills.
func TestCopyCrashChild(t *testing.T) {
	from, to := os.Getenv(copyCrashFrom), os.Getenv(copyCrashTo)
	if from == "" {
		t.Skip("it is the child of TestCopyCrash, which runs it")
	}
	fmt.Println("begun")
	report, err := Copy(context.Background(), from, to, CopyOptions{partBytes: 20_000})
	if err != nil {
		fmt.Println("failed", err)
		t.Fatal(err)
	}
	fmt.Println("done", report.Resumed)
}

// TestCopyCrash kills a program while it copies, again and again, and lets it go on until it is done.
func TestCopyCrash(t *testing.T) {
	for name, c := range map[string][2]string{"folder to database": {"folder", "database"}, "database to folder": {"database", "folder"}} {
		t.Run(name, func(t *testing.T) {
			from, to := copyPlaces[c[0]](t), copyPlaces[c[1]](t)
			fillForCopy(t, from, 2)
			want, revision := entriesOf(t, from)
			most, kills, resumed := 8, 0, false
			if testing.Short() || raceDetector {
				most = 3
			}
			for done := false; !done; {
				cmd := exec.Command(os.Args[0], "-test.run=^TestCopyCrashChild$")
				cmd.Env = append(os.Environ(), copyCrashFrom+"="+from, copyCrashTo+"="+to)
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
				var timer *time.Timer
				for lines := bufio.NewScanner(out); lines.Scan(); {
					switch line := lines.Text(); {
					case line == "begun" && kills < most:
						kills++
						timer = time.AfterFunc(rand.N(300*time.Millisecond), func() { cmd.Process.Kill() })
					case strings.HasPrefix(line, "failed"):
						t.Errorf("after %d kills: %s", kills, line)
						done = true
					case strings.HasPrefix(line, "done"):
						done, resumed = true, line == "done true"
					}
				}
				cmd.Wait()
				watchdog.Stop()
				if timer != nil {
					timer.Stop()
				}
			}
			if got, at := entriesOf(t, to); differs(want, got) != "" || at != revision {
				t.Errorf("after %d kills, the copy at revision %d differs from the other at %d: %s", kills, at, revision, differs(want, got))
			}
			t.Logf("killed %d times; resumed: %v", kills, resumed)
		})
	}
}
