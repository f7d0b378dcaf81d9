package graph

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// Who is who is a claim too: the quad "b dcterms:isReplacedBy a" says that b is a, and like every fact it stands, is denied or retracted by its
// claim, now and as of then. Nothing else is written when two actors are merged: every view reads the quads as if they named a wherever they
// name b. So the merge costs one quad, taking it back restores all that was, and what is recorded of either meanwhile stays with the id
// that it names.

// identities are the actors that are others in a view.
type identities struct {
	of       map[ID]ID                 // of each merged one the survivor
	with     map[ID][]ID               // of each survivor all that were merged into it, sorted
	refs     map[store.Ref]store.Ref   // as of
	withRefs map[store.Ref][]store.Ref // as with
	met      meetings
	hash     uint64 // tells identities apart; 0 if there are none
	err      error  // why they could not be read: of whatever the view is asked
}

var noIdentities = &identities{}

// merges are what is said of identities at one revision, by whatever claims.
type merges struct {
	revision uint64
	merged   []ID // of whom it is said, sorted
	claims   map[ID]bool
	now      *identities
	trees    []ID // the kinds and roles, which the first look of all reads too; nil of others
}

// any reports whether there are merged actors at all.
func (s *identities) any() bool { return len(s.of) > 0 }

// id returns the survivor of a merged actor, and every other id as it is.
func (s *identities) id(id ID) ID {
	if to, ok := s.of[id]; ok {
		return to
	}
	return id
}

// ids returns ids with the survivors of those that were merged, in their order. It does not change the slice.
func (s *identities) ids(ids []ID) []ID {
	if !s.any() || !slices.ContainsFunc(ids, func(id ID) bool { _, ok := s.of[id]; return ok }) {
		return ids
	}
	out := make([]ID, len(ids))
	for i, id := range ids {
		out[i] = s.id(id)
	}
	return out
}

// set returns ids with survivors, each once and sorted; where nobody was merged, ids as they are. It does not change the slice.
func (s *identities) set(ids []ID) []ID {
	if !s.any() {
		return ids
	}
	out := slices.Clone(s.ids(ids))
	slices.Sort(out)
	return slices.Compact(out)
}

