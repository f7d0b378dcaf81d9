package store

import (
	"strings"
	"unicode/utf8"
)

// ParseTerm parses one term of N-Quads, with nothing before or behind it. The error is a [*SyntaxError].
func ParseTerm(s string) (Term, error) {
	p := parser{s: s}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n") {
		return nil, p.errorf("write it in UTF-8, and line ends as \\n", "bytes that are no UTF-8, or a line end")
	}
	t, err := p.term("the term", "an IRI, a blank node or a literal", true)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(s, " ") || strings.HasSuffix(s, "\t") {
		p.i = len(s) - 1
	}
	if p.i != len(s) {
		return nil, p.errorf("give one term", "%s behind the term", p.found())
	}
	return t, nil
}

// FormatTerm writes a term as N-Quads have it; "" for nil. [ParseTerm] reads it back.
func FormatTerm(t Term) string { return string(AppendTerm(nil, t)) }
