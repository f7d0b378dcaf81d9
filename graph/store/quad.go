package store

import (
	"strings"

	"github.com/cayleygraph/quad"
)

// The terms and quads of the graph are Cayley's, under names of this package, so that no other package needs Cayley.
type (
	// A Term is an IRI, a blank node or a literal. A nil Term is absent: no label or, in a [Pattern], any term.
	Term = quad.Value
	// A Quad is a fact and, as its label, the claim that it rests on.
	Quad = quad.Quad
	// An IRI is absolute and stands without angle brackets: person:pete-hegseth.
	IRI = quad.IRI
	// A BlankNode is a node without a name of its own.
	BlankNode = quad.BNode
	// A String is a plain literal.
	String = quad.String
	// A LangString is a literal with a language.
	LangString = quad.LangString
	// A TypedString is a literal with a datatype, as it was written: "029"^^xsd:integer stays so.
	TypedString = quad.TypedString
)

// Text returns the bare text of a term: an IRI without brackets, a literal without quotes; "" for nil.
func Text(t Term) string {
	switch t := t.(type) {
	case nil:
		return ""
	case IRI:
		return string(t)
	case BlankNode:
		return string(t)
	case String:
		return string(t)
	case LangString:
		return string(t.Value)
	case TypedString:
		return string(t.Value)
	}
	return t.String()
}

// CompareTerms orders terms: absent, blank nodes, IRIs, literals; each by text, literals then by language or datatype.
func CompareTerms(a, b Term) int {
	if c := rank(a) - rank(b); c != 0 {
		return c
	}
	if c := strings.Compare(Text(a), Text(b)); c != 0 {
		return c
	}
	return strings.Compare(suffix(a), suffix(b))
}

func rank(t Term) int {
	switch t.(type) {
	case nil:
		return 0
	case BlankNode:
		return 1
	case IRI:
		return 2
	}
	return 3
}

func suffix(t Term) string {
	switch t := t.(type) {
	case LangString:
		return "@" + t.Lang
	case TypedString:
		return "^" + string(t.Type)
	}
	return ""
}

// CompareQuads orders quads by subject, predicate, object and label, each as [CompareTerms] does.
func CompareQuads(a, b Quad) int {
	for _, d := range quad.Directions {
		if c := CompareTerms(a.Get(d), b.Get(d)); c != 0 {
			return c
		}
	}
	return 0
}
