package store

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/graphtest"
	"github.com/cayleygraph/cayley/graph/graphtest/testutil"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// chdirCayley changes to a folder of Cayley's module from which its tests find their data by relative path.
func chdirCayley(t testing.TB) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cayleygraph/cayley").Output()
	if err != nil {
		t.Fatalf("find Cayley's module: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "graph", "memstore")
	old, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chdir(old) })
}

func cayleyStore(location func(t testing.TB) string) testutil.DatabaseFunc {
	return func(t testing.TB) (graph.QuadStore, graph.Options, func()) {
		s, err := Open(t.Context(), location(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return &quadStore{store: s}, nil, func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func inMemory(testing.TB) string { return "mem:" }

func inFolder(t testing.TB) string {
	dir, err := os.MkdirTemp("", "parley-store-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func inPostgres(t testing.TB) string { return pgtest.Location(t) }

// TestCayley runs the whole of Cayley's conformance suite.
func TestCayley(t *testing.T) {
	chdirCayley(t)
	for name, location := range map[string]func(testing.TB) string{"memory": inMemory, "folder": inFolder, "postgres": inPostgres} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" {
				pgtest.Need(t)
			}
			graphtest.TestAll(t, cayleyStore(location), &graphtest.Config{AlwaysRunIntegration: true, OptimizesComparison: true})
		})
	}
}
