package seed

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// TestLint breaks one thing of a valid file at a time, and wants exactly the problems named.
func TestLint(t *testing.T) {
	text := valid(t)
	covered := map[Rule]bool{}
	for _, m := range mutations {
		covered[m.rule] = true
		t.Run(string(m.rule)+"/"+m.name, func(t *testing.T) {
			broken := mutate(t, text, m.old, m.new)
			_, problems := Lint([]File{{"valid.nq", []byte(broken)}}, nil)
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
				if p.Rule != m.rule {
					t.Errorf("rule = %q, want %q", p.Rule, m.rule)
				}
			}
			if diff := cmp.Diff(m.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for _, r := range Rules() {
		if !covered[r.Rule] {
			t.Errorf("rule %q: no mutation of testdata/valid.nq breaks it", r.Rule)
		}
		delete(covered, r.Rule)
	}
	for r := range covered {
		t.Errorf("rule %q is not among Rules()", r)
	}
}

// valid returns the fixture, which breaks no rule.
func valid(t testing.TB) string {
	data, err := os.ReadFile("testdata/valid.nq")
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := Lint([]File{{"valid.nq", data}}, nil); len(problems) > 0 {
		t.Fatalf("testdata/valid.nq: %v", &LintError{problems})
	}
	return string(data)
}

// mutate replaces old, which must occur once, or adds new at the end if old is empty. Prefixed names are expanded in both.
func mutate(t *testing.T, text, old, new string) string {
	old, new = expand(old), expand(new)
	if old == "" {
		return text + new + "\n"
	}
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q occurs %d times in testdata/valid.nq, want once", old, n)
	}
	return strings.Replace(text, old, new, 1)
}

// expand turns <schema:name> into <https://schema.org/name>.
func expand(s string) string {
	return regexp.MustCompile(`<[a-z]+:[^>/]*>`).ReplaceAllStringFunc(s, func(term string) string {
		iri, _ := vocab.Expand(term[1 : len(term)-1])
		return "<" + iri + ">"
	})
}

// TestLintAllAtOnce wants the problems of all files, sorted by file and line.
func TestLintAllAtOnce(t *testing.T) {
	text := valid(t)
	quads, problems := Lint([]File{
		{"b.nq", []byte("oops\n\n" + expand("<person:x> <schema:name> \"X\"@en <claim:x> .\noops"))},
		{"a.nq", []byte(text)},
		{"c.nq", []byte(expand(`<person:bo-cruz> <schema:name> "Bo Cruz"@en <claim:news-p1-1> .`))},
	}, nil)
	if want := strings.Count(text, " .\n") + 1; len(quads) != want {
		t.Errorf("%d quads, want %d: all that parse, each once", len(quads), want)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		`b.nq:1: column 1: 'o' where the subject should be: write an IRI there`,
		`b.nq:3: person:x: nothing describes claim:x: describe it in quads labelled with itself, or correct the label`,
		`b.nq:3: person:x: the record has no class: say what it is with rdf:type; by its id it is schema:Person`,
		`b.nq:4: column 1: 'o' where the subject should be: write an IRI there`,
		`c.nq:1: person:bo-cruz: the same quad as in a.nq:89: delete one of the two`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestLintKnown lints a file that refers to records which it does not hold.
func TestLintKnown(t *testing.T) {
	quads, _ := Lint([]File{{"valid.nq", []byte(valid(t))}}, nil)
	known := NewIndex(quads)
	tests := []struct{ name, text, want string }{
		{"the same again", valid(t), ""},
		{"more of a known record, in a known claim", `<person:bo-cruz> <schema:alternateName> "Bob"@en <claim:news-p1-1> .`, ""},
		{"a new record that refers to known ones", `
			<place:quay> <rdf:type> <sem:Place> <claim:news-p1-1> .
			<place:quay> <schema:name> "Quay"@en <claim:news-p1-1> .
			<place:quay> <schema:containedInPlace> <place:port> <claim:news-p1-1> .`, ""},
		{"a reference to nothing", `<place:port> <schema:containedInPlace> <place:arcadi> <claim:news-p1-2> .`,
			`f.nq:1: place:port: schema:containedInPlace place:arcadi: there is no such record: add the record, or correct the id; did you mean place:arcadia?`},
		{"a second value in a known claim", `<person:bo-cruz> <schema:name> "Roberto Cruz"@en <claim:news-p1-1> .`,
			`f.nq:1: person:bo-cruz: a second schema:name in language en in one claim, beside "Bo Cruz"@en: keep one, or give the other to a claim of its own`},
		{"a circle through known records", `<place:arcadia> <schema:containedInPlace> <place:port> <claim:news-p1-2> .`,
			`f.nq:1: place:arcadia: schema:containedInPlace goes around: place:arcadia → place:port → place:arcadia: take out the step that is wrong`},
		{"a known name", `
			<person:lee> <rdf:type> <schema:Person> <claim:news-p1-1> .
			<person:lee> <schema:name> "Ann Lee"@en <claim:news-p1-1> .`,
			`f.nq:3: person:lee: the Person person:ann-lee has the English name "Ann Lee"@en too: make them one record; if they are two, tell them apart in the name, or say of both what they belong to or are the same as`},
		{"a name that only looks like a known one", `
			<place:port-of-xanadu> <rdf:type> <sem:Place> <claim:news-p1-1> .
			<place:port-of-xanadu> <schema:name> "Port"@en <claim:news-p1-1> .
			<place:port-of-xanadu> <schema:containedInPlace> <place:xanadu> <claim:news-p1-1> .
			<place:xanadu> <rdf:type> <sem:Place> <claim:news-p1-1> .
			<place:xanadu> <schema:name> "Xanadu"@en <claim:news-p1-1> .`, ""},
		{"a known link", `<person:bo-cruz> <owl:sameAs> <http://www.wikidata.org/entity/Q1> <claim:news-p1-1> .`,
			`f.nq:1: person:bo-cruz: the same as <http://www.wikidata.org/entity/Q1>, and so is person:ann-lee: make them one record, or correct the link`},
		{"a known tenure", `
			<tenure:lee> <rdf:type> <org:Membership> <claim:record-1> .
			<tenure:lee> <org:member> <person:ann-lee> <claim:record-1> .
			<tenure:lee> <parley:position> <position:arcadia-foreign-minister> <claim:record-1> .
			<tenure:lee> <sem:hasTimeStamp> "2024-03-01/.."^^<edtf:EDTF> <claim:record-1> .`,
			`f.nq:2: tenure:lee: the same person, position and time as in tenure:lee-foreign-minister: delete one of the two`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := Lint([]File{{"f.nq", []byte(expand(test.text))}}, known)
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLongValuesAreCut(t *testing.T) {
	if got, want := name(store.String(strings.Repeat("é", 100))), `"`+strings.Repeat("é", 59)+"…"; got != want {
		t.Errorf("name of a long text = %s, want %s", got, want)
	}
}

func FuzzLint(f *testing.F) {
	text := valid(f)
	f.Add([]byte(text))
	for _, m := range mutations {
		f.Add([]byte(text + expand(m.new)))
		f.Add([]byte(expand(m.new)))
	}
	index := NewIndex(nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		quads, problems := Lint([]File{{"f.nq", data}, {"g.nq", bytes.ToLower(data)}}, index)
		if !slices.IsSortedFunc(problems, compareProblems) {
			t.Error("the problems are not sorted")
		}
		for _, p := range problems {
			if p.Line < 1 || p.Rule == "" || p.Wrong == "" || p.Remedy == "" || p.Subject == "" {
				t.Errorf("half a problem: %#v", p)
			}
		}
		Lint([]File{{"f.nq", data}}, NewIndex(quads))
		if once := Canonical(Header(data), quads); !bytes.Equal(once, canonical(once)) {
			t.Errorf("the canonical form of a canonical form differs:\n%s", once)
		}
	})
}

// canonical returns the canonical form of a file, as far as it parses.
func canonical(data []byte) []byte {
	quads, _ := Lint([]File{{"", data}}, nil)
	return Canonical(Header(data), quads)
}
