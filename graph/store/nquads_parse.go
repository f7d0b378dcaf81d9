package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseQuad parses a line of N-Quads; the grammar is at the head of nquads.go. ok is false for a blank line and for a
// comment. The line's end may be there or not. The error is a [*SyntaxError].
//
// A typed literal keeps its text as written; one of xsd:string is a plain [String]. The terms share the line's memory.
func ParseQuad(line string) (q Quad, ok bool, err error) {
	p := parser{s: strings.TrimRight(line, "\r\n")}
	switch {
	case !utf8.ValidString(p.s):
		for i, r := range p.s {
			if r == utf8.RuneError && !strings.HasPrefix(p.s[i:], "\uFFFD") {
				p.i = i
				break
			}
		}
		return Quad{}, false, p.errorf("save the file as UTF-8", "bytes that are no UTF-8")
	case strings.ContainsAny(p.s, "\r\n"):
		p.i = strings.IndexAny(p.s, "\r\n")
		return Quad{}, false, p.errorf(`write it as \n or \r`, "a line end inside the line")
	}
	p.blanks()
	if p.comment() {
		return Quad{}, false, nil
	}
	if q, err = p.quad(); err != nil {
		return Quad{}, false, err
	}
	return q, true, nil
}

type parser struct {
	s string
	i int
}

func (p *parser) quad() (q Quad, err error) {
	if q.Subject, err = p.term("the subject", "an IRI", false); err != nil {
		return q, err
	}
	at := p.i
	if q.Predicate, err = p.term("the predicate", "an IRI", false); err != nil {
		return q, err
	}
	if _, is := q.Predicate.(IRI); !is {
		p.i = at
		return q, p.errorf("name the predicate by its IRI", "the predicate is a blank node")
	}
	if q.Object, err = p.term("the object", "an IRI or a literal", true); err != nil {
		return q, err
	}
	if p.peek() != '.' {
		if q.Label, err = p.term("the label", "an IRI, or a full stop to end the quad", false); err != nil {
			return q, err
		}
	}
	if p.peek() != '.' {
		return q, p.errorf("end the quad with a full stop after at most four terms", "%s where the full stop should be", p.found())
	}
	p.i++
	p.blanks()
	if !p.comment() {
		return q, p.errorf("write one quad a line", "%s behind the full stop", p.found())
	}
	return q, nil
}

// term reads a term and the blanks behind it.
func (p *parser) term(what, want string, literal bool) (t Term, err error) {
	switch {
	case p.peek() == '<':
		t, err = p.iri()
	case strings.HasPrefix(p.s[p.i:], "_:"):
		t, err = p.blankNode()
	case p.peek() == '"' && literal:
		t, err = p.literal()
	case p.peek() == '"':
		return nil, p.errorf("write "+want+" there", "%s is a literal", what)
	case strings.HasPrefix(p.s[p.i:], "\uFEFF"):
		return nil, p.errorf("save the file without it", "a byte order mark")
	default:
		return nil, p.errorf("write "+want+" there", "%s where %s should be", p.found(), what)
	}
	if err != nil {
		return nil, err
	}
	p.blanks()
	return t, nil
}

func (p *parser) iri() (IRI, error) {
	start := p.i
	p.i++
	text, err := p.until('>', false)
	if err != nil {
		return "", err
	}
	if !absolute(text) {
		p.i = start
		return "", p.errorf("write all of it, such as <https://schema.org/name> or <person:pete-hegseth>", "the IRI <%s> is not absolute", text)
	}
	return IRI(text), nil
}

func (p *parser) literal() (Term, error) {
	p.i++
	text, err := p.until('"', true)
	if err != nil {
		return nil, err
	}
	switch {
	case p.peek() == '@':
		p.i++
		n := language(p.s[p.i:])
		if n == 0 {
			return nil, p.errorf("write one such as @en or @es-MX", "no language tag behind the @")
		}
		p.i += n
		return LangString{Value: String(text), Lang: p.s[p.i-n : p.i]}, nil
	case strings.HasPrefix(p.s[p.i:], "^^"):
		p.i += 2
		at := p.i
		if p.peek() != '<' {
			return nil, p.errorf("write an IRI such as <http://www.w3.org/2001/XMLSchema#integer>", "%s where the datatype should be", p.found())
		}
		datatype, err := p.iri()
		switch {
		case err != nil:
			return nil, err
		case datatype == xsdString:
			return String(text), nil
		case datatype == rdfLangString:
			p.i = at
			return nil, p.errorf("write the language, as in \"text\"@en", "a text of datatype rdf:langString without a language")
		}
		return TypedString{Value: String(text), Type: datatype}, nil
	}
	return String(text), nil
}

