package graph_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func drawClaimWhere(t *rapid.T, depth int) *graph.ClaimWhere {
	w := &graph.ClaimWhere{
		Source: maybe(t, "source", drawID(t, []string{"source:a", "source:b"})), AttributedTo: maybe(t, "attributedTo", drawID(t, mActorIDs)),
		About: maybe(t, "about", drawID(t, append([]string{"kind:call", "place:city", "event:0"}, mActorIDs...))),
		Stance: maybe(t, "stance", func() graph.Stance {
			return rapid.SampledFrom([]graph.Stance{graph.Asserts, graph.Denies}).Draw(t, "stance")
		}),
		Text: maybe(t, "text", func() string { return rapid.SampledFrom([]string{"TRADE", "spo an", "x"}).Draw(t, "text") }),
		AttributedToType: maybe(t, "type", func() graph.NodeTypeFilter {
			return graph.NodeTypeFilter{Eq: ptr(rapid.SampledFrom([]graph.NodeType{graph.TypePerson, graph.TypeGroup}).Draw(t, "type"))}
		}),
		Attributed: maybe(t, "attributed", func() bool { return rapid.Bool().Draw(t, "attributed") }),
	}
	if rapid.IntRange(0, 3).Draw(t, "certainty?") == 3 {
		w.Certainty = rapid.SampledFrom([][]graph.Certainty{{graph.Reported, graph.Doubted}, {graph.Reported}, {graph.Confirmed, graph.Inferred}, {}}).Draw(t, "certainty")
	}
	if depth > 0 {
		sub := func() *graph.ClaimWhere { return drawClaimWhere(t, depth-1) }
		switch rapid.IntRange(0, 4).Draw(t, "logic") {
		case 2:
			w.And = []*graph.ClaimWhere{sub(), sub()}
		case 3:
			w.Or = []*graph.ClaimWhere{sub(), sub()}
		case 4:
			w.Not = sub()
		}
	}
	return w
}

func (m *model) matchClaim(c *mClaim, w *graph.ClaimWhere) bool {
	ok := (w.Source == nil || string(*w.Source) == c.source) &&
		(w.AttributedTo == nil || slices.Contains(c.attributed, string(*w.AttributedTo))) &&
		(w.About == nil || c.about[string(*w.About)]) &&
		(w.Stance == nil || (*w.Stance == graph.Denies) == c.denies) &&
		(w.Text == nil || hasWords([]string{c.statement}, *w.Text)) &&
		(w.Attributed == nil || *w.Attributed == (len(c.attributed) > 0)) &&
		(w.Certainty == nil || slices.Contains(w.Certainty, graph.Certainty(c.certainty)))
	if w.AttributedToType != nil {
		prefix := strings.ToLower(string(*w.AttributedToType.Eq)) + ":"
		ok = ok && slices.ContainsFunc(c.attributed, func(a string) bool { return strings.HasPrefix(a, prefix) })
	}
	for _, sub := range w.And {
		ok = ok && m.matchClaim(c, sub)
	}
	if w.Or != nil {
		ok = ok && slices.ContainsFunc(w.Or, func(sub *graph.ClaimWhere) bool { return m.matchClaim(c, sub) })
	}
	return ok && (w.Not == nil || !m.matchClaim(c, w.Not))
}

func TestClaimsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.fixture().say("place:city name City").view(r)
		if rapid.Bool().Draw(r, "of the past") { // when all was known
			v = must(v.AsOf(&graph.AsOf{KnownAt: ptr("2100-01-01T00:00:00Z")}))(r)
		}
		for range 3 {
			drawn := drawClaimWhere(r, 2)
			var mine []*graph.ClaimWhere // of the model, not of the vocabulary
			for _, s := range []graph.ID{"source:a", "source:b", "source:c"} {
				mine = append(mine, &graph.ClaimWhere{Source: &s})
			}
			where := &graph.ClaimWhere{And: []*graph.ClaimWhere{drawn, {Or: mine}}}
			var want []graph.ID
			for _, c := range m.claims {
				if m.matchClaim(c, drawn) {
					want = append(want, graph.ID(c.id))
				}
			}
			get := func(p graph.Page) *graph.ClaimConnection { return must(v.Claims(ctx, where, p))(r) }
			if got := ids(get(all).Nodes()); !slices.Equal(got, want) {
				r.Fatalf("claims = %q, want %q", got, want)
			}
			samePages(r, "claims", []int{1, 2}, get, func(c *graph.Claim) string { return string(c.ID()) })
		}
	})
}

