package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ location, want string }{
		{"./parley-data", "./parley-data"},
		{"mem:", "mem:"},
		{"postgres://host/db", "postgres://host/db"},
		{"postgres://parley@host/db?sslmode=disable", "postgres://parley@host/db?sslmode=disable"},
		{"postgres://parley:secret@host:5432/db", "postgres://parley:xxxxx@host:5432/db"},
		{"postgresql://parley:sec@ret@a:1,b:2/db?target_session_attrs=any", "postgresql://parley:xxxxx@a:1,b:2/db?target_session_attrs=any"},
		{"postgres://host/db?password=secret&search_path=x", "postgres://host/db?password=xxxxx&search_path=x"},
		{"postgres://host/db?sslPassword=secret&pass%77ord=secret", "postgres://host/db?sslPassword=xxxxx&pass%77ord=xxxxx"},
		{"postgres://parley:sec?ret@host/db", "postgres://…"},
		{"postgres://parley:sec/ret@host/db", "postgres://parley:xxxxx@host/db"},
	} {
		got := Redact(c.location)
		if got != c.want || strings.Contains(got, "sec") && c.location != got {
			t.Errorf("Redact(%s) = %s, want %s", c.location, got, c.want)
		}
	}
}

func TestPostgresOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    PostgresOptions
		ok   bool
	}{
		{"the defaults", PostgresOptions{}, true},
		{"the bounds", PostgresOptions{Read: "postgres://host/db", Connections: 4, Timeout: time.Minute, Poll: leaseUsed / 2}, true},
		{"too few connections", PostgresOptions{Connections: 3}, false},
		{"too long a time", PostgresOptions{Timeout: time.Minute + 1}, false},
		{"too seldom", PostgresOptions{Poll: leaseUsed/2 + 1}, false},
		{"a folder to read from", PostgresOptions{Read: "./parley-data"}, false},
	} {
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%s: Check() = %v", c.name, err)
		}
	}
}

// Exists makes nothing, neither a folder nor tables.
func TestExists(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	for name, location := range map[string]func() string{"folder": func() string { return folder }, "database": func() string { return pgtest.Location(t) }} {
		t.Run(name, func(t *testing.T) {
			at := location()
			for range 2 {
				if ok, err := Exists(t.Context(), at, Options{}); ok || err != nil {
					t.Fatalf("Exists, before = %v, %v", ok, err)
				}
			}
			s, err := Open(t.Context(), at, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if ok, err := Exists(t.Context(), at, Options{}); !ok || err != nil {
				t.Errorf("Exists, after = %v, %v", ok, err)
			}
		})
	}
}

// A server that is asked for a revision that another one has made asks for it at once, and does not wait for its poll.
func TestCatchUp(t *testing.T) {
	at := pgtest.Location(t)
	open := func() *Store {
		s, err := Open(t.Context(), at, Options{Postgres: PostgresOptions{Poll: leaseUsed / 2}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	a, b := open(), open()
	for n := range 3 {
		addTo(t, a, batchOf(n)...)
	}
	if got := b.Revision(); got != 0 {
		t.Fatalf("b is at %d before anybody asked it", got)
	}
	if err := b.CatchUp(t.Context(), 2); err != nil || b.Revision() < 2 {
		t.Errorf("CatchUp(2) = %v at revision %d", err, b.Revision())
	}
	if err := b.CatchUp(t.Context(), 4); !errors.Is(err, ErrNoRevision) || b.Revision() != 3 {
		t.Errorf("CatchUp(4) = %v at revision %d, want %v at 3", err, b.Revision(), ErrNoRevision)
	}
	if err := b.CatchUp(t.Context(), 1); err != nil || len(quadsOf(t, viewOf(t, b))) != 3*batchSize {
		t.Errorf("CatchUp(1) = %v", err)
	}
	if err := b.Alive(t.Context()); err != nil {
		t.Errorf("Alive() = %v", err)
	}

	// Whoever writes leads to the revision, or catches up; one that is stuck keeps nobody for ever.
	addTo(t, a, batchOf(3)...)
	b.write.Lock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.CatchUp(ctx, 4); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("CatchUp while somebody writes = %v", err)
	}
	time.AfterFunc(20*time.Millisecond, b.write.Unlock)
	if err := b.CatchUp(t.Context(), 4); err != nil || b.Revision() != 4 {
		t.Errorf("CatchUp(4) = %v at revision %d", err, b.Revision())
	}

	alone, err := Open(t.Context(), "mem:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	addTo(t, alone, batchOf(0)...)
	if at1, at2 := alone.CatchUp(t.Context(), 1), alone.CatchUp(t.Context(), 2); at1 != nil || !errors.Is(at2, ErrNoRevision) {
		t.Errorf("a store that nobody shares: CatchUp(1) = %v, CatchUp(2) = %v", at1, at2)
	}
	alone.Close()
	if err := alone.CatchUp(t.Context(), 2); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: CatchUp(2) = %v", err)
	}
}
