package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// A drawing is a payload while it is made.
type drawing struct {
	*GraphPayload
	ctx         context.Context
	most, depth int
}

const (
	orderActors = "actors by how many talks they had with those shown before them, then by id"
	orderEvents = "events newest first"
	orderEdges  = "edges by their number of talks"
)

// tooMuch is why a picture stops where the question has read as much as it may.
const tooMuch = "these actors have more talks than one question may read; ask for a shorter window or fewer actors"

// weight counts the talks with a counterpart that count.
func (d *drawing) weight(l *talkList, i int) int {
	if d.filter.all() {
		return int(l.start[i+1] - l.start[i])
	}
	return d.filter.count(l.talksWith(i)).Max
}

func (d *drawing) addActor(a int32) {
	d.Nodes = append(d.Nodes, &GraphNode{of: d.GraphPayload, place: len(d.Nodes), actor: a, first: noLast, last: noFirst})
}

// actors draws actors and the edges among them.
func (d *drawing) actors(seeds []int32) error {
	for _, a := range seeds {
		d.addActor(a)
	}
	frontier := seeds
	shown := map[int32]bool{}
	for _, a := range seeds {
		shown[a] = true
	}
	strength := map[int32]int{} // of those not shown, with those shown
	for range d.depth {
		ok, err := d.reader.read(d.ctx, frontier)
		if err != nil {
			return err
		}
		if !ok {
			d.cut(0, 0, orderActors, tooMuch)
		}
		for _, a := range frontier {
			l := d.reader.at(a)
			for i, b := range l.to {
				if !shown[b] {
					if n := d.weight(l, i); n > 0 {
						strength[b] += n
					}
				}
			}
		}
		next, left := d.strongest(strength, d.most-len(d.Nodes))
		for _, a := range next {
			shown[a] = true
			delete(strength, a)
			d.addActor(a)
		}
		if left > 0 {
			d.cut(left, 0, orderActors, fmt.Sprintf("it has maxNodes (%d) nodes", d.most))
			break
		}
		if frontier = next; len(next) == 0 {
			break
		}
	}
	return d.edgesAmong()
}

// strongest returns the strongest actors, at most n, and how many it leaves out.
func (d *drawing) strongest(strength map[int32]int, n int) (list []int32, left int) {
	type candidate struct {
		actor  int32
		weight int
	}
	table := d.reader.names.table()
	all := make([]candidate, 0, len(strength))
	for a, w := range strength {
		all = append(all, candidate{a, w})
	}
	if len(all) > n { // most of them are weak: find the weight below which none comes in
		weights := make([]int, len(all))
		for i, c := range all {
			weights[i] = c.weight
		}
		slices.Sort(weights)
		least := 0
		if n > 0 {
			least = weights[len(weights)-n]
			all = slices.DeleteFunc(all, func(c candidate) bool { return c.weight < least })
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), strings.Compare(string(table[a.actor]), string(table[b.actor])))
	})
	n = min(n, len(all))
	for _, c := range all[:n] {
		list = append(list, c.actor)
	}
	return list, len(strength) - n
}

// places are tables by which the places of a picture's nodes are found; all entries are 0 between uses.
var places = sync.Pool{New: func() any { return new([]int32) }}

