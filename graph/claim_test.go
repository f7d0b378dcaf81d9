package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/parleygraph/parley/graph"
)

const claimWorld = `
	claim:a source source:one
	claim:a certainty CONFIRMED
	claim:a statement Ann told Ben about the tariffs.
	claim:a statement@es Ana habló con Benito.
	claim:a attributedTo group:officials
	claim:b source source:two
	claim:b stance DENIES
	claim:b attributedTo person:ben
	claim:b attributedTo organization:cartel
	claim:c source source:two
	claim:c certainty INFERRED
	event:x role:initiator person:ann by claim:a
	event:x role:recipient person:ben by claim:b
	event:x summary Talk by claim:c
	event:y role:recipient person:ben by claim:c
	event:y causedBy event:x by claim:c`

func TestClaim(t *testing.T) {
	v := world(t, claimWorld+`
		claim:a locator paragraph 2
		claim:a recordedAt 2025-03-01T12:00:00Z
		claim:a recordedBy a curator`)
	c := node[*graph.Claim](t, v, "claim:a")
	got := []string{string(must(c.Source(ctx))(t).ID()), *c.Locator(), *c.Statement(nil), *c.Statement(ptr("es")), string(c.Certainty()), string(c.Stance()),
		must(c.RecordedAt())(t), must(c.RecordedBy())(t)}
	diff(t, "claim:a", got, []string{"source:one", "paragraph 2", "Ann told Ben about the tariffs.", "Ana habló con Benito.", "CONFIRMED", "ASSERTS",
		"2025-03-01T12:00:00Z", "a curator"})
	if c.Quote() != nil {
		t.Errorf("Quote() = %q, want nil", *c.Quote())
	}
	diff(t, "attributedTo", ids(must(node[*graph.Claim](t, v, "claim:b").AttributedTo(ctx))(t)), []graph.ID{"organization:cartel", "person:ben"})
	if got := node[*graph.Claim](t, v, "claim:b").Stance(); got != graph.Denies {
		t.Errorf("Stance() of claim:b = %s, want DENIES", got)
	}
}

// A claim's attribution goes back hop by hop, each claim once, rings too.
func TestAttribution(t *testing.T) {
	v := world(t, claimWorld+`
		claim:a derivedFrom claim:b
		claim:a derivedFrom claim:wire
		claim:b derivedFrom claim:wire
		claim:wire source source:one
		claim:wire derivedFrom claim:witness
		claim:witness source source:one
		claim:witness derivedFrom claim:a`)
	a := node[*graph.Claim](t, v, "claim:a")
	diff(t, "derivedFrom", ids(must(a.DerivedFrom(ctx))(t)), []graph.ID{"claim:b", "claim:wire"})
	var got []string
	for _, hop := range must(a.Attribution(ctx))(t) {
		got = append(got, fmt.Sprint(hop.Depth, " ", hop.Claim.ID()))
	}
	diff(t, "attribution", got, []string{"0 claim:a", "1 claim:b", "1 claim:wire", "2 claim:witness"})

	long := "claim:0 source source:one\n"
	for i := range 150 {
		long += fmt.Sprintf("claim:%d source source:one\n claim:%[1]d derivedFrom claim:%d\n", i, i+1)
	}
	if hops := must(node[*graph.Claim](t, world(t, long), "claim:0").Attribution(ctx))(t); len(hops) != 100 || hops[99].Depth != 99 {
		t.Errorf("a chain of 150: %d hops, want the first 100", len(hops))
	}
}

