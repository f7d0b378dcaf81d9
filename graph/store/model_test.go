package store

import (
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// A model is what a store should be, in the simplest words: a list of quads and loops over it.
type model struct {
	quads    []Quad
	revision uint64
}

func (m *model) add(quads []Quad) (added int) {
	for _, q := range quads {
		if !slices.Contains(m.quads, q) {
			m.quads = append(m.quads, q)
			added++
		}
	}
	if added > 0 {
		m.revision++
	}
	return added
}

func (m *model) remove(quads []Quad) (removed int) {
	for _, q := range quads {
		if i := slices.Index(m.quads, q); i >= 0 {
			m.quads = slices.Delete(m.quads, i, i+1)
			removed++
		}
	}
	if removed > 0 {
		m.revision++
	}
	return removed
}

func (m *model) match(p Pattern) []Quad {
	var found []Quad
	for _, q := range m.quads {
		if (p.Subject == nil || p.Subject == q.Subject) && (p.Predicate == nil || p.Predicate == q.Predicate) &&
			(p.Object == nil || p.Object == q.Object) && (p.Label == nil || p.Label == q.Label) {
			found = append(found, q)
		}
	}
	slices.SortFunc(found, CompareQuads)
	return found
}

// page cuts a list, whatever its order.
func page(list []Quad, c Cut) []Quad {
	if c.After != nil {
		if i := slices.Index(list, *c.After); i >= 0 {
			list = list[i+1:]
		}
	}
	if c.Before != nil {
		if i := slices.Index(list, *c.Before); i >= 0 {
			list = list[:i]
		}
	}
	list = slices.Clone(list)
	if c.Backwards {
		slices.Reverse(list)
	}
	return list[:max(0, min(len(list), c.Limit))]
}

func (m *model) terms() []Term {
	var terms []Term
	for _, q := range m.quads {
		for _, t := range []Term{q.Subject, q.Predicate, q.Object, q.Label} {
			if t != nil && !slices.Contains(terms, t) {
				terms = append(terms, t)
			}
		}
	}
	return terms
}

func (m *model) walk(from Term, steps []Step) []Term {
	if !slices.Contains(m.terms(), from) {
		return nil
	}
	reached := []Term{from}
	for _, s := range steps {
		var next []Term
		for _, q := range m.quads {
			start, end := q.Subject, q.Object
			if s.Backwards {
				start, end = end, start
			}
			if q.Predicate == s.Predicate && slices.Contains(reached, start) && !slices.Contains(next, end) {
				next = append(next, end)
			}
		}
		reached = next
	}
	slices.SortFunc(reached, CompareTerms)
	return reached
}

// The terms that a store may confuse: they differ in their kind only, in their datatype, in how a number or a character is
// written, or are names that something beneath uses for itself.
var (
	trickyNodes = []Term{
		IRI("a:x"), IRI("a:X"), IRI("a:é"), IRI("a:e\u0301"), IRI("a:"), IRI("a:x%20"), IRI("x:"),
		IRI("a:1"), IRI("a:01"), IRI("a:001"), IRI("a:x1"), IRI("a:123456789"), IRI("a:1234567890"), IRI("a:0123456789"), IRI("ab:1"),
		BlankNode("x"), BlankNode("a"), BlankNode("memnode1"), BlankNode("memnode2"), BlankNode("memnode"), BlankNode("a.b"),
	}
	trickyLiterals = []Term{
		String(""), String("a:x"), String("x"), String("<a:x>"), String("_:x"), String(`"x"`), String(`"x"@en`), String("029"),
		String("é"), String("e\u0301"), String("📞 \u200f\u0000\u007f\uFEFF\uFFFD"), String("a\nb\tc\rd\\e\"f"), String(`a\nb`),
		langString("", "en"), langString("x", "en"), langString("x", "EN"), langString("x", "en-GB"), langString("a:x", "en"),
		typedString("", "a:x"), typedString("x", "a:x"), typedString("x", "a:X"), typedString("029", xsdInteger),
		typedString("29", xsdInteger), typedString("+29", xsdInteger), typedString("29", "schema:Integer"),
		typedString("-0", xsdInteger), typedString("-29", xsdInteger), typedString("9223372036854775808", xsdInteger),
		typedString("2025-01-31", edtfType), typedString("2025-02-31", edtfType), typedString("-0044-03-15", edtfType), typedString("2025-01", edtfType),
		typedString("2025-01-31", "a:x"), typedString("29.0", "http://www.w3.org/2001/XMLSchema#decimal"), typedString("true", "http://www.w3.org/2001/XMLSchema#boolean"),
		typedString("1985-04-12T23:20:30Z", instantType), typedString("1985-04-12T23:20:30.0Z", instantType), typedString("1985-04-12T23:20:30.000125Z", instantType),
		typedString("1985-04-12T23:20:30+00:00", instantType), typedString("1985-04-13T01:20:30+02:00", instantType), typedString("1985-04-12T23:20:30Z", edtfType),
	}
	predicates = []IRI{"a:p", "a:q", "a:x"}
)

const xsdInteger = "http://www.w3.org/2001/XMLSchema#integer"

var (
	drawText = rapid.Map(rapid.String(), func(s string) string { return strings.ToValidUTF8(s, "") })
	drawIRI  = rapid.Custom(func(t *rapid.T) IRI {
		return IRI("a:" + rapid.StringOf(rapid.Rune().Filter(iriRune)).Draw(t, "rest"))
	})
	drawNode = rapid.OneOf(
		rapid.SampledFrom(trickyNodes),
		rapid.Map(drawIRI, func(i IRI) Term { return i }),
		rapid.Map(rapid.StringMatching(`[a-zA-Z0-9_é]([a-zA-Z0-9._-]{0,3}[a-zA-Z0-9])?`), func(s string) Term { return BlankNode(s) }),
	)
	drawLiteral = rapid.OneOf(rapid.SampledFrom(trickyLiterals), rapid.Custom(func(t *rapid.T) Term {
		text := drawText.Draw(t, "text")
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			return langString(text, rapid.StringMatching(`[a-z]{2}(-[A-Z]{2})?`).Draw(t, "language"))
		case 1:
			return typedString(text, string(drawIRI.Draw(t, "datatype")))
		}
		return String(text)
	}))
	drawTerm = rapid.OneOf(drawNode, drawLiteral)
)

