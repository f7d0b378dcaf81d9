package main

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// unlimited is a Config whose guard lets everything through.
func unlimited() *Config {
	c := Config{}.withDefaults()
	for _, n := range []*int{&c.MaxTokens, &c.MaxDepth, &c.MaxFields, &c.MaxRootFields, &c.MaxAliases, &c.MaxDirectives, &c.MaxPairs} {
		*n = math.MaxInt
	}
	return &c
}

// counted is what a guard counts, and what a syntax tree tells of the same.
type counted struct {
	Fields, Roots, Depth, Spreads []int
	Aliases, Directives           int
}

func countedByGuard(s *scan) counted {
	n := counted{Aliases: s.aliases, Directives: s.directives}
	for _, b := range s.blocks {
		n.Fields, n.Roots, n.Depth, n.Spreads = append(n.Fields, b.fields), append(n.Roots, b.roots), append(n.Depth, b.depth), append(n.Spreads, len(b.spread))
	}
	return n
}

// countedByTree counts the same the simple way. Operations and fragments come back in the order in which they stand.
func countedByTree(doc *ast.QueryDocument) counted {
	var n counted
	type one struct{ fields, roots, depth, spreads, at int }
	var list []one
	var walk func(o *one, set ast.SelectionSet, depth int, root bool)
	walk = func(o *one, set ast.SelectionSet, depth int, root bool) {
		o.depth = max(o.depth, depth)
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				o.fields++
				if root {
					o.roots++
				}
				if s.Alias != s.Name {
					n.Aliases++
				}
				n.Directives += len(s.Directives)
				if len(s.SelectionSet) > 0 {
					walk(o, s.SelectionSet, depth+1, false)
				}
			case *ast.InlineFragment:
				n.Directives += len(s.Directives)
				walk(o, s.SelectionSet, depth+1, root)
			case *ast.FragmentSpread:
				n.Directives += len(s.Directives)
				o.spreads++
			}
		}
	}
	for _, op := range doc.Operations {
		o := one{at: op.Position.Start}
		n.Directives += len(op.Directives)
		for _, v := range op.VariableDefinitions {
			n.Directives += len(v.Directives)
		}
		walk(&o, op.SelectionSet, 1, true)
		list = append(list, o)
	}
	for _, f := range doc.Fragments {
		o := one{at: f.Position.Start}
		n.Directives += len(f.Directives)
		walk(&o, f.SelectionSet, 1, true)
		list = append(list, o)
	}
	for len(list) > 0 {
		first := 0
		for i := range list {
			if list[i].at < list[first].at {
				first = i
			}
		}
		o := list[first]
		list = append(list[:first], list[first+1:]...)
		n.Fields, n.Roots, n.Depth, n.Spreads = append(n.Fields, o.fields), append(n.Roots, o.roots), append(n.Depth, o.depth), append(n.Spreads, o.spreads)
	}
	return n
}

// FuzzGuard compares what the guard counts by tokens with what the parser makes of the document: if they saw it differently,
// something could pass the guard that is not what the guard takes it for.
func FuzzGuard(f *testing.F) {
	for _, text := range []string{
		`{ a }`, `query Q($a: [T!] = [{b: "c"}] @d(e: 1)) @f { g(h: {i: [1, 2]}) @j { k: l } }`, `fragment query on Q { a } { ...query }`,
		`query fragment { on } fragment on2 on T @x { ...on2 @y ... on T @z { a: b } ... @w { c } ... { d } }`, `query query { query: query fragment: on }`,
		`{ a(b: "}{") # }` + "\n" + `c(d: """ } """) }`, `subscription { s } mutation M { m }`, `{ a: b: c }`, `{ ... on }`, `{ a @ b }`, `{ a { } }`, `}`, `{(}`,
	} {
		f.Add(text)
	}
	for _, e := range examples() {
		f.Add(e.Query)
	}
	f.Add(introspectionQuery)
	for _, a := range attacks() {
		if len(a.query) < 2_000 {
			f.Add(a.query)
		}
	}
	c := unlimited()
	f.Fuzz(func(t *testing.T, text string) {
		s, problem := c.scan(text)
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			return // what the guard makes of it does not matter
		}
		if problem != nil {
			if int64(len(text)) > c.MaxDocument {
				return
			}
			t.Fatalf("refused: %v", problem)
		}
		if s == nil {
			t.Fatal("the guard takes it for no GraphQL, and the parser does not")
		}
		got, want := countedByGuard(s), countedByTree(doc)
		if got.Aliases >= want.Aliases { // an alias that is the name of the field cannot be seen in the tree
			got.Aliases = want.Aliases
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the guard counts differently (-tree +guard):\n%s", diff)
		}
	})
}

// TestGuardDefaults lets through what people ask: every question of the playground and of the curated set.
func TestGuardDefaults(t *testing.T) {
	c := Config{}.withDefaults()
	for _, e := range examples() {
		if problem := c.guard(e.Query); problem != nil {
			t.Errorf("%s: %v", e.Question, problem)
		}
	}
	if problem := c.guard(introspectionQuery); problem != nil {
		t.Errorf("introspection: %v", problem)
	}
	if problem := c.guard(strings.Repeat("{ a } ", 10)); problem != nil {
		t.Errorf("ten operations: %v", problem)
	}
}

func TestCountJSON(t *testing.T) {
	for _, c := range []struct {
		text          string
		values, depth int
	}{
		{`1`, 1, 0}, {`"a"`, 1, 0}, {`{}`, 1, 1}, {`[]`, 1, 1}, {`[1, 2, true]`, 4, 1}, {`{"a": null}`, 3, 1},
		{`{"a": [{"b": "]"}], "c\"d": -1.5e3}`, 8, 3}, {`["\\", "\"", "[["]`, 4, 1}, {`[[], [[]]]`, 4, 3},
	} {
		if values, depth := countJSON([]byte(c.text), 100, 100); values != c.values || depth != c.depth {
			t.Errorf("countJSON(%s) = %d, %d, want %d, %d", c.text, values, depth, c.values, c.depth)
		}
	}
}
