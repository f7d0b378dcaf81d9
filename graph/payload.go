package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// A Projection says what the nodes of a picture are. See the SDL.
type Projection string

// The projections.
const (
	ProjectActors      Projection = "ACTORS"
	ProjectActorEvents Projection = "ACTOR_EVENTS"
)

// What a question for a picture may ask. maxEdges is more than 224 actors can have among them.
const (
	maxAround     = 20
	maxDepth      = 3
	maxGraphNodes = 1000
	maxEdges      = 25_000
	maxEventIDs   = 100
)

// A GraphQuery asks for a picture. See the SDL.
type GraphQuery struct {
	Around     []ID
	Depth      *int // nil is 1
	Projection Projection
	Kinds      []ID
	During     *Window
	MaxNodes   *int // nil is 200
}

// A GraphPayload is a part of the graph, ready to be drawn. See the SDL. What it shows is read when it is made; labels, positions and measures
// when they are asked for, of all nodes at once.
type GraphPayload struct {
	Nodes      []*GraphNode
	Edges      []*GraphEdge
	Truncation *Truncation
	Revision   string

	reader *networkReader
	filter *talkFilter
	cohort *cohort
}

// A GraphNode is a node of a picture. See the SDL.
type GraphNode struct {
	of     *GraphPayload
	place  int
	actor  int32     // its number; -1 for an event
	event  store.Ref // if it is one
	id     ID
	Degree int
	Talks  int
	adds   Expansion
	first  int32
	last   int32
}

// An Expansion is what expanding a node would add. See the SDL.
type Expansion struct{ Nodes, Talks int }

// A Point is where a node stands. See the SDL.
type Point struct{ X, Y float64 }

// A Truncation is what a picture leaves out. See the SDL.
type Truncation struct {
	Nodes, Edges  int
	Reason, Order string
}

// A GraphEdge is an edge of a picture. See the SDL.
type GraphEdge struct {
	of       *GraphPayload
	from, to int32 // places of nodes
	list     *talkList
	with     int32 // which counterpart of the list; -1 for an edge to an event
	event    *talkAt
	Weight   int
}

// ID returns the id of the actor or the event.
func (n *GraphNode) ID() ID { return n.id }

// IsEvent reports whether the node is an event and no actor.
func (n *GraphNode) IsEvent() bool { return n.actor < 0 }

// Adds returns what expanding the node would add.
func (n *GraphNode) Adds() *Expansion { return &n.adds }

// FirstSeen returns the first day that any of the node's talks can mean, nil if none is known.
func (n *GraphNode) FirstSeen() *string { return seenText(n.first, noLast) }

// LastSeen returns the last day that any of the node's talks can mean, nil if none is known.
func (n *GraphNode) LastSeen() *string { return seenText(n.last, noFirst) }

func seenText(day, none int32) *string {
	if day == none {
		return nil
	}
	s := edtf.Day(day).String()
	return &s
}

// Node returns the actor or the event.
func (n *GraphNode) Node(ctx context.Context) (Node, error) {
	return mustPick[Node](ctx, n.of.cohort, n.id)
}

// Type tells what the node is.
func (n *GraphNode) Type(ctx context.Context) (NodeType, error) {
	l, err := n.of.labels(ctx)
	if err != nil {
		return "", err
	}
	return l[n.place].typ, nil
}

// Label returns what to write beside the node.
func (n *GraphNode) Label(ctx context.Context) (string, error) {
	l, err := n.of.labels(ctx)
	if err != nil {
		return "", err
	}
	return l[n.place].text, nil
}

// ID names the edge in its picture.
func (e *GraphEdge) ID() ID { return e.Source() + "~" + e.Target() }

// Source returns the id of the edge's first node.
func (e *GraphEdge) Source() ID { return e.of.Nodes[e.from].id }

// Target returns the id of the edge's second node.
func (e *GraphEdge) Target() ID { return e.of.Nodes[e.to].id }

// talks returns all talks that the edge may stand for.
func (e *GraphEdge) talks() []talkAt {
	if e.event != nil {
		return []talkAt{*e.event}
	}
	return e.list.talksWith(int(e.with))
}

// Count counts the edge's talks.
func (e *GraphEdge) Count() *Range {
	r := e.of.filter.count(e.talks())
	return &r
}

// Seen returns the first and the last day that the edge's talks can mean, nil where none is known.
func (e *GraphEdge) Seen() (first, last *string) {
	f, l := e.seen()
	return seenText(f, noLast), seenText(l, noFirst)
}

