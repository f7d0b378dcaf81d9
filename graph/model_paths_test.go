package graph_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

// An mLink is a talk of two actors as a path needs it: possibly or certainly in the window, at some day from first to last.
type mLink struct {
	a, b, event string
	first, last int64
	truth       int
}

func mLinks(talks []mTalk, kinds []graph.ID, w *graph.Window) (links []mLink) {
	for _, x := range talks {
		truth := x.event.inWindow(w)
		if truth == 0 || !underAny(mKinds, preferred(x.event.kind), kinds) {
			continue
		}
		l := mLink{x.from, x.to, x.event.id, math.MinInt64, math.MaxInt64, truth}
		if when := preferred(x.event.date); when != "" {
			d := parse(when)
			if d.Earliest().Kind == edtf.Known {
				l.first = int64(d.Earliest().Day)
			}
			if d.Latest().Kind == edtf.Known {
				l.last = int64(d.Latest().Day)
			}
		}
		links = append(links, l)
	}
	return links
}

// between returns the links of two actors.
func between(links []mLink, a, b string) (of []mLink) {
	for _, l := range links {
		if l.a == a && l.b == b || l.a == b && l.b == a {
			of = append(of, l)
		}
	}
	return of
}

// An mPath is a path, and whether there are talks along it that are possible (1) or certain (2).
type mPath struct {
	actors     []string
	certainty  int
	hubs       int
	resistance uint64
}

// inOrder tries all choices of a talk for each hop: 2 if one is certain, 1 if one is possible, 0 if none is.
func inOrder(hops [][]mLink, chosen []mLink, inTime bool) (best int) {
	if len(hops) == 0 {
		possible, certain := true, true
		for i, l := range chosen {
			certain = certain && l.truth == 2
			for _, before := range chosen[:i] {
				if inTime {
					possible = possible && before.first <= l.last
					certain = certain && (before.last <= l.first && (before.last != math.MaxInt64 && l.first != math.MinInt64))
				}
			}
		}
		switch {
		case certain:
			return 2
		case possible:
			return 1
		}
		return 0
	}
	for _, l := range hops[0] {
		best = max(best, inOrder(hops[1:], append(slices.Clone(chosen), l), inTime))
	}
	return best
}

// mPaths finds all paths by trying everything, best first.
func mPaths(talks []mTalk, q graph.PathQuery, hub int) []mPath {
	links, every := mLinks(talks, q.Kinds, q.During), mLinks(talks, nil, nil)
	known := func(a string) int {
		others := map[string]bool{}
		for _, l := range every {
			if l.a == a {
				others[l.b] = true
			} else if l.b == a {
				others[l.a] = true
			}
		}
		return len(others)
	}
	var all []mPath
	var walk func(path []string, hops [][]mLink)
	walk = func(path []string, hops [][]mLink) {
		at := path[len(path)-1]
		if at == string(q.To) {
			p := mPath{actors: path, certainty: inOrder(hops, nil, q.TimeRespecting)}
			for i, h := range hops {
				p.resistance += (1 << 32) / uint64(len(h))
				if i > 0 && known(path[i]) > hub {
					p.hubs++
				}
			}
			if p.certainty > 0 {
				all = append(all, p)
			}
			return
		}
		if len(hops) == *q.MaxHops {
			return
		}
		for _, next := range mActorIDs {
			if h := between(links, at, next); len(h) > 0 && !slices.Contains(path, next) {
				walk(append(slices.Clone(path), next), append(slices.Clone(hops), h))
			}
		}
	}
	walk([]string{string(q.From)}, nil)
	slices.SortFunc(all, func(a, b mPath) int {
		return cmp.Or(cmp.Compare(len(a.actors), len(b.actors)), cmp.Compare(a.hubs, b.hubs), cmp.Compare(a.resistance, b.resistance), slices.Compare(a.actors, b.actors))
	})
	return all
}

func drawPathQuery(t *rapid.T) graph.PathQuery {
	ends := rapid.SliceOfNDistinct(rapid.SampledFrom(mActorIDs), 2, 2, rapid.ID).Draw(t, "ends")
	q := graph.PathQuery{From: graph.ID(ends[0]), To: graph.ID(ends[1]), TimeRespecting: rapid.Bool().Draw(t, "in time"),
		MaxHops: ptr(rapid.IntRange(1, 6).Draw(t, "hops")), First: ptr(rapid.IntRange(1, 8).Draw(t, "first"))}
	if rapid.IntRange(0, 2).Draw(t, "kinds?") == 0 {
		q.Kinds = []graph.ID{drawID(t, keys(mKinds))()}
	}
	if rapid.IntRange(0, 2).Draw(t, "during?") == 0 {
		q.During = drawWindow(t)
	}
	return q
}

