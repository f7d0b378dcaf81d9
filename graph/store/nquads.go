package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/cayleygraph/quad"
)

// N-Quads in and out. The grammar is W3C N-Quads 1.1 in the strict reading of its test suite:
//
//	line     = blanks [ quad blanks ] [ "#" anything ]
//	quad     = subject predicate object [ label ] "."      blanks may stand between; none need to
//	subject  = iri | bnode         label = iri | bnode
//	predicate= iri                 object = iri | bnode | literal
//	iri      = "<" absolute IRI, in it \uXXXX and \UXXXXXXXX ">"
//	bnode    = "_:" name           no colon in the name
//	literal  = '"' text, in it \t \b \n \r \f \" \' \\ \uXXXX \UXXXXXXXX '"' [ "@" language | "^^" iri ]
//
// The parser is our own and not Cayley's quad/nquads, because that one cannot be made right from outside: it takes relative
// IRIs and colons in the names of blank nodes, leaves \u escapes in IRIs as they stand, panics on "\UFFFFFFFF", and by a
// global switch turns "029"^^xsd:integer into the number 29, which prints with another datatype. Looking for all that
// beforehand is the parser below; after it, nothing would be left to do.

// MaxLine is the most bytes that a line of N-Quads may have. The longest value in real data, a paragraph quoted whole, has
// some thousands; a line of a mebibyte is a file that is no N-Quads.
const MaxLine = 1 << 20

// A SyntaxError says where a line is no N-Quads.
type SyntaxError struct {
	Column int    // in characters, from 1
	Wrong  string // what is wrong
	Remedy string // what to do
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("column %d: %s: %s", e.Column, e.Wrong, e.Remedy)
}

// A QuadReader reads quads from N-Quads of any size, one line in memory at a time.
type QuadReader struct {
	r    *bufio.Reader
	buf  []byte
	line int
}

// NewQuadReader returns a reader of the N-Quads in r. It reads ahead.
func NewQuadReader(r io.Reader) *QuadReader {
	return &QuadReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// Read returns the next quad and the number of its line, counted from 1; blank lines and comments are passed over. After the
// last it returns io.EOF and the number of lines.
//
// A line that does not parse, or is longer than [MaxLine], gives an error around a [*SyntaxError] that names the line; the
// next Read goes on behind it. Any other error is of the reader beneath, and ends the reading.
func (r *QuadReader) Read() (Quad, int, error) {
	for {
		text, err := r.next()
		if err != nil {
			return Quad{}, r.line, err
		}
		r.line++
		if len(text) > MaxLine {
			err := &SyntaxError{MaxLine + 1, fmt.Sprintf("the line is longer than %d bytes", MaxLine),
				"check that the file is N-Quads, one quad a line"}
			return Quad{}, r.line, fmt.Errorf("line %d: %w", r.line, err)
		}
		q, ok, err := ParseQuad(string(text))
		if err != nil {
			return Quad{}, r.line, fmt.Errorf("line %d: %w", r.line, err)
		}
		if ok {
			return q, r.line, nil
		}
	}
}

// next returns a line without its end: a line feed, a carriage return, or both. Of a line longer than MaxLine it returns
// more than MaxLine bytes of the beginning. The bytes are good until the next call.
func (r *QuadReader) next() ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		if _, err := r.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && len(r.buf) > 0 {
				return r.buf, nil
			}
			return nil, err
		}
		ahead, _ := r.r.Peek(r.r.Buffered())
		end := bytes.IndexAny(ahead, "\r\n")
		if end < 0 {
			r.keep(ahead)
			r.r.Discard(len(ahead))
			continue
		}
		r.keep(ahead[:end])
		cr := ahead[end] == '\r'
		r.r.Discard(end + 1)
		if cr {
			if b, err := r.r.Peek(1); err == nil && b[0] == '\n' {
				r.r.Discard(1)
			}
		}
		return r.buf, nil
	}
}

