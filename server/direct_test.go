package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

// bothWays are two services over one graph: one as it is, and one with gqlgen alone.
type bothWays struct {
	direct, reference *service
	fields            atomic.Int64 // that gqlgen has resolved for the first since it was set to 0
}

func newBothWays(t *testing.T, g *graph.Graph) *bothWays {
	t.Helper()
	c := Config{MaxCost: 1 << 40, MaxFields: 1 << 20, MaxTokens: 1 << 20, MaxDocument: 1 << 24, MaxAliases: 1 << 20, MaxPairs: 1 << 30, MaxDirectives: 1 << 20}
	quiet := slog.New(slog.DiscardHandler)
	b := &bothWays{
		direct:    newHandler(c, g, resolver.New(), quiet).service,
		reference: newHandler(c, g, resolver.NewReference(), quiet).service,
	}
	b.direct.exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		b.fields.Add(1) // package direct calls no such thing
		return next(ctx)
	})
	return b
}

// mergedGraph returns the curated graph in which some actors were merged: one into another, one by a step that is merged itself, and one that is
// itself again. Tests only read it.
func mergedGraph(t *testing.T) *graph.Graph {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := seed.Load(ctx, st, seed.Files(), nil); err != nil {
		t.Fatal(err)
	}
	g := graph.New(st, "")
	clock := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	l := newLedger(g, func() time.Time { clock = clock.Add(time.Second); return clock })
	evidence := graph.EvidenceInput{Source: "source:hegseth-warns-mexico", Locator: "paragraph 1"}
	for _, m := range []struct{ merged, survivor graph.ID }{
		{"person:john-f-kennedy", "person:lyndon-b-johnson"},
		{"group:mexico-officials", "group:mexico-senior-officials"},
		{"person:andres-manuel-lopez-obrador", "person:enrique-pena-nieto"},
		{"person:enrique-pena-nieto", "person:claudia-sheinbaum"},
		{"person:scott-bessent", "person:pete-hegseth"},
	} {
		p, err := l.MergeActors(ctx, "a test", graph.MergeActorsInput{Survivor: m.survivor, Merged: m.merged, Evidence: evidence})
		if err != nil || len(p.UserErrors) > 0 {
			t.Fatalf("merge %s: %v %v", m.merged, err, string(mustMarshal(p.UserErrors)))
		}
	}
	p, err := l.UnmergeActors(ctx, "a test", graph.UnmergeActorsInput{Merged: "person:scott-bessent", Reason: "They are two."})
	if err != nil || len(p.UserErrors) > 0 {
		t.Fatalf("unmerge: %v %v", err, string(mustMarshal(p.UserErrors)))
	}
	return g
}

// ask asks both, and reports whether gqlgen had to answer the first. The answers must be the same bytes; of several errors gqlgen leaves
// the order to chance, since it resolves fields side by side.
func (b *bothWays) ask(t interface {
	Helper()
	Errorf(string, ...any)
}, p *params) (got *answer, byGqlgen bool) {
	t.Helper()
	b.fields.Store(0)
	got = b.direct.execute(context.Background(), p)
	byGqlgen = b.fields.Load() > 0
	want := b.reference.execute(context.Background(), p)
	if gotBody, wantBody := inOrder(got.body), inOrder(want.body); gotBody != wantBody || got.hasData != want.hasData || got.status != want.status || got.cost != want.cost || got.revision != want.revision {
		t.Errorf("the answers differ (-gqlgen +direct):\n%s\nto %s\n%s", cmp.Diff(wantBody, gotBody), p.query, p.variables)
	}
	return got, byGqlgen
}

