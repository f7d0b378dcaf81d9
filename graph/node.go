package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Node is anything with an identity.
type Node interface {
	IsNode()
	ID() ID
	History(ctx context.Context, first *int, after *string, last *int, before *string) (*ChangeConnection, error)
}

// A NodeType says what kind of thing a node is. See the SDL.
type NodeType string

// The types of nodes.
const (
	TypePerson       NodeType = "PERSON"
	TypeGovernment   NodeType = "GOVERNMENT"
	TypeAgency       NodeType = "AGENCY"
	TypeOrganization NodeType = "ORGANIZATION"
	TypeGroup        NodeType = "GROUP"
	TypeEvent        NodeType = "EVENT"
	TypePlace        NodeType = "PLACE"
	TypeTopic        NodeType = "TOPIC"
	TypePosition     NodeType = "POSITION"
	TypeTenure       NodeType = "TENURE"
	TypeClaim        NodeType = "CLAIM"
	TypeSource       NodeType = "SOURCE"
	TypeEventKind    NodeType = "KIND"
	TypeRole         NodeType = "ROLE"
)

// typeNames maps the names of classes in the SDL to types.
var typeNames = map[string]NodeType{
	"Person": TypePerson, "Government": TypeGovernment, "Agency": TypeAgency, "Organization": TypeOrganization, "Group": TypeGroup,
	"Event": TypeEvent, "Place": TypePlace, "Topic": TypeTopic, "Position": TypePosition, "Tenure": TypeTenure,
	"Claim": TypeClaim, "Source": TypeSource, "EventKind": TypeEventKind, "Role": TypeRole,
}

var actorTypes = []NodeType{TypePerson, TypeGovernment, TypeAgency, TypeOrganization, TypeGroup}

func (t NodeType) isActor() bool { return slices.Contains(actorTypes, t) }

// A NodeTypeFilter is a condition on a type. See the SDL.
type NodeTypeFilter struct {
	Eq    *NodeType
	In    []NodeType
	NotIn []NodeType
}

func (f *NodeTypeFilter) matches(t NodeType) bool {
	return f == nil || (f.Eq == nil || *f.Eq == t) && (f.In == nil || slices.Contains(f.In, t)) && !slices.Contains(f.NotIn, t)
}

// A cohort is a set of nodes that came into an answer side by side: the events of a page, the actors of those events. What
// is asked of one of them is read for all of them at once, since the others are about to be asked the same. So the number
// of calls to the store depends on the shape of a question and not on the length of its answer.
type cohort struct {
	view *View
	ids  []ID // sorted, each once

	loading sync.Mutex
	loaded  atomic.Pointer[[]*record]

	mu       sync.Mutex
	children []child          // those that were asked for
	memos    map[string]*memo // nil until there is one
}

// A child is the cohort of what the members of another point to in one way.
type child struct {
	name string
	of   *cohort
}

type memo struct {
	mu    sync.Mutex
	done  bool
	value any
}

// cohort makes a cohort of some nodes.
func (v *View) cohort(ids []ID) *cohort { return v.cohortOf(slices.Clone(ids)) }

// cohortOf is cohort of ids that the caller leaves to it.
func (v *View) cohortOf(ids []ID) *cohort {
	ids = v.same().ids(ids)
	slices.Sort(ids)
	return &cohort{view: v, ids: slices.Compact(ids)}
}

// cohortRead makes a cohort of nodes by their records, of the view's state, so that nobody loads them; the caller leaves the slice to it.
func (v *View) cohortRead(records []*record) *cohort {
	slices.SortFunc(records, func(a, b *record) int { return strings.Compare(string(a.id), string(b.id)) })
	records = slices.CompactFunc(records, func(a, b *record) bool { return a.id == b.id })
	c := &cohort{view: v, ids: make([]ID, len(records))}
	for i, r := range records {
		c.ids[i] = r.id
	}
	c.loaded.Store(&records)
	return c
}

// eventsAt makes a cohort of the events of a list.
func (v *View) eventsAt(list []dated) *cohort {
	ids := make([]ID, len(list))
	for i, d := range list {
		ids[i] = ID(d.Event)
	}
	return v.cohortOf(ids)
}

// remember computes a value once for the whole cohort. Keys that begin alike must mean the same type. Errors are not kept.
func remember[T any](c *cohort, key string, compute func() (T, error)) (T, error) {
	c.mu.Lock()
	m := c.memos[key]
	if m == nil {
		if c.memos == nil {
			c.memos = map[string]*memo{}
		}
		m = &memo{}
		c.memos[key] = m
	}
	c.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.done {
		value, err := compute()
		if err != nil {
			return value, err
		}
		m.value, m.done = value, true
	}
	return m.value.(T), nil
}