func (e *GraphEdge) seen() (first, last int32) {
	first, last = noLast, noFirst
	talks := e.talks()
	if e.list != nil && e.list.days && e.of.filter.all() {
		return talks[0].first, talks[len(talks)-1].last
	}
	for i := range talks {
		if t := &talks[i]; e.of.filter.truth(t) != edtf.No {
			first, last = seenFirst(first, *t), seenLast(last, *t)
		}
	}
	return first, last
}

// FirstSeen returns the first of the days that [GraphEdge.Seen] does.
func (e *GraphEdge) FirstSeen() *string {
	first, _ := e.Seen()
	return first
}

// LastSeen returns the last of the days that [GraphEdge.Seen] does.
func (e *GraphEdge) LastSeen() *string {
	_, last := e.Seen()
	return last
}

// EventIds returns the ids of the edge's newest events.
func (e *GraphEdge) EventIds(ctx context.Context, first *int) ([]ID, error) {
	n := 3
	if first != nil {
		n = *first
	}
	if n < 1 || n > maxEventIDs {
		return nil, invalid("first", "%d is not from 1 to %d", n, maxEventIDs)
	}
	ids, err := e.of.EventIDs(ctx, []*GraphEdge{e}, n)
	if err != nil {
		return nil, err
	}
	return ids[0], nil
}

// EventIDs returns, for each of some edges, the ids of its newest events, at most most.
func (p *GraphPayload) EventIDs(ctx context.Context, edges []*GraphEdge, most int) ([][]ID, error) {
	var refs []store.Ref
	ends := make([]int, len(edges))
	for i, e := range edges {
		refs = e.newest(refs, most)
		ends[i] = len(refs)
	}
	ids, err := p.reader.view.store.ids(ctx, refs)
	if err != nil {
		return nil, err
	}
	out, from := make([][]ID, len(edges)), 0
	for i, end := range ends {
		out[i], from = ids[from:end:end], end
	}
	return out, nil
}

// newest appends the edge's newest events.
func (e *GraphEdge) newest(refs []store.Ref, most int) []store.Ref {
	talks := e.talks()
	if e.list == nil || e.list.days { // they are in order
		for i := len(talks) - 1; i >= 0 && most > 0; i-- {
			if e.of.filter.truth(&talks[i]) != edtf.No {
				refs = append(refs, talks[i].event)
				most--
			}
		}
		return refs
	}
	list := slices.Clone(talks)
	slices.SortFunc(list, newestFirst)
	for i := range list {
		if most > 0 && e.of.filter.truth(&list[i]) != edtf.No {
			refs = append(refs, list[i].event)
			most--
		}
	}
	return refs
}

// newestFirst orders talks as lists of events have them: by day, the newest first, and those without a day last.
func newestFirst(a, b talkAt) int {
	return cmp.Or(cmp.Compare(newestDay(b), newestDay(a)), cmp.Compare(b.event, a.event))
}

// A label is what a node is, and what is written beside it.
type label struct {
	typ  NodeType
	text string
}

// labels returns the labels of all nodes.
func (p *GraphPayload) labels(ctx context.Context) ([]label, error) {
	return remember(p.cohort, "labels", func() ([]label, error) {
		actors := make([]int32, 0, len(p.Nodes))
		var events []ID
		for _, n := range p.Nodes {
			if n.IsEvent() {
				events = append(events, n.id)
			} else {
				actors = append(actors, n.actor)
			}
		}
		named, err := p.reader.labels(ctx, actors)
		if err != nil {
			return nil, err
		}
		told, err := pick[*Event](ctx, p.reader.view.cohort(events), events)
		if err != nil {
			return nil, err
		}
		texts := map[ID]string{}
		for _, e := range told {
			if texts[e.ID()], err = e.caption(ctx); err != nil {
				return nil, err
			}
		}
		out := make([]label, len(p.Nodes))
		for i, n := range p.Nodes {
			if n.IsEvent() {
				out[i] = label{TypeEvent, texts[n.id]}
			} else {
				out[i], named = named[0], named[1:]
			}
		}
		return out, nil
	})
}

// caption tells an event in a few words.
func (e *Event) caption(ctx context.Context) (string, error) {
	if s := e.Summary(nil); s != nil {
		return *s, nil
	}
	k, err := e.Kind(ctx)
	if err != nil {
		return "", err
	}
	return k.Label(nil) + ", " + e.When().EDTF, nil
}