// inOrder returns a body with its errors sorted, if it has several. Of as many as an answer may have, others may have been left out.
func inOrder(body []byte) string {
	var errors struct{ Errors []json.RawMessage }
	if !strings.HasPrefix(string(body), `{"errors":`) || json.Unmarshal(body, &errors) != nil || len(errors.Errors) < 2 {
		return string(body)
	}
	rest := string(body)[len(`{"errors":`)+len(mustMarshal(errors.Errors)):]
	if len(errors.Errors) == maxErrors {
		return "errors and " + rest
	}
	slices.SortFunc(errors.Errors, func(a, b json.RawMessage) int { return strings.Compare(string(a), string(b)) })
	return `{"errors":` + string(mustMarshal(errors.Errors)) + rest
}

// TestDirectKnown asks both ways all that tests and the playground ask elsewhere.
func TestDirectKnown(t *testing.T) {
	b := newBothWays(t, curatedGraph(t))
	known := map[string]*params{}
	for _, e := range examples() {
		known["example "+e.Question] = &params{query: e.Query}
	}
	for _, pattern := range []string{"../seed/questions/*.txtar", "testdata/http/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var last *params
			for _, f := range a.Files {
				switch text := string(f.Data); {
				case f.Name == "query.graphql" || strings.HasPrefix(f.Name, "query: "):
					last = &params{query: text}
					known[file+" "+f.Name] = last
				case strings.HasPrefix(f.Name, "variables") && last != nil:
					last.variables = f.Data
				}
			}
		}
	}
	direct := 0
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if a, byGqlgen := b.ask(t, known[name]); !byGqlgen && a.hasData {
			direct++
		} else if a.code == "" && !strings.Contains(known[name].query, "__") {
			t.Errorf("%s: gqlgen had to answer it", name)
		}
	}
	if direct < 30 {
		t.Errorf("%d of %d documents were answered directly", direct, len(known))
	}
}

// mergedArguments are more of [rootArguments], of actors that were merged in [mergedGraph].
var mergedArguments = map[string][]string{
	"node": {`id: "person:andres-manuel-lopez-obrador"`}, "nodes": {`ids: ["person:john-f-kennedy", "person:lyndon-b-johnson", "person:scott-bessent"]`},
	"actor": {`id: "person:john-f-kennedy"`}, "events": {`first: 3, where: {actors: {some: {actor: "person:andres-manuel-lopez-obrador"}}}`},
	"interactions": {`first: 3, where: {actor: "person:john-f-kennedy"}`}, "contacts": {`of: "person:john-f-kennedy"`, `of: "government:mexico"`},
	"timeline": {`actors: ["person:enrique-pena-nieto"], interval: YEAR`}, "paths": {`from: "person:andres-manuel-lopez-obrador", to: "person:john-f-kennedy", maxHops: 6`},
	"graph": {`around: ["person:andres-manuel-lopez-obrador"], maxNodes: 5`}, "measures": {`actors: ["person:john-f-kennedy", "person:lyndon-b-johnson"]`},
	"search": {`text: "Kennedy", first: 3`}, "claims": {`where: {about: "person:john-f-kennedy"}, first: 2`},
	"quads": {`subject: "person:john-f-kennedy", first: 3`, `predicate: "dcterms:isReplacedBy"`}, "walk": {`from: "person:john-f-kennedy", path: ["^role:participant", "sem:hasTimeStamp"]`},
	"coverage": {`actors: ["person:john-f-kennedy", "person:andres-manuel-lopez-obrador"]`}, "diff": {`knownFrom: "2026-12-31T00:00:00Z", knownTo: "2030-01-01T00:00:00Z", first: 8`},
}

