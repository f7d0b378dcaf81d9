package main

import (
	"fmt"
	"math"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/parleygraph/parley/graph/resolver"
)

// A block is an operation or a fragment of a document, as far as its tokens tell.
type block struct {
	name   string // of a fragment; "" for an operation
	fields int
	roots  int // fields of its outermost selection, inline fragments put in
	depth  int // of braces
	spread []spreadIn
}

// A spreadIn is where a block puts a fragment in.
type spreadIn struct {
	name  string
	depth int  // of braces around it
	root  bool // it stands in the outermost selection
}

// A scan is what a document's tokens tell before anybody parses it.
type scan struct {
	c                                    *Config
	tokens, aliases, directives, pairs   int
	blocks                               []*block
	block                                *block // nil between blocks
	named                                map[string]int
	parens, values                       int
	fieldLevels                          []int // of the open braces: how many of them belong to fields
	afterField, afterOn, skipName, isDef bool
}

// guard reports why a document is too much to be parsed, nil if it is not. Its cost is linear in the document, fragments
// included: each is measured once, however often it is spread. It judges no grammar: what is no GraphQL is left to the parser,
// which then has no more to read than is allowed.
func (c *Config) guard(text string) *gqlerror.Error {
	s, problem := c.scan(text)
	if problem != nil || s == nil {
		return problem
	}
	return s.expand()
}

// scan reads the tokens of a document. It returns neither a scan nor a problem if the document is no GraphQL.
func (c *Config) scan(text string) (*scan, *gqlerror.Error) {
	if int64(len(text)) > c.MaxDocument {
		return nil, tooComplex("the document has %d bytes, and %d are allowed; ask for less at once", len(text), c.MaxDocument)
	}
	s := &scan{c: c, named: map[string]int{}}
	lex := lexer.New(&ast.Source{Input: text})
	for {
		token, err := lex.ReadToken()
		if err != nil {
			return nil, nil // the parser says it better
		}
		if token.Kind == lexer.EOF {
			break
		}
		s.tokens++
		if s.tokens > c.MaxTokens {
			return nil, tooComplex("the document has more than %d tokens; ask for less at once", c.MaxTokens)
		}
		if token.Kind == lexer.Comment {
			continue
		}
		if !s.read(token) {
			return nil, nil
		}
		if problem := s.over(); problem != nil {
			return nil, problem
		}
	}
	return s, nil
}

func tooComplex(format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": resolver.CodeTooComplex}}
}

// read takes the next token. It reports false when the document cannot be GraphQL.
func (s *scan) read(t lexer.Token) bool {
	if s.parens > 0 {
		s.readValue(t)
		return true
	}
	switch t.Kind {
	case lexer.ParenL:
		s.parens++
	case lexer.At:
		s.directives++
		s.skipName = true
	case lexer.BraceL:
		s.open()
	case lexer.BraceR:
		if len(s.fieldLevels) == 0 {
			return false
		}
		s.fieldLevels = s.fieldLevels[:len(s.fieldLevels)-1]
		s.afterField, s.afterOn, s.skipName = false, false, false
		if len(s.fieldLevels) == 0 {
			s.block = nil
		}
	case lexer.Spread:
		s.afterField, s.afterOn, s.skipName = false, true, false
	case lexer.Colon: // what came before was an alias, and the field's name comes
		if len(s.fieldLevels) > 0 {
			s.aliases++
			s.skipName = true
		}
	case lexer.Name:
		s.readName(t.Value)
	}
	return true
}

// readValue takes a token of arguments or variable definitions.
func (s *scan) readValue(t lexer.Token) {
	switch t.Kind {
	case lexer.ParenL: // of a directive on a variable
		s.parens++
	case lexer.ParenR:
		s.parens--
	case lexer.BraceL, lexer.BracketL:
		s.values++
	case lexer.BraceR, lexer.BracketR:
		s.values--
	case lexer.At:
		s.directives++
	}
}

