package graph

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// DefaultBase is what ids become IRIs under, unless an instance sets its own.
const DefaultBase = "https://parleygraph.github.io/id/"

// An ID names a node: person:pete-hegseth. In the store it stands as an IRI.
type ID string

// A Graph answers questions from a store. Its methods may be called by many goroutines at once.
type Graph struct {
	store  *store.Store
	base   string
	tax    atomic.Pointer[taxonomy] // of the last revision that was asked
	past   pastTaxonomies
	merges atomic.Pointer[merges] // of the last revision of which a view was made

	records recordCache             // of the same
	network atomic.Pointer[network] // of the same
	limits  networkLimits

	names  atomic.Pointer[nameIndex] // of the newest revision that was searched
	naming chan struct{}             // held by who reads names

	nameLimits nameLimits
}

// New returns a graph over a store. An empty base is [DefaultBase].
func New(s *store.Store, base string) *Graph {
	if base == "" {
		base = DefaultBase
	}
	return &Graph{store: s, base: base, limits: networkLimits{kept: maxKeptTalks, asked: maxAskedTalks, hub: hubCounterparts, pairAsks: minPairAsks},
		nameLimits: nameLimits{maxNames, maxChangedNames}, naming: make(chan struct{}, 1)}
}

// View returns the graph as it is now. One view serves one request: it stays as it is whatever is written meanwhile, keeps
// what it has read, and must be closed.
func (g *Graph) View() *View {
	v := &View{graph: g, store: g.reader(g.store.View(), clock{}), records: map[ID]*record{}}
	if tax := g.tax.Load(); tax != nil && tax.revision == v.store.Revision() {
		v.shared = tax.records
	}
	return v
}

// Revision returns the number of the store's present state, which [View.Revision] has in decimal. It never falls, and has grown when a
// write that changes something returns.
func (g *Graph) Revision() uint64 { return g.store.Revision() }

// CatchUp is [store.Store.CatchUp]: whoever saw an answer of a revision sees nothing older afterwards, whichever server answers.
func (g *Graph) CatchUp(ctx context.Context, revision uint64) error {
	return g.store.CatchUp(ctx, revision)
}

// Alive is [store.Store.Alive].
func (g *Graph) Alive(ctx context.Context) error { return g.store.Alive(ctx) }