// rootArguments are arguments with which each question finds something.
var rootArguments = map[string][]string{
	"node": {`id: "person:pete-hegseth"`, `id: "event:2025-01-31-hegseth-call"`, `id: "kind:call"`, `id: "role:host"`, `id: "person:nobody"`}, "nodes": {`ids: ["person:pete-hegseth", "person:nobody", "kind:call", "source:hegseth-warns-mexico"]`},
	"actor": {`id: "person:lyndon-b-johnson"`, `name: "Claudia Sheinbaum"`, `name: "Nobody"`}, "actors": {`first: 3`, `where: {type: {eq: PERSON}}, last: 2`},
	"event": {`id: "event:2025-01-31-hegseth-call"`, `id: "event:nothing"`}, "events": {`first: 3`, `where: {actors: {some: {actor: "person:claudia-sheinbaum"}}}`},
	"interactions": {`first: 3`, `where: {actor: "person:pete-hegseth"}`}, "contacts": {`of: "person:lyndon-b-johnson"`},
	"timeline": {`interval: YEAR, where: {during: {from: "1960", to: "1969"}}`}, "paths": {`from: "person:pete-hegseth", to: "person:lyndon-b-johnson", maxHops: 6`},
	"graph": {`around: ["person:claudia-sheinbaum"], maxNodes: 5`, `around: ["person:claudia-sheinbaum"], projection: ACTOR_EVENTS, maxNodes: 5`}, "measures": {`actors: ["person:claudia-sheinbaum"]`},
	"search": {`text: "Johnson", first: 3`, `text: "call", first: 3`}, "sources": {`first: 3`}, "claims": {`first: 2`},
	"kinds": {``}, "quads": {`subject: "person:pete-hegseth", first: 3`}, "walk": {`from: "person:pete-hegseth", path: ["^role:initiator", "sem:hasTimeStamp"]`},
	"coverage": {`actors: ["person:scott-bessent"]`}, "diff": {`knownFrom: "2020-01-01T00:00:00Z", knownTo: "2030-01-01T00:00:00Z", first: 3`}, "stats": {``},
}

// sweep selects every field of a type, and of what these lead to, so deep. Each has an alias by its type, so that those of different
// types under one interface do not collide.
func sweep(b *strings.Builder, s *ast.Schema, typ string, depth int, seen map[string]bool) {
	b.WriteString("{ __typename")
	for _, t := range s.GetPossibleTypes(s.Types[typ]) {
		if s.Types[typ].IsAbstractType() {
			fmt.Fprintf(b, " ... on %s ", t.Name)
			sweep(b, s, t.Name, depth, seen)
			continue
		}
		for _, f := range t.Fields {
			if strings.HasPrefix(f.Name, "__") || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }) {
				continue
			}
			to := s.Types[f.Type.Name()]
			if !to.IsLeafType() && depth == 0 {
				continue
			}
			seen[t.Name+"."+f.Name] = true
			fmt.Fprintf(b, " %s_%s: %s", t.Name, f.Name, f.Name)
			if f.Arguments.ForName("first") != nil {
				b.WriteString("(first: 2)")
			}
			if !to.IsLeafType() {
				b.WriteByte(' ')
				sweep(b, s, to.Name, depth-1, seen)
			}
		}
	}
	b.WriteString(" }")
}

// TestDirectSweep asks, of every question, every field of everything that it leads to in four steps, of the curated graph and of one in which
// actors were merged. Nothing of it may need gqlgen.
func TestDirectSweep(t *testing.T) {
	t.Run("curated", func(t *testing.T) { testSweep(t, curatedGraph(t), false) })
	t.Run("merged", func(t *testing.T) { testSweep(t, mergedGraph(t), true) })
}