// edgesAmong draws the edges among actors, and tells of the nodes what follows from them.
func (d *drawing) edgesAmong() error {
	actors := make([]int32, len(d.Nodes))
	for i, n := range d.Nodes {
		actors[i] = n.actor
	}
	if ok, err := d.reader.read(d.ctx, actors); err != nil {
		return err
	} else if !ok {
		d.cut(0, 0, orderEdges, tooMuch)
	}
	table := d.reader.names.table()
	at := places.Get().(*[]int32)
	defer places.Put(at)
	if len(*at) < len(table) {
		*at = make([]int32, len(table)+len(table)/8)
	}
	place := *at // of each actor, + 1
	for i, a := range actors {
		place[a] = int32(i) + 1
	}
	defer func() {
		for _, a := range actors {
			place[a] = 0
		}
	}()
	type neighbour struct {
		to, with int32
		weight   int
	}
	var run []neighbour
	edges := make([]GraphEdge, 0, 8*len(actors)) // one allocation for hundreds; those that were pointed to stay where they are
	for i, a := range actors {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		n, l := d.Nodes[i], d.reader.at(a)
		n.id = table[a]
		n.first, n.last = l.first, l.last
		if d.filter.all() {
			n.Talks, n.adds = len(l.talks), Expansion{len(l.to), len(l.talks)}
		} else {
			n.first, n.last = noLast, noFirst
		}
		for j, b := range l.to {
			k := place[b]
			if d.filter.all() && k == 0 {
				continue
			}
			w := d.weight(l, j)
			if w == 0 {
				continue
			}
			if !d.filter.all() {
				n.Talks, n.adds = n.Talks+w, Expansion{n.adds.Nodes + 1, n.adds.Talks + w}
				d.see(n, l.talksWith(j))
			}
			if k == 0 {
				continue
			}
			n.Degree++
			n.adds = Expansion{n.adds.Nodes - 1, n.adds.Talks - w}
			if int(k)-1 > i {
				run = append(run, neighbour{k - 1, int32(j), w})
			}
		}
		slices.SortFunc(run, func(a, b neighbour) int { return cmp.Compare(a.to, b.to) })
		for _, b := range run {
			edges = append(edges, GraphEdge{of: d.GraphPayload, from: int32(i), to: b.to, list: l, with: b.with, Weight: b.weight})
		}
		run = run[:0]
	}
	d.takeEdges(edges)
	return nil
}

