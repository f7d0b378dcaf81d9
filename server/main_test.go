package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata and in seed/questions")

// TestMain lets the test binary be the program, so that tests of exit statuses and signals run exactly what they were built
// with, race detector included.
func TestMain(m *testing.M) {
	if addr := os.Getenv("TEST_AS_BARE"); addr != "" {
		serveBare(addr)
	}
	if os.Getenv("TEST_AS_PARLEY") != "" {
		main()
	}
	os.Exit(pgtest.Main(m))
}

// parley returns a command that runs the program in a folder, with no environment but env.
func parley(dir string, env []string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(self, args...)
	c.Dir = dir
	c.Env = append([]string{"TEST_AS_PARLEY=1", "PATH=" + os.Getenv("PATH")}, env...)
	return c
}

// status returns the exit status of a command that has run.
func status(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

// curated is the graph of the curated quads. Tests only read it.
var curated = sync.OnceValues(func() (*graph.Graph, error) {
	st, err := store.Open(context.Background(), pgtest.Fresh(pgtest.Always{}), store.Options{Model: graph.StoreModel()})
	if err != nil {
		return nil, err
	}
	_, err = seed.Load(context.Background(), st, seed.Files(), nil)
	return graph.New(st, ""), err
})

func curatedGraph(t *testing.T) *graph.Graph {
	t.Helper()
	g, err := curated()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A stanza is something done, in words and in what it takes, and what came of it.
type stanza struct {
	kind   string            // query, request, run
	name   string            // in words
	do     string            // what is done
	with   map[string]string // what else it takes
	result *txtar.File       // to compare, or to rewrite
}

// stanzas splits an archive. A section "KIND: words" of one of the kinds begins a stanza, a section "result" ends it, and the
// sections between belong to it. The other files of the archive come back as files.
func stanzas(t *testing.T, a *txtar.Archive, kinds ...string) (list []*stanza, files []txtar.File) {
	t.Helper()
	var now *stanza
	for i := range a.Files {
		f := &a.Files[i]
		kind, name, _ := strings.Cut(f.Name, ": ")
		switch {
		case strings.Contains(" "+strings.Join(kinds, " ")+" ", " "+kind+" "):
			now = &stanza{kind: kind, name: name, do: string(f.Data), with: map[string]string{}}
			list = append(list, now)
		case f.Name == "result":
			if now == nil {
				t.Fatalf("a result before anything was done")
			}
			now.result, now = f, nil
		case now != nil:
			now.with[f.Name] = string(f.Data)
		default:
			files = append(files, *f)
		}
	}
	for _, s := range list {
		if s.result == nil {
			t.Fatalf("%s: it has no result; add an empty section and run with -update", s.name)
		}
	}
	return list, files
}

// scripts runs each archive of a folder as a subtest. With -update, it writes back what the test made of it.
func scripts(t *testing.T, pattern string, run func(t *testing.T, a *txtar.Archive)) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatalf("%s: there is no such file, so nothing is tested", pattern)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			before, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(before)
			run(t, a)
			if after := txtar.Format(a); *update && !bytes.Equal(before, after) && !t.Failed() {
				if err := os.WriteFile(name, after, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// compare checks a result, or takes it over with -update.
func (s *stanza) compare(t *testing.T, got string) {
	t.Helper()
	if *update {
		s.result.Data = []byte(got)
		return
	}
	if want := string(s.result.Data); got != want {
		t.Errorf("%s:\ngot:\n%s\nwant:\n%s", s.name, got, want)
	}
}
