package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cayleygraph/quad"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseQuad(t *testing.T) {
	const integer = "http://www.w3.org/2001/XMLSchema#integer"
	tests := []struct {
		name, line string
		want       Quad // zero: a line without a quad
	}{
		{"blank", " \t ", Quad{}},
		{"comment", " # <a:s> <a:p> <a:o> .", Quad{}},
		{"IRIs", "<person:pete-hegseth> <a:p> <a:o> <claim:c> .\n", quadOf(IRI("person:pete-hegseth"), IRI("a:p"), IRI("a:o"), IRI("claim:c"))},
		{"triple", "<a:s> <a:p> <a:o> .", quadOf(IRI("a:s"), IRI("a:p"), IRI("a:o"), nil)},
		{"no blanks", `<a:s><a:p>"x"@en<a:g>.#`, quadOf(IRI("a:s"), IRI("a:p"), langString("x", "en"), IRI("a:g"))},
		{"blank nodes", `_:a.b <a:p> _:1.`, quadOf(BlankNode("a.b"), IRI("a:p"), BlankNode("1"), nil)},
		{"text", `<a:s> <a:p> "" .`, quadOf(IRI("a:s"), IRI("a:p"), String(""), nil)},
		{"escapes", `<a:s> <a:p> "\t\b\n\r\f\"\'\\\u00e9\U0001F4DE" .`, quadOf(IRI("a:s"), IRI("a:p"), String("\t\b\n\r\f\"'\\é📞"), nil)},
		{"language", `<a:s> <a:p> "x"@es-419 .`, quadOf(IRI("a:s"), IRI("a:p"), langString("x", "es-419"), nil)},
		{"lexical form kept", `<a:s> <a:p> "029"^^<` + integer + `> .`, quadOf(IRI("a:s"), IRI("a:p"), typedString("029", integer), nil)},
		{"xsd:string is plain", `<a:s> <a:p> "x"^^<http://www.w3.org/2001/XMLSchema#string> .`, quadOf(IRI("a:s"), IRI("a:p"), String("x"), nil)},
		{"escape in IRI", `<a:\u0053\U000000e9> <a:p> <a:o> .`, quadOf(IRI("a:Sé"), IRI("a:p"), IRI("a:o"), nil)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok, err := ParseQuad(test.line)
			if err != nil || ok != (test.want != Quad{}) {
				t.Fatalf("ParseQuad(%q) = %v, %v, %v", test.line, got, ok, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ParseQuad(%q): (-want +got)\n%s", test.line, diff)
			}
		})
	}
}

