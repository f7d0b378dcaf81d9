package store

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"
)

// A textChunk is some whole lines on their way from the source to the run. Its memory is used again and again; its strings and terms
// share it, and are good until reset.
type textChunk struct {
	file  string
	first bool // of the file
	data  []byte

	lines    int // in data
	terms    []localTerm
	entries  [][]byte    // texts of the dictionary, each once
	quads    [][4]uint32 // places in terms, in the order of tquad; a 0 is the nil term
	problems []*LineError
	more     int // problems that are not listed

	values  []Term            // of terms, for checks
	byToken map[string]uint32 // places in terms by how a term is written; two ways of writing are two terms
	byText  map[string]uint32 // places in entries
	arena   []byte            // what the entries' texts are cut from
	numbers []uint64          // of entries, see bulkDict.resolve
	tids    []tid             // of terms
	last    [4]token          // of the last quad
	uses    []use             // of terms as predicates, see loader.keepTerms
	done    chan struct{}
}

// A token is a term as the text has it, in data, and its place in terms.
type token struct {
	text  []byte
	place uint32
}

// A localTerm is a term of a chunk: a tid that holds its value, or an entry of the dictionary.
type localTerm struct {
	tid    tid
	entry  uint32 // place in entries + 1; 0 for none
	number uint64 // of a numbered IRI, plus one
}

func newChunk() *textChunk {
	return &textChunk{byToken: map[string]uint32{}, byText: map[string]uint32{}, done: make(chan struct{}, 1)}
}

func (c *textChunk) reset(file string, first bool) {
	c.file, c.first, c.lines, c.more, c.last = file, first, 0, 0, [4]token{}
	c.data, c.entries, c.quads, c.problems, c.arena = c.data[:0], c.entries[:0], c.quads[:0], nil, c.arena[:0]
	c.terms, c.values = append(c.terms[:0], localTerm{}), append(c.values[:0], nil)
	clear(c.byToken)
	clear(c.byText)
}

// parse reads all lines. Most lines of large files are written in one way, with single blanks; their terms are looked up by
// their bytes, and only those that the chunk has not seen yet are parsed. All other lines go through [ParseQuad].
func (c *textChunk) parse(check func(Quad) error, limit int) {
	for rest := c.data; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[min(end+1, len(rest)):]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		for bytes.IndexByte(line, '\r') >= 0 { // lines that end in a carriage return alone
			i := bytes.IndexByte(line, '\r')
			c.parseLine(line[:i], check, limit)
			line = line[i+1:]
		}
		c.parseLine(line, check, limit)
	}
}

func (c *textChunk) parseLine(line []byte, check func(Quad) error, limit int) {
	c.lines++
	q, ok := c.fast(line)
	if !ok {
		var err error
		if q, ok, err = c.slow(line); err != nil {
			c.problem(err, limit)
		}
		if !ok {
			return
		}
	}
	if check != nil {
		if err := check(Quad{Subject: c.values[q[0]], Predicate: c.values[q[1]], Object: c.values[q[2]], Label: c.values[q[3]]}); err != nil {
			c.problem(err, limit)
			return
		}
	}
	c.quads = append(c.quads, q)
}

func (c *textChunk) problem(err error, limit int) {
	if len(c.problems) >= limit {
		c.more++
		return
	}
	c.problems = append(c.problems, &LineError{c.file, c.lines, err})
}

// fast reads a line of the usual form. ok is false for any other, right or wrong.
func (c *textChunk) fast(line []byte) (q [4]uint32, ok bool) {
	if len(line) > MaxLine/6 { // AppendQuad may write a byte as six
		return q, false
	}
	for d := range 4 {
		if d == 3 && len(line) == 1 && line[0] == '.' {
			return q, true // no label
		}
		last := &c.last[d]
		if n := len(last.text); n > 0 && n < len(line) && line[n] == ' ' && bytes.Equal(line[:n], last.text) { // as in the last quad
			q[d], line = last.place, line[n+1:]
			continue
		}
		n := tokenEnd(line, d == 2)
		if n == 0 || n >= len(line) || line[n] != ' ' {
			return q, false
		}
		if q[d], ok = c.lookup(d, line[:n]); !ok {
			return q, false
		}
		last.text, last.place = line[:n], q[d]
		line = line[n+1:]
	}
	return q, len(line) == 1 && line[0] == '.'
}

