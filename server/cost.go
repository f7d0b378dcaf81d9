package main

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph"
)

// costs says what answers cost, in fields: each selected field is 1, a list is its rows times what is selected of each. How
// many rows there will be is first or last where the field has them, else a size from a table. So the cost of a document is
// known before anything is read, and is no less for being written with fragments.
type costs struct {
	schema *ast.Schema
	sizes  map[string]int // of lists that have no argument for it: by "Type.field", then by "field"
	own    map[string]int // of fields that work without being large: by "Type.field", then by "field"
}

// otherSize is the size of lists that no table knows.
const otherSize = 10

// introspectionShare is how many fields of introspection cost as much as one of the graph: they need no store. The query that
// tools send costs half of what is allowed.
const introspectionShare = 6

// newCosts returns the costs of a schema.
func newCosts(schema *ast.Schema) *costs {
	c := &costs{schema: schema, sizes: map[string]int{
		// What records hold, as the curated quads and larger sets have it: most have one or two, few have tens.
		"names": 3, "aliases": 3, "sameAs": 2, "tenures": 5, "unitOf": 1, "actedOnBehalfOf": 3,
		"places": 2, "topics": 2, "participations": 4, "parts": 3, "causedBy": 2, "causes": 2, "claims": 3,
		"attributedTo": 2, "attribution": 2, "about": 3, "authors": 1, "derivedFrom": 1, "narrower": 5, "notations": 2, "kinds": 5,
		"spans": 3, "coveredBy": 5, "redirectedFrom": 1, "hops": 4, "events": 3, "rivals": 2, "persons": 3,
		"userErrors": 2, "UserError.path": 3, "ChangeNotice.changes": 2,
		"Query.kinds": 50, "Query.timeline": 100, "PathResult.paths": 10, "Measures.actors": 20, "GraphPayload.nodes": 200, "GraphPayload.edges": 400,
	}, own: map[string]int{
		// These count, rank or search what they do not show.
		"totalCount": 10, "contacts": 10, "firstSeen": 2, "lastSeen": 2, "Query.search": 20, "Query.stats": 20, "Query.coverage": 20,
		"Query.timeline": 100, "Query.paths": 500, "Query.graph": 200, "Query.measures": 1000, "Query.walk": 20, "Query.diff": 50,
	}}
	// What introspection shows is known exactly.
	var fields, inputs, args, values int
	for _, t := range schema.Types {
		values += len(t.EnumValues)
		if t.Kind == ast.InputObject {
			inputs += len(t.Fields)
		} else {
			fields += len(t.Fields)
		}
		for _, f := range t.Fields {
			args += len(f.Arguments)
		}
	}
	mean := func(n, of int) int { return 1 + n/max(of, 1) }
	for name, n := range map[string]int{
		"__Schema.types": len(schema.Types), "__Schema.directives": len(schema.Directives), "__Directive.args": 2, "__Directive.locations": 3,
		"__Type.fields": mean(fields, len(schema.Types)), "__Type.inputFields": mean(inputs, len(schema.Types)), "__Type.interfaces": 1,
		"__Type.possibleTypes": 1, "__Type.enumValues": mean(values, len(schema.Types)), "__Field.args": mean(args, fields),
	} {
		c.sizes[name] = n
	}
	return c
}

// lookUp finds what a table says of a field.
func lookUp(table map[string]int, typ, field string) (int, bool) {
	if n, ok := table[typ+"."+field]; ok {
		return n, true
	}
	n, ok := table[field]
	return n, ok
}

// A costWalk is one document's.
type costWalk struct {
	*costs
	variables map[string]any
	fragments map[fragmentCost]int
}

// A fragmentCost is a fragment on a page of so many rows.
type fragmentCost struct {
	fragment *ast.FragmentDefinition
	rows     int
}

// of returns what an operation costs. Each fragment is walked once for each size of page that it is spread on, which are a
// hundred at most.
func (c *costs) of(op *ast.OperationDefinition, variables map[string]any) int {
	w := &costWalk{c, variables, map[fragmentCost]int{}}
	return w.selection(op.SelectionSet, 1)
}

