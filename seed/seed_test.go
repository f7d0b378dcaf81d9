package seed

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

var update = flag.Bool("update", false, "rewrite seed/data/*.nq in the canonical form")

// TestRecords has a subtest for every record of the curated files, and one for every file.
func TestRecords(t *testing.T) {
	quads, problems := Lint(Files(), nil)
	bySubject := map[string][]Problem{}
	for _, p := range problems {
		bySubject[p.Subject] = append(bySubject[p.Subject], p)
	}
	seen := map[string]bool{}
	for _, q := range quads {
		id := name(q.Subject)
		if seen[id] {
			continue
		}
		seen[id] = true
		t.Run(id, func(t *testing.T) {
			for _, p := range bySubject[id] {
				t.Error(p)
			}
		})
	}
	for _, f := range Files() {
		t.Run(f.Name, func(t *testing.T) {
			for _, p := range problems {
				if p.File == f.Name && !seen[p.Subject] {
					t.Error(p)
				}
			}
		})
	}
}

// TestCanonical wants each curated file in the canonical form; go test ./seed -update writes it.
func TestCanonical(t *testing.T) {
	files := append(Files(), File{"testdata/valid.nq", []byte(valid(t))})
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			quads, problems := Lint([]File{f}, nil)
			want := Canonical(Header(f.Data), quads)
			if bytes.Equal(f.Data, want) {
				return
			}
			if slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == RuleSyntax }) {
				t.Fatal("not looked at: lines of the file do not parse")
			}
			if n := bytes.Count(f.Data, []byte("\n#")) - strings.Count(Header(f.Data), "\n#"); n > 0 {
				t.Fatalf("%d comment lines stand behind the header: move them there, the canonical form has no others", n)
			}
			if *update {
				if err := os.WriteFile(f.Name, want, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			line, got, canonical := firstDifference(f.Data, want)
			t.Errorf("line %d is\n%s\nand in the canonical form\n%s\nto rewrite the file: go test ./seed -update", line, got, canonical)
		})
	}
}

func firstDifference(a, b []byte) (line int, inA, inB string) {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := 0; i < len(as) && i < len(bs); i++ {
		if as[i] != bs[i] {
			return i + 1, as[i], bs[i]
		}
	}
	return min(len(as), len(bs)) + 1, "(the end, or more)", "(more, or the end)"
}