// What a claim is about and which claims are about a thing are two sides of one relation; what a claim says of itself is in
// neither, what it denies is in both.
func TestClaimsAbout(t *testing.T) {
	v := world(t, claimWorld)
	for claim, want := range map[graph.ID][]graph.ID{
		"claim:a": {"event:x", "person:ann"},
		"claim:b": {"event:x", "person:ben"},
		"claim:c": {"event:x", "event:y", "person:ben"},
	} {
		diff(t, "About of "+string(claim), ids(must(node[*graph.Claim](t, v, claim).About(ctx))(t)), want)
	}
	claims := func(c *graph.ClaimConnection, err error) []graph.ID {
		return slices.DeleteFunc(ids(must(c, err)(t).Nodes()), func(id graph.ID) bool { return id == defaultClaim })
	}
	diff(t, "claims of event:x", claims(node[*graph.Event](t, v, "event:x").Claims(ctx, nil, nil, nil, nil)), []graph.ID{"claim:a", "claim:b", "claim:c"})
	diff(t, "claims of person:ben", claims(node[*graph.Person](t, v, "person:ben").Claims(ctx, nil, nil, nil, nil)), []graph.ID{"claim:b", "claim:c"})
	diff(t, "claims of group:officials, which a claim is attributed to",
		claims(node[*graph.Group](t, v, "group:officials").Claims(ctx, nil, nil, nil, nil)), []graph.ID{})
	diff(t, "claims of source:two", claims(node[*graph.Source](t, v, "source:two").Claims(ctx, nil, nil, nil, nil)), []graph.ID{"claim:b", "claim:c"})
}

func TestClaimWhere(t *testing.T) {
	v := world(t, claimWorld)
	for _, c := range []struct {
		name  string
		where graph.ClaimWhere
		want  []graph.ID
	}{
		{"source", graph.ClaimWhere{Source: ptr(graph.ID("source:two"))}, []graph.ID{"claim:b", "claim:c"}},
		{"about", graph.ClaimWhere{About: ptr(graph.ID("event:y"))}, []graph.ID{"claim:c"}},
		{"attributedTo", graph.ClaimWhere{AttributedTo: ptr(graph.ID("person:ben"))}, []graph.ID{"claim:b"}},
		{"attributedToType", graph.ClaimWhere{AttributedToType: &graph.NodeTypeFilter{Eq: ptr(graph.TypeGroup)}}, []graph.ID{"claim:a"}},
		{"attributedToType not in: some other", graph.ClaimWhere{AttributedToType: &graph.NodeTypeFilter{NotIn: []graph.NodeType{graph.TypeGroup, graph.TypePerson}}}, []graph.ID{"claim:b"}},
		{"attributed", graph.ClaimWhere{Attributed: ptr(true)}, []graph.ID{"claim:a", "claim:b"}},
		{"not attributed", graph.ClaimWhere{Attributed: ptr(false)}, []graph.ID{"claim:c"}},
		{"certainty", graph.ClaimWhere{Certainty: []graph.Certainty{graph.Confirmed, graph.Inferred}}, []graph.ID{"claim:a", "claim:c"}},
		{"denies", graph.ClaimWhere{Stance: ptr(graph.Denies)}, []graph.ID{"claim:b"}},
		{"asserts", graph.ClaimWhere{Stance: ptr(graph.Asserts)}, []graph.ID{"claim:a", "claim:c"}},
		{"text: words in any order, as beginnings", graph.ClaimWhere{Text: ptr("TARI ann")}, []graph.ID{"claim:a"}},
		{"text in another language, without its accents", graph.ClaimWhere{Text: ptr("hablo")}, []graph.ID{"claim:a"}},
		{"or, not, and", graph.ClaimWhere{
			Or:  []*graph.ClaimWhere{{Stance: ptr(graph.Denies)}, {Certainty: []graph.Certainty{graph.Inferred}}},
			Not: &graph.ClaimWhere{Attributed: ptr(true)},
			And: []*graph.ClaimWhere{{About: ptr(graph.ID("event:x"))}}}, []graph.ID{"claim:c"}},
		{"one of no alternatives", graph.ClaimWhere{Or: []*graph.ClaimWhere{}}, []graph.ID{}},
	} {
		// Only the claims of this world are in question.
		where := graph.ClaimWhere{And: []*graph.ClaimWhere{&c.where, {Or: []*graph.ClaimWhere{{Source: ptr(graph.ID("source:one"))}, {Source: ptr(graph.ID("source:two"))}}}}}
		diff(t, c.name, ids(must(v.Claims(ctx, &where, all))(t).Nodes()), c.want)
	}
}