// distinct is set in the order in which ids come first.
func (s *identities) distinct(ids []ID) []ID {
	if !s.any() {
		return ids
	}
	var out []ID
	for _, id := range ids {
		if id = s.id(id); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// pointer is id of what may be nil.
func (s *identities) pointer(id *ID) *ID {
	if id == nil {
		return nil
	}
	if to, ok := s.of[*id]; ok {
		return &to
	}
	return id
}

// all returns an actor and all that were merged into it.
func (s *identities) all(id ID) []ID { return append([]ID{id}, s.with[id]...) }

// several reports whether others were merged into one of some actors.
func (s *identities) several(ids ...ID) bool {
	return s.any() && slices.ContainsFunc(ids, func(id ID) bool { return len(s.with[id]) > 0 })
}

// lists returns the ids that the store's lists have an actor under.
func (s *identities) lists(ids ...ID) []store.IRI {
	out := make([]store.IRI, 0, len(ids))
	for _, id := range ids {
		out = append(out, store.IRI(id))
		for _, merged := range s.with[id] {
			out = append(out, store.IRI(merged))
		}
	}
	return out
}

// A reader is a state of the store as a view reads it: under the ids of survivors. What it does not have of its own, it has as it is written.
type reader struct {
	*store.View
	same   *identities
	merges bool         // somebody was merged, be it taken back or not yet known
	looks  int          // how many calls it took to know that
	asked  atomic.Int64 // how many patterns of quads it was asked for: a record is one
	raw    bool         // it reads everything as it is written though somebody was merged: what is read so is not what other views of now read
}

// plain returns the reader that reads everything as it is written.
func (r *reader) plain() *reader {
	if !r.merges {
		return r
	}
	return &reader{View: r.View, same: noIdentities, merges: true, looks: r.looks, raw: true}
}

// reader returns a reader of a state by a clock.
func (g *Graph) reader(s *store.View, at clock) *reader {
	ctx := context.Background() // a view has none: this is a look at a handful of quads, once a revision
	before := s.Calls()
	m, err := g.mergesOf(ctx, s)
	if err != nil {
		return &reader{View: s, same: &identities{err: err}}
	}
	r := &reader{View: s, same: m.now, merges: len(m.merged) > 0, looks: s.Calls() - before}
	if at.known != nil && r.merges {
		r.same = g.identities(ctx, s, clock{known: at.known}, m.merged)
	}
	return r
}

// mergesOf returns the merges of a state: those of the last that was asked for, if there was no write since.
func (g *Graph) mergesOf(ctx context.Context, s *store.View) (*merges, error) {
	revision := s.Revision()
	last := g.merges.Load()
	if last != nil && last.revision == revision {
		return last, nil
	}
	patterns := []store.Pattern{{Predicate: store.IRI(vocab.DctermsIsReplacedBy)}}
	if last == nil && g.tax.Load() == nil { // with the first look of all: of who only writes nobody asks for the trees again
		patterns = append(patterns, patternsOf(TypeEventKind, TypeRole)...)
	}
	found, err := s.Match(ctx, patterns...)
	if err != nil {
		return nil, fmt.Errorf("read who was merged: %w", err)
	}
	m := &merges{revision: revision, now: noIdentities, claims: map[ID]bool{}}
	set := map[ID]bool{}
	for _, q := range found[0] {
		set[ID(store.Text(q.Subject))] = true
		if label, ok := q.Label.(store.IRI); ok {
			m.claims[ID(label)] = true
		}
	}
	for _, quads := range found[1:] {
		for _, q := range quads {
			m.trees = append(m.trees, ID(store.Text(q.Subject)))
		}
	}
	if m.merged = sortedIDs(set); len(set) > 0 {
		m.now = g.identities(ctx, s, clock{}, m.merged)
	}
	if m.now.err != nil {
		return nil, m.now.err
	}
	if last == nil || last.revision < revision {
		g.merges.CompareAndSwap(last, m)
	}
	return m, nil
}

// merging returns the claims that say of actors that they are others, whether they assert, deny or were retracted. The map is not to be changed.
func (v *View) merging(ctx context.Context) (map[ID]bool, error) {
	m, err := v.graph.mergesOf(ctx, v.store.View)
	if err != nil {
		return nil, err
	}
	return m.claims, nil
}

// identities finds out which of some actors are others by a clock: those of whom the preferred claim says so, if the other is an actor of the
// same type. Steps are followed to the end; of a ring, which no rule lets in, the first by id survives.
func (g *Graph) identities(ctx context.Context, s *store.View, at clock, merged []ID) *identities {
	v := &View{graph: g, store: &reader{View: s, same: noIdentities, merges: true, raw: true}, clock: at, records: map[ID]*record{}}
	records, err := v.load(ctx, merged)
	if err != nil {
		return &identities{err: err}
	}
	next := map[ID]ID{}
	var to []ID
	for _, r := range records {
		if id := r.id1(vocab.DctermsIsReplacedBy); id != "" && r.typ.isActor() {
			next[r.id] = id
			to = append(to, id)
		}
	}
	if len(to) == 0 {
		return noIdentities
	}
	if records, err = v.load(ctx, to); err != nil {
		return &identities{err: err}
	}
	types := map[ID]NodeType{}
	for _, r := range records {
		types[r.id] = r.typ
	}
	for id, other := range next {
		if r, _ := v.known(id); r.typ != types[other] {
			delete(next, id)
		}
	}
	out := &identities{of: map[ID]ID{}, with: map[ID][]ID{}, refs: map[store.Ref]store.Ref{}, withRefs: map[store.Ref][]store.Ref{}}
	for _, id := range merged {
		if end := last(id, next); end != id {
			out.of[id] = end
			out.with[end] = append(out.with[end], id)
		}
	}
	if len(out.of) == 0 {
		return noIdentities
	}
	h := fnv.New64a()
	iris := make([]store.IRI, 0, 2*len(out.of))
	for _, id := range merged {
		if end, ok := out.of[id]; ok {
			fmt.Fprintln(h, id, end)
			iris = append(iris, store.IRI(id), store.IRI(end))
		}
	}
	out.hash = h.Sum64()
	refs, ok, err := s.Refs(ctx, iris)
	if err != nil {
		return &identities{err: err}
	}
	for i := 0; i < len(refs); i += 2 {
		if merged, to := refs[i], refs[i+1]; ok[i] && ok[i+1] {
			out.refs[merged] = to
			out.withRefs[to] = append(out.withRefs[to], merged)
		}
	}
	return out
}

// last follows steps from an id to the end; of a ring it is the first by id.
func last(id ID, next map[ID]ID) ID {
	way := []ID{id}
	for {
		to, ok := next[id]
		if !ok {
			return id
		}
		if i := slices.Index(way, to); i >= 0 {
			return slices.Min(way[i:])
		}
		way, id = append(way, to), to
	}
}

// meetings are the events in which an actor was under two of its ids or more. All others are as if it had never had but one: to read
// them so takes no record, since what stands of an event is what stands of each id.
type meetings struct {
	mu     sync.Mutex // held while they are read
	read   bool
	events map[store.Ref]struct{}
	ids    []ID        // of the events, sorted
	of     map[ID]bool // the survivors whose they are
}

// met returns the meetings of now. They are read once a revision, when they are first asked for: it is one call, of one list for each two ids of
// one actor.
func (r *reader) met(ctx context.Context) (*meetings, error) {
	m := &r.same.met
	if !r.same.any() {
		return m, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read {
		return m, nil
	}
	var parts []store.ListPart
	var whose []ID
	for survivor := range r.same.with {
		ids := r.same.lists(survivor)
		for i := range ids {
			for j := range i {
				parts = append(parts, store.ListPart{List: store.OfPair(ids[i], ids[j]), Span: store.Span{Limit: math.MaxInt}})
				whose = append(whose, survivor)
			}
		}
	}
	lists, err := r.View.Lists(ctx, parts...)
	if err != nil {
		return nil, fmt.Errorf("read where merged actors met: %w", err)
	}
	events, of := map[ID]bool{}, map[ID]bool{}
	for i, rows := range lists {
		for _, row := range rows {
			if row.Event != "" {
				events[ID(row.Event)], of[whose[i]] = true, true
			}
		}
	}
	ids := sortedIDs(events)
	iris := make([]store.IRI, len(ids))
	for i, id := range ids {
		iris[i] = store.IRI(id)
	}
	m.events = make(map[store.Ref]struct{}, len(ids))
	if len(ids) > 0 {
		refs, _, err := r.View.Refs(ctx, iris)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			m.events[ref] = struct{}{}
		}
	}
	m.ids, m.of, m.read = ids, of, true
	return m, nil
}

// ref returns the ref of the survivor of a merged actor, and every other as it is.
func (s *identities) ref(r store.Ref) store.Ref {
	if to, ok := s.refs[r]; ok {
		return to
	}
	return r
}

// allRefs returns refs of actors and of those that were merged into them, ascending and each once; where nobody was merged, refs as they are.
// Nil, which means all actors, stays nil.
func (s *identities) allRefs(refs []store.Ref) []store.Ref {
	if !s.any() || refs == nil {
		return refs
	}
	out := slices.Clone(refs)
	for _, r := range refs {
		out = append(out, s.withRefs[r]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// term returns the survivor in place of a merged actor.
func (s *identities) term(t store.Term) (store.Term, bool) {
	if iri, ok := t.(store.IRI); ok {
		if to, ok := s.of[ID(iri)]; ok {
			return store.IRI(to), true
		}
	}
	return t, false
}

// Match is [store.View.Match] with merged actors as the one that they are: a pattern of one finds the quads of all, and these name the survivor.
// What then says of it that it is related to itself is left out, but for the merge. A quad comes once.
func (r *reader) Match(ctx context.Context, patterns ...store.Pattern) ([][]store.Quad, error) {
	r.asked.Add(int64(len(patterns)))
	if !r.same.any() {
		return r.View.Match(ctx, patterns...)
	}
	var wide []store.Pattern
	ends := make([]int, len(patterns))
	terms := func(t store.Term) []store.Term {
		iri, ok := t.(store.IRI)
		if !ok {
			return []store.Term{t}
		}
		var out []store.Term
		for _, id := range r.same.all(r.same.id(ID(iri))) {
			out = append(out, store.IRI(id))
		}
		return out
	}
	for i, p := range patterns {
		for _, subject := range terms(p.Subject) {
			for _, object := range terms(p.Object) {
				q := p
				q.Subject, q.Object = subject, object
				wide = append(wide, q)
			}
		}
		ends[i] = len(wide)
	}
	found, err := r.View.Match(ctx, wide...)
	if err != nil {
		return nil, err
	}
	out := make([][]store.Quad, len(patterns))
	from := 0
	for i, end := range ends {
		quads := slices.Concat(found[from:end]...)
		changed := end-from > 1
		quads = slices.DeleteFunc(quads, func(q store.Quad) bool {
			subject, a := r.same.term(q.Subject)
			object, b := r.same.term(q.Object)
			changed = changed || a || b
			return (a || b) && subject == object && q.Predicate != store.Term(store.IRI(vocab.DctermsIsReplacedBy))
		})
		if changed {
			seen := make(map[store.Quad]bool, len(quads))
			kept := quads[:0]
			for _, q := range quads {
				q.Subject, _ = r.same.term(q.Subject)
				q.Object, _ = r.same.term(q.Object)
				if !seen[q] {
					seen[q] = true
					kept = append(kept, q)
				}
			}
			quads = kept
		}
		out[i], from = quads, end
	}
	return out, nil
}

// Refs is [store.View.Refs], of survivors in place of those that were merged.
func (r *reader) Refs(ctx context.Context, iris []store.IRI) ([]store.Ref, []bool, error) {
	if r.same.any() {
		iris = slices.Clone(iris)
		for i, iri := range iris {
			iris[i] = store.IRI(r.same.id(ID(iri)))
		}
	}
	return r.View.Refs(ctx, iris)
}

// Named is [store.View.Named], with survivors in place of those that were merged.
func (r *reader) Named(ctx context.Context, refs []store.Ref) ([]store.IRI, error) {
	iris, err := r.View.Named(ctx, refs)
	if r.same.any() {
		for i, iri := range iris {
			iris[i] = store.IRI(r.same.id(ID(iri)))
		}
	}
	return iris, err
}

// ids is Named as ids.
func (r *reader) ids(ctx context.Context, refs []store.Ref) ([]ID, error) {
	iris, err := r.Named(ctx, refs)
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(iris))
	for i, iri := range iris {
		ids[i] = ID(iri)
	}
	return ids, nil
}

// SubjectsSince is [store.View.SubjectsSince], and of those that were merged the survivors too.
func (r *reader) SubjectsSince(revision uint64) ([]store.IRI, bool) {
	subjects, ok := r.View.SubjectsSince(revision)
	if r.same.any() {
		for _, s := range subjects {
			if to, ok := r.same.of[ID(s)]; ok {
				subjects = append(subjects, store.IRI(to))
			}
		}
	}
	return subjects, ok
}

// ChangedSince is [store.View.ChangedSince], and of those that were merged the survivors too.
func (r *reader) ChangedSince(revision uint64) ([]store.Ref, bool) {
	actors, ok := r.View.ChangedSince(revision)
	if r.same.any() {
		for _, a := range actors {
			if to, ok := r.same.refs[a]; ok {
				actors = append(actors, to)
			}
		}
	}
	return actors, ok
}

// RedirectedFrom returns the ids that were merged into the actor, sorted.
func (a *actor) RedirectedFrom() []ID {
	return slices.Clone(append([]ID{}, a.view().store.same.with[a.rec.id]...))
}

// plain returns the view of now that reads everything as it is written.
func (v *View) plain() *View {
	if !v.store.merges {
		return v
	}
	return &View{graph: v.graph, store: v.store.plain(), shared: v.shared, records: map[ID]*record{}}
}

// same returns the view's identities.
func (v *View) same() *identities { return v.store.same }

// identified returns a filter that names survivors in place of those that were merged.
func (w *ParticipationWhere) identified(s *identities) *ParticipationWhere {
	if w == nil {
		return nil
	}
	out := *w
	out.Actor, out.Country = s.pointer(w.Actor), s.pointer(w.Country)
	return &out
}

func (w *EventWhere) identified(s *identities) *EventWhere {
	if w == nil || !s.any() {
		return w
	}
	out := *w
	if w.Actors != nil {
		out.Actors = &ParticipationsWhere{w.Actors.Some.identified(s), w.Actors.All.identified(s), w.Actors.None.identified(s)}
	}
	out.And, out.Or, out.Not = identified(w.And, s), identified(w.Or, s), w.Not.identified(s)
	return &out
}

func (w *InteractionWhere) identified(s *identities) *InteractionWhere {
	if w == nil || !s.any() {
		return w
	}
	out := *w
	out.Actor, out.Counterpart, out.From, out.To = s.pointer(w.Actor), s.pointer(w.Counterpart), s.pointer(w.From), s.pointer(w.To)
	out.And, out.Or, out.Not = identified(w.And, s), identified(w.Or, s), w.Not.identified(s)
	return &out
}

func (w *ClaimWhere) identified(s *identities) *ClaimWhere {
	if w == nil || !s.any() {
		return w
	}
	out := *w
	out.About, out.AttributedTo = s.pointer(w.About), s.pointer(w.AttributedTo)
	out.And, out.Or, out.Not = identified(w.And, s), identified(w.Or, s), w.Not.identified(s)
	return &out
}

func (w *ActorWhere) identified(s *identities) *ActorWhere {
	if w == nil || !s.any() {
		return w
	}
	out := *w
	out.UnitOf = s.pointer(w.UnitOf)
	out.And, out.Or, out.Not = identified(w.And, s), identified(w.Or, s), w.Not.identified(s)
	return &out
}

func (w *SourceWhere) identified(s *identities) *SourceWhere {
	if w == nil || !s.any() {
		return w
	}
	out := *w
	out.Publisher, out.About = s.pointer(w.Publisher), s.pointer(w.About)
	out.And, out.Or, out.Not = identified(w.And, s), identified(w.Or, s), w.Not.identified(s)
	return &out
}

// identified returns the parts of a filter so; nil stays nil, since an empty list means something else.
func identified[W interface{ identified(*identities) W }](list []W, s *identities) []W {
	if list == nil {
		return nil
	}
	out := make([]W, len(list))
	for i, w := range list {
		out[i] = w.identified(s)
	}
	return out
}
