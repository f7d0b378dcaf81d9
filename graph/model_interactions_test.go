package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

// certaintyOf names a truth value as rows have it.
func certaintyOf(x int) graph.WindowCertainty {
	if x == 2 {
		return graph.Certain
	}
	return graph.Possible
}

func drawWindow(t *rapid.T) *graph.Window {
	from, to := rapid.SampledFrom([]string{"2025-01-10", "2025-01", "2025-02", "2025-02-14", "2024", "2025"}).Draw(t, "from"), ""
	for _, x := range []string{"2025-01-20", "2025-02", "2025-03-15", "2025", "2026"} {
		if rapid.Bool().Draw(t, "to "+x) && x >= from[:4] && parse(x).Latest().Day >= parse(from).Earliest().Day {
			to = x
		}
	}
	if to != "" && rapid.IntRange(0, 4).Draw(t, "open start") == 0 {
		from = ""
	}
	return window(from, to)
}

func maybe[T any](t *rapid.T, label string, draw func() T) *T {
	if rapid.IntRange(0, 3).Draw(t, label+"?") < 3 {
		return nil
	}
	return ptr(draw())
}

func drawID(t *rapid.T, ids []string) func() graph.ID {
	return func() graph.ID { return graph.ID(rapid.SampledFrom(ids).Draw(t, "id")) }
}

func drawInteractionWhere(t *rapid.T, depth int) *graph.InteractionWhere {
	w := &graph.InteractionWhere{
		Actor: maybe(t, "actor", drawID(t, mActorIDs)), From: maybe(t, "from", drawID(t, mActorIDs)), To: maybe(t, "to", drawID(t, mActorIDs)),
		Counterpart: maybe(t, "counterpart", drawID(t, mActorIDs)), Source: maybe(t, "source", drawID(t, []string{"source:a", "source:b"})),
		Text: maybe(t, "text", func() string { return rapid.SampledFrom([]string{"talk", "TRADE a", "tar"}).Draw(t, "text") }),
	}
	if w.Actor != nil && w.Counterpart != nil && *w.Actor == *w.Counterpart {
		w.Counterpart = nil
	}
	if rapid.IntRange(0, 2).Draw(t, "kinds?") == 0 {
		w.Kinds = []graph.ID{drawID(t, keys(mKinds))(), drawID(t, keys(mKinds))()}
	}
	if rapid.Bool().Draw(t, "during?") {
		w.During = drawWindow(t)
		w.Certainty = maybe(t, "certainty", func() graph.WindowCertainty {
			return rapid.SampledFrom([]graph.WindowCertainty{graph.Certain, graph.Possible}).Draw(t, "certainty")
		})
	}
	if depth > 0 {
		sub := func() *graph.InteractionWhere { return drawInteractionWhere(t, depth-1) }
		switch rapid.IntRange(0, 4).Draw(t, "logic") {
		case 0:
			w.And = []*graph.InteractionWhere{sub(), sub()}
		case 1:
			w.Or = []*graph.InteractionWhere{sub(), sub()}
		case 2:
			w.Not = sub()
		}
		// A filter that asks for less finds more: half of them have no conditions beside the nested ones.
		if rapid.Bool().Draw(t, "logic only") {
			w = &graph.InteractionWhere{And: w.And, Or: w.Or, Not: w.Not}
		}
	}
	return w
}

func drawOrder(t *rapid.T) graph.TimeOrder {
	return rapid.SampledFrom([]graph.TimeOrder{graph.TimeAsc, graph.TimeDesc}).Draw(t, "order")
}

func TestInteractionsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		if rapid.Bool().Draw(r, "in memory") {
			v.Graph().SetNetworkLimits(1000, 1000, 100, false)
		}
		for range 3 {
			where, by := drawInteractionWhere(r, 2), drawOrder(r)
			var want []string
			list := m.talks()
			slices.SortFunc(list, func(a, b mTalk) int {
				if a.event == b.event {
					if by == graph.TimeDesc {
						a, b = b, a
					}
					return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
				}
				return compareEvents(a.event, b.event, by)
			})
			for _, x := range list {
				if truth := m.matchTalk(x, where); truth > 0 {
					want = append(want, fmt.Sprint(x.event.id, x.from, x.to, x.directed, certaintyOf(truth)))
				}
			}
			write := func(i *graph.Interaction) string {
				return fmt.Sprint(i.Event().ID(), must(i.From(ctx))(r).ID(), must(i.To(ctx))(r).ID(), i.Directed(), i.Certainty())
			}
			get := func(p graph.Page) *graph.InteractionConnection {
				c, err := v.Interactions(ctx, where, &by, p)
				if err != nil {
					r.Fatal(err)
				}
				return c
			}
			whole := get(all)
			var got []string
			for _, i := range whole.Nodes() {
				got = append(got, write(i))
			}
			if !slices.Equal(got, want) {
				r.Fatalf("interactions = %q, want %q", got, want)
			}
			if n, _ := whole.TotalCount(ctx); n != len(want) {
				r.Fatalf("TotalCount() = %d, want %d", n, len(want))
			}
			samePages(r, "interactions", []int{1, rapid.IntRange(2, 5).Draw(r, "page size")}, get, write)
		}
	})
}

// The certainty of a row is what all days that its event's date can mean say, where the date is some one day: certain if
// the filter holds on each, no row if on none. With one window in the filter this is exact; with several, Kleene's logic may say
// possible where all days agree, and never the other way round.
func TestCertaintyIsOverAllDays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		claim := &mClaim{id: "claim:0", source: "source:a", certainty: "REPORTED", statement: "so", about: map[string]bool{}}
		e := &mEvent{id: "event:0", kind: []mFact{{"kind:call", claim}}, date: []mFact{{drawSimple(r), claim}},
			parts: []mPart{{"person:ann", "role:initiator", claim}, {"person:ben", "role:recipient", claim}}}
		m := &model{claims: []*mClaim{claim}, events: []*mEvent{e}}
		where := drawInteractionWhere(r, 2)
		where.During = drawWindow(r)
		count(where, func(w *graph.InteractionWhere) bool { // who and what else was so is the other test's concern
			w.Certainty, w.Actor, w.Counterpart, w.From, w.To, w.Source, w.Text, w.Kinds = nil, nil, nil, nil, nil, nil, nil, nil
			return true
		})
		var got graph.WindowCertainty
		for _, i := range must(m.view(r).Interactions(ctx, where, nil, all))(r).Nodes() {
			got = i.Certainty()
		}
		date := parse(e.date[0].value)
		holds, fails := 0, 0
		for d := date.Earliest().Day; d <= date.Latest().Day; d++ {
			day := *e
			day.date = []mFact{{edtf.Day(d).String(), claim}}
			one := &model{claims: m.claims, events: []*mEvent{&day}}
			if one.matchTalk(one.talks()[0], where) == 2 {
				holds++
			} else {
				fails++
			}
		}
		want := graph.Possible
		switch {
		case fails == 0:
			want = graph.Certain
		case holds == 0:
			want = ""
		}
		if got != want && (windows(where) == 1 || got != graph.Possible) {
			r.Fatalf("certainty of %s = %q, want %q: it holds on %d days and not on %d", e.date[0].value, got, want, holds, fails)
		}
	})
}

// windows counts the windows in a filter.
func windows(w *graph.InteractionWhere) int {
	return count(w, func(w *graph.InteractionWhere) bool { return w.During != nil })
}

// count counts the conditions of a filter that are so.
func count(w *graph.InteractionWhere, is func(*graph.InteractionWhere) bool) int {
	if w == nil {
		return 0
	}
	n := count(w.Not, is)
	if is(w) {
		n++
	}
	for _, sub := range slices.Concat(w.And, w.Or) {
		n += count(sub, is)
	}
	return n
}
