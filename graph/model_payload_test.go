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

// An mSeen is the days from the first to the last that some links can mean.
type mSeen struct{ first, last int64 }

func (s *mSeen) add(l mLink) {
	first, last := l.first, l.last
	if first == math.MinInt64 {
		first = last
	}
	if last == math.MaxInt64 {
		last = l.first
	}
	if first != math.MaxInt64 && first != math.MinInt64 {
		s.first = min(s.first, first)
	}
	if last != math.MinInt64 && last != math.MaxInt64 {
		s.last = max(s.last, last)
	}
}

func (s mSeen) String() string {
	write := func(day, none int64) string {
		if day == none {
			return "?"
		}
		return edtf.Day(day).String()
	}
	return write(s.first, math.MaxInt64) + " to " + write(s.last, math.MinInt64)
}

func seen(links []mLink) mSeen {
	s := mSeen{math.MaxInt64, math.MinInt64}
	for _, l := range links {
		s.add(l)
	}
	return s
}

// newest is the day that a link sorts by where the newest come first.
func (l mLink) newest() int64 {
	switch {
	case l.first != math.MinInt64:
		return l.first
	case l.last != math.MaxInt64:
		return l.last
	}
	return math.MinInt64
}

func (l mLink) other(a string) string {
	if l.a == a {
		return l.b
	}
	return l.a
}

// linksOf returns an actor's links.
func linksOf(links []mLink, a string) (of []mLink) {
	for _, l := range links {
		if l.a == a || l.b == a {
			of = append(of, l)
		}
	}
	return of
}

// distinct counts different strings.
func distinct(list []string) int {
	slices.Sort(list)
	return len(slices.Compact(list))
}

// A picture is what a payload says, one line a node and an edge, and its truncation.
type picture struct {
	nodes, edges []string
	left, cut    int // nodes and edges
}

func mSeeds(q graph.GraphQuery) (shown []string) {
	for _, id := range q.Around {
		shown = append(shown, string(id))
	}
	slices.Sort(shown)
	return slices.Compact(shown)
}

// mActorPicture draws actors by plain loops.
func mActorPicture(links []mLink, q graph.GraphQuery) (p picture) {
	shown := mSeeds(q)
	isShown := func(a string) bool { return slices.Contains(shown, a) }
	for range *q.Depth {
		strength := map[string]int{}
		for _, l := range links {
			if isShown(l.a) != isShown(l.b) {
				out := l.a
				if isShown(l.a) {
					out = l.b
				}
				strength[out]++
			}
		}
		var next []string
		for a := range strength {
			next = append(next, a)
		}
		slices.SortFunc(next, func(a, b string) int { return cmp.Or(-cmp.Compare(strength[a], strength[b]), cmp.Compare(a, b)) })
		room := min(len(next), *q.MaxNodes-len(shown))
		shown = append(shown, next[:room]...)
		if p.left = len(next) - room; p.left > 0 {
			break
		}
	}
	for i, a := range shown {
		of := linksOf(links, a)
		var degree, others []string
		apart := 0
		for _, l := range of {
			if b := l.other(a); isShown(b) {
				degree = append(degree, b)
			} else {
				others = append(others, b)
				apart++
			}
		}
		p.nodes = append(p.nodes, fmt.Sprintf("%s degree %d, talks %d, %s, adds %d nodes %d talks", a, distinct(degree), len(of), seen(of), distinct(others), apart))
		for _, b := range shown[i+1:] {
			if of := between(links, a, b); len(of) > 0 {
				p.edges = append(p.edges, mEdge(a, b, of))
			}
		}
	}
	return p
}

func mEdge(a, b string, of []mLink) string {
	certain := 0
	var events []string
	for _, l := range of {
		if l.truth == 2 {
			certain++
		}
		events = append(events, l.event)
	}
	slices.Sort(events)
	return fmt.Sprintf("%s~%s weight %d, certain %d, %s, %s", a, b, len(of), certain, seen(of), strings.Join(events, " "))
}