// labels returns the types and names of actors. The network keeps them: pictures ask for hundreds.
func (r *networkReader) labels(ctx context.Context, actors []int32) ([]label, error) {
	out := make([]label, len(actors))
	var missing []int
	r.mu.RLock()
	for i, a := range actors {
		if int(a) < len(r.label) && r.label[a].typ != "" {
			out[i] = r.label[a]
		} else {
			missing = append(missing, i)
		}
	}
	r.mu.RUnlock()
	if len(missing) == 0 {
		return out, nil
	}
	table := r.names.table()
	ids := make([]ID, len(missing))
	for j, i := range missing {
		ids[j] = table[actors[i]]
	}
	found, err := pick[Actor](ctx, r.view.cohort(ids), ids)
	if err != nil {
		return nil, err
	}
	if len(found) < len(ids) {
		return nil, fmt.Errorf("labels: %d of %d actors have no record: the data was not checked", len(ids)-len(found), len(ids))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.label) < len(table) {
		r.label = append(r.label, make([]label, len(table)-len(r.label))...)
	}
	for j, i := range missing {
		out[i] = label{found[j].base().rec.typ, found[j].Name(nil)}
		r.label[actors[i]] = out[i]
	}
	return out, nil
}

// GraphPayload makes a picture. See the SDL.
func (v *View) GraphPayload(ctx context.Context, q GraphQuery) (*GraphPayload, error) {
	depth, most := 1, 200
	if q.Depth != nil {
		depth = *q.Depth
	}
	if q.MaxNodes != nil {
		most = *q.MaxNodes
	}
	q.Around = v.same().ids(q.Around)
	around := slices.Clone(q.Around)
	slices.Sort(around)
	around = slices.Compact(around)
	switch {
	case len(around) == 0:
		return nil, invalid("around", "it is empty; name the actors in the middle")
	case len(around) > maxAround:
		return nil, invalid("around", "%d are too many; ask for at most %d at once", len(around), maxAround)
	case depth < 1 || depth > maxDepth:
		return nil, invalid("depth", "%d is not from 1 to %d", depth, maxDepth)
	case most < 1 || most > maxGraphNodes:
		return nil, invalid("maxNodes", "%d is not from 1 to %d", most, maxGraphNodes)
	case most < len(around):
		return nil, invalid("maxNodes", "%d is less than the %d actors in the middle", most, len(around))
	case q.Projection != "" && q.Projection != ProjectActors && q.Projection != ProjectActorEvents:
		return nil, invalid("projection", "there is no %.60q; it is %s or %s", q.Projection, ProjectActors, ProjectActorEvents)
	}
	for i, id := range q.Around {
		if _, err := v.require(ctx, fmt.Sprintf("around[%d]", i), id, actorTypes...); err != nil {
			return nil, err
		}
	}
	r, err := v.networkReader(ctx)
	if err != nil {
		return nil, err
	}
	f, err := v.talkFilter(ctx, r.network, q.Kinds, q.During)
	if err != nil {
		return nil, err
	}
	seeds, err := r.numbersOf(ctx, around)
	if err != nil {
		return nil, err
	}
	p := &GraphPayload{Revision: v.Revision(), Edges: []*GraphEdge{}, reader: r, filter: f}
	d := &drawing{GraphPayload: p, ctx: ctx, most: most, depth: depth}
	if q.Projection == ProjectActorEvents {
		err = d.actorEvents(seeds)
	} else {
		err = d.actors(seeds)
	}
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(p.Nodes))
	for i, n := range p.Nodes {
		ids[i] = n.id
	}
	p.cohort = v.cohort(ids)
	return p, nil
}

// cut notes what is left out.
func (p *GraphPayload) cut(nodes, edges int, order string, reason ...string) {
	if p.Truncation == nil {
		p.Truncation = &Truncation{Order: order}
	} else if !strings.Contains(p.Truncation.Order, order) {
		p.Truncation.Order += "; " + order
	}
	t := p.Truncation
	t.Nodes, t.Edges = t.Nodes+nodes, t.Edges+edges
	t.Reason = strings.TrimPrefix(t.Reason+"; "+strings.Join(reason, "; "), "; ")
}

// Timeline counts the edge's talks by stretches of the calendar, oldest first, as [View.Timeline] does. It reads nothing.
func (e *GraphEdge) Timeline(interval Interval) ([]*TimeBucket, error) {
	c := newCalendar(interval)
	talks := e.talks()
	for i := range talks {
		t := &talks[i]
		truth := e.of.filter.truth(t)
		if truth == edtf.No {
			continue
		}
		var at dated
		if t.first != noFirst {
			at.Earliest = edtf.Bound{Kind: edtf.Known, Day: edtf.Day(t.first)}
		}
		if t.last != noLast {
			at.Latest = edtf.Bound{Kind: edtf.Known, Day: edtf.Day(t.last)}
		}
		c.add(at, truth)
	}
	return c.buckets(nil)
}