// A universe is the few terms that one run draws its quads and questions from, so that they meet.
type universe struct{ nodes, objects []Term }

func drawUniverse(t *rapid.T) universe {
	u := universe{nodes: rapid.SliceOfN(drawNode, 2, 6).Draw(t, "nodes")}
	u.objects = slices.Concat(u.nodes, rapid.SliceOfN(drawLiteral, 1, 6).Draw(t, "literals"))
	return u
}

func (u universe) quad(t *rapid.T) Quad {
	q := Quad{
		Subject:   rapid.SampledFrom(u.nodes).Draw(t, "subject"),
		Predicate: rapid.SampledFrom(predicates[:2]).Draw(t, "predicate"),
		Object:    rapid.SampledFrom(u.objects).Draw(t, "object"),
	}
	if rapid.Bool().Draw(t, "labelled") {
		q.Label = rapid.SampledFrom(u.nodes).Draw(t, "label")
	}
	return q
}

// term draws a term of the universe, or a predicate, or any other.
func (u universe) term(t *rapid.T) Term {
	switch rapid.IntRange(0, 5).Draw(t, "from") {
	case 0:
		return rapid.SampledFrom(predicates).Draw(t, "predicate")
	case 1:
		return drawTerm.Draw(t, "other")
	}
	return rapid.SampledFrom(u.objects).Draw(t, "term")
}

// shapes returns the sixteen patterns that are parts of q.
func shapes(q Quad) []Pattern {
	patterns := make([]Pattern, 16)
	for i := range patterns {
		p := Pattern(q)
		if i&1 == 0 {
			p.Subject = nil
		}
		if i&2 == 0 {
			p.Predicate = nil
		}
		if i&4 == 0 {
			p.Object = nil
		}
		if i&8 == 0 {
			p.Label = nil
		}
		patterns[i] = p
	}
	return patterns
}