// Close ends the use of the view, and of those that it keeps open. Closing it again does nothing.
func (v *View) Close() error {
	err := v.store.Close()
	v.mu.Lock()
	later := v.later
	v.later = nil
	v.mu.Unlock()
	for _, l := range later {
		if e := l.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Keep keeps a later view open until this one is closed: that from which a write of the request is answered.
func (v *View) Keep(later *View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.later = append(v.later, later)
}

// Newest returns the revision of the newest of the view and of those that it keeps.
func (v *View) Newest() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	newest := v.store.Revision()
	for _, l := range v.later {
		newest = max(newest, l.store.Revision())
	}
	return strconv.FormatUint(newest, 10)
}

// A View is the graph at one revision, for the length of one request. Its methods may be called by many goroutines at once.
type View struct {
	graph *Graph
	store *reader
	clock clock // now, unless the view comes from AsOf

	omitCursors bool // see OmitCursors

	taxMu sync.Mutex
	tax   *taxonomy // nil until it is asked for

	netMu sync.Mutex
	net   *network // nil unless it is the view's own

	shared  map[ID]*record // of the taxonomy; read only
	mu      sync.Mutex
	records map[ID]*record   // what has been read; a record without facts is one that does not exist
	foreign []*record        // those of records that others have read, and whose claims are not in it yet, see takeClaims
	past    map[string]*View // by their clocks, see at
	later   []*View          // see Keep
}

// known returns a record that has been read. The caller holds v.mu.
func (v *View) known(id ID) (*record, bool) {
	if r, ok := v.shared[id]; ok {
		return r, true
	}
	r, ok := v.records[id]
	return r, ok
}

// OmitCursors lets events and interactions have no cursors, neither their edges nor their PageInfo: for a question that asks for none, since
// writing one a row is a twentieth of a full page's time. It must be called before anything is asked; views made of this one are so, too.
func (v *View) OmitCursors() { v.omitCursors = true }

// Revision names the state of the store that the view answers from.
func (v *View) Revision() string { return strconv.FormatUint(v.store.Revision(), 10) }

// Calls returns how many times the view has asked the store; the look at who was merged, which the first view of a revision takes, does not
// count. Tests count it.
func (v *View) Calls() int { return v.store.Calls() - v.store.looks }

// A fact is one thing that is said of a record, and the claim that it rests on.
type fact struct {
	predicate string
	object    store.Term
	label     ID
	claim     *record // nil for a label without a record
}

// id returns the node that the fact points to, "" if it points to none.
func (f fact) id() ID {
	if iri, ok := f.object.(store.IRI); ok {
		return ID(iri)
	}
	return ""
}

// A record is what is said of one id, by claims that assert it.
type record struct {
	id    ID
	typ   NodeType // "" if it is no node
	facts []fact   // by predicate, then surest first, then by object

	kind   ID                     // of an event; see kindOf
	stamp  *When                  // of an event, its preferred date, nil if there is none
	talked atomic.Pointer[talked] // of an event; see [taxonomy.talks]
	label  atomic.Pointer[called] // as it was last called by who asked for no language

	denials []*record // the claims that deny something of it, in no order
	passed  []fact    // what is said of it by claims that were retracted or deny it, in no order; see fact.go
	later   bool      // it is a claim that was recorded after the view's instant
}

// load reads records, at most one call for them and one for their claims, and keeps them. It returns them in the order of
// ids.
func (v *View) load(ctx context.Context, ids []ID) ([]*record, error) {
	if err := v.same().err; err != nil {
		return nil, err
	}
	ids = v.same().ids(ids)
	out := make([]*record, len(ids))
	missing := v.look(ids, out)
	if len(missing) == 0 {
		return out, ctx.Err()
	}
	quads, err := v.read(ctx, missing)
	if err != nil {
		return nil, err
	}
	if len(quads) > 0 {
		labels := map[ID]bool{}
		for _, qs := range quads {
			for _, q := range qs {
				if label, ok := q.Label.(store.IRI); ok {
					labels[ID(label)] = true
				}
			}
		}
		own := map[ID][]store.Quad{} // of claims, which are labels themselves
		for label := range labels {
			if qs, ok := quads[label]; ok {
				own[label] = qs
				delete(labels, label)
			}
		}
		claims, err := v.read(ctx, sortedIDs(labels))
		if err != nil {
			return nil, err
		}
		v.keep(claims) // first: facts point to them
		v.keep(own)
		v.keep(quads)
	}
	v.mu.Lock()
	for i, id := range ids {
		out[i], _ = v.known(id)
	}
	v.mu.Unlock()
	if v.shares() {
		fresh := make([]*record, 0, len(quads))
		for i, id := range ids {
			if _, ok := quads[id]; ok {
				fresh = append(fresh, out[i])
			}
		}
		v.graph.records.put(v.store.Revision(), fresh)
	}
	return out, nil
}

// shares reports whether what the view reads is what other views of now read.
func (v *View) shares() bool { return v.clock == (clock{}) && !v.store.raw }

// look finds what of some records has been read, by this view or by others, and returns the ids of the rest. What others have read comes as if
// it had been read: with its claims, which are looked at last, since few ask for them.
func (v *View) look(ids []ID, out []*record) (missing []ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, id := range ids {
		var ok bool
		if out[i], ok = v.known(id); !ok {
			if missing == nil {
				missing = make([]ID, 0, len(ids)-i)
			}
			missing = append(missing, id)
		}
	}
	again := func() {
		missing = missing[:0]
		for i, id := range ids {
			if out[i] == nil {
				var ok bool
				if out[i], ok = v.known(id); !ok {
					missing = append(missing, id)
				}
			}
		}
	}
	if len(missing) > 0 && v.shares() && v.graph.records.ready(v.store) {
		if len(v.records) == 0 {
			v.records = make(map[ID]*record, max(len(missing), 28)) // as many fill a small map
		}
		before := len(v.foreign)
		v.foreign = slices.Grow(v.foreign, len(missing))
		v.graph.records.get(v.store.Revision(), missing, func(_ int, r *record) {
			v.records[r.id] = r
			v.foreign = append(v.foreign, r)
		})
		if len(v.foreign) > before {
			again()
		}
	}
	if len(missing) > 0 && v.takeClaims() {
		again()
	}
	return missing
}

// takeClaims makes the claims known that came with records that others have read, and reports whether there were any. v.mu is held.
func (v *View) takeClaims() (some bool) {
	for _, r := range v.foreign {
		var last *record
		for i := range r.facts {
			if c := r.facts[i].claim; c != nil && c != last {
				last = c
				if _, ok := v.known(c.id); !ok {
					v.records[c.id], some = c, true
				}
			}
		}
	}
	v.foreign = nil
	return some
}

// read gets the quads of those ids that have not been read yet.
func (v *View) read(ctx context.Context, ids []ID) (map[ID][]store.Quad, error) {
	var patterns []store.Pattern
	var missing []ID
	v.mu.Lock()
	for _, id := range ids {
		if _, ok := v.known(id); !ok {
			missing = append(missing, id)
			patterns = append(patterns, store.Pattern{Subject: store.IRI(id)})
		}
	}
	v.mu.Unlock()
	if len(missing) == 0 {
		return nil, nil
	}
	quads, err := v.store.Match(ctx, patterns...)
	if err != nil {
		return nil, fmt.Errorf("read %d records: %w", len(missing), err)
	}
	out := make(map[ID][]store.Quad, len(missing))
	for i, id := range missing {
		out[id] = quads[i]
	}
	return out, nil
}

func (v *View) keep(quads map[ID][]store.Quad) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, qs := range quads {
		if _, ok := v.known(id); !ok {
			v.records[id] = v.newRecord(id, qs)
		}
	}
}

