// Package parley holds no code: these tests say what must hold of the whole.
package parley

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parleygraph/parley"

// An importRule says who may not import what.
type importRule struct {
	of       []string // packages, without the module's path; "*" is all
	except   []string // of these, who may
	forbid   []string // what: a path and all below it, or exactly it if it ends in "$"
	because  string
	andTests bool // the rule holds for tests too
}

var importRules = []importRule{
	{of: []string{"*"}, except: []string{"graph/store"}, forbid: []string{"github.com/cayleygraph"}, andTests: true,
		because: "only graph/store knows Cayley: it can then be replaced without anybody noticing"},
	{of: []string{"graph"}, forbid: []string{module + "/graph/gen", module + "/graph/resolver", module + "/graph/scalar", module + "/seed", module + "/server", "github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "net/http"},
		because: "the domain knows neither GraphQL nor HTTP nor where its data came from"},
	{of: []string{"graph/store"}, forbid: []string{module + "/graph$", module + "/schema", module + "/seed", module + "/server"},
		because: "the store keeps quads; of what they mean it knows what its caller tells it (Model), and dates, which its keys sort by"},
	{of: []string{"graph/edtf", "schema", "schema/vocab"}, forbid: []string{module, "github.com", "golang.org"},
		because: "these stand at the bottom: they need the standard library and nothing else"},
	{of: []string{"seed", "seed/importer"}, forbid: []string{module + "/graph$", module + "/graph/gen", module + "/graph/resolver", module + "/server"},
		because: "what answers questions has no say in what may be said"},
	{of: []string{"graph/resolver"}, forbid: []string{module + "/graph/store", module + "/seed", module + "/server", "net/http"},
		because: "a resolver turns arguments into a call of the domain; whoever reads the store there goes around the domain's rules"},
	{of: []string{"graph/direct"}, forbid: []string{module},
		because: "it walks a selection; what the schema has and what its fields mean, generated code tells it"},
	{of: []string{"graph/scalar", "graph/gen"}, forbid: []string{module + "/graph/store", module + "/graph/resolver", module + "/seed", module + "/server"},
		because: "generated code knows the domain only"},
	{of: []string{"server/explorer"}, forbid: []string{module + "/graph/gen", module + "/graph/resolver", module + "/graph/store", module + "/seed", "github.com/99designs/gqlgen"},
		because: "pages are made of what the domain answers, by no other way than resolvers have"},
	{of: []string{"*"}, except: []string{"server", "schema/vocabgen"}, forbid: []string{"log", "log/slog$", "flag", "os/signal"},
		because: "libraries return errors; the program logs, reads flags and hears signals"},
	{of: []string{"*"}, forbid: []string{module + "/graph/store/pgtest"},
		because: "it starts databases, and the testing package comes with it: it is for tests"},
	{of: []string{"*"}, except: []string{"server"}, forbid: []string{module + "/server"}, andTests: true,
		because: "data flows one way, and the server is its end"},
}

func TestImports(t *testing.T) {
	type pkg struct {
		ImportPath                         string
		Imports, TestImports, XTestImports []string
	}
	out := run(t, ".", "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	seen := map[string]bool{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		seen[name] = true
		for _, r := range importRules {
			if slices.Contains(r.except, name) || !slices.Contains(r.of, name) && r.of[0] != "*" {
				continue
			}
			imports := p.Imports
			if r.andTests {
				imports = slices.Concat(imports, p.TestImports, p.XTestImports)
			}
			for _, imp := range imports {
				for _, f := range r.forbid {
					exact, isExact := strings.CutSuffix(f, "$")
					if imp == exact || !isExact && strings.HasPrefix(imp, f+"/") {
						t.Errorf("%s imports %s: it must not, because %s", name, imp, r.because)
					}
				}
			}
		}
	}
	for _, r := range importRules { // a rule for a package that is gone would hold for ever
		for _, name := range slices.Concat(r.of, r.except) {
			if name != "*" && !seen[name] {
				t.Errorf("an import rule names %q, which is no package here", name)
			}
		}
	}
}

// TestGenerated deletes what is generated, makes it again in a copy of the tree, and compares.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("generating takes a compile of gqlgen; run without -short")
	}
	dir := t.TempDir()
	copyTree(t, ".", dir)
	for _, g := range []string{"graph/gen", "schema/vocab"} {
		if err := os.RemoveAll(filepath.Join(dir, g)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "go", "generate", "./...")
	for _, g := range []string{"graph/gen", "schema/vocab", "seed/README.md"} {
		compareTrees(t, g, filepath.Join(dir, g))
	}
}

// copyTree copies a folder without what git and the program put there.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, path)
		switch {
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "parley-data" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func compareTrees(t *testing.T, want, got string) {
	t.Helper()
	files := map[string][2][]byte{}
	for i, root := range []string{want, got} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			rel, _ := filepath.Rel(root, path)
			pair := files[rel]
			pair[i] = b
			files[rel] = pair
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, pair := range files {
		if !bytes.Equal(pair[0], pair[1]) {
			t.Errorf("%s: it is not what go generate ./... makes; run that and commit the result", filepath.Join(want, name))
		}
	}
}

// TestAdvisories holds versions that nothing needs but scanners read: Cayley's own go.mod reaches older ones. go mod tidy
// drops these lines; get them again with go get.
func TestAdvisories(t *testing.T) {
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"github.com/gogo/protobuf v1.3.2", "github.com/prometheus/client_golang v1.25.0"} {
		if !bytes.Contains(b, []byte("\t"+m)) {
			t.Errorf("go.mod does not require %s: run go get %s", m, strings.Replace(m, " ", "@", 1))
		}
	}
}

// TestLayout keeps the top level what the README says that it is.
func TestLayout(t *testing.T) {
	want := []string{"LICENSE", "README.md", "all_test.go", "go.mod", "go.sum", "gqlgen.yml", "graph", "schema", "seed", "server"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if n := e.Name(); !strings.HasPrefix(n, ".") && !strings.HasPrefix(n, "_") && n != "parley-data" {
			got = append(got, n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the top level holds %v, want %v", got, want)
	}
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}