// Every edge has its mate: who is reached by a field reaches back by its inverse.
func TestInverseEdges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := drawModel(r).view(r)
		events := must(v.Events(ctx, nil, nil, all))(r).Nodes()
		for _, e := range events {
			// partOf is the preferred one of several, so it has e among its parts, but not the other way round.
			if whole := must(e.PartOf(ctx))(r); whole != nil && !slices.Contains(ids(must(whole.Parts(ctx))(r)), e.ID()) {
				r.Fatalf("%s is part of %s, which has it not among its parts", e.ID(), whole.ID())
			}
		}
		mates(r, "causes and causedBy", events, func(e *graph.Event) []*graph.Event { return must(e.Causes(ctx))(r) },
			func(e *graph.Event) []*graph.Event { return must(e.CausedBy(ctx))(r) })
		actors := must(v.Actors(ctx, nil, nil, all))(r).Nodes()
		mates(r, "units and unitOf", actors, func(a graph.Actor) []graph.Actor { return must(a.Units(ctx, nil, nil, nil, nil))(r).Nodes() },
			func(a graph.Actor) []graph.Actor { return must(a.UnitOf(ctx))(r) })
		for _, a := range actors {
			for _, x := range must(a.Tenures(ctx, nil))(r) {
				if p := must(x.Person(ctx))(r); p.ID() != a.ID() {
					r.Fatalf("%s is a tenure of %s and of %s", x.ID(), a.ID(), p.ID())
				}
				if post := must(x.Position(ctx))(r); !slices.Contains(ids(must(post.Tenures(ctx, nil))(r)), x.ID()) {
					r.Fatalf("%s holds %s, which has it not among its tenures", x.ID(), post.ID())
				}
			}
		}
		kinds := must(v.Kinds(ctx))(r)
		mates(r, "narrower and broader", kinds, func(k *graph.EventKind) []*graph.EventKind { return must(k.Narrower(ctx))(r) },
			func(k *graph.EventKind) []*graph.EventKind {
				if b := must(k.Broader(ctx))(r); b != nil {
					return []*graph.EventKind{b}
				}
				return nil
			})
		claims := must(v.Claims(ctx, nil, all))(r).Nodes()
		for _, c := range claims {
			if !slices.Contains(ids(must(must(c.Source(ctx))(r).Claims(ctx, ptr(100), nil, nil, nil))(r).Nodes()), c.ID()) {
				r.Fatalf("%s rests on a source that has it not among its claims", c.ID())
			}
			for _, n := range must(c.About(ctx))(r) {
				e, ok := n.(*graph.Event)
				if ok && !slices.Contains(ids(must(e.Claims(ctx, ptr(100), nil, nil, nil))(r).Nodes()), c.ID()) {
					r.Fatalf("%s is about %s, which has it not among its claims", c.ID(), e.ID())
				}
			}
		}
	})
}

// mates checks that there and back are one relation read from both sides.
func mates[N graph.Node](t rapid.TB, what string, nodes []N, there, back func(N) []N) {
	t.Helper()
	forth, inverse := map[[2]graph.ID]bool{}, map[[2]graph.ID]bool{}
	for _, n := range nodes {
		for _, x := range there(n) {
			forth[[2]graph.ID{n.ID(), x.ID()}] = true
		}
		for _, x := range back(n) {
			inverse[[2]graph.ID{x.ID(), n.ID()}] = true
		}
	}
	for p := range forth {
		if !inverse[p] {
			t.Fatalf("%s: %s reaches %s, which does not reach back", what, p[0], p[1])
		}
	}
	for p := range inverse {
		if !forth[p] {
			t.Fatalf("%s: %s is reached by %s, and does not reach it", what, p[0], p[1])
		}
	}
}