// newRecord keeps what is asserted. A claim's words about itself, which are labelled with itself, always stand.
func (v *View) newRecord(id ID, quads []store.Quad) *record {
	r := &record{id: id}
	for _, q := range quads {
		label, _ := q.Label.(store.IRI)
		f := fact{predicate: store.Text(q.Predicate), object: q.Object, label: ID(label)}
		if f.label != id {
			f.claim, _ = v.known(f.label)
			if f.claim != nil && f.claim.later {
				continue
			}
			if f.claim.retracted() {
				r.passed = append(r.passed, f)
				continue
			}
			if f.claim.denies() {
				r.denials = append(r.denials, f.claim)
				r.passed = append(r.passed, f)
				continue
			}
		}
		r.facts = append(r.facts, f)
	}
	slices.SortStableFunc(r.facts, func(a, b fact) int {
		if c := strings.Compare(a.predicate, b.predicate); c != 0 {
			return c
		}
		if c := compareClaims(a.claim, b.claim); c != 0 {
			return c
		}
		return store.CompareTerms(a.object, b.object)
	})
	v.clock.asKnown(r)
	if r.typ = typeOf(r); r.typ == TypeEvent {
		r.kind, r.stamp = r.id1(vocab.SemEventType), r.readWhen(vocab.SemHasTimeStamp)
	}
	if !v.clock.begun(r) {
		r.typ, r.facts = "", nil
	}
	return r
}

// all returns the facts with a predicate, surest first.
func (r *record) all(predicate string) []fact {
	i, found := slices.BinarySearchFunc(r.facts, predicate, func(f fact, p string) int { return strings.Compare(f.predicate, p) })
	if !found {
		return nil
	}
	for i > 0 && r.facts[i-1].predicate == predicate {
		i--
	}
	j := i
	for j < len(r.facts) && r.facts[j].predicate == predicate {
		j++
	}
	return r.facts[i:j]
}

// one returns the preferred value of a predicate: that of the surest claim, then of the latest recorded one; false if there
// is none. "Not retracted" and "asserts" come before both and hold for every fact of a record.
func (r *record) one(predicate string) (fact, bool) {
	if all := r.all(predicate); len(all) > 0 {
		return all[0], true
	}
	return fact{}, false
}

// decimal returns the preferred value of a predicate as a number, nil if there is none.
func (r *record) decimal(predicate string) (*float64, error) {
	s := r.text(predicate)
	if s == nil {
		return nil, nil
	}
	x, err := strconv.ParseFloat(*s, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.id, vocab.Shorten(predicate), err)
	}
	return &x, nil
}

// text returns the preferred value as text, nil if there is none.
func (r *record) text(predicate string) *string {
	if f, ok := r.one(predicate); ok {
		s := store.Text(f.object)
		return &s
	}
	return nil
}

// id1 returns the preferred value as an id, "" if there is none.
func (r *record) id1(predicate string) ID {
	f, _ := r.one(predicate)
	return f.id()
}

// ids returns the nodes that some predicates point to, each once, by id.
func (r *record) ids(predicates ...string) []ID {
	var ids []ID
	for _, p := range predicates {
		for _, f := range r.all(p) {
			if id := f.id(); id != "" {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// exists reports whether anything is said of the record's id.
func (r *record) exists() bool { return r != nil && len(r.facts) > 0 }

func sortedIDs(set map[ID]bool) []ID {
	ids := make([]ID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// typeOf finds the class that has most of the record's types.
func typeOf(r *record) NodeType {
	types := r.all(vocab.RdfType)
	has := func(iri string) bool {
		return slices.ContainsFunc(types, func(f fact) bool { return store.Text(f.object) == iri })
	}
	best, most := NodeType(""), 0
	for i := range vocab.Classes {
		c := &vocab.Classes[i]
		if n := len(c.Also) + 1; n > most && has(c.IRI) && !slices.ContainsFunc(c.Also, func(iri string) bool { return !has(iri) }) {
			best, most = typeNames[c.Name], n
		}
	}
	return best
}