// mEventPicture draws actors and events by plain loops. Of events of one day, those that are shown come first, in their order; which come is
// not laid down.
func mEventPicture(links []mLink, q graph.GraphQuery, shownEvents []string) (p picture) {
	nodes := mSeeds(q)
	has := func(id string) bool { return slices.Contains(nodes, id) }
	frontier := slices.Clone(nodes)
	for range *q.Depth {
		come := map[string][]string{} // who talked with the frontier in an event
		day := map[string]int64{}
		var events []string
		for _, a := range frontier {
			for _, l := range linksOf(links, a) {
				if has(l.event) {
					continue
				}
				if day[l.event] = l.newest(); !slices.Contains(events, l.event) {
					events = append(events, l.event)
				}
				for _, b := range []string{l.a, l.b} {
					if !slices.Contains(come[l.event], b) {
						come[l.event] = append(come[l.event], b)
					}
				}
			}
		}
		new := func(e string) (list []string) {
			for _, a := range come[e] {
				if !has(a) {
					list = append(list, a)
				}
			}
			slices.Sort(list)
			return list
		}
		rank := func(e string) int {
			if i := slices.Index(shownEvents, e); i >= 0 {
				return i
			}
			return len(shownEvents)
		}
		slices.SortFunc(events, func(a, b string) int { return cmp.Or(-cmp.Compare(day[a], day[b]), cmp.Compare(rank(a), rank(b))) })
		frontier = nil
		for i, e := range events {
			most := 0 // the newcomers of one of those that may be next
			for _, x := range events[i:] {
				if day[x] == day[e] && rank(x) == rank(e) {
					most = max(most, len(new(x)))
				}
			}
			if len(nodes)+1+most > *q.MaxNodes {
				p.left = len(events) - i
				break
			}
			frontier = append(frontier, new(e)...)
			nodes = append(append(nodes, e), new(e)...)
		}
		if p.left > 0 {
			break
		}
	}
	for i, id := range nodes {
		if strings.HasPrefix(id, "event:") {
			var of []mLink
			var actors, absent []string
			for _, l := range links {
				if l.event == id {
					of = append(of, l)
					actors = append(actors, l.a, l.b)
				}
			}
			for _, a := range actors {
				if !has(a) {
					absent = append(absent, a)
				}
			}
			n, out := distinct(actors), distinct(absent)
			p.nodes = append(p.nodes, fmt.Sprintf("%s degree %d, talks %d, %s, adds %d nodes %d talks", id, n-out, n, seen(of), out, out))
		} else {
			of := linksOf(links, id)
			var all, drawn, others []string
			for _, l := range of {
				all = append(all, l.event)
				if has(l.event) {
					drawn = append(drawn, l.event)
				} else if b := l.other(id); !has(b) {
					others = append(others, b)
				}
			}
			talks, degree := distinct(all), distinct(drawn)
			p.nodes = append(p.nodes, fmt.Sprintf("%s degree %d, talks %d, %s, adds %d nodes %d talks", id, degree, talks, seen(of), distinct(others), talks-degree))
		}
		for j, e := range nodes {
			of := linksOf(links, id)
			of = slices.DeleteFunc(of, func(l mLink) bool { return l.event != e })
			if len(of) > 0 {
				p.edges = append(p.edges, fmt.Sprintf("%03d %03d ", i, j)+mEdge(id, e, of[:1]))
			}
		}
	}
	return p
}

// drawn writes a payload as the models do.
func drawn(t rapid.TB, g *graph.GraphPayload) (p picture) {
	place := map[graph.ID]int{}
	for i, n := range g.Nodes {
		place[n.ID()] = i
		p.nodes = append(p.nodes, fmt.Sprintf("%s degree %d, talks %d, %s to %s, adds %d nodes %d talks", n.ID(), n.Degree, n.Talks, dayText(n.FirstSeen()), dayText(n.LastSeen()), n.Adds().Nodes, n.Adds().Talks))
		if n.IsEvent() != strings.HasPrefix(string(n.ID()), "event:") {
			t.Errorf("IsEvent of %s = %t", n.ID(), n.IsEvent())
		}
		if id := must(n.Node(ctx))(t).ID(); id != n.ID() {
			t.Errorf("the node of %s is %s", n.ID(), id)
		}
	}
	for _, e := range g.Edges {
		events := must(e.EventIds(ctx, ptr(100)))(t)
		if e.Weight != e.Count().Max || e.Weight != len(events) {
			t.Errorf("edge %s: weight %d, count %v, %d events", e.ID(), e.Weight, *e.Count(), len(events))
		}
		var texts []string
		for _, id := range events {
			texts = append(texts, string(id))
		}
		if two := must(e.EventIds(ctx, ptr(2)))(t); !slices.Equal(two, events[:min(2, len(events))]) {
			t.Errorf("edge %s: the first two events are %q of %q", e.ID(), two, events)
		}
		slices.Sort(texts)
		line := fmt.Sprintf("%s weight %d, certain %d, %s to %s, %s", e.ID(), e.Weight, e.Count().Min, dayText(e.FirstSeen()), dayText(e.LastSeen()), strings.Join(texts, " "))
		if slices.ContainsFunc(g.Nodes, (*graph.GraphNode).IsEvent) {
			line = fmt.Sprintf("%03d %03d ", place[e.Source()], place[e.Target()]) + line
		}
		p.edges = append(p.edges, line)
	}
	if x := g.Truncation; x != nil {
		p.left, p.cut = x.Nodes, x.Edges
		if x.Reason == "" || x.Order == "" {
			t.Errorf("a cut that is not explained: %+v", *x)
		}
	}
	return p
}