func (s *scan) open() {
	level := 1
	if n := len(s.fieldLevels); n > 0 {
		level = s.fieldLevels[n-1]
		if s.afterField {
			level++
		}
	} else if s.block == nil {
		s.begin("")
	}
	s.fieldLevels = append(s.fieldLevels, level)
	s.block.depth = max(s.block.depth, len(s.fieldLevels))
	s.afterField, s.afterOn, s.skipName, s.isDef = false, false, false, false
}

func (s *scan) begin(name string) {
	s.block = &block{name: name}
	s.blocks = append(s.blocks, s.block)
}

func (s *scan) readName(name string) {
	n := len(s.fieldLevels)
	switch {
	case s.skipName: // of a directive, of a field behind its alias, of a type
		s.skipName = false
	case s.isDef: // the name of a fragment
		s.begin(name)
		s.isDef, s.skipName = false, false
	case n == 0 && s.block != nil: // the name of an operation; "on" and a type
	case n == 0 && name == "fragment":
		s.isDef = true
	case n == 0:
		s.begin("")
	case s.afterOn:
		s.afterOn = false
		if name == "on" {
			s.skipName = true
			return
		}
		s.block.spread = append(s.block.spread, spreadIn{name, n, s.fieldLevels[n-1] == 1})
	default:
		s.afterField = true
		s.block.fields++
		if s.fieldLevels[n-1] == 1 {
			s.block.roots++
		}
		s.pairs += s.named[name]
		s.named[name]++
	}
}

// over reports what is already too much.
func (s *scan) over() *gqlerror.Error {
	for _, x := range []struct {
		n, most int
		what    string
	}{
		{len(s.fieldLevels), s.c.MaxDepth, "selections nest deeper than %d"},
		{s.values, s.c.MaxDepth, "values of an argument nest deeper than %d"},
		{s.aliases, s.c.MaxAliases, "it has more than %d aliases"},
		{s.directives, s.c.MaxDirectives, "it has more than %d directives"},
		{s.pairs, s.c.MaxPairs, "it has more than %d pairs of fields of one name"},
	} {
		if x.n > x.most {
			return tooComplex("the document is too complex: "+x.what+"; ask for less at once", x.most)
		}
	}
	return nil
}

// expand puts fragments in, without doing so.
func (s *scan) expand() *gqlerror.Error {
	fragments := map[string]*block{}
	for _, b := range s.blocks {
		if b.name != "" {
			fragments[b.name] = b
		}
	}
	whole := map[*block]*block{} // nil while it is measured
	var measure func(b *block) (*block, *gqlerror.Error)
	measure = func(b *block) (*block, *gqlerror.Error) {
		if w, ok := whole[b]; ok {
			if w == nil {
				return nil, &gqlerror.Error{Message: fmt.Sprintf("fragment %q is spread within itself", b.name), Extensions: map[string]any{"code": resolver.CodeBadUserInput}}
			}
			return w, nil
		}
		whole[b] = nil
		w := &block{fields: b.fields, roots: b.roots, depth: b.depth}
		for _, sp := range b.spread {
			f, ok := fragments[sp.name]
			if !ok {
				continue // validation says so
			}
			inner, problem := measure(f)
			if problem != nil {
				return nil, problem
			}
			w.fields = add(w.fields, inner.fields)
			w.depth = max(w.depth, sp.depth+inner.depth-1)
			if sp.root {
				w.roots = add(w.roots, inner.roots)
			}
		}
		whole[b] = w
		return w, nil
	}
	for _, b := range s.blocks {
		w, problem := measure(b)
		switch {
		case problem != nil:
			return problem
		case w.fields > s.c.MaxFields:
			return tooComplex("the document is too complex: with its fragments put in it has more than %d fields; ask for less at once", s.c.MaxFields)
		case w.depth > s.c.MaxDepth:
			return tooComplex("the document is too complex: with its fragments put in, selections nest deeper than %d; ask for less at once", s.c.MaxDepth)
		case b.name == "" && w.roots > s.c.MaxRootFields:
			return tooComplex("the document is too complex: it asks for more than %d fields at its root; ask them in several requests", s.c.MaxRootFields)
		}
	}
	return nil
}

// add adds counts, and stays at the largest int where the sum would be larger.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// times multiplies counts, and stays at the largest int where the product would be larger.
func times(a, b int) int {
	if a != 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}