// load reads the cohort's records, in the order of c.ids. Members that ask at the same time wait for one reading. The caller
// must not change the slice.
func (c *cohort) load(ctx context.Context) ([]*record, error) {
	if records := c.loaded.Load(); records != nil {
		return *records, nil
	}
	c.loading.Lock()
	defer c.loading.Unlock()
	if records := c.loaded.Load(); records != nil {
		return *records, nil
	}
	records, err := c.view.load(ctx, c.ids)
	if err == nil {
		c.loaded.Store(&records)
	}
	return records, err
}

// child returns the cohort of the nodes that the members point to; pick says which, of one member.
func (c *cohort) child(ctx context.Context, name string, pick func(*record) []ID) (*cohort, error) {
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range c.children {
		if known.name == name {
			return known.of, nil
		}
	}
	ids := make([]ID, 0, len(records))
	for _, r := range records {
		ids = append(ids, pick(r)...)
	}
	of := c.view.cohortOf(ids)
	c.children = append(c.children, child{name, of})
	return of, nil
}

// incoming is who points to the members of a cohort.
type incoming struct {
	subjects map[ID][]ID // of each member, sorted; by facts that stand
	cohort   *cohort     // of the subjects, those by denied facts too
}

// incoming finds, for every member, the records that point to it with one of the predicates, or with any if none is given.
func (c *cohort) incoming(ctx context.Context, predicates ...string) (incoming, error) {
	return remember(c, fmt.Sprint("incoming ", predicates), func() (incoming, error) {
		var patterns []store.Pattern
		for _, id := range c.ids {
			if len(predicates) == 0 {
				patterns = append(patterns, store.Pattern{Object: store.IRI(id)})
			}
			for _, p := range predicates {
				patterns = append(patterns, store.Pattern{Predicate: store.IRI(p), Object: store.IRI(id)})
			}
		}
		found, err := c.view.store.Match(ctx, patterns...)
		if err != nil {
			return incoming{}, err
		}
		if found, err = c.view.knownQuads(ctx, found); err != nil {
			return incoming{}, err
		}
		var all []ID
		for _, quads := range found {
			for _, q := range quads {
				all = append(all, ID(store.Text(q.Subject)))
			}
		}
		in := incoming{subjects: map[ID][]ID{}, cohort: c.view.cohort(all)}
		records, err := in.cohort.load(ctx)
		if err != nil {
			return incoming{}, err
		}
		members := map[ID]bool{}
		for _, id := range c.ids {
			members[id] = true
		}
		for _, r := range records {
			for _, f := range r.facts { // those that stand; what is denied is not among them
				id := f.id()
				if members[id] && (len(predicates) == 0 || slices.Contains(predicates, f.predicate)) {
					if s := in.subjects[id]; len(s) == 0 || s[len(s)-1] != r.id {
						in.subjects[id] = append(s, r.id)
					}
				}
			}
		}
		return in, nil
	})
}

// A node is what all nodes have: a record, and the cohort that it came in with.
type node struct {
	cohort *cohort
	rec    *record
}

// IsNode marks nodes.
func (n *node) IsNode() {}

// ID returns the node's id.
func (n *node) ID() ID { return n.rec.id }

// IRI returns the id under the instance's base.
func (n *node) IRI() string { return n.view().graph.base + string(n.rec.id) }

func (n *node) view() *View { return n.cohort.view }

func (n *node) base() *node { return n }

// idsOf returns the ids of nodes. What a page shows becomes a cohort of its own by them: what is asked of it is not read for
// all those that the page was cut from.
func idsOf[T Node](nodes []T) []ID {
	ids := make([]ID, len(nodes))
	for i, n := range nodes {
		ids[i] = n.ID()
	}
	return ids
}

// wrap gives a record its type; nil if it has none.
func wrap(c *cohort, r *record) Node {
	if r == nil {
		return nil
	}
	n := node{c, r}
	switch r.typ {
	case TypePerson:
		return &Person{actor{named{n}}}
	case TypeGovernment:
		return &Government{actor{named{n}}}
	case TypeAgency:
		return &Agency{actor{named{n}}}
	case TypeOrganization:
		return &Organization{actor{named{n}}}
	case TypeGroup:
		return &Group{actor{named{n}}}
	case TypeEvent:
		return &Event{n}
	case TypePlace:
		return &Place{named{n}}
	case TypeTopic:
		return &Topic{labelled{n}}
	case TypePosition:
		return &Position{named{n}}
	case TypeTenure:
		return &Tenure{n}
	case TypeClaim:
		return &Claim{n}
	case TypeSource:
		return &Source{n}
	case TypeEventKind:
		return &EventKind{labelled{n}}
	case TypeRole:
		return &Role{n}
	}
	return nil
}

