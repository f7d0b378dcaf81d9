package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

const quadWorld = `
	person:ann name Ann
	person:ann name@es Ana
	person:ann sameAs http://www.wikidata.org/entity/Q1
	person:ann unitOf government:north
	event:x role:initiator person:ann by claim:a
	event:x count 29 by claim:a
	event:x when 2025-01-31 by claim:a`

func TestQuads(t *testing.T) {
	v := world(t, quadWorld)
	for _, c := range []struct {
		name                              string
		subject, predicate, object, label string
		want                              []string
	}{
		{"id and prefixed name", "person:ann", "schema:name", "", "", []string{
			`<person:ann> <https://schema.org/name> "Ana"@es`, `<person:ann> <https://schema.org/name> "Ann"@en`}},
		{"terms as N-Quads has them", "<person:ann>", "<https://schema.org/name>", `"Ann"@en`, "<claim:default>", []string{
			`<person:ann> <https://schema.org/name> "Ann"@en`}},
		{"another language", "", "", `"Ann"@es`, "", nil},
		{"no language", "", "", `"Ann"`, "", nil},
		{"a datatype", "", "", `"29"^^<` + vocab.XsdInteger + `>`, "", []string{
			`<event:x> <https://parleygraph.github.io/ns#count> "29"^^<` + vocab.XsdInteger + `>`}},
		{"an IRI of elsewhere", "", "", "<http://www.wikidata.org/entity/Q1>", "", []string{
			`<person:ann> <http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q1>`}},
		{"a role is a predicate", "", "role:initiator", "", "", []string{"<event:x> <role:initiator> <person:ann>"}},
		{"by label", "event:x", "", "", "claim:a", []string{
			`<event:x> <http://semanticweb.cs.vu.nl/2009/11/sem/hasTimeStamp> "2025-01-31"^^<` + vocab.EdtfEDTF + `>`,
			`<event:x> <https://parleygraph.github.io/ns#count> "29"^^<` + vocab.XsdInteger + `>`,
			"<event:x> <role:initiator> <person:ann>"}},
		{"nothing", "person:nobody", "", "", "", nil},
		{"a blank node", "_:b", "", "", "", nil},
	} {
		opt := func(s string) *string {
			if s == "" {
				return nil
			}
			return &s
		}
		con := must(v.Quads(ctx, graph.QuadPattern{Subject: opt(c.subject), Predicate: opt(c.predicate), Object: opt(c.object), Label: opt(c.label)}, all))(t)
		var got []string
		for _, q := range con.Nodes() {
			got = append(got, q.Subject().Nquads()+" "+q.Predicate().Nquads()+" "+q.Object().Nquads())
		}
		slices.Sort(got) // the order is the store's own
		diff(t, c.name, got, c.want)
		if n := must(con.TotalCount(ctx))(t); n != len(c.want) {
			t.Errorf("%s: TotalCount() = %d, want %d", c.name, n, len(c.want))
		}
	}
}

func TestTerm(t *testing.T) {
	g, _ := open(t, []store.Quad{
		{Subject: store.BlankNode("b"), Predicate: store.IRI("ex:p"), Object: store.String("plain")},
		{Subject: store.IRI("person:ann"), Predicate: store.IRI(vocab.RdfType), Object: store.IRI(vocab.ClassPerson), Label: store.IRI("claim:a")},
		{Subject: store.IRI("person:ann"), Predicate: store.IRI(vocab.SchemaName), Object: store.LangString{Value: "Ann", Lang: "en"}, Label: store.IRI("claim:a")},
		{Subject: store.IRI("person:ann"), Predicate: store.IRI("ex:p"), Object: store.TypedString{Value: "2025", Type: vocab.EdtfEDTF}, Label: store.IRI("claim:a")},
	})
	write := func(x *graph.Term) string {
		if x == nil {
			return "none"
		}
		out := string(x.Kind()) + " " + x.Value() + " " + x.Nquads() + " " + text(x.Datatype()) + " " + text(x.Language())
		if n := must(x.Node(ctx))(t); n != nil {
			out += " node " + string(n.ID())
		}
		return strings.TrimSpace(out)
	}
	var got []string
	for _, q := range must(g.View().Quads(ctx, graph.QuadPattern{}, all))(t).Nodes() {
		got = append(got, write(q.Subject()), write(q.Object()), write(q.Label()))
	}
	ann := "IRI person:ann <person:ann>   node person:ann"
	claim, ann := "IRI claim:a <claim:a>", "IRI person:ann <person:ann>   node person:ann"
	diff(t, "terms", got, []string{
		"BLANK b _:b", `LITERAL plain "plain" ` + vocab.XsdString, "none",
		ann, `LITERAL 2025 "2025"^^<` + vocab.EdtfEDTF + "> " + vocab.EdtfEDTF, claim,
		ann, "IRI " + vocab.ClassPerson + " <" + vocab.ClassPerson + ">", claim,
		ann, `LITERAL Ann "Ann"@en ` + vocab.RdfLangString + " en", claim,
	})
}

