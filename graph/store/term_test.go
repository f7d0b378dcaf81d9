package store

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawAny draws a term or none, often ones that are near each other.
var drawAny = rapid.OneOf(rapid.Just(Term(nil)), rapid.SampledFrom(slices.Concat(trickyNodes, trickyLiterals)), drawTerm,
	// what no N-Quads can say must have an order too
	rapid.Map(drawText, func(s string) Term { return IRI(s) }),
	rapid.Map(drawText, func(s string) Term { return langString("x", s) }),
	rapid.Map(drawText, func(s string) Term { return typedString("x", s) }))

func TestCompareTerms(t *testing.T) {
	ordered := []Term{nil, BlankNode("a"), BlankNode("b"), IRI("a:x"), IRI("b:x"), String(""), String("029"),
		langString("029", "en"), typedString("029", "a:x"), typedString("029", "b:x"), String("03"), String("a:x")}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := CompareTerms(a, b); sign(got) != sign(i-j) {
				t.Errorf("CompareTerms(%#v, %#v) = %d", a, b, got)
			}
		}
	}
	testOrder(t, drawAny, CompareTerms)
}

func TestCompareQuads(t *testing.T) {
	term := rapid.OneOf(rapid.SampledFrom([]Term{nil, IRI("a:x"), BlankNode("x"), String("a:x"), langString("a:x", "en")}), drawAny)
	testOrder(t, rapid.Custom(func(t *rapid.T) Quad {
		return quadOf(term.Draw(t, "subject"), term.Draw(t, "predicate"), term.Draw(t, "object"), term.Draw(t, "label"))
	}), CompareQuads)
	s, p, o, l := IRI("a:1"), IRI("a:1"), IRI("a:1"), IRI("a:1")
	ordered := []Quad{quadOf(s, p, o, nil), quadOf(s, p, o, l), quadOf(s, p, IRI("a:2"), nil), quadOf(s, IRI("a:2"), o, nil), quadOf(IRI("a:2"), p, o, nil)}
	if !slices.IsSortedFunc(ordered, CompareQuads) {
		t.Errorf("the order is not that of subject, predicate, object and label: %v", ordered)
	}
}

// testOrder checks the laws of a total order in which the same are equal and the equal are the same.
func testOrder[T comparable](t *testing.T, draw *rapid.Generator[T], compare func(a, b T) int) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		if compare(a, a) != 0 {
			t.Errorf("%#v is not equal to itself", a)
		}
		if sign(compare(a, b)) != -sign(compare(b, a)) {
			t.Errorf("%#v, %#v: the other way round it is not the other way round", a, b)
		}
		if (compare(a, b) == 0) != (a == b) {
			t.Errorf("%#v, %#v: compare = %d, == is %v", a, b, compare(a, b), a == b)
		}
		three := []T{a, b, c}
		slices.SortFunc(three, compare)
		if compare(three[0], three[1]) > 0 || compare(three[1], three[2]) > 0 || compare(three[0], three[2]) > 0 {
			t.Errorf("%#v: in no order", three)
		}
	})
}

func sign(n int) int { return min(1, max(-1, n)) }

func TestFormatTerm(t *testing.T) {
	if got := FormatTerm(nil); got != "" {
		t.Errorf("FormatTerm(nil) = %q", got)
	}
	for _, term := range slices.Concat(trickyNodes, trickyLiterals) {
		checkTerm(t, term)
	}
	rapid.Check(t, func(t *rapid.T) { checkTerm(t, drawTerm.Draw(t, "term")) })
}

// checkTerm checks that a term comes back from its text.
func checkTerm(t interface{ Errorf(string, ...any) }, term Term) {
	text := FormatTerm(term)
	if got, err := ParseTerm(text); err != nil || got != term {
		t.Errorf("ParseTerm(%q) = %#v, %v, want %#v", text, got, err, term)
	}
}

func TestParseTermErrors(t *testing.T) {
	for _, in := range []string{"", " ", "<a:x> ", " <a:x>", "<a:x>\t", "<a:x>\n", "<a:x> .", "<a:x><a:y>", "<x>", "<a:x", "a:x", `"x`,
		`"x"@`, `"x"@en `, `"x"^^`, `"x"^^<x>`, "_:", "_:x ", "_:x:y", "_:x.", "\"\xff\"", "\"x\ny\"", "#", "\uFEFF<a:x>", `"x"#`} {
		var syntax *SyntaxError
		if got, err := ParseTerm(in); got != nil || !errors.As(err, &syntax) {
			t.Errorf("ParseTerm(%q) = %#v, %v, want a SyntaxError", in, got, err)
		} else if syntax.Column < 1 || syntax.Wrong == "" || syntax.Remedy == "" {
			t.Errorf("ParseTerm(%q): %#v says too little", in, syntax)
		}
	}
}

func FuzzParseTerm(f *testing.F) {
	for _, term := range slices.Concat(trickyNodes, trickyLiterals) {
		f.Add(FormatTerm(term))
	}
	for _, in := range []string{`"\u00e9\U0001F4DE"`, `<a:\u0053>`, "<a:x> ", `"x"^^<` + xsdString + `>`, "\"\xff\"", "_:a.b."} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		term, err := ParseTerm(in)
		switch {
		case err == nil && term != nil:
			checkTerm(t, term)
			if err := checkQuad(quadOf(IRI("a:s"), IRI("a:p"), term, nil)); err != nil && len(in) < MaxLine/8 {
				t.Errorf("ParseTerm(%q) = %#v, which no store takes: %v", in, term, err)
			}
		case err == nil || term != nil:
			t.Errorf("ParseTerm(%q) = %#v, %v", in, term, err)
		}
	})
}

// TestPlainQuads: what needs no reading back would be read back as it is.
func TestPlainQuads(t *testing.T) {
	text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune(" !#~\"\\\x7f\n\u00e9:/<>")), rapid.RuneFrom([]rune("ab1"))))
	scheme := rapid.SampledFrom([]string{"a:", ""})
	term := rapid.Custom(func(t *rapid.T) Term {
		s := text.Draw(t, "text")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return String(s)
		case 1:
			return langString(s, rapid.SampledFrom([]string{"en", "en-", "", "EN", "de"}).Draw(t, "language"))
		case 2:
			return typedString(s, rapid.SampledFrom([]string{xsdString, rdfLangString, xsdInteger, "", "x"}).Draw(t, "datatype"))
		case 3:
			return BlankNode(s)
		}
		return IRI(scheme.Draw(t, "scheme") + s)
	})
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		q := quadOf(term.Draw(t, "subject"), term.Draw(t, "predicate"), term.Draw(t, "object"), term.Draw(t, "label"))
		for _, q := range []Quad{q, quadOf(IRI("a:s"), IRI("a:p"), q.Object, nil)} {
			if !plainQuad(q) {
				continue
			}
			plain++
			if err := readBack(q); err != nil {
				t.Fatalf("%#v is plain, and: %v", q, err)
			}
		}
	})
	if plain == 0 {
		t.Error("none was plain")
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		term Term
		want string
	}{{nil, ""}, {IRI("a:x"), "a:x"}, {BlankNode("x"), "x"}, {String("x"), "x"}, {langString("x", "en"), "x"}, {typedString("029", xsdInteger), "029"}} {
		if got := Text(test.term); got != test.want {
			t.Errorf("Text(%#v) = %q, want %q", test.term, got, test.want)
		}
	}
}