func TestCanonicalForm(t *testing.T) {
	quads, _ := Lint([]File{{"f.nq", []byte(expand(`
		<b:x> <schema:name> "x"@en <claim:1> .
		<b:x> <rdf:type> <schema:Person> <claim:1> .
		<a:x> <schema:name> "Bo Cruz"@en <claim:2> .
		<a:x> <schema:name> "Bo"@es <claim:1> .
		<a:x> <schema:name> "Bo"@en <claim:2> .
		<a:x> <schema:name> "Bo"@en <claim:1> .`))}}, nil)
	got := string(Canonical("# one\ntwo\n\n", append(quads, quads[0])))
	want := `# one
# two

<a:x> <https://schema.org/name> "Bo"@en <claim:1> .
<a:x> <https://schema.org/name> "Bo"@en <claim:2> .
<a:x> <https://schema.org/name> "Bo"@es <claim:1> .
<a:x> <https://schema.org/name> "Bo Cruz"@en <claim:2> .

<b:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://schema.org/Person> <claim:1> .
<b:x> <https://schema.org/name> "x"@en <claim:1> .
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := string(Canonical("", nil)); got != "" {
		t.Errorf("the canonical form of nothing is %q", got)
	}
}

// TestAccount holds seed/ACCOUNT.md, which accounts for each line of the first article, against the claims made of it.
func TestAccount(t *testing.T) {
	const article = store.IRI("source:hegseth-warns-mexico")
	account, err := os.ReadFile("ACCOUNT.md")
	if err != nil {
		t.Fatal(err)
	}
	mentioned := map[string]bool{}
	for _, id := range regexp.MustCompile(`claim:[a-z0-9-]*[a-z0-9]`).FindAllString(string(account), -1) {
		mentioned[id] = true
	}
	quads, _ := Lint(Files(), nil)
	claims := map[string]bool{}
	for _, q := range quads {
		switch id := store.Text(q.Subject); {
		case q.Predicate != store.IRI(vocab.DctermsSource):
		case q.Object == article && !mentioned[id]:
			t.Errorf("%s rests on the article, and ACCOUNT.md does not mention it", id)
			fallthrough
		default:
			claims[id] = true
		}
	}
	for id := range mentioned {
		if !claims[id] {
			t.Errorf("ACCOUNT.md mentions %s, and there is no such claim", id)
		}
	}
}

// TestReadme lints the examples of README.md, and looks for every rule and for the printed problems in it.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	curated, _ := Lint(Files(), nil)
	examples := regexp.MustCompile("(?s)\n```nq\n(.*?)```\n").FindAllSubmatch(readme, -1)
	if len(examples) == 0 {
		t.Fatal("no example between ```nq and ```")
	}
	for _, e := range examples {
		quads, problems := Lint([]File{{"README.md example", e[1]}}, NewIndex(curated))
		for _, p := range problems {
			t.Error(p)
		}
		if diff := cmp.Diff(string(Canonical(Header(e[1]), quads)), string(e[1])); diff != "" {
			t.Errorf("the example is not canonical: (-want +got)\n%s", diff)
		}
	}
	for line := range strings.Lines(string(readme)) {
		printed := func(m mutation) bool { return m.want == strings.TrimSuffix(line, "\n") }
		if strings.HasPrefix(line, "valid.nq:") && !slices.ContainsFunc(mutations, printed) {
			t.Errorf("lint prints no such line: %s", line)
		}
	}
	for _, r := range Rules() {
		if row := "| `" + string(r.Rule) + "` | " + r.Doc + " |\n"; !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks this row in the table of rules:\n%s", row)
		}
	}
}

// adder is a store that remembers what it was given.
type adder struct {
	quads []store.Quad
	err   error
}

func (a *adder) Add(_ context.Context, quads []store.Quad) (int, error) {
	a.quads = append(a.quads, quads...)
	return len(quads) - 1, a.err
}

func TestLoad(t *testing.T) {
	good := File{"valid.nq", []byte(valid(t))}
	quads, _ := Lint([]File{good}, nil)

	st := &adder{}
	report, err := Load(t.Context(), st, []File{good}, nil)
	if want := (Report{Files: 1, Quads: len(quads), Added: len(quads) - 1}); err != nil || report != want || len(st.quads) != len(quads) {
		t.Errorf("Load = %+v, %v with %d quads, want %+v", report, err, len(st.quads), want)
	}

	st = &adder{}
	_, err = Load(t.Context(), st, []File{good, {"bad.nq", []byte("oops\n<oops>")}}, nil)
	var lint *LintError
	if !errors.As(err, &lint) || len(lint.Problems) != 2 || len(st.quads) != 0 {
		t.Errorf("Load of a bad file = %v and %d quads added, want two problems and none", err, len(st.quads))
	}
	want := `2 problems in the data, nothing loaded
bad.nq:1: column 1: 'o' where the subject should be: write an IRI there
bad.nq:2: column 1: the IRI <oops> is not absolute: write all of it, such as <https://schema.org/name> or <person:pete-hegseth>`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}

	full := errors.New("disk full")
	if _, err = Load(t.Context(), &adder{err: full}, []File{good}, nil); !errors.Is(err, full) {
		t.Errorf("Load into a full store = %v, want %v", err, full)
	}
}

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "a.nq"), filepath.Join(dir, "b.nq.gz")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte("# packed\n"))
	z.Close()
	for path, data := range map[string][]byte{plain: []byte("# plain\n"), packed: b.Bytes(), filepath.Join(dir, "c.nq.gz"): []byte("# not packed\n")} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ReadFiles([]string{plain, "-", packed}, strings.NewReader("# stdin\n"))
	want := []File{{plain, []byte("# plain\n")}, {"stdin", []byte("# stdin\n")}, {packed, []byte("# packed\n")}}
	if diff := cmp.Diff(want, files); err != nil || diff != "" {
		t.Errorf("ReadFiles: %v (-want +got)\n%s", err, diff)
	}
	_, err = ReadFiles([]string{filepath.Join(dir, "no.nq"), filepath.Join(dir, "c.nq.gz"), "x.csv"}, nil)
	for _, part := range []string{"no.nq: no such file", "c.nq.gz: gzip: invalid header", "x.csv: neither .nq nor .nq.gz"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error = %v, want %q in it: all at once", err, part)
		}
	}
}