func TestWalk(t *testing.T) {
	v := world(t, quadWorld+`
		agency:ministry unitOf government:north
		tenure:t member person:ann
		tenure:t position position:minister`)
	for _, c := range []struct {
		name, from, path string
		first            int
		want             string
	}{
		{"one step", "person:ann", "org:unitOf", 100, "government:north"},
		{"there and back", "person:ann", "org:unitOf ^org:unitOf", 100, "agency:ministry person:ann"},
		{"the first of them", "person:ann", "org:unitOf ^org:unitOf", 1, "agency:ministry"},
		{"to a literal and back", "person:ann", "schema:name ^schema:name", 100, "person:ann"},
		{"IRIs before literals, in order", "person:ann", "schema:name", 100, "Ana Ann"},
		{"from a literal", `"Ann"@en`, "^schema:name", 100, "person:ann"},
		{"an IRI as a predicate, backwards", "person:ann", "^<role:initiator>", 100, "event:x"},
		{"to whoever held a post", "position:minister", "^parley:position org:member", 100, "person:ann"},
		{"nowhere", "person:ann", "role:host", 100, ""},
		{"an unknown predicate leads nowhere", "person:ann", "never:heard", 100, ""},
		{"no step", "person:ann", "", 100, "person:ann"},
		{"ten steps", "person:ann", strings.Repeat("org:unitOf ^org:unitOf ", 5), 100, "agency:ministry person:ann"},
	} {
		var got []string
		for _, x := range must(v.Walk(ctx, c.from, strings.Fields(c.path), c.first))(t) {
			got = append(got, x.Value())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: Walk(%q, %q) = %q, want %q", c.name, c.from, c.path, s, c.want)
		}
	}
}

// Pages of quads of any pattern make the one list.
func TestQuadPages(t *testing.T) {
	v := world(t, quadWorld)
	for _, p := range []graph.QuadPattern{{Subject: ptr("event:x")}, {Label: ptr("claim:a")}, {Predicate: ptr("schema:name")}, {Object: ptr("person:ann")}, {Subject: ptr("person:nobody")}} {
		samePages(t, "quads", []int{1, 2, 3, 7}, func(page graph.Page) *graph.QuadConnection {
			return must(v.Quads(ctx, p, page))(t)
		}, func(q *graph.Quad) string {
			return strings.Join([]string{q.Subject().Nquads(), q.Predicate().Nquads(), q.Object().Nquads(), q.Label().Nquads()}, " ")
		})
	}
}

func TestStats(t *testing.T) {
	g, s := open(t, newFixture().say(quadWorld).complete())
	got := must(g.View().Stats(ctx))(t)
	want := *got
	want.Actors, want.Events, want.Claims, want.Sources, want.Revision = 2, 1, 2, 1, "1"
	diff(t, "Stats()", *got, want)
	quads, terms := s.View().Size()
	if got.Quads != quads || got.Terms != terms || quads == 0 {
		t.Errorf("Stats() = %d quads and %d terms, want %d and %d", got.Quads, got.Terms, quads, terms)
	}
	v := g.View()
	defer v.Close()
	if must(v.Stats(ctx))(t); v.Calls() != 0 {
		t.Errorf("Stats() asked the store %d times, want not at all", v.Calls())
	}
}

// Whatever is written, the numbers are those of a scan of all quads: denied and retracted ones too, and what has two classes once.
func TestStatsEqualScan(t *testing.T) {
	actors := []string{vocab.ClassPerson, vocab.ClassGovernment, vocab.ClassAgency, vocab.ClassOrganization, vocab.ClassGroup}
	classes := append(slices.Clone(actors), vocab.ClassEvent, vocab.ClassClaim, vocab.ClassSource, vocab.ClassTopic, "class:other")
	quad := rapid.Custom(func(t *rapid.T) store.Quad {
		claim := store.IRI(rapid.SampledFrom([]string{"claim:a", "claim:b", "claim:c"}).Draw(t, "claim"))
		q := store.Quad{Subject: store.IRI(fmt.Sprintf("thing:%d", rapid.IntRange(1, 6).Draw(t, "subject"))), Label: claim}
		q.Predicate, q.Object = store.IRI(vocab.RdfType), store.IRI(rapid.SampledFrom(classes).Draw(t, "class"))
		switch rapid.IntRange(0, 7).Draw(t, "what") {
		case 0:
			q.Subject, q.Predicate, q.Object = claim, store.IRI(vocab.ParleyStance), store.String(graph.Denies)
		case 1:
			q.Subject, q.Predicate, q.Object = claim, store.IRI(vocab.ProvInvalidatedAtTime), store.TypedString{Value: "2025-01-01T00:00:00Z", Type: vocab.XsdDateTime}
		}
		return q
	})
	rapid.Check(t, func(t *rapid.T) {
		g, s := open(t, nil)
		defer s.Close()
		for range rapid.IntRange(1, 5).Draw(t, "writes") {
			quads := rapid.SliceOfN(quad, 1, 8).Draw(t, "quads")
			write := s.Add
			if rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				write = s.Remove
			}
			must(write(ctx, quads))(t)
			v := g.View()
			scan := func(classes ...string) int {
				found := map[string]bool{}
				for _, q := range must(v.Quads(ctx, graph.QuadPattern{}, all))(t).Nodes() {
					if q.Predicate().Value() == vocab.RdfType && slices.Contains(classes, q.Object().Value()) {
						found[q.Subject().Value()] = true
					}
				}
				return len(found)
			}
			got := must(v.Stats(ctx))(t)
			want := *got
			want.Actors, want.Events, want.Claims, want.Sources = scan(actors...), scan(vocab.ClassEvent), scan(vocab.ClassClaim), scan(vocab.ClassSource)
			diff(t, "Stats()", *got, want)
			v.Close()
		}
	})
}