func (r *QuadReader) keep(b []byte) {
	if len(r.buf) <= MaxLine {
		r.buf = append(r.buf, b...)
	}
}

// WriteQuad writes q as a line of canonical N-Quads, as [AppendQuad] does.
func WriteQuad(w io.Writer, q Quad) error {
	_, err := w.Write(AppendQuad(nil, q))
	return err
}

// AppendQuad appends q to b as a line of canonical N-Quads: single blanks, " ." and a line feed at the end. Equal quads give
// equal lines, and [ParseQuad] gives q back. Only the label may be nil.
func AppendQuad(b []byte, q Quad) []byte {
	for _, t := range []Term{q.Subject, q.Predicate, q.Object, q.Label} {
		if t != nil {
			b = append(AppendTerm(b, t), ' ')
		}
	}
	return append(b, '.', '\n')
}

// AppendTerm appends t to b as canonical N-Quads have it. In text \t \b \n \r \f \" \\ are written so, other control
// characters as \u00XX, everything else as UTF-8 (bytes that are none, as U+FFFD). A literal of xsd:string is written plain.
// What no IRI may hold is escaped in one, so that the line stays one, and will not parse.
func AppendTerm(b []byte, t Term) []byte {
	switch t := t.(type) {
	case nil:
		return b
	case IRI:
		return appendIRI(b, t)
	case BlankNode:
		return append(append(b, "_:"...), t...)
	case String:
		return appendText(b, string(t))
	case LangString:
		return append(append(appendText(b, string(t.Value)), '@'), t.Lang...)
	case TypedString:
		b = appendText(b, string(t.Value))
		if t.Type == xsdString || t.Type == "" {
			return b
		}
		return appendIRI(append(b, "^^"...), t.Type)
	case quad.TypedStringer: // Cayley's own numbers and times
		return AppendTerm(b, t.TypedString())
	}
	return appendText(b, t.String())
}

const (
	xsdString     = "http://www.w3.org/2001/XMLSchema#string"
	rdfLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
)

func appendIRI(b []byte, iri IRI) []byte {
	b = append(b, '<')
	for _, r := range string(iri) {
		if iriRune(r) {
			b = utf8.AppendRune(b, r)
		} else {
			b = appendUnicode(b, r)
		}
	}
	return append(b, '>')
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0 // of what is not yet written and needs no escape
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && c < utf8.RuneSelf {
			continue
		}
		if c >= utf8.RuneSelf {
			_, n := utf8.DecodeRuneInString(s[i:])
			if n > 1 {
				i += n - 1
				continue
			}
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\f':
			b = append(b, `\f`...)
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			if c >= utf8.RuneSelf {
				b = utf8.AppendRune(b, utf8.RuneError)
			} else {
				b = appendUnicode(b, rune(c))
			}
		}
	}
	return append(append(b, s[start:]...), '"')
}

// appendUnicode appends \uXXXX; every character that needs it is below U+0080.
func appendUnicode(b []byte, r rune) []byte {
	return append(b, `\u00`+string("0123456789ABCDEF"[r>>4&15])+string("0123456789ABCDEF"[r&15])...)
}

// unescape returns the character that an escape begins at s[0] == '\\', and the bytes that it takes; n is 0 if it is none.
func unescape(s string, inText bool) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	digits := 0
	switch s[1] {
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	if digits > 0 {
		if len(s) < 2+digits {
			return 0, 0
		}
		v, err := strconv.ParseUint(s[2:2+digits], 16, 32)
		if err != nil || v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
			return 0, 0
		}
		return rune(v), 2 + digits
	}
	if inText {
		for i := range len(echars) {
			if echars[i] == s[1] {
				return rune(echarRunes[i]), 2
			}
		}
	}
	return 0, 0
}

const (
	echars     = `tbnrf"'\`
	echarRunes = "\t\b\n\r\f\"'\\"
)