func testSweep(t *testing.T, g *graph.Graph, merged bool) {
	b := newBothWays(t, g)
	schema := resolver.New().Schema()
	seen := map[string]bool{}
	for _, f := range schema.Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		if len(rootArguments[f.Name]) == 0 {
			t.Errorf("rootArguments has nothing for the question %s", f.Name)
		}
		asked := rootArguments[f.Name]
		if merged {
			asked = slices.Concat(asked, mergedArguments[f.Name])
		}
		for _, arguments := range asked {
			var q strings.Builder
			q.WriteString("{ " + f.Name)
			if arguments != "" {
				q.WriteString("(" + arguments + ")")
			}
			if to := f.Type.Name(); !schema.Types[to].IsLeafType() {
				depth := 2
				if strings.HasSuffix(to, "Connection") || to == "PathResult" || to == "Event" {
					depth = 3 // what is of interest lies behind one thing more
				}
				sweep(&q, schema, to, depth, seen)
			}
			q.WriteString(" }")
			a, byGqlgen := b.ask(t, &params{query: q.String()})
			if a.code != "" || !a.hasData {
				t.Errorf("%s(%s): %.500s", f.Name, arguments, a.body)
			} else if byGqlgen {
				t.Errorf("%s(%s): gqlgen had to answer it", f.Name, arguments)
			}
		}
	}
	for name := range answered(schema) {
		for _, f := range schema.Types[name].Fields {
			if typ := schema.Types[name]; typ.Kind == ast.Object && typ != schema.Query && !strings.HasPrefix(f.Name, "__") && !seen[name+"."+f.Name] {
				t.Errorf("no question leads to %s.%s: give rootArguments one that does", name, f.Name)
			}
		}
	}
}

// answered returns the types that answers to questions can have; those of mutations and subscriptions are gqlgen's to answer.
func answered(schema *ast.Schema) map[string]bool {
	reached := map[string]bool{}
	var reach func(typ *ast.Definition)
	reach = func(typ *ast.Definition) {
		if reached[typ.Name] || strings.HasPrefix(typ.Name, "__") {
			return
		}
		reached[typ.Name] = true
		for _, f := range typ.Fields {
			reach(schema.Types[f.Type.Name()])
		}
		for _, possible := range schema.GetPossibleTypes(typ) {
			reach(possible)
		}
	}
	reach(schema.Query)
	return reached
}

// A drawer draws operations.
type drawer struct {
	*rapid.T
	schema    *ast.Schema
	fragments strings.Builder
	declared  []string // $name: Type = default
	variables map[string]json.RawMessage
	n         int
}

func (d *drawer) chance(percent int, of string) bool {
	return rapid.IntRange(0, 99).Draw(d.T, of) < percent
}

func (d *drawer) oneOf(of string, values ...string) string {
	return rapid.SampledFrom(values).Draw(d.T, of)
}

// drawnValues are what arguments of a scalar type are drawn from: what is there, what is not, and what is none.
var drawnValues = map[string][]string{
	"ID": {"person:pete-hegseth", "person:claudia-sheinbaum", "person:lyndon-b-johnson", "government:mexico", "event:2025-01-31-hegseth-call", "kind:call", "kind:communication", "kind:visit", "role:host", "source:hegseth-warns-mexico",
		"place:mexico-city", "person:nobody", "no id",
		"person:john-f-kennedy", "group:mexico-officials", "person:andres-manuel-lopez-obrador", "person:enrique-pena-nieto", "person:scott-bessent"}, // of mergedGraph
	"String":   {"Hegseth", "president of mexico", "visit", "é", "\"", "a\\b\n", ""},
	"IRI":      {"http://www.wikidata.org/entity/Q9640", "x"},
	"Date":     {"1965", "1964-12", "2025-01-31", "../2025", "[2025-02-28..2025-03-03]", "32 May"},
	"DateTime": {"2025-03-01T12:00:00Z", "2030-01-01T00:00:00Z", "yesterday"},
}