// selection returns what a selection costs, on a page of so many rows if it is one of a connection.
func (w *costWalk) selection(set ast.SelectionSet, rows int) int {
	sum := 0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			sum = add(sum, w.field(s, rows))
		case *ast.InlineFragment:
			sum = add(sum, w.selection(s.SelectionSet, rows))
		case *ast.FragmentSpread:
			key := fragmentCost{s.Definition, rows}
			n, ok := w.fragments[key]
			if !ok && s.Definition != nil {
				n = w.selection(s.Definition.SelectionSet, rows)
				w.fragments[key] = n
			}
			sum = add(sum, n)
		}
	}
	return sum
}

func (w *costWalk) field(f *ast.Field, rows int) int {
	if f.Definition == nil || f.ObjectDefinition == nil {
		return 1
	}
	typ := f.Definition.Type
	page := 1
	if isConnection(typ) {
		page = w.rows(f, graph.DefaultPage)
	}
	cost := add(1, w.arguments(f))
	if own, ok := lookUp(w.own, f.ObjectDefinition.Name, f.Name); ok {
		cost = add(cost, own)
	}
	each := 0
	if len(f.SelectionSet) > 0 {
		each = w.selection(f.SelectionSet, page)
	} else if typ.Elem != nil {
		each = 1
	}
	if typ.Elem != nil {
		each = times(each, w.size(f, rows))
	}
	if f.Name == "__schema" || f.Name == "__type" {
		each /= introspectionShare
	}
	return add(cost, each)
}

// size returns how many rows a list has.
func (w *costWalk) size(f *ast.Field, rows int) int {
	if onPage(f.ObjectDefinition.Name, f.Name) {
		return rows
	}
	if ids := f.Arguments.ForName("ids"); ids != nil {
		return w.values(ids.Value)
	}
	if f.Definition.Arguments.ForName("first") != nil {
		return w.rows(f, graph.MaxPage)
	}
	if n, ok := lookUp(w.sizes, f.ObjectDefinition.Name, f.Name); ok {
		return n
	}
	return otherSize
}

// rows returns how many rows a field asks for. More than a page may have are refused without reading any, so they cost no more.
func (w *costWalk) rows(f *ast.Field, otherwise int) int {
	n, asked := 0, false
	for _, name := range []string{"first", "last"} {
		a := f.Arguments.ForName(name)
		if a == nil {
			continue
		}
		if v, err := a.Value.Value(w.variables); err == nil {
			if i, ok := whole(v); ok {
				n, asked = max(n, i), true
			}
		}
	}
	if !asked {
		return otherwise
	}
	return min(max(n, 1), graph.MaxPage)
}

// whole reads a number as gqlparser leaves it.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case float64:
		return int(v), true
	case interface{ Int64() (int64, error) }: // a json.Number
		i, err := v.Int64()
		return int(i), err == nil
	}
	return 0, false
}

// conditionCost is what each condition of a filter costs beyond the first: it is a search of its own, or a look at each row.
const conditionCost = 20

// arguments returns what the arguments of a field cost, by how many values they hold.
func (w *costWalk) arguments(f *ast.Field) int {
	n := 0
	for _, a := range f.Arguments {
		more := w.values(a.Value) - 1 // a single value is no work worth counting
		if a.Name == "where" {
			more = times(more, conditionCost)
		}
		n = add(n, more)
	}
	return n
}

// values returns how many values there are in one, at least 1.
func (w *costWalk) values(v *ast.Value) int {
	if v == nil {
		return 1
	}
	if v.Kind == ast.Variable {
		return countValues(w.variables[v.Raw])
	}
	n := 0
	for _, child := range v.Children {
		n = add(n, w.values(child.Value))
	}
	return max(n, 1)
}

func countValues(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			n = add(n, countValues(x))
		}
	case map[string]any:
		for _, x := range v {
			n = add(n, countValues(x))
		}
	}
	return max(n, 1)
}

func isConnection(t *ast.Type) bool { return strings.HasSuffix(t.Name(), "Connection") }

// onPage reports whether a field holds the rows of a connection.
func onPage(typ, field string) bool {
	return strings.HasSuffix(typ, "Connection") && (field == "edges" || field == "nodes")
}