func dayText(day *string) string {
	if day == nil {
		return "?"
	}
	return *day
}

func drawGraphQuery(t *rapid.T) graph.GraphQuery {
	q := graph.GraphQuery{Depth: ptr(rapid.IntRange(1, 3).Draw(t, "depth")), MaxNodes: ptr(rapid.IntRange(3, 14).Draw(t, "nodes")),
		Projection: rapid.SampledFrom([]graph.Projection{"", graph.ProjectActors, graph.ProjectActorEvents}).Draw(t, "projection")}
	for range rapid.IntRange(1, 3).Draw(t, "around") {
		q.Around = append(q.Around, drawID(t, mActorIDs)())
	}
	if rapid.IntRange(0, 2).Draw(t, "kinds?") == 0 {
		q.Kinds = []graph.ID{drawID(t, keys(mKinds))()}
	}
	if rapid.IntRange(0, 2).Draw(t, "during?") == 0 {
		q.During = drawWindow(t)
	}
	return q
}

func TestPayloadAgainstModel(t *testing.T) {
	edges, cuts, events := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		m := drawTalks(r)
		if rapid.IntRange(0, 3).Draw(r, "any graph") == 0 {
			m = drawModel(r)
		}
		talks := m.talks()
		g := m.fixture().graph(r)
		g.SetNetworkLimits(rapid.SampledFrom([]int{0, 1000}).Draw(r, "kept"), 1000, 100, rapid.IntRange(0, 3).Draw(r, "records") == 0)
		for range 4 {
			q := drawGraphQuery(r)
			v := g.View()
			payload := must(v.GraphPayload(ctx, q))(r)
			got := drawn(r, payload)
			links := mLinks(talks, q.Kinds, q.During)
			want := picture{}
			if q.Projection == graph.ProjectActorEvents {
				var shown []string
				for _, n := range payload.Nodes {
					if n.IsEvent() {
						shown = append(shown, string(n.ID()))
						events++
					}
				}
				want = mEventPicture(links, q, shown)
			} else {
				want = mActorPicture(links, q)
			}
			diff(r, fmt.Sprintf("nodes of %+v", q), got.nodes, want.nodes)
			diff(r, fmt.Sprintf("edges of %+v", q), got.edges, want.edges)
			if got.left != want.left || got.cut != want.cut || (payload.Truncation != nil) != (want.left > 0) {
				r.Errorf("%+v leaves out %d nodes and %d edges (%+v), want %d and %d", q, got.left, got.cut, payload.Truncation, want.left, want.cut)
			}
			edges += len(got.edges)
			if got.left > 0 {
				cuts++
			}
			newestFirst(r, m, payload)
			v.Close()
		}
	})
	if edges == 0 || cuts == 0 || events == 0 {
		t.Errorf("%d edges, %d cuts and %d events were ever drawn", edges, cuts, events)
	}
}

// newestFirst checks the order of the events of edges.
func newestFirst(t *rapid.T, m *model, g *graph.GraphPayload) {
	for _, e := range g.Edges {
		last := edtf.Day(math.MaxInt32)
		for _, id := range must(e.EventIds(ctx, ptr(100)))(t) {
			day, ok := m.event(string(id)).sortKey()
			if !ok {
				day = math.MinInt32
			}
			if day > last {
				t.Errorf("edge %s: %s comes too late", e.ID(), id)
			}
			last = day
		}
	}
}