// tokenEnd returns where the term ends that a line begins with; 0 if that takes a closer look.
func tokenEnd(line []byte, literal bool) int {
	if len(line) == 0 {
		return 0
	}
	switch {
	case line[0] == '<':
		return bytes.IndexByte(line, '>') + 1
	case line[0] == '"' && literal:
		n := bytes.IndexByte(line[1:], '"') + 2
		if n == 1 || bytes.IndexByte(line[:n], '\\') >= 0 || n == len(line) {
			return 0
		}
		switch line[n] {
		case ' ':
			return n
		case '@':
			return n + max(0, bytes.IndexByte(line[n:], ' '))
		case '^':
			if end := bytes.IndexByte(line[n:], '>'); end > 0 {
				return n + end + 1
			}
		}
	case line[0] == '_':
		return max(0, bytes.IndexByte(line, ' '))
	}
	return 0
}

// lookup returns the place of a term by its bytes in the line. ok is false if they are no term for that place in a quad.
func (c *textChunk) lookup(d int, token []byte) (uint32, bool) {
	i, known := c.byToken[string(token)]
	if !known {
		// The string shares the chunk's memory: what has it is cleared with it.
		s := unsafe.String(unsafe.SliceData(token), len(token))
		t, err := ParseTerm(s)
		if err != nil {
			return 0, false
		}
		if i, err = c.add(t); err != nil {
			return 0, false
		}
		c.byToken[s] = i
	}
	if d == 1 {
		if _, is := c.values[i].(IRI); !is {
			return 0, false
		}
	}
	return i, true
}

// slow reads any line. ok is false for one without a quad.
func (c *textChunk) slow(line []byte) (q [4]uint32, ok bool, err error) {
	if len(line) > MaxLine {
		return q, false, &SyntaxError{MaxLine + 1, fmt.Sprintf("the line is longer than %d bytes", MaxLine), "check that the file is N-Quads, one quad a line"}
	}
	parsed, ok, err := ParseQuad(string(line))
	if err == nil && ok && len(line) > MaxLine/6 {
		err = checkQuad(parsed)
	}
	if err != nil || !ok {
		return q, false, err
	}
	for d, t := range [4]Term{parsed.Subject, parsed.Predicate, parsed.Object, parsed.Label} {
		if t == nil {
			continue
		}
		token := FormatTerm(t)
		i, known := c.byToken[token]
		if !known {
			if i, err = c.add(t); err != nil {
				return q, false, err
			}
			c.byToken[token] = i
		}
		q[d] = i
	}
	return q, true, nil
}

// add makes a term's place.
func (c *textChunk) add(t Term) (uint32, error) {
	var lt localTerm
	var ok bool
	if lt.tid, ok = inline(t); !ok {
		start := len(c.arena)
		if err := c.appendEntry(t, &lt); err != nil {
			return 0, err
		}
		text := c.arena[start:len(c.arena):len(c.arena)]
		n, known := c.byText[string(text)]
		if known {
			c.arena = c.arena[:start]
		} else {
			c.entries = append(c.entries, text)
			n = uint32(len(c.entries))
			c.byText[unsafe.String(unsafe.SliceData(text), len(text))] = n
		}
		lt.entry = n
	}
	c.terms, c.values = append(c.terms, lt), append(c.values, t)
	return uint32(len(c.terms) - 1), nil
}

// appendEntry is entryText into the arena. A full arena is left to those who have texts in it.
func (c *textChunk) appendEntry(t Term, lt *localTerm) (err error) {
	if iri, is := t.(IRI); is {
		if prefix, width, n, ok := splitNumber(iri); ok {
			c.arena = append(append(c.arena, 'N', byte(width)), prefix...)
			lt.number = n + 1
			return nil
		}
	}
	c.arena, err = appendText1(c.arena, t)
	return err
}

// assign turns the chunk's terms into tids, when the entries have their numbers.
func (c *textChunk) assign() error {
	c.tids = c.tids[:0]
	for _, t := range c.terms {
		if t.entry > 0 {
			n := c.numbers[t.entry-1]
			if t.number > 0 && n > maxPrefix {
				return errors.New("the dictionary has too many prefixes of numbered names")
			}
			t.tid = entryTID(n, t.number)
		}
		c.tids = append(c.tids, t.tid)
	}
	return nil
}

// maxPrefix is the largest number of an entry that can be the prefix in a tid.
const maxPrefix = 1<<32 - 1