// drawTalks draws a denser graph than drawModel does: more talks of two or three, with dates as uncertain as there.
func drawTalks(t *rapid.T) *model {
	c := &mClaim{id: "claim:0", source: "source:a", certainty: "REPORTED", statement: "talk", about: map[string]bool{}}
	m := &model{claims: []*mClaim{c}}
	for _, id := range mActorIDs {
		m.actors = append(m.actors, &mActor{id: id, names: []mFact{{"Name", c}}})
	}
	for i := range rapid.IntRange(2, 25).Draw(t, "talks") {
		e := &mEvent{id: fmt.Sprintf("event:%d", i), kind: []mFact{{rapid.SampledFrom([]string{"kind:call", "kind:meeting", "kind:threat", "kind:action"}).Draw(t, "kind"), c}}}
		if rapid.IntRange(0, 9).Draw(t, "dated") > 0 {
			e.date = []mFact{{drawDate(t), c}}
		}
		if rapid.IntRange(0, 5).Draw(t, "rival") == 0 {
			e.date = append(e.date, mFact{drawDate(t), c})
		}
		who := rapid.SliceOfNDistinct(rapid.SampledFrom(mActorIDs), 2, 3, rapid.ID).Draw(t, "who")
		for j, a := range who {
			e.parts = append(e.parts, mPart{a, []string{"role:initiator", "role:recipient", "role:participant"}[j], c})
		}
		m.events = append(m.events, e)
	}
	return m
}

func pathText(t rapid.TB, p *graph.Path) string {
	ids := []string{string(must(p.Hops[0].From(ctx))(t).ID())}
	for _, h := range p.Hops {
		if from := must(h.From(ctx))(t).ID(); string(from) != ids[len(ids)-1] {
			t.Fatalf("a hop begins at %s, the last one ended at %s", from, ids[len(ids)-1])
		}
		ids = append(ids, string(must(h.To(ctx))(t).ID()))
	}
	return fmt.Sprint(strings.Join(ids, " "), " ", p.Certainty, " ", p.Hubs)
}

func TestPathsAgainstModel(t *testing.T) {
	found := 0
	rapid.Check(t, func(r *rapid.T) {
		m := drawTalks(r)
		if rapid.IntRange(0, 3).Draw(r, "any graph") == 0 {
			m = drawModel(r)
		}
		hub := rapid.IntRange(1, 5).Draw(r, "hub")
		talks := m.talks()
		g := m.fixture().graph(r)
		// From memory as a whole, piece by piece, or from the records.
		g.SetNetworkLimits(rapid.SampledFrom([]int{0, 1000}).Draw(r, "kept"), 1000, hub, rapid.IntRange(0, 3).Draw(r, "records") == 0)
		for range 4 {
			q := drawPathQuery(r)
			want := []string{}
			for _, p := range mPaths(talks, q, hub) {
				if len(want) < *q.First {
					want = append(want, fmt.Sprint(strings.Join(p.actors, " "), " ", certaintyOf(p.certainty), " ", p.hubs))
				}
			}
			v := g.View()
			result := must(v.Paths(ctx, q))(r)
			got := []string{}
			for _, p := range result.Paths {
				got = append(got, pathText(r, p))
				m.checkHops(r, q, talks, p)
			}
			found += len(got)
			diff(r, fmt.Sprintf("paths %+v", q), got, want)
			if !result.Exhausted {
				r.Errorf("the search was not exhausted")
			}
			v.Close()
		}
	})
	if found == 0 {
		t.Error("no path was ever found")
	}
}

// checkHops checks what the hops of a path say of their events.
func (m *model) checkHops(r *rapid.T, q graph.PathQuery, talks []mTalk, p *graph.Path) {
	links := mLinks(talks, q.Kinds, q.During)
	var via [][]mLink
	for _, h := range p.Hops {
		of := between(links, string(must(h.From(ctx))(r).ID()), string(must(h.To(ctx))(r).ID()))
		n := &graph.Range{Max: len(of)}
		for _, l := range of {
			if l.truth == 2 {
				n.Min++
			}
		}
		diff(r, "talks of a hop", h.Count, n)
		events := must(h.Events(ctx, ptr(10)))(r)
		var got, want []string
		for _, e := range events {
			got = append(got, string(e.ID()))
		}
		for _, l := range of {
			want = append(want, l.event)
			if l.event == got[0] {
				via = append(via, []mLink{l})
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if len(want) <= 10 {
			diff(r, "events of a hop", got, want)
		}
		if got := must(h.When(ctx))(r); got.EDTF != events[0].When().EDTF {
			r.Errorf("the hop was at %s, its first event at %s", got.EDTF, events[0].When().EDTF)
		}
		if len(must(h.Claims(ctx))(r)) == 0 {
			r.Error("a hop rests on no claim")
		}
	}
	if c := inOrder(via, nil, q.TimeRespecting); q.TimeRespecting && certaintyOf(c) != p.Certainty || c == 0 {
		r.Errorf("the events along the path are in order by %d, the path is %s", c, p.Certainty)
	}
}