// pick returns those members of the cohort that ids names, in the order of ids. What does not exist or is no T is left out.
func pick[T Node](ctx context.Context, c *cohort, ids []ID) ([]T, error) {
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]T, 0, len(ids))
	for _, id := range c.view.same().ids(ids) {
		if i, ok := slices.BinarySearch(c.ids, id); ok {
			if t, ok := wrap(c, records[i]).(T); ok {
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// pick1 is pick of one; false if it does not exist or is no T.
func pick1[T Node](ctx context.Context, c *cohort, id ID) (t T, ok bool, err error) {
	records, err := c.load(ctx)
	if err != nil {
		return t, false, err
	}
	if i, found := slices.BinarySearch(c.ids, c.view.same().id(id)); found {
		t, ok = wrap(c, records[i]).(T)
	}
	return t, ok, nil
}

// follow returns the nodes that a predicate of n points to, by id.
func follow[T Node](ctx context.Context, n *node, predicate string) ([]T, error) {
	c, err := n.cohort.child(ctx, predicate, func(r *record) []ID { return r.ids(predicate) })
	if err != nil {
		return nil, err
	}
	return pick[T](ctx, c, n.rec.ids(predicate))
}

// follow1 returns the node that a predicate of n points to, the preferred one if claims differ; nil if there is none.
func follow1[T Node](ctx context.Context, n *node, predicate string) (T, error) {
	var none T
	id := n.rec.id1(predicate)
	if id == "" {
		return none, nil
	}
	c, err := n.cohort.child(ctx, predicate, func(r *record) []ID { return r.ids(predicate) })
	if err != nil {
		return none, err
	}
	found, ok, err := pick1[T](ctx, c, id)
	if err != nil || !ok {
		return none, err
	}
	return found, nil
}

// must1 is follow1 where the schema promises a value.
func must1[T Node](ctx context.Context, n *node, predicate string) (T, error) {
	t, err := follow1[T](ctx, n, predicate)
	if err == nil && any(t) == any(*new(T)) {
		err = fmt.Errorf("%s: it has no %s, which every one of its class must have: the data was not checked", n.rec.id, vocab.Shorten(predicate))
	}
	return t, err
}

// followBack returns the nodes that point to n with a predicate, by id.
func followBack[T Node](ctx context.Context, n *node, predicate string) ([]T, error) {
	in, err := n.cohort.incoming(ctx, predicate)
	if err != nil {
		return nil, err
	}
	return pick[T](ctx, in.cohort, in.subjects[n.rec.id])
}

// Node returns the node with an id, nil if there is none.
func (v *View) Node(ctx context.Context, id ID) (Node, error) {
	nodes, err := v.Nodes(ctx, []ID{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// MaxNodes is how many ids may be asked for at once.
const MaxNodes = 100

// Nodes returns the nodes with these ids, in the order asked, nil where there is none.
func (v *View) Nodes(ctx context.Context, ids []ID) ([]Node, error) {
	if len(ids) > MaxNodes {
		return nil, invalid("ids", "%d are too many; ask for at most %d at once", len(ids), MaxNodes)
	}
	c := v.cohort(ids)
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Node, len(ids))
	for i, id := range v.same().ids(ids) {
		j, _ := slices.BinarySearch(c.ids, id)
		out[i] = wrap(c, records[j])
	}
	return out, nil
}

// require returns the record of an argument's id. It returns a not-found error if there is none of the types given.
func (v *View) require(ctx context.Context, argument string, id ID, types ...NodeType) (*record, error) {
	records, err := v.load(ctx, []ID{id})
	if err != nil {
		return nil, err
	}
	if r := records[0]; r.exists() && r.typ != "" && (len(types) == 0 || slices.Contains(types, r.typ)) {
		return r, nil
	}
	what := "node"
	switch {
	case len(types) == 1:
		what = noun(types[0])
	case len(types) > 1:
		what = "actor"
	}
	return nil, notFound(argument, "there is no %s %.60q; search finds ids by name", what, id)
}
