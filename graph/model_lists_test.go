package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func drawEventWhere(t *rapid.T, depth int) *graph.EventWhere {
	one := func(tree map[string]string) func() graph.ID { return drawID(t, keys(tree)) }
	part := func() graph.ParticipationWhere {
		return graph.ParticipationWhere{Actor: maybe(t, "actor", drawID(t, mActorIDs)), Role: maybe(t, "role", one(mRoles)),
			Type: maybe(t, "type", func() graph.NodeType {
				return rapid.SampledFrom([]graph.NodeType{graph.TypePerson, graph.TypeGroup, graph.TypeAgency}).Draw(t, "type")
			}), Country: maybe(t, "country", drawID(t, []string{"government:g"}))}
	}
	w := &graph.EventWhere{
		Place: maybe(t, "place", one(mPlaces)), Topic: maybe(t, "topic", one(mTopics)), Source: maybe(t, "source", drawID(t, []string{"source:a", "source:b"})),
		Text: maybe(t, "text", func() string { return rapid.SampledFrom([]string{"talk", "TRADE a", "tar"}).Draw(t, "text") }),
		Status: maybe(t, "status", func() graph.EventStatus {
			return rapid.SampledFrom([]graph.EventStatus{graph.Occurred, graph.Planned, graph.Proposed}).Draw(t, "status")
		}),
		Actors: maybe(t, "actors", func() graph.ParticipationsWhere {
			return graph.ParticipationsWhere{Some: maybe(t, "some", part), All: maybe(t, "all", part), None: maybe(t, "none", part)}
		}),
	}
	if rapid.IntRange(0, 3).Draw(t, "kinds?") == 3 {
		w.Kinds = []graph.ID{one(mKinds)(), one(mKinds)()}
	}
	if w.During = maybe(t, "during", func() graph.Window { return *drawWindow(t) }); w.During != nil {
		w.Certainty = maybe(t, "certainty", func() graph.WindowCertainty { return graph.Certain })
	}
	if depth > 0 {
		sub := func() *graph.EventWhere { return drawEventWhere(t, depth-1) }
		switch rapid.IntRange(0, 4).Draw(t, "logic") {
		case 2:
			w.And = []*graph.EventWhere{sub(), sub()}
		case 3:
			w.Or = []*graph.EventWhere{sub(), sub()}
		case 4:
			w.Not = sub()
		}
	}
	return w
}

func TestEventsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		for range 3 {
			where, by := drawEventWhere(r, 2), drawOrder(r)
			of := drawID(r, mActorIDs)()
			events := slices.Clone(m.events)
			slices.SortFunc(events, func(a, b *mEvent) int { return compareEvents(a, b, by) })
			var want, wantOf []string
			for _, e := range events {
				truth := m.matchEvent(e, where)
				if truth == 0 {
					continue
				}
				want = append(want, fmt.Sprint(e.id, certaintyOf(truth)))
				if slices.ContainsFunc(e.parts, func(p mPart) bool { return p.actor == string(of) && !p.claim.denies }) {
					wantOf = append(wantOf, e.id)
				}
			}
			get := func(p graph.Page) *graph.EventConnection { return must(v.Events(ctx, where, &by, p))(r) }
			var got []string
			for _, e := range get(all).Edges {
				got = append(got, fmt.Sprint(e.Node.ID(), e.Certainty))
			}
			if !slices.Equal(got, want) {
				r.Fatalf("events = %q, want %q", got, want)
			}
			samePages(r, "events", []int{1, 2, 4}, get, func(e *graph.Event) string { return string(e.ID()) })

			a := must(v.Actor(ctx, &of, nil))(r)
			field := func(p graph.Page) *graph.EventConnection {
				return must(a.Events(ctx, where, &by, p.First, p.After, p.Last, p.Before))(r)
			}
			got = nil
			for _, e := range field(all).Nodes() {
				got = append(got, string(e.ID()))
			}
			if !slices.Equal(got, wantOf) {
				r.Fatalf("events of %s = %q, want %q", of, got, wantOf)
			}
			samePages(r, "events of an actor", []int{1, 3}, field, func(e *graph.Event) string { return string(e.ID()) })
		}
	})
}