// literal draws a value of a type, in JSON and in GraphQL, which differ in objects and enums.
func (d *drawer) literal(typ *ast.Type, depth int) (inJSON, inGraphQL string) {
	if !typ.NonNull && d.chance(8, "null") {
		return "null", "null"
	}
	if typ.Elem != nil {
		var j, g []string
		for range rapid.IntRange(0, 2).Draw(d.T, "length") {
			a, b := d.literal(typ.Elem, depth)
			j, g = append(j, a), append(g, b)
		}
		return "[" + strings.Join(j, ",") + "]", "[" + strings.Join(g, ", ") + "]"
	}
	def := d.schema.Types[typ.NamedType]
	switch {
	case def.Kind == ast.Enum:
		v := rapid.SampledFrom(def.EnumValues).Draw(d.T, def.Name).Name
		return `"` + v + `"`, v
	case def.Kind == ast.InputObject:
		var j, g []string
		for _, f := range def.Fields {
			if f.Type.NonNull || depth > 0 && d.chance(25, f.Name) {
				a, b := d.literal(f.Type, depth-1)
				j, g = append(j, `"`+f.Name+`":`+a), append(g, f.Name+": "+b)
			}
		}
		return "{" + strings.Join(j, ",") + "}", "{" + strings.Join(g, ", ") + "}"
	case def.Name == "Int":
		v := fmt.Sprint(rapid.SampledFrom([]int{1, 2, 3, 5, 0, -1, 101}).Draw(d.T, "int"))
		return v, v
	case def.Name == "Boolean":
		v := fmt.Sprint(rapid.Bool().Draw(d.T, "boolean"))
		return v, v
	}
	text := string(mustMarshal(d.oneOf(def.Name, drawnValues[def.Name]...)))
	return text, text
}

// value draws a value of a type for a place that has a default or not: written there, or in a variable, which may have a default and may
// not be given.
func (d *drawer) value(typ *ast.Type, hasDefault bool) string {
	inJSON, inGraphQL := d.literal(typ, 2)
	if !d.chance(35, "variable") {
		return inGraphQL
	}
	name := fmt.Sprint("v", d.n)
	d.n++
	declared := "$" + name + ": " + typ.String()
	given := true
	if !typ.NonNull || hasDefault {
		given = d.chance(70, "given")
	}
	if !strings.Contains(inGraphQL, "null") && d.chance(30, "default") {
		_, other := d.literal(typ, 1)
		declared += " = " + other
		given = d.chance(50, "given")
	}
	d.declared = append(d.declared, declared)
	if given {
		d.variables[name] = json.RawMessage(inJSON)
	}
	return "$" + name
}

// directive draws skip or include, or nothing.
func (d *drawer) directive() string {
	if !d.chance(10, "directive") {
		return ""
	}
	return fmt.Sprintf(" @%s(if: %s)", d.oneOf("which", "skip", "include"), d.value(ast.NonNullNamedType("Boolean", nil), false))
}

// selection draws a selection on a type.
func (d *drawer) selection(b *strings.Builder, typ string, depth int) {
	def := d.schema.Types[typ]
	b.WriteString("{")
	if d.chance(20, "typename") || len(def.Fields) == 0 {
		b.WriteString(" __typename")
	}
	for range rapid.IntRange(1, 4).Draw(d.T, "fields") {
		switch possible := d.schema.GetPossibleTypes(def); {
		case d.chance(25, "fragment") && depth > 0:
			on := typ
			if def.IsAbstractType() {
				on = rapid.SampledFrom(possible).Draw(d.T, "on").Name
			} else if len(def.Interfaces) > 0 && d.chance(40, "interface") {
				on = d.oneOf("on", def.Interfaces...)
			}
			switch {
			case d.chance(30, "named"):
				name := fmt.Sprint("F", d.n)
				d.n++
				var f strings.Builder
				d.selection(&f, on, depth-1)
				fmt.Fprintf(&d.fragments, " fragment %s on %s %s", name, on, f.String())
				for range rapid.IntRange(1, 2).Draw(d.T, "spreads") {
					b.WriteString(" ..." + name + d.directive())
				}
			case on == typ && d.chance(50, "bare"):
				b.WriteString(" ..." + d.directive() + " ")
				d.selection(b, on, depth-1)
			default:
				b.WriteString(" ... on " + on + d.directive() + " ")
				d.selection(b, on, depth-1)
			}
		case len(def.Fields) > 0:
			f := rapid.SampledFrom(def.Fields).Draw(d.T, "field")
			if !strings.HasPrefix(f.Name, "__") && (depth > 0 || d.schema.Types[f.Type.Name()].IsLeafType()) {
				d.field(b, typ, f, depth)
			}
		}
	}
	b.WriteString(" __typename }") // so that it is not empty
}

