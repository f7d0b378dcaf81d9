package graph

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// A network is who talked to whom, and when, at one revision, in memory: what paths, payloads and measures walk on, and what contacts and
// the talks of two are cut from. It is filled as it is asked for, an actor at a time, or all at once if the whole is small; and it is
// bounded: see maxKeptTalks. Its talks are those of [Interaction], exactly: where the store's indexes cannot tell whether two actors talked,
// or when, the records were read.
//
// Actors and kinds have numbers in it, which stay the same from one revision to the next.
type network struct {
	revision uint64
	rules    uint64 // the fingerprint of the kinds and roles, and of who was merged
	names    *networkNames

	load  sync.Mutex // held while lists are read; taken before mu
	mu    sync.RWMutex
	list  []*talkList // by actor; nil for one that has not been read
	size  int         // how many talks all lists have
	whole bool        // all were read at once; those that a write changed since are read as they are asked for

	dates    []*actorDates // by actor; nil for one whose dates nobody asked for. See datesOf
	dated    int           // how many all of these have
	label    []label       // by actor; of those that have been asked for
	asks     []uint32      // by actor without a list: how often the store was asked about a pair with it. See pays
	measured map[string]*measured
}

// maxKeptTalks is how many talks a graph keeps in memory from one question to the next, both ways: 24 bytes each. maxAskedTalks is
// how many one question may read.
const (
	maxKeptTalks  = 3_000_000
	maxAskedTalks = 4_000_000
)

// networkLimits are these limits, and hubCounterparts: tests set others.
type networkLimits struct {
	kept, asked, hub int
	pairAsks         uint32
	records          bool // ask the records in any case, as of a view of the past
	overlap          bool // take what overlaps a window without a look at whether it surely lies in it: what three values cost is measured so
}

// A talkList is an actor's talks, by counterpart. It does not change.
type talkList struct {
	to    []int32  // the counterparts, ascending
	start []int32  // where the talks with each begin, and the end
	talks []talkAt // with each counterpart by first, then last day, then as the store orders events
	first int32    // the first day that any of them may mean, see talkAt
	last  int32
	days  bool // each of them was on one day, a known one that an int32 can tell
	asked bool // records were read for it: what they rest on may change though the actor's events do not
	rests *rests

	ranked atomic.Pointer[[]int32] // see byCount
}

// rests are the records that were read for some lists, sorted. It does not change.
type rests struct{ ids []ID }

// maxRests is how many such records are remembered: of lists for which more were read, any write may change them.
const maxRests = 200_000

// changed reports whether one of the records is among some subjects; of none that are known, it may be.
func (r *rests) changed(subjects []store.IRI) bool {
	return r == nil || slices.ContainsFunc(subjects, func(s store.IRI) bool { _, ok := slices.BinarySearch(r.ids, ID(s)); return ok })
}

func noTalks() *talkList { return &talkList{start: []int32{0}, first: noLast, last: noFirst} }

// A talkAt is a talk: 24 bytes.
type talkAt struct {
	event       store.Ref
	first, last int32 // in days; noFirst and noLast where there is none
	kind        int32
}

// The days that stand for none. Days beyond these, some five million years from now, count as the last before them.
const (
	noFirst = math.MinInt32
	noLast  = math.MaxInt32
)

func firstDay(b edtf.Bound) int32 {
	if b.Kind != edtf.Known {
		return noFirst
	}
	return int32(min(max(int64(b.Day), noFirst+1), noLast-1))
}

func lastDay(b edtf.Bound) int32 {
	if b.Kind != edtf.Known {
		return noLast
	}
	return int32(min(max(int64(b.Day), noFirst+1), noLast-1))
}

// networkNames gives actors and kinds numbers.
type networkNames struct {
	mu     sync.RWMutex
	number map[store.Ref]int32
	refs   []store.Ref
	ids    []ID
	kinds  []ID
	kindAt map[ID]int32
}

func newNetworkNames() *networkNames {
	return &networkNames{number: map[store.Ref]int32{}, kindAt: map[ID]int32{}}
}

// of returns the actor with a number.
func (n *networkNames) of(actor int32) ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.ids[actor]
}

// table returns the ids of all actors by number. It is not to be changed.
func (n *networkNames) table() []ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.ids[:len(n.ids):len(n.ids)]
}

func (n *networkNames) kindTable() []ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.kinds[:len(n.kinds):len(n.kinds)]
}