// The facts of a claim come in the order in which quads gives them.
func TestClaimQuads(t *testing.T) {
	v := world(t, `
		event:x role:initiator person:ann by claim:a
		event:x role:initiator person:ann-lee by claim:a
		event:x when 2025-01-01 by claim:a
		event:x summary Talk by claim:a
		event:x place place:here by claim:a`)
	c := node[*graph.Claim](t, v, "claim:a")
	mine := must(c.Quads(ctx, nil, nil, nil, nil))(t)
	whole := must(v.Quads(ctx, graph.QuadPattern{Label: ptr("claim:a")}, all))(t)
	var got, want []string
	for _, q := range mine.Nodes() {
		got = append(got, q.Subject().Nquads()+" "+q.Predicate().Nquads()+" "+q.Object().Nquads())
	}
	for _, q := range whole.Nodes() {
		if q.Subject().Value() != "claim:a" {
			want = append(want, q.Subject().Nquads()+" "+q.Predicate().Nquads()+" "+q.Object().Nquads())
		}
	}
	diff(t, "Quads() of claim:a", got, want)
	for n := 1; n <= len(got); n++ {
		pages := forwards(t, n, func(p graph.Page) *graph.QuadConnection {
			return must(c.Quads(ctx, p.First, p.After, p.Last, p.Before))(t)
		}, func(q *graph.Quad) string {
			return q.Subject().Nquads() + " " + q.Predicate().Nquads() + " " + q.Object().Nquads()
		})
		diff(t, "Quads() by the page", pages, got)
	}
}

// Of two cursors that are wrong, the first is told of every time.
func TestTwoWrongCursors(t *testing.T) {
	v := world(t, claimWorld)
	c := node[*graph.Claim](t, v, "claim:a")
	wrong := ptr("no cursor")
	for range 20 {
		_, err := c.Quads(ctx, nil, wrong, nil, wrong)
		_, also := v.Quads(ctx, graph.QuadPattern{Label: ptr("claim:a")}, graph.Page{After: wrong, Before: wrong})
		for _, err := range []error{err, also} {
			var argument *graph.ArgumentError
			if !errors.As(err, &argument) || argument.Argument != "after" {
				t.Fatalf("two wrong cursors: %v, want an error of after", err)
			}
		}
	}
}

// A question for claims takes the records of those that meet one condition of its filter, however many others there are. A store has no index of
// what is not so, nor of words in statements: then it takes all.
func TestClaimRecords(t *testing.T) {
	records := map[string][]int{}
	for _, n := range []int{1000, 3000} {
		_, s := open(t, append(manyClaims(n), vocabulary()...))
		for _, q := range claimQuestions {
			if q.name == "certainty" || q.name == "stance" || q.name == "asserts" {
				continue // which grow with all
			}
			g := graph.New(s, "")
			must(g.View().Events(ctx, nil, nil, graph.Page{}))(t) // reads the kinds and roles
			v := g.View()
			must(v.Claims(ctx, q.where, graph.Page{}))(t)
			records[q.name] = append(records[q.name], v.Records())
		}
	}
	t.Logf("records by claims: %v", records)
	most := map[string]int{"all": 21, "source": 103, "attributedTo": 28, "about": 29, "source and certainty": 103, "of two sources": 205, "source, not denied": 103}
	for name, n := range records {
		if n[0] != n[1] || n[0] > most[name] {
			t.Errorf("%s takes %d records of 1000 claims and %d of 3000, want one number, at most %d", name, n[0], n[1], most[name])
		}
	}
	v := newFixture().say("claim:x certainty DOUBTED").view(t)
	diff(t, "a certainty that goes without saying", ids(must(v.Claims(ctx, &graph.ClaimWhere{Certainty: []graph.Certainty{graph.Doubted}}, all))(t).Nodes()), []graph.ID{"claim:x"})
}
