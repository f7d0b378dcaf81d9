package graph

import (
	"cmp"
	"context"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// What a question for paths may ask.
const (
	maxHops      = 6
	maxPaths     = 50
	maxHopEvents = 10
)

// A PathQuery asks how two actors are connected. See the SDL.
type PathQuery struct {
	From, To       ID
	MaxHops        *int // nil is 4
	TimeRespecting bool
	Kinds          []ID
	During         *Window
	First          *int // nil is 3
}

// A PathResult is the answer. See the SDL.
type PathResult struct {
	Paths     []*Path
	Exhausted bool

	view     *View
	from, to ID
	during   *Window
}

// Coverage returns what the answer rests on.
func (r *PathResult) Coverage(ctx context.Context) (*Coverage, error) {
	return r.view.Coverage(ctx, []ID{r.from, r.to}, r.during)
}

// A Path is a way from one actor to another. See the SDL.
type Path struct {
	Hops      []*Hop
	Certainty WindowCertainty
	Hubs      int
}

// A Hop is a step of a path. See the SDL.
type Hop struct {
	from, to ID
	Count    *Range
	view     *View
	events   []ID    // at most maxHopEvents
	actors   *cohort // of the answer, as are the others
	eventsOf *cohort
	firsts   *cohort
	claimsOf *hopClaims
}

// From returns who comes first on the path.
func (h *Hop) From(ctx context.Context) (Actor, error) { return mustPick[Actor](ctx, h.actors, h.from) }

// To returns who comes next.
func (h *Hop) To(ctx context.Context) (Actor, error) { return mustPick[Actor](ctx, h.actors, h.to) }

// Events returns the first of the hop's events.
func (h *Hop) Events(ctx context.Context, first *int) ([]*Event, error) {
	n := 3
	if first != nil {
		n = *first
	}
	if n < 1 || n > maxHopEvents {
		return nil, invalid("first", "%d is not from 1 to %d", n, maxHopEvents)
	}
	return pick[*Event](ctx, h.eventsOf, h.events[:min(n, len(h.events))])
}

// When returns the date of the first of the hop's events.
func (h *Hop) When(ctx context.Context) (*When, error) {
	e, err := mustPick[*Event](ctx, h.firsts, h.events[0])
	if err != nil {
		return nil, err
	}
	return e.When(), nil
}

// Claims returns the claims that put the two into the hop's events, by id.
func (h *Hop) Claims(ctx context.Context) ([]*Claim, error) {
	ids, c, err := h.claimsOf.of(ctx)
	if err != nil {
		return nil, err
	}
	return pick[*Claim](ctx, c, ids[h])
}

// hopClaims finds the claims of all hops of an answer at once.
type hopClaims struct {
	hops   []*Hop
	events *cohort
}

type claimsOfHops struct {
	ids    map[*Hop][]ID
	cohort *cohort
}

func (x *hopClaims) of(ctx context.Context) (map[*Hop][]ID, *cohort, error) {
	found, err := remember(x.events, "claims of hops", func() (claimsOfHops, error) {
		v := x.events.view
		talks, err := v.talksOf(ctx, x.events, "")
		if err != nil {
			return claimsOfHops{}, err
		}
		type at struct {
			event ID
			a, b  ID
		}
		claims := map[at][]ID{}
		for _, t := range talks {
			claims[at{t.event.id, min(t.from, t.to), max(t.from, t.to)}] = t.claims
		}
		out := claimsOfHops{ids: map[*Hop][]ID{}}
		var all []ID
		for _, h := range x.hops {
			var ids []ID
			for _, e := range h.events {
				ids = append(ids, claims[at{e, min(h.from, h.to), max(h.from, h.to)}]...)
			}
			slices.Sort(ids)
			out.ids[h] = slices.Compact(ids)
			all = append(all, out.ids[h]...)
		}
		out.cohort = v.cohort(all)
		return out, nil
	})
	return found.ids, found.cohort, err
}

// A talkFilter says which talks count.
type talkFilter struct {
	tax    *taxonomy
	names  *networkNames
	kinds  []ID
	window *edtf.Window
	ok     []bool // by kind, as far as has been asked
}

// talkFilter checks the arguments kinds and during.
func (v *View) talkFilter(ctx context.Context, n *network, kinds []ID, within *Window) (*talkFilter, error) {
	tax, window, err := v.whichTalks(ctx, kinds, within)
	if err != nil {
		return nil, err
	}
	return &talkFilter{tax: tax, names: n.names, kinds: kinds, window: window}, nil
}

// all reports whether every talk counts.
func (f *talkFilter) all() bool { return len(f.kinds) == 0 && f.window == nil }

// truth tells whether a talk counts.
func (f *talkFilter) truth(t *talkAt) edtf.Truth {
	if len(f.kinds) > 0 {
		if int(t.kind) >= len(f.ok) {
			table := f.names.kindTable()
			for _, k := range table[len(f.ok):] {
				f.ok = append(f.ok, f.tax.isKind(k, f.kinds))
			}
		}
		if !f.ok[t.kind] {
			return edtf.No
		}
	}
	w := f.window
	switch {
	case w == nil:
		return edtf.Yes
	case w.From != nil && int64(t.last) < int64(*w.From), w.To != nil && int64(t.first) > int64(*w.To):
		return edtf.No
	case w.From != nil && int64(t.first) < int64(*w.From), w.To != nil && int64(t.last) > int64(*w.To):
		return edtf.Maybe
	}
	return edtf.Yes
}

// count counts the talks that count.
func (f *talkFilter) count(talks []talkAt) (r Range) {
	if f.all() {
		return Range{len(talks), len(talks)}
	}
	for i := range talks {
		if t := f.truth(&talks[i]); t != edtf.No {
			r.add(t)
		}
	}
	return r
}

// Paths finds the best paths between two actors. See the SDL for what is best.
func (v *View) Paths(ctx context.Context, q PathQuery) (*PathResult, error) {
	hops, first := 4, 3
	if q.MaxHops != nil {
		hops = *q.MaxHops
	}
	if q.First != nil {
		first = *q.First
	}
	switch {
	case hops < 1 || hops > maxHops:
		return nil, invalid("maxHops", "%d is not from 1 to %d", hops, maxHops)
	case first < 1 || first > maxPaths:
		return nil, invalid("first", "%d is not from 1 to %d", first, maxPaths)
	}
	q.From, q.To = v.same().id(q.From), v.same().id(q.To)
	for _, a := range []struct {
		argument string
		id       ID
	}{{"from", q.From}, {"to", q.To}} {
		if _, err := v.require(ctx, a.argument, a.id, actorTypes...); err != nil {
			return nil, err
		}
	}
	if q.From == q.To {
		return nil, invalid("to", "it is the actor to begin with; give another one")
	}
	r, err := v.networkReader(ctx)
	if err != nil {
		return nil, err
	}
	f, err := v.talkFilter(ctx, r.network, q.Kinds, q.During)
	if err != nil {
		return nil, err
	}
	ends, err := r.numbersOf(ctx, []ID{q.From, q.To})
	if err != nil {
		return nil, err
	}
	s := &pathSearch{networkReader: r, filter: f, from: ends[0], to: ends[1], inTime: q.TimeRespecting, want: first}
	exhausted, err := s.run(ctx, hops)
	if err != nil {
		return nil, err
	}
	out := &PathResult{Exhausted: exhausted, view: v, from: q.From, to: q.To, during: q.During}
	return out, s.answer(ctx, out)
}

// answer writes what was found into the answer.
func (s *pathSearch) answer(ctx context.Context, out *PathResult) error {
	out.Paths = []*Path{}
	var all []*Hop
	var refs []store.Ref
	var actors []ID
	for _, nodes := range s.found {
		p := &Path{Certainty: Certain}
		via := s.chain(nodes, edtf.Yes)
		if via == nil {
			p.Certainty = Possible
			via = s.chain(nodes, edtf.Maybe)
		}
		for i := range nodes[1:] {
			talks := s.talksOf(nodes[i], nodes[i+1])
			count := s.filter.count(talks)
			h := &Hop{from: s.names.of(nodes[i]), to: s.names.of(nodes[i+1]), Count: &count, view: s.view}
			for _, t := range s.newest(talks, via[i]) {
				refs = append(refs, t.event)
				h.events = append(h.events, "") // named below
			}
			p.Hops, all, actors = append(p.Hops, h), append(all, h), append(actors, h.from, h.to)
			if i > 0 && s.isHub(nodes[i]) {
				p.Hubs++
			}
		}
		out.Paths = append(out.Paths, p)
	}
	names, err := s.view.store.Named(ctx, refs)
	if err != nil {
		return err
	}
	var events, firsts []ID
	for _, h := range all {
		for i := range h.events {
			h.events[i], names = ID(names[0]), names[1:]
		}
		events, firsts = append(events, h.events...), append(firsts, h.events[0])
	}
	ac, ec, fc := s.view.cohort(actors), s.view.cohort(events), s.view.cohort(firsts)
	claims := &hopClaims{all, ec}
	for _, h := range all {
		h.actors, h.eventsOf, h.firsts, h.claimsOf = ac, ec, fc, claims
	}
	return nil
}

// newest returns a hop's newest talks, at most maxHopEvents; before them the one by which the path goes, if time matters.
func (s *pathSearch) newest(talks []talkAt, via *talkAt) []talkAt {
	var list []talkAt
	for i := range talks {
		if s.filter.truth(&talks[i]) != edtf.No {
			list = append(list, talks[i])
		}
	}
	slices.SortFunc(list, func(a, b talkAt) int {
		return cmp.Or(cmp.Compare(newestDay(b), newestDay(a)), cmp.Compare(b.event, a.event))
	})
	if s.inTime {
		i := slices.IndexFunc(list, func(t talkAt) bool { return t.event == via.event })
		list = slices.Insert(slices.Delete(list, i, i+1), 0, *via)
	}
	return list[:min(len(list), maxHopEvents)]
}

// newestDay is what a talk sorts by where the newest come first, as lists of events have it: the first day or, if that is not known, the last.
func newestDay(t talkAt) int32 {
	switch {
	case t.first != noFirst:
		return t.first
	case t.last != noLast:
		return t.last
	}
	return noFirst
}

// talksOf returns all talks of two actors who stand side by side on a path.
func (s *pathSearch) talksOf(a, b int32) []talkAt {
	l := s.at(a)
	if i, ok := l.with(b); ok {
		return l.talksWith(i)
	}
	l = s.at(b)
	i, _ := l.with(a)
	return l.talksWith(i)
}

// chain finds a talk for each hop of a path, so that the path is as sure as asked; nil if there are none. The best next talk is the one that
// leaves most to come: the earliest that can be.
func (s *pathSearch) chain(nodes []int32, sure edtf.Truth) []*talkAt {
	var out []*talkAt
	now := int32(noFirst)
	for i := range nodes[1:] {
		talks := s.talksOf(nodes[i], nodes[i+1])
		var best *talkAt
		until := int32(noLast)
		for j := range talks {
			t := &talks[j]
			if s.filter.truth(t) < sure {
				continue
			}
			if !s.inTime {
				best = t
				break
			}
			then, ok := after(now, t, sure)
			if ok && (best == nil || then < until) {
				best, until = t, then
			}
		}
		if best == nil {
			return nil
		}
		out, now = append(out, best), until
	}
	return out
}

// after tells whether a talk can follow when it is now, and when it then is: possibly, at its first day or now; certainly, at its last.
func after(now int32, t *talkAt, sure edtf.Truth) (then int32, ok bool) {
	if sure == edtf.Yes {
		return t.last, t.first >= now
	}
	return max(now, t.first), t.last >= now
}