func (n *networkNames) refsOf(actors []int32) []store.Ref {
	n.mu.RLock()
	defer n.mu.RUnlock()
	refs := make([]store.Ref, len(actors))
	for i, a := range actors {
		refs[i] = n.refs[a]
	}
	return refs
}

// kind returns the number of a kind.
func (n *networkNames) kind(id ID) int32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	k, ok := n.kindAt[id]
	if !ok {
		k = int32(len(n.kinds))
		n.kinds, n.kindAt[id] = append(n.kinds, id), k
	}
	return k
}

// numbers returns the numbers of actors, and gives numbers to those that have none.
func (n *networkNames) numbers(ctx context.Context, v *reader, refs []store.Ref) ([]int32, error) {
	out := make([]int32, len(refs))
	var missing []store.Ref
	n.mu.RLock()
	for i, r := range refs {
		var ok bool
		if out[i], ok = n.number[r]; !ok {
			out[i] = -1
			missing = append(missing, r)
		}
	}
	n.mu.RUnlock()
	if len(missing) == 0 {
		return out, nil
	}
	iris, err := v.Named(ctx, missing)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, r := range missing {
		if _, ok := n.number[r]; !ok {
			n.number[r] = int32(len(n.ids))
			n.refs, n.ids = append(n.refs, r), append(n.ids, ID(iris[i]))
		}
	}
	for i, r := range refs {
		out[i] = n.number[r]
	}
	return out, nil
}

// isNow reports whether the view shows the present state of the graph: then the store's indexes say what its records say.
func (v *View) isNow() bool { return v.clock == clock{} && !v.graph.limits.records }

// network returns the network of the view's revision: that of the last question or, after a write, what the write left of it.
func (v *View) network(ctx context.Context) (*network, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	g, revision, rules := v.graph, v.store.Revision(), tax.fingerprint()^v.same().hash
	last := g.network.Load()
	switch {
	case !v.isNow(), last != nil && last.revision > revision: // the view's own: no other will ask for it
		v.netMu.Lock()
		defer v.netMu.Unlock()
		if v.net == nil {
			v.net = &network{revision: revision, rules: rules, names: newNetworkNames()}
		}
		return v.net, nil
	case last != nil && last.revision == revision:
		return last, nil
	}
	next := &network{revision: revision, rules: rules, names: newNetworkNames()}
	if last != nil && last.rules == rules {
		if actors, ok := v.store.ChangedSince(last.revision); ok {
			subjects, ok := v.store.SubjectsSince(last.revision)
			next.keep(last, actors, subjects, ok)
		}
	}
	if !g.network.CompareAndSwap(last, next) {
		return v.network(ctx)
	}
	return next, nil
}

// keep takes over the lists of an older network, but for those of actors whose events have changed, and those for which records were read that
// have; known tells whether subjects are all that have.
func (n *network) keep(old *network, changed []store.Ref, subjects []store.IRI, known bool) {
	n.names = old.names
	old.mu.RLock()
	n.whole = old.whole
	n.list = slices.Clone(old.list)
	n.dates, n.dated = slices.Clone(old.dates), old.dated
	n.asks = slices.Clone(old.asks)
	old.mu.RUnlock()
	n.names.mu.RLock()
	for _, r := range changed {
		a, ok := n.names.number[r]
		if ok && int(a) < len(n.list) {
			n.list[a] = nil
		}
		if ok && int(a) < len(n.asks) {
			n.asks[a] = 0
		}
		if ok && int(a) < len(n.dates) && n.dates[a] != nil {
			n.dated -= len(n.dates[a].days)
			n.dates[a] = nil
		}
	}
	n.names.mu.RUnlock()
	gone := map[*rests]bool{nil: true} // many lists have the same
	for a, l := range n.list {
		if l != nil && l.asked {
			if _, ok := gone[l.rests]; !ok {
				gone[l.rests] = !known || l.rests.changed(subjects)
			}
		}
		switch {
		case l == nil:
		case l.asked && gone[l.rests]:
			n.list[a] = nil
		default:
			n.size += len(l.talks)
		}
	}
}

// fingerprint tells trees of kinds and roles apart.
func (t *taxonomy) fingerprint() uint64 {
	t.once.Do(func() {
		h := fnv.New64a()
		for _, tree := range []map[ID][]ID{t.above, t.aboveRole} {
			for _, id := range slices.Sorted(maps.Keys(tree)) {
				fmt.Fprintln(h, id, tree[id])
			}
			fmt.Fprintln(h)
		}
		t.hash = h.Sum64()
	})
	return t.hash
}