// takeEdges makes edges, which are by their ends, those of the picture. Of more than maxEdges it takes the strongest, and the ends of the
// others are told.
func (d *drawing) takeEdges(edges []GraphEdge) {
	if len(edges) > maxEdges {
		slices.SortFunc(edges, func(a, b GraphEdge) int {
			return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
		})
		d.cut(0, len(edges)-maxEdges, orderEdges, fmt.Sprintf("a picture has at most %d edges", maxEdges))
		for _, e := range edges[maxEdges:] {
			for _, i := range [2]int32{e.from, e.to} {
				n := d.Nodes[i]
				n.Degree--
				n.adds.Talks += e.Weight
			}
		}
		edges = edges[:maxEdges]
		slices.SortFunc(edges, func(a, b GraphEdge) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	}
	d.Edges = make([]*GraphEdge, len(edges))
	for i := range edges {
		d.Edges[i] = &edges[i]
	}
}

// see widens a node's days by talks.
func (d *drawing) see(n *GraphNode, talks []talkAt) {
	for i := range talks {
		if t := &talks[i]; d.filter.truth(t) != edtf.No {
			n.first, n.last = seenFirst(n.first, *t), seenLast(n.last, *t)
		}
	}
}

// An eventActors is an event and those who talked in it, as far as is known.
type eventActors struct {
	talk   talkAt
	actors []int32
}

// actorEvents draws actors and the events in which they talked.
func (d *drawing) actorEvents(seeds []int32) error {
	shown, drawn := map[int32]bool{}, map[store.Ref]bool{}
	for _, a := range seeds {
		shown[a] = true
		d.addActor(a)
	}
	frontier := seeds
	for range d.depth {
		events, err := d.events(frontier, drawn)
		if err != nil {
			return err
		}
		var next []int32
		full := false
		for i, e := range events {
			var come []int32
			for _, a := range e.actors {
				if !shown[a] {
					come = append(come, a)
				}
			}
			if len(d.Nodes)+1+len(come) > d.most {
				d.cut(len(events)-i, 0, orderEvents, fmt.Sprintf("it has room for maxNodes (%d) nodes, and an event comes with its actors", d.most))
				full = true
				break
			}
			drawn[e.talk.event] = true
			d.Nodes = append(d.Nodes, &GraphNode{of: d.GraphPayload, place: len(d.Nodes), actor: -1, event: e.talk.event, first: noLast, last: noFirst})
			d.see(d.Nodes[len(d.Nodes)-1], []talkAt{e.talk})
			for _, a := range come {
				shown[a] = true
				d.addActor(a)
			}
			next = append(next, come...)
		}
		if frontier = next; full || len(next) == 0 {
			break
		}
	}
	return d.edgesToEvents()
}

// events returns the events in which some actors talked, but for those that are drawn, newest first.
func (d *drawing) events(actors []int32, drawn map[store.Ref]bool) ([]eventActors, error) {
	ok, err := d.reader.read(d.ctx, actors)
	if err != nil {
		return nil, err
	}
	if !ok {
		d.cut(0, 0, orderEvents, tooMuch)
	}
	type seat struct {
		talkAt
		actor int32
	}
	var seats []seat
	for _, a := range actors {
		l := d.reader.at(a)
		for i, b := range l.to {
			for _, t := range l.talksWith(i) {
				if !drawn[t.event] && d.filter.truth(&t) != edtf.No {
					seats = append(seats, seat{t, a}, seat{t, b})
				}
			}
		}
		if err := d.ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(seats, func(a, b seat) int { return cmp.Or(newestFirst(a.talkAt, b.talkAt), cmp.Compare(a.actor, b.actor)) })
	seats = slices.Compact(seats)
	table := d.reader.names.table()
	var out []eventActors
	for i := 0; i < len(seats); {
		e := eventActors{talk: seats[i].talkAt}
		for ; i < len(seats) && seats[i].event == e.talk.event; i++ {
			if len(out) <= d.most { // what is beyond is only counted
				e.actors = append(e.actors, seats[i].actor)
			}
		}
		slices.SortFunc(e.actors, func(a, b int32) int { return strings.Compare(string(table[a]), string(table[b])) })
		out = append(out, e)
	}
	return out, nil
}

// edgesToEvents draws the edges from actors to events.
func (d *drawing) edgesToEvents() error {
	var actors []int32
	var refs []store.Ref
	events := map[store.Ref]*GraphNode{}
	for _, n := range d.Nodes {
		if n.IsEvent() {
			events[n.event] = n
			refs = append(refs, n.event)
		} else {
			actors = append(actors, n.actor)
		}
	}
	if ok, err := d.reader.read(d.ctx, actors); err != nil {
		return err
	} else if !ok {
		d.cut(0, 0, orderEdges, tooMuch)
	}
	names, err := d.reader.view.store.Named(d.ctx, refs)
	if err != nil {
		return err
	}
	table := d.reader.names.table()
	drawn := map[int32]bool{}
	for _, a := range actors {
		drawn[a] = true
	}
	absent := map[store.Ref]map[int32]bool{} // who talked in an event and is not in the picture: all of them talked with somebody who is
	for _, n := range d.Nodes {
		if n.IsEvent() {
			n.id, names = ID(names[0]), names[1:]
			continue
		}
		n.id = table[n.actor]
		if err := d.ctx.Err(); err != nil {
			return err
		}
		l, seen, with := d.reader.at(n.actor), map[store.Ref]bool{}, map[int32]bool{}
		for i, b := range l.to {
			talks := l.talksWith(i)
			for j := range talks {
				t := &talks[j]
				if d.filter.truth(t) == edtf.No {
					continue
				}
				e := events[t.event]
				switch {
				case drawn[b]:
				case e == nil:
					with[b] = true
				case absent[t.event] == nil:
					absent[t.event] = map[int32]bool{b: true}
				default:
					absent[t.event][b] = true
				}
				if seen[t.event] {
					continue
				}
				seen[t.event] = true
				n.Talks++
				n.first, n.last = seenFirst(n.first, *t), seenLast(n.last, *t)
				if e == nil {
					n.adds.Talks++
					continue
				}
				n.Degree, e.Degree, e.Talks = n.Degree+1, e.Degree+1, e.Talks+1
				d.Edges = append(d.Edges, &GraphEdge{of: d.GraphPayload, from: int32(n.place), to: int32(e.place), with: -1, event: t, Weight: 1})
			}
		}
		n.adds.Nodes = len(with)
	}
	for ref, e := range events {
		e.adds = Expansion{len(absent[ref]), len(absent[ref])}
		e.Talks += len(absent[ref])
	}
	slices.SortFunc(d.Edges, func(a, b *GraphEdge) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return nil
}