// field draws one use of a field, or the same twice under one name.
func (d *drawer) field(b *strings.Builder, typ string, f *ast.FieldDefinition, depth int) {
	to := d.schema.Types[f.Type.Name()]
	arguments := ""
	for _, a := range f.Arguments {
		if a.Type.NonNull || d.chance(25, a.Name) {
			arguments += ", " + a.Name + ": " + d.value(a.Type, a.DefaultValue != nil)
		}
	}
	if arguments != "" {
		arguments = "(" + arguments[2:] + ")"
	}
	alias := ""
	if len(f.Arguments) > 0 || !d.chance(50, "plain") { // fields of one name must ask the same; those of different types must have one type
		alias = fmt.Sprintf("%s_%s%d: ", typ, f.Name, d.n)
		d.n++
	} else {
		alias = fmt.Sprintf("%s_%s: ", typ, f.Name)
	}
	for range rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(d.T, "times") {
		b.WriteString(" " + alias + f.Name + arguments + d.directive())
		if !to.IsLeafType() {
			b.WriteByte(' ')
			d.selection(b, to.Name, depth-1)
		}
	}
}

// TestDirectProperty draws operations of all that documents may have, for each question, and asks both ways: of the curated graph, or of one in
// which actors were merged.
func TestDirectProperty(t *testing.T) {
	curated, merged := newBothWays(t, curatedGraph(t)), newBothWays(t, mergedGraph(t))
	schema := resolver.New().Schema()
	direct, failed, refused := map[string]int{}, map[string]int{}, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		b := curated
		if rapid.Bool().Draw(t, "merged") {
			b = merged
		}
		questions := schema.Query.Fields
		if testing.Short() {
			questions = ast.FieldList{rapid.SampledFrom(questions).Draw(t, "question")}
		}
		for _, f := range questions {
			d := &drawer{T: t, schema: schema, variables: map[string]json.RawMessage{}}
			var body strings.Builder
			body.WriteString("{")
			if !strings.HasPrefix(f.Name, "__") {
				args := rootArguments[f.Name]
				if b == merged {
					args = slices.Concat(args, mergedArguments[f.Name])
				}
				if len(args) > 0 && d.chance(60, "found") && !slices.Contains([]string{"kinds", "stats"}, f.Name) {
					fmt.Fprintf(&body, " r: %s(%s)", f.Name, d.oneOf("arguments", args...))
					if to := schema.Types[f.Type.Name()]; !to.IsLeafType() {
						d.selection(&body, to.Name, 3)
					}
				} else {
					d.field(&body, "Query", f, 3)
				}
			} else {
				body.WriteString(" __schema { queryType { name } }")
			}
			if d.chance(20, "more") {
				d.selectionOfQuery(&body)
			}
			body.WriteString(" }")
			query := body.String() + d.fragments.String()
			if len(d.declared) > 0 || d.chance(50, "named") {
				head := "query Q"
				if len(d.declared) > 0 {
					head += "(" + strings.Join(d.declared, ", ") + ")"
				}
				query = head + " " + query
			}
			p := &params{query: query, variables: mustMarshal(d.variables)}
			a, byGqlgen := b.ask(t, p)
			switch {
			case !a.hasData:
				refused[f.Name]++
			case a.code != "":
				failed[f.Name]++
			case !byGqlgen:
				direct[f.Name]++
			case !strings.HasPrefix(f.Name, "__"):
				t.Errorf("gqlgen had to answer %s\n%s", query, p.variables)
			}
		}
	})
	t.Logf("answered directly %v, with errors %v, refused %v", direct, failed, refused)
}

// selectionOfQuery draws a second question.
func (d *drawer) selectionOfQuery(b *strings.Builder) {
	f := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(d.schema.Query.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })).Draw(d.T, "second")
	d.field(b, "Query", f, 1)
}