func TestParseQuadErrors(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"relative IRI", `<s> <a:p> <a:o> .`, `column 1: the IRI <s> is not absolute: write all of it, such as <https://schema.org/name> or <person:pete-hegseth>`},
		{"relative datatype", `<a:s> <a:p> "x"^^<dt> .`, `column 18: the IRI <dt> is not absolute: write all of it, such as <https://schema.org/name> or <person:pete-hegseth>`},
		{"blank in IRI", `<a:s > <a:p> <a:o> .`, `column 5: ' ' in an IRI: write it percent-encoded, or close the IRI with > before it`},
		{"escaped blank in IRI", `<a:\u0020> <a:p> <a:o> .`, `column 4: ' ' in an IRI: write it percent-encoded, or close the IRI with > before it`},
		{"text escape in IRI", `<a:\n> <a:p> <a:o> .`, `column 4: an escape that there is none of: use \uXXXX or \UXXXXXXXX`},
		{"open IRI", `<a:s> <a:p> <a:o`, `column 13: the IRI does not end: close it with >`},
		{"open text", `<a:s> <a:p> "é\" .`, `column 13: the text does not end: close it with "`},
		{"no such escape", `<a:s> <a:p> "é\q" .`, `column 15: an escape that there is none of: use \t \b \n \r \f \" \' \\ \uXXXX or \UXXXXXXXX`},
		{"surrogate", `<a:s> <a:p> "\uD800" .`, `column 14: an escape that there is none of: use \t \b \n \r \f \" \' \\ \uXXXX or \UXXXXXXXX`},
		{"no character", `<a:s> <a:p> "\UFFFFFFFF" .`, `column 14: an escape that there is none of: use \t \b \n \r \f \" \' \\ \uXXXX or \UXXXXXXXX`},
		{"bad language", `<a:s> <a:p> "x"@1 .`, `column 17: no language tag behind the @: write one such as @en or @es-MX`},
		{"langString without one", `<a:s> <a:p> "x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .`, `column 18: a text of datatype rdf:langString without a language: write the language, as in "text"@en`},
		{"no datatype", `<a:s> <a:p> "x"^^schema:Text .`, `column 18: 's' where the datatype should be: write an IRI such as <http://www.w3.org/2001/XMLSchema#integer>`},
		{"literal subject", `"x" <a:p> <a:o> .`, `column 1: the subject is a literal: write an IRI there`},
		{"literal label", `<a:s> <a:p> <a:o> "x" .`, `column 19: the label is a literal: write an IRI, or a full stop to end the quad there`},
		{"blank predicate", `<a:s> _:p <a:o> .`, `column 7: the predicate is a blank node: name the predicate by its IRI`},
		{"colon in blank node", `_:a:b <a:p> <a:o> .`, `column 4: ':' where the predicate should be: write an IRI there`},
		{"blank node without name", `_: <a:p> <a:o> .`, `column 1: no name behind _:: write letters or digits there, as in _:b1`},
		{"prefixed name", `person:x <a:p> <a:o> .`, `column 1: 'p' where the subject should be: write an IRI there`},
		{"three terms missing", `<a:s>`, `column 6: the line's end where the predicate should be: write an IRI there`},
		{"no full stop", `<a:s> <a:p> <a:o> <a:g>`, `column 24: the line's end where the full stop should be: end the quad with a full stop after at most four terms`},
		{"five terms", `<a:s> <a:p> <a:o> <a:g> <a:n> .`, `column 25: '<' where the full stop should be: end the quad with a full stop after at most four terms`},
		{"two quads", `<a:s> <a:p> <a:o> . <a:s> <a:p> <a:o> .`, `column 21: '<' behind the full stop: write one quad a line`},
		{"two lines", "# x\n# y", `column 4: a line end inside the line: write it as \n or \r`},
		{"byte order mark", "\uFEFF<a:s> <a:p> <a:o> .", `column 1: a byte order mark: save the file without it`},
		{"no UTF-8", "<a:s> <a:p> \"\uFFFD\xff\" .", `column 15: bytes that are no UTF-8: save the file as UTF-8`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q, ok, err := ParseQuad(test.line)
			var syntax *SyntaxError
			if ok || !errors.As(err, &syntax) {
				t.Fatalf("ParseQuad(%q) = %v, %v, %v, want a SyntaxError", test.line, q, ok, err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("ParseQuad(%q): (-want +got)\n%s", test.line, diff)
			}
		})
	}
}

func TestAppendQuad(t *testing.T) {
	tests := []struct {
		object Term
		want   string
	}{
		{IRI("a:o"), "<a:o>"},
		{IRI("a:<o \x01>"), `<a:\u003Co\u0020\u0001\u003E>`},
		{BlankNode("b"), "_:b"},
		{String("é\t\b\n\r\f\"\\'\x00\x7f"), `"é\t\b\n\r\f\"\\'\u0000\u007F"`},
		{String("bad \xff byte"), "\"bad \uFFFD byte\""},
		{langString("x", "en"), `"x"@en`},
		{typedString("029", "a:int"), `"029"^^<a:int>`},
		{typedString("x", xsdString), `"x"`},
		{quad.Int(7), `"7"^^<schema:Integer>`},
	}
	for _, test := range tests {
		got := string(AppendQuad([]byte("+"), quadOf(IRI("a:s"), IRI("a:p"), test.object, nil)))
		if want := "+<a:s> <a:p> " + test.want + " .\n"; got != want {
			t.Errorf("AppendQuad(%#v) = %q, want %q", test.object, got, want)
		}
	}
	var b bytes.Buffer
	if err := WriteQuad(&b, quadOf(BlankNode("s"), IRI("a:p"), IRI("a:o"), IRI("claim:c"))); err != nil || b.String() != "_:s <a:p> <a:o> <claim:c> .\n" {
		t.Errorf("WriteQuad wrote %q, %v", b.String(), err)
	}
}