// at returns an actor's talks, which must have been read.
func (n *network) at(actor int32) *talkList {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(actor) >= len(n.list) || n.list[actor] == nil {
		return noTalks() // of an actor who never talked
	}
	return n.list[actor]
}

func (n *network) missing(actors []int32) (missing []int32) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, a := range actors {
		if int(a) >= len(n.list) || n.list[a] == nil {
			missing = append(missing, a)
		}
	}
	return missing
}

// with returns the place of a counterpart among those of a list; false if there is none.
func (l *talkList) with(other int32) (int, bool) { return slices.BinarySearch(l.to, other) }

// count is how many talks there are with the i-th counterpart.
func (l *talkList) count(i int32) int { return int(l.start[i+1] - l.start[i]) }

// byCount returns the places of the counterparts, those with the most talks first.
func (l *talkList) byCount() []int32 {
	if p := l.ranked.Load(); p != nil {
		return *p
	}
	list := make([]int32, len(l.to))
	for i := range list {
		list[i] = int32(i)
	}
	slices.SortStableFunc(list, func(a, b int32) int { return l.count(b) - l.count(a) })
	l.ranked.Store(&list)
	return list
}

// talksWith returns the talks with the i-th counterpart.
func (l *talkList) talksWith(i int) []talkAt { return l.talks[l.start[i]:l.start[i+1]] }

// A networkReader is one question's use of a network.
type networkReader struct {
	*network
	view *View
	left int  // how many talks it may still read
	few  bool // see readOnly
	room int  // how many talks those who are read have, as far as that is known; 0 if it is not
}

func (v *View) networkReader(ctx context.Context) (*networkReader, error) {
	n, err := v.network(ctx)
	if err != nil {
		return nil, err
	}
	return &networkReader{network: n, view: v, left: v.graph.limits.asked}, nil
}

// errNoNumber says that the store has never heard of an actor.
var errNoNumber = errors.New("the store has no number for it")

// numbersOf returns the numbers of actors that exist; the error of others is errNoNumber.
func (r *networkReader) numbersOf(ctx context.Context, ids []ID) ([]int32, error) {
	iris := make([]store.IRI, len(ids))
	for i, id := range ids {
		iris[i] = store.IRI(id)
	}
	refs, ok, err := r.view.store.Refs(ctx, iris)
	if err != nil {
		return nil, err
	}
	for i := range refs {
		if !ok[i] {
			return nil, fmt.Errorf("%s: %w", ids[i], errNoNumber)
		}
	}
	return r.names.numbers(ctx, r.view.store, refs)
}

// readOnly is read of these actors and no others: read takes in the whole of a small network at once.
func (r *networkReader) readOnly(ctx context.Context, actors []int32) (bool, error) {
	r.few = true
	defer func() { r.few = false }()
	return r.read(ctx, actors)
}

// read makes the talks of some actors known. It reports false, and may have read only some, if the question has read as much as it may.
func (r *networkReader) read(ctx context.Context, actors []int32) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if len(r.missing(actors)) == 0 {
		return true, nil
	}
	r.load.Lock()
	defer r.load.Unlock()
	missing := r.missing(actors)
	if len(missing) == 0 {
		return true, nil
	}
	if !r.whole && !r.few && r.view.isNow() && r.view.store.LinkCount() <= r.view.graph.limits.kept {
		return true, r.readAll(ctx)
	}
	if r.left <= 0 {
		return false, nil
	}
	for chunk := range slices.Chunk(missing, 256) {
		lists, err := r.readLists(ctx, chunk)
		if err != nil {
			return false, err
		}
		for _, l := range lists {
			r.left -= len(l.talks)
		}
		r.put(chunk, lists)
		if r.left <= 0 {
			return len(r.missing(actors)) == 0, nil
		}
	}
	return true, nil
}

// put keeps lists. A network that has grown too large is kept for no other question.
func (r *networkReader) put(actors []int32, lists []*talkList) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, a := range actors {
		if n := int(a) + 1; n > len(r.list) {
			r.list = append(r.list, make([]*talkList, n-len(r.list))...)
		}
		r.list[a] = lists[i]
		r.size += len(lists[i].talks)
	}
	if r.size > r.view.graph.limits.kept {
		r.view.graph.network.CompareAndSwap(r.network, nil)
	}
}