func drawActorWhere(t *rapid.T, depth int) *graph.ActorWhere {
	types := []graph.NodeType{graph.TypePerson, graph.TypeGroup, graph.TypeAgency, graph.TypeGovernment}
	w := &graph.ActorWhere{
		Type: maybe(t, "type", func() graph.NodeTypeFilter {
			return graph.NodeTypeFilter{NotIn: []graph.NodeType{rapid.SampledFrom(types).Draw(t, "not in")},
				In: rapid.SampledFrom([][]graph.NodeType{nil, types[:2], types}).Draw(t, "in")}
		}),
		Name: maybe(t, "name", func() graph.TextFilter {
			return graph.TextFilter{StartsWith: maybe(t, "starts with", func() string { return rapid.SampledFrom([]string{"ann", "AL", "z"}).Draw(t, "start") }),
				Contains: maybe(t, "contains", func() string { return rapid.SampledFrom([]string{"n", "oe", "a l"}).Draw(t, "contained") })}
		}),
		UnitOf:   maybe(t, "unitOf", drawID(t, []string{"government:g", "agency:a"})),
		Position: maybe(t, "position", drawID(t, []string{"position:p", "position:q"})),
	}
	if depth > 0 {
		sub := func() *graph.ActorWhere { return drawActorWhere(t, depth-1) }
		switch rapid.IntRange(0, 4).Draw(t, "logic") {
		case 2:
			w.And = []*graph.ActorWhere{sub(), sub()}
		case 3:
			w.Or = []*graph.ActorWhere{sub(), sub()}
		case 4:
			w.Not = sub()
		}
	}
	return w
}

func (m *model) matchActor(a *mActor, w *graph.ActorWhere) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("á", "a", "Á", "A", "ë", "e").Replace(s))
	}
	if w.Type != nil {
		prefix, _, _ := strings.Cut(a.id, ":")
		typ := graph.NodeType(strings.ToUpper(prefix))
		if slices.Contains(w.Type.NotIn, typ) || w.Type.In != nil && !slices.Contains(w.Type.In, typ) {
			return false
		}
	}
	if w.Name != nil {
		found := false
		for _, n := range append(standing(a.names), a.alias) {
			found = found || n != "" && strings.HasPrefix(plain(n), plain(text(w.Name.StartsWith))) && strings.Contains(plain(n), plain(text(w.Name.Contains)))
		}
		if !found {
			return false
		}
	}
	if w.UnitOf != nil && !slices.Contains(standing(a.unitOf), string(*w.UnitOf)) {
		return false
	}
	if w.Position != nil && !slices.ContainsFunc(m.tenures, func(x mTenure) bool { return x.person == a.id && x.position == string(*w.Position) }) {
		return false
	}
	for _, sub := range w.And {
		if !m.matchActor(a, sub) {
			return false
		}
	}
	if w.Or != nil && !slices.ContainsFunc(w.Or, func(sub *graph.ActorWhere) bool { return m.matchActor(a, sub) }) {
		return false
	}
	return w.Not == nil || !m.matchActor(a, w.Not)
}

func TestActorsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		for range 3 {
			where := drawActorWhere(r, 2)
			desc := rapid.Bool().Draw(r, "desc")
			by := []graph.ActorOrder{graph.ActorNameAsc, graph.ActorIDDesc}
			if desc {
				by = []graph.ActorOrder{graph.ActorNameDesc}
			}
			var matched []*mActor
			for _, a := range m.actors {
				if m.matchActor(a, where) {
					matched = append(matched, a)
				}
			}
			name := func(a *mActor) string {
				if n := preferred(a.names); n != "" {
					return strings.ToLower(strings.NewReplacer("Á", "A", "ë", "e").Replace(n))
				}
				return a.id
			}
			slices.SortFunc(matched, func(a, b *mActor) int {
				c := strings.Compare(name(a), name(b))
				switch {
				case c != 0 && desc:
					return -c
				case c != 0:
					return c
				case desc:
					return strings.Compare(a.id, b.id)
				}
				return strings.Compare(b.id, a.id)
			})
			var want []graph.ID
			for _, a := range matched {
				want = append(want, graph.ID(a.id))
			}
			get := func(p graph.Page) *graph.ActorConnection { return must(v.Actors(ctx, where, by, p))(r) }
			if got := ids(get(all).Nodes()); !slices.Equal(got, want) {
				r.Fatalf("actors %v = %q, want %q", by, got, want)
			}
			samePages(r, "actors", []int{1, 2, 3}, get, func(a graph.Actor) string { return string(a.ID()) })
		}
	})
}