func TestQuadReader(t *testing.T) {
	const q = "<a:s> <a:p> <a:o> ."
	long := "# " + strings.Repeat("x", MaxLine)
	in := "# head\n\n" + q + "\r\n" + "oops\n" + q + "\r" + q + "\n\r" + long + "\n" + q
	r := NewQuadReader(strings.NewReader(in))
	var got []string
	for {
		_, line, err := r.Read()
		if errors.Is(err, io.EOF) {
			if line != 9 {
				t.Errorf("at the end line = %d, want 9", line)
			}
			break
		}
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, "ok "+string('0'+rune(line)))
		}
	}
	want := []string{"ok 3", `line 4: column 1: 'o' where the subject should be: write an IRI there`, "ok 5", "ok 6",
		"line 8: column 1048577: the line is longer than 1048576 bytes: check that the file is N-Quads, one quad a line", "ok 9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestQuadReaderKeepsReadError(t *testing.T) {
	broken := errors.New("broken")
	r := NewQuadReader(io.MultiReader(strings.NewReader("<a:s> <a:p> <a:o> ."), errReader{broken}))
	if _, _, err := r.Read(); !errors.Is(err, broken) {
		t.Errorf("Read() = %v, want %v: half a line must not pass for a whole one", err, broken)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// TestW3C reads the files of the W3C's N-Quads test suite, and must refuse those that are bad.
func TestW3C(t *testing.T) {
	const dir = "../../../shared/data/nquads"
	files, err := filepath.Glob(filepath.Join(dir, "*.nq"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("the W3C files are not at %s; the tables above hold one case of each of their rules", dir)
	}
	if len(files) < 87 {
		t.Errorf("%d files in %s, want all 87", len(files), dir)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			err = nil
			for r := NewQuadReader(bytes.NewReader(data)); err == nil; {
				var q Quad
				if q, _, err = r.Read(); err == nil {
					roundTrip(t, q)
				}
			}
			bad := strings.Contains(name, "-bad-")
			if refused := !errors.Is(err, io.EOF); refused != bad {
				t.Errorf("refused = %v (%v), want %v", refused, err, bad)
			}
		})
	}
}

func roundTrip(t interface{ Fatalf(string, ...any) }, q Quad) {
	line := AppendQuad(nil, q)
	got, ok, err := ParseQuad(string(line))
	if err != nil || !ok || got != q {
		t.Fatalf("ParseQuad(%q) = %#v, %v, %v, want %#v", line, got, ok, err, q)
	}
	if bytes.Count(line, []byte("\n")) != 1 {
		t.Fatalf("%q is not one line", line)
	}
}

func TestRoundTrip(t *testing.T) {
	iri := rapid.Custom(func(t *rapid.T) IRI {
		rest := rapid.StringOf(rapid.Rune().Filter(iriRune)).Draw(t, "rest")
		return IRI(rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9+.-]{0,5}:`).Draw(t, "scheme") + rest)
	})
	text := rapid.Map(rapid.String(), func(s string) String { return String(strings.ToValidUTF8(s, "")) })
	blank := rapid.Map(rapid.StringMatching(`[a-zA-Z0-9_é]([a-zA-Z0-9._·-]{0,5}[a-zA-Z0-9])?`), func(s string) Term { return BlankNode(s) })
	named := rapid.OneOf(rapid.Map(iri, func(i IRI) Term { return i }), blank)
	literal := rapid.Custom(func(t *rapid.T) Term {
		s := text.Draw(t, "text")
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			return langString(string(s), rapid.StringMatching(`[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,2}`).Draw(t, "language"))
		case 1:
			return typedString(string(s), string(iri.Draw(t, "datatype")))
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		q := Quad{
			Subject:   named.Draw(t, "subject"),
			Predicate: iri.Draw(t, "predicate"),
			Object:    rapid.OneOf(named, literal).Draw(t, "object"),
		}
		if rapid.Bool().Draw(t, "labelled") {
			q.Label = named.Draw(t, "label")
		}
		roundTrip(t, q)
	})
}

func FuzzParseQuad(f *testing.F) {
	f.Add(`<a:s> <a:p> "é\t\u00e9\\"@en-GB <claim:c> . # x`)
	f.Add(`_:a.b <a:p> "029"^^<http://www.w3.org/2001/XMLSchema#integer> .`)
	f.Add(`<a:s> <a:p> "\UFFFFFFFF" .`)
	f.Add("\uFEFF<a:\\u0053> <a:p>\"\xff")
	f.Fuzz(func(t *testing.T, line string) {
		q, ok, err := ParseQuad(line)
		if ok && err == nil {
			roundTrip(t, q)
		}
		if err != nil && ok {
			t.Errorf("ParseQuad(%q) is ok with error %v", line, err)
		}
	})
}

func BenchmarkParseQuad(b *testing.B) {
	line := `<event:2025-01-31-hegseth-call> <http://semanticweb.cs.vu.nl/2009/11/sem/hasTimeStamp> "2025-01-31"^^<http://id.loc.gov/datatypes/edtf/EDTF> <claim:hegseth-warns-mexico-p2-1> .`
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, _, err := ParseQuad(line); err != nil {
			b.Fatal(err)
		}
	}
}

func quadOf(s, p, o, label Term) Quad { return Quad{Subject: s, Predicate: p, Object: o, Label: label} }

func langString(s, language string) Term { return LangString{Value: String(s), Lang: language} }

func typedString(s, datatype string) Term { return TypedString{Value: String(s), Type: IRI(datatype)} }