// until reads up to and over end, and returns what it read with its escapes resolved.
func (p *parser) until(end byte, inText bool) (string, error) {
	start := p.i
	var b []byte // what was read, once it differs from the line
	for p.i < len(p.s) {
		r, n := rune(p.s[p.i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(p.s[p.i:])
		}
		switch {
		case r == rune(end):
			text := p.s[start:p.i]
			if b != nil {
				text = string(b)
			}
			p.i++
			return text, nil
		case r == '\\':
			if r, n = unescape(p.s[p.i:], inText); n == 0 {
				known := `\uXXXX or \UXXXXXXXX`
				if inText {
					known = `\t \b \n \r \f \" \' \\ ` + known
				}
				return "", p.errorf("use "+known, "an escape that there is none of")
			}
			if b == nil {
				b = append(make([]byte, 0, len(p.s)-start), p.s[start:p.i]...)
			}
			fallthrough
		default:
			if !inText && !iriRune(r) {
				return "", p.errorf("write it percent-encoded, or close the IRI with > before it", "%q in an IRI", r)
			}
			if b != nil {
				b = utf8.AppendRune(b, r)
			}
			p.i += n
		}
	}
	what := "IRI"
	if inText {
		what = "text"
	}
	p.i = start - 1
	return "", p.errorf(fmt.Sprintf("close it with %c", end), "the %s does not end", what)
}

func (p *parser) blankNode() (BlankNode, error) {
	start := p.i + len("_:")
	end := start
	for i, r := range p.s[start:] {
		if !nameRune(r, i == 0) && (r != '.' || i == 0) {
			break
		}
		end = start + i + utf8.RuneLen(r)
	}
	label := strings.TrimRight(p.s[start:end], ".") // a full stop ends the quad, and no name
	if label == "" {
		return "", p.errorf("write letters or digits there, as in _:b1", "no name behind _:")
	}
	p.i = start + len(label)
	return BlankNode(label), nil
}

func (p *parser) blanks() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t') {
		p.i++
	}
}

// comment reports whether nothing but a comment is left.
func (p *parser) comment() bool { return p.i == len(p.s) || p.s[p.i] == '#' }

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) found() string {
	if p.i == len(p.s) {
		return "the line's end"
	}
	r, _ := utf8.DecodeRuneInString(p.s[p.i:])
	return fmt.Sprintf("%q", r)
}

func (p *parser) errorf(remedy, wrong string, args ...any) error {
	return &SyntaxError{Column: utf8.RuneCountInString(p.s[:p.i]) + 1, Wrong: fmt.Sprintf(wrong, args...), Remedy: remedy}
}

// absolute reports whether an IRI begins with a scheme.
func absolute(iri string) bool {
	for i := range len(iri) {
		c := iri[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && (c == ':'):
			return true
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// iriRune reports whether an IRI may hold r.
func iriRune(r rune) bool {
	switch r {
	case '<', '>', '"', '{', '}', '|', '^', '`', '\\':
		return false
	}
	return r > ' '
}

// language returns the length of the language tag that s begins with.
func language(s string) int {
	n := 0 // of the tag so far
	for i, first := 0, true; ; first = false {
		start := i
		for i < len(s) && ('a' <= s[i]|0x20 && s[i]|0x20 <= 'z' || !first && '0' <= s[i] && s[i] <= '9') {
			i++
		}
		if i == start {
			return n
		}
		if n = i; i == len(s) || s[i] != '-' {
			return n
		}
		i++
	}
}

// nameRune reports whether a blank node's name may hold r: PN_CHARS of the grammar without the colon.
func nameRune(r rune, first bool) bool {
	in := func(ranges ...rune) bool {
		for i := 0; i < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	return in('a', 'z', 'A', 'Z', '0', '9', '_', '_') ||
		!first && in('-', '-', 0xb7, 0xb7, 0x300, 0x36f, 0x203f, 0x2040) ||
		in(0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x2ff, 0x370, 0x37d, 0x37f, 0x1fff, 0x200c, 0x200d, 0x2070, 0x218f, 0x2c00, 0x2fef,
			0x3001, 0xd7ff, 0xf900, 0xfdcf, 0xfdf0, 0xfffd, 0x10000, 0xeffff)
}
