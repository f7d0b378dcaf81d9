package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"unicode/utf8"
)

// ErrUnknownTerm says that a quad has a term that no quad of the store ever had.
var ErrUnknownTerm = errors.New("no quad ever had such a term")

// A Store holds quads. Its methods may be called by many goroutines at once.
type Store struct {
	engine engine
	shared sharedEngine // the engine, if others write to it too
	dict   *dictionary
	derive *deriver // nil if there are no derived indexes

	subjects subjectCache

	write sync.Mutex // one writer at a time

	closed bool         // guarded by write
	listed map[tid]bool // terms that are in the table of terms, not all; guarded by write
	behind bool         // the engine knows of a newer state than the store; guarded by write
	head   *state       // the last that was written, durable or not, which the next write rests on; nil if that is now. Guarded by write

	mu      sync.Mutex    // guards what follows, and the counting of views
	now     *state        // the last that is durable: what is read
	next    chan struct{} // closed, and forgotten, when now changes; nil if nobody waits for that
	pending int           // writes that are not durable yet
	settled sync.Cond     // told when there are none
	lost    error         // why no more can be written

	gone chan struct{} // see Lost
	went sync.Once

	traces traceLog
}

// Close ends the use of the store and of its views: it waits for the reads and the write that are under way, and those that come
// later are errors that wrap [ErrClosed]. What was acknowledged is safe without it. Closing it again does nothing.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.settle()
	if err := s.engine.close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// release gives up one use of a state.
func (s *Store) release(st *state) error {
	s.mu.Lock()
	st.uses--
	last := st.uses == 0
	s.mu.Unlock()
	if !last {
		return nil
	}
	return st.snapshot.close()
}

// View returns the store's present state. It stays as it is, whatever is written later.
func (s *Store) View() *View {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.uses++
	return &View{store: s, state: s.now}
}

// Revision returns the number of the store's present state, as [View.Revision] does of a view's. It is cheaper than a view.
func (s *Store) Revision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.revision
}

// present returns the present state, to tell whether it changes.
func (s *Store) present() *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// advance makes what has been written the present state. No write is pending.
func (s *Store) advance(ctx context.Context) error {
	st, err := s.read(ctx)
	if err != nil {
		return err
	}
	s.subjects.reset(st.revision)
	s.dict.absent.reset(st.revision)
	return s.publish(st)
}

// publish makes a state that is durable the present one, unless a later one is already: one file has all writes in their order, so that what
// is durable is so with all before it. It takes over the store's own use of the state.
func (s *Store) publish(st *state) error {
	s.engine.acknowledge(st.revision)
	s.mu.Lock()
	old, next := s.now, s.next
	if old != nil && old.revision > st.revision {
		old, next = st, nil
	} else {
		s.now, s.next = st, nil
	}
	s.mu.Unlock()
	if next != nil {
		close(next)
	}
	if old == nil {
		return nil
	}
	return s.release(old)
}

// settle waits until all writes are durable or have failed. The caller holds s.write, so that no more come; then the present state is the
// last that was written.
func (s *Store) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.pending > 0 {
		s.settled.Wait()
	}
	s.head = nil
}

// writable returns why nothing can be written, nil if it can. The caller holds s.write.
func (s *Store) writable() error {
	if s.closed {
		return ErrClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return fmt.Errorf("%w: of a write it is not known whether it is on disk: %w; close the store and open it again", ErrFailed, s.lost)
	}
	return nil
}

// failure returns why nothing can be written any more, nil if it can.
func (s *Store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

func (s *Store) lose(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = err
	return err
}

// headView is View of the last that was written. The caller holds s.write.
func (s *Store) headView() *View {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.head
	if st == nil {
		st = s.now
	}
	st.uses++
	return &View{store: s, state: st}
}

func (s *Store) read(ctx context.Context) (*state, error) {
	snap := s.engine.snapshot()
	st, err := readState(ctx, snap)
	if err != nil {
		snap.close()
		return nil, err
	}
	st.uses = 1 // the store's own
	return st, nil
}

// readState reads what a state keeps in memory, in one round trip.
func readState(ctx context.Context, snap snapshot) (*state, error) {
	st := &state{snapshot: snap, classes: classTable{counts: map[[2]byte]int64{}, of: map[byte][]byte{}}, census: census{}}
	var record []byte
	var bad error
	spans := []span{prefixSpan([]byte{tableMeta}), prefixSpan([]byte{tableClasses}), prefixSpan([]byte{tableMembers})}
	err := snap.scan(ctx, spans, func(_ int, key, value []byte) bool {
		switch {
		case key[0] == tableClasses:
			bad = st.classes.take(key, value)
		case key[0] == tableMembers:
			bad = st.census.take(key, value)
		case bytes.Equal(key, metaKey):
			record = append([]byte{}, value...)
		case bytes.Equal(key, modelKey):
			st.model = append([]byte{}, value...)
		}
		return bad == nil
	})
	if err = cmp.Or(err, bad); err != nil {
		return nil, err
	}
	st.meta, err = parseMeta(record)
	return st, err
}

// Add adds quads, all or none, and returns how many were not there before. When it returns without an error, they are
// durable. A quad without subject, predicate or object is an error, and so is one that N-Quads cannot say or would give back
// changed, such as one with a relative IRI. Quads that are there already are no error, and adding none that is new makes no
// new revision.
func (s *Store) Add(ctx context.Context, quads []Quad) (added int, err error) {
	for _, q := range quads {
		if err := checkQuad(q); err != nil {
			return 0, fmt.Errorf("add quad %s: %w", describeQuad(q), err)
		}
	}
	added, _, err = s.apply(ctx, quads, nil)
	if err != nil {
		return 0, fmt.Errorf("add %d quads: %w", len(quads), err)
	}
	return added, nil
}

// Remove removes quads, all or none, and returns how many were there. Otherwise it is as Add.
func (s *Store) Remove(ctx context.Context, quads []Quad) (removed int, err error) {
	_, removed, err = s.apply(ctx, nil, quads)
	if err != nil {
		return 0, fmt.Errorf("remove %d quads: %w", len(quads), err)
	}
	return removed, nil
}

// checkQuad returns an error if N-Quads cannot say q, or would give it back changed.
func checkQuad(q Quad) error {
	if q.Subject == nil || q.Predicate == nil || q.Object == nil {
		return errors.New("it must have a subject, a predicate and an object")
	}
	if plainQuad(q) {
		return nil
	}
	return readBack(q)
}

// readBack writes a quad and reads it.
func readBack(q Quad) error {
	line := AppendQuad(nil, q)
	if len(line) > MaxLine {
		return fmt.Errorf("it has %d bytes: write it with at most %d", len(line), MaxLine)
	}
	back, _, err := ParseQuad(string(line))
	if err != nil {
		return err
	}
	if back != q {
		return fmt.Errorf("it would be read back as %v: use the terms of package store, and UTF-8", back)
	}
	return nil
}

// maxPlain is how many bytes a plain term may have. Four of them are far from MaxLine.
const maxPlain = 10_000

// plainQuad reports whether it is plain to see that a quad is read back as it is.
func plainQuad(q Quad) bool {
	return plainIRI(q.Subject) && plainIRI(q.Predicate) && (q.Label == nil || plainIRI(q.Label)) && (plainIRI(q.Object) || plainText(q.Object))
}

// plainIRI reports whether a term is an IRI that N-Quads say as it is, which most are: absolute, of ASCII, with nothing in it that is escaped.
func plainIRI(t Term) bool {
	iri, ok := t.(IRI)
	if !ok || len(iri) > maxPlain || !absolute(string(iri)) {
		return false
	}
	for i := range len(iri) {
		if c := iri[i]; c >= utf8.RuneSelf || !iriRune(rune(c)) {
			return false
		}
	}
	return true
}

// plainText reports whether a term is a literal that N-Quads say as it is: of printable ASCII without quotes and backslashes, in English if in any
// language, of a datatype that is no text's if of any.
func plainText(t Term) bool {
	s, ok := t.(String)
	if l, is := t.(LangString); is && l.Lang == "en" {
		s, ok = l.Value, true
	}
	if x, is := t.(TypedString); is && x.Type != xsdString && x.Type != rdfLangString && plainIRI(x.Type) {
		s, ok = x.Value, true
	}
	if !ok || len(s) > maxPlain {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// A change is what one write does.
type change struct {
	add, remove []Quad // a quad in both is added
	note        []byte // see Change
	key         string
	begun       func(revision uint64)
}

// apply adds some quads and removes others in one write. A quad in both is added.
func (s *Store) apply(ctx context.Context, add, remove []Quad) (added, removed int, err error) {
	_, added, removed, err = s.applyTo(ctx, func(*View) (change, error) { return change{add: add, remove: remove}, nil })
	return added, removed, err
}

// applyTo is apply for a change that rests on a look at the state that it changes. It returns the revision that it leads to.
//
// Who writes next looks at what this has written, without waiting until that is durable: so one wait for the disk serves all who write
// meanwhile. Readers see it once it is durable.
func (s *Store) applyTo(ctx context.Context, look func(*View) (change, error)) (revision uint64, added, removed int, err error) {
	w, st, durable, err := s.begin(ctx, look)
	switch {
	case err != nil:
		return 0, 0, 0, err
	case st == nil: // nothing is new, but it may rest on what is not durable yet
		if w.meta.revision > s.Revision() {
			<-s.Changed(w.meta.revision - 1)
		}
		return w.meta.revision, 0, 0, nil
	}
	err = durable()
	if err == nil {
		err = s.publish(st)
	} else {
		s.release(st)
	}
	if err != nil {
		s.lose(err)
	}
	s.mu.Lock()
	if s.pending--; s.pending == 0 {
		s.settled.Broadcast()
	}
	s.mu.Unlock()
	if err != nil {
		return 0, 0, 0, err
	}
	return w.meta.revision, len(w.added), len(w.removed), nil
}

// begin looks and writes. It returns the state that was written, nil if there is nothing new, and what waits until it is durable; then s.pending
// counts it.
func (s *Store) begin(ctx context.Context, look func(*View) (change, error)) (w *writer, st *state, durable func() error, err error) {
	s.write.Lock()
	defer s.write.Unlock()
	for {
		w, st, durable, err = s.beginOn(ctx, look)
		if s.shared == nil || err == nil && st != nil {
			return w, st, durable, err
		}
		// Another server was faster, or there is nothing to write or nothing that may be written: that must be so in the newest state, too.
		if ctx.Err() != nil {
			return nil, nil, nil, ctx.Err()
		}
		was := s.present()
		if failed := s.catchUp(ctx); failed != nil {
			if err == nil || errors.Is(err, errMoved) || errors.Is(err, ErrOutdated) {
				err = failed
			}
			return nil, nil, nil, err
		}
		if s.present() == was && !errors.Is(err, errMoved) {
			return w, st, durable, err
		}
	}
}

// beginOn is begin on the state that this server knows. The caller holds s.write.
func (s *Store) beginOn(ctx context.Context, look func(*View) (change, error)) (w *writer, st *state, durable func() error, err error) {
	if err := s.writable(); err != nil {
		return nil, nil, nil, err
	}
	v := s.headView()
	defer v.Close()
	c, err := look(v)
	if err != nil {
		return nil, nil, nil, err
	}
	w = &writer{view: v, meta: v.state.meta, entries: map[string]uint64{}, created: map[tid]Term{}, fresh: map[tid]bool{}}
	fresh := w.fresh
	defer func() {
		if err != nil && s.derive != nil && len(fresh) > 0 {
			s.derive.forget(fresh)
		}
	}()
	if err = w.change(ctx, c.add, c.remove); err != nil {
		return nil, nil, nil, err
	}
	if len(w.added)+len(w.removed) == 0 {
		return w, nil, nil, nil
	}
	w.meta.revision++
	w.set(metaKey, w.meta.bytes())
	w.note(c)
	t := traceOf(w, c)
	var told []byte
	if s.shared != nil {
		told = t.bytes()
	}
	if durable, err = s.engine.begin(ctx, v.state.snapshot, w.writes, told); err != nil {
		return nil, nil, nil, err
	}
	// From here on the write stands, and cancelling changes nothing of it.
	if c.begun != nil {
		c.begun(w.meta.revision)
	}
	s.subjects.forget(w.meta.revision, c.add, c.remove)
	s.dict.made(w.meta.revision, w.entries, w.created, w.fresh)
	w.keepNew(ctx)
	s.traces.note(t)
	st = w.next()
	s.head = st
	s.mu.Lock()
	s.pending++
	s.mu.Unlock()
	return w, st, durable, nil
}

// keepNew keeps the quads of subjects that had none for those who will ask for them, of whom the first is whoever wrote.
func (w *writer) keepNew(ctx context.Context) {
	if len(w.added) > maxKept {
		return
	}
	var lists [][]tquad
	for i, from := 1, 0; i <= len(w.added); i++ {
		if i < len(w.added) && w.added[i][0] == w.added[from][0] {
			continue
		}
		if w.come[w.added[from][0]] {
			lists = append(lists, w.added[from:i])
		}
		from = i
	}
	quads := make([][]Quad, len(lists))
	if err := w.view.fill(ctx, lists, quads); err != nil {
		return // then they are read when they are asked for
	}
	subjects, kept := make([]IRI, 0, len(quads)), quads[:0]
	for _, list := range quads {
		if s, ok := list[0].Subject.(IRI); ok {
			subjects, kept = append(subjects, s), append(kept, list)
		}
	}
	w.view.store.subjects.put(w.meta.revision, subjects, func(i int) []Quad { return kept[i] })
}

// next returns the state that the writes make of the view's, once the engine shows them. It reads nothing: what a state keeps in memory
// follows from the writes, and keys that every write writes anew are slow to read.
func (w *writer) next() *state {
	was := w.view.state
	st := &state{snapshot: w.view.store.engine.snapshot(), meta: w.meta, classes: was.classes, census: was.census, uses: 1} // the store's own
	var classes, members bool                                                                                               // whether they are st's own already
	anew := false                                                                                                           // whether a class comes or goes
	for _, wr := range w.writes {
		switch wr.key[0] {
		case tableClasses:
			if !classes {
				st.classes.counts, classes = maps.Clone(was.classes.counts), true
			}
			c := [2]byte{wr.key[1], wr.key[2]}
			size := len(st.classes.counts)
			if n, _ := binary.Varint(wr.value); n != 0 {
				st.classes.counts[c] = n
			} else {
				delete(st.classes.counts, c)
			}
			anew = anew || len(st.classes.counts) != size
		case tableMembers:
			if !members {
				st.census, members = maps.Clone(was.census), true
			}
			set := binary.BigEndian.Uint64(wr.key[1:])
			if n, _ := binary.Varint(wr.value); n != 0 {
				st.census[set] = n
			} else {
				delete(st.census, set)
			}
		}
	}
	if anew {
		st.classes.of = map[byte][]byte{}
		for _, c := range slices.SortedFunc(maps.Keys(st.classes.counts), func(a, b [2]byte) int { return bytes.Compare(a[:], b[:]) }) {
			st.classes.of[c[0]] = append(st.classes.of[c[0]], c[1])
		}
	}
	return st
}

// A writer collects the writes of one change.
type writer struct {
	view           *View
	meta           meta
	entries        map[string]uint64 // new ones of the dictionary, by text
	created        map[tid]Term      // the terms of new entries, and those that the derived tables ask for
	fresh          map[tid]bool      // the new entries: no quad ever had them
	come           map[tid]bool      // the terms that no quad had before; countTerms finds them
	writes         []write
	added, removed []tquad
	named, counted []tid // whose names may have changed, and whose degree
}

func (w *writer) set(key, value []byte) { w.writes = append(w.writes, write{key, value}) }
func (w *writer) delete(key []byte)     { w.writes = append(w.writes, write{key, nil}) }

func (w *writer) change(ctx context.Context, add, remove []Quad) error {
	adding, err := w.intern(ctx, add, true)
	if err != nil {
		return err
	}
	removing, err := w.intern(ctx, remove, false)
	if err != nil {
		return err
	}
	if len(removing) > 0 {
		keep := map[tquad]bool{}
		for _, q := range adding {
			keep[q] = true
		}
		removing = slices.DeleteFunc(removing, func(q tquad) bool { return keep[q] })
	}
	if w.added, err = w.present(ctx, adding, false); err != nil {
		return err
	}
	if w.removed, err = w.present(ctx, removing, true); err != nil {
		return err
	}
	w.writes = slices.Grow(w.writes, (len(orders)+2)*(len(w.added)+len(w.removed)))
	var room []byte // for keys: one allocation for thousands
	for o := range orders {
		for _, q := range w.added {
			if cap(room)-len(room) < maxQuadKey {
				room = make([]byte, 0, min(len(w.added), 1000)*maxQuadKey)
			}
			from := len(room)
			room = appendQuadKey(room, o, q)
			w.set(room[from:len(room):len(room)], []byte{})
		}
		for _, q := range w.removed {
			w.delete(appendQuadKey(nil, o, q))
		}
	}
	w.meta.quads += uint64(len(w.added)) - uint64(len(w.removed))
	if err := w.derive(ctx); err != nil {
		return fmt.Errorf("derived indexes: %w", err)
	}
	return w.countTerms(ctx)
}

// intern turns quads into tids, each quad once. With create it makes entries for terms that have none; otherwise it leaves
// out quads with such a term, which cannot be in the store.
func (w *writer) intern(ctx context.Context, quads []Quad, create bool) ([]tquad, error) {
	var terms []Term
	at := make(map[Term]int, len(quads))
	places := make([][4]int, len(quads)) // of their terms among terms
	for i, q := range quads {
		for d, t := range [4]Term{q.Subject, q.Predicate, q.Object, q.Label} {
			n, ok := at[t]
			if !ok { // or it is NaN, which is no map's
				n = len(terms)
				at[t] = n
				terms = append(terms, t)
			}
			places[i][d] = n
		}
	}
	tids, ok, err := w.view.store.dict.find(ctx, w.view.state, terms)
	if err != nil {
		return nil, err
	}
	if create {
		if err := w.create(ctx, terms, tids, ok); err != nil {
			return nil, err
		}
	}
	out := make([]tquad, 0, len(quads))
	for i := range quads {
		var tq tquad
		known := true
		for d, n := range places[i] {
			tq[d] = tids[n]
			known = known && ok[n]
		}
		if known {
			out = append(out, tq)
		}
	}
	slices.SortFunc(out, compareTquads) // an engine takes keys in order with less work
	return slices.Compact(out), nil
}

// create makes entries for the terms that are not ok, and makes them ok.
func (w *writer) create(ctx context.Context, terms []Term, tids []tid, ok []bool) error {
	for i, t := range terms {
		if ok[i] {
			continue
		}
		text, number, err := entryText(t)
		if err != nil {
			return err
		}
		n, made := w.entries[string(text)]
		if !made {
			w.meta.entries++
			n = w.meta.entries
			w.entries[string(text)] = n
			w.set(entryKey(text), binary.BigEndian.AppendUint64(nil, n))
			w.set(numberKey(n), text)
		}
		if number > 0 && n > math.MaxUint32 {
			return fmt.Errorf("add the term %v: %w: its prefix is beyond the %d entries that can number IRIs", t, ErrTooLarge, uint64(math.MaxUint32))
		}
		tids[i], ok[i] = entryTID(n, number), true
		w.created[tids[i]], w.fresh[tids[i]] = t, true
	}
	return nil
}

// present returns those quads that are in the store, or those that are not.
func (w *writer) present(ctx context.Context, quads []tquad, want bool) ([]tquad, error) {
	if w.view.state.quads == 0 && !want {
		return quads, nil
	}
	keys := make([][]byte, 0, len(quads))
	for _, q := range quads {
		if !w.isNew(q) {
			keys = append(keys, appendQuadKey(nil, 0, q))
		}
	}
	values, err := w.view.state.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make([]tquad, 0, len(quads))
	for _, q := range quads {
		is := false
		if !w.isNew(q) {
			is, values = values[0] != nil, values[1:]
		}
		if is == want {
			out = append(out, q)
		}
	}
	return out, nil
}

// isNew reports whether a quad has a term that no quad ever had. Then nobody need look for it.
func (w *writer) isNew(q tquad) bool {
	for _, t := range q {
		if w.fresh[t] {
			return true
		}
	}
	return false
}

// countTerms keeps the table of the terms that some quad has.
func (w *writer) countTerms(ctx context.Context) error {
	w.come = map[tid]bool{}
	come, gone := termsOf(w.added), termsOf(w.removed)
	var keys [][]byte
	var list []tid
	for t := range come {
		if w.fresh[t] || w.view.state.terms == 0 {
			w.come[t] = true
			w.set(appendTID([]byte{tableTerm}, t), []byte{})
			w.meta.terms++
		} else if !w.view.store.listed[t] {
			list = append(list, t)
			keys = append(keys, appendTID([]byte{tableTerm}, t))
		}
	}
	values, err := w.view.state.get(ctx, keys)
	if err != nil {
		return err
	}
	for i, v := range values {
		if v == nil {
			w.come[list[i]] = true
			w.set(keys[i], []byte{})
			w.meta.terms++
		} else {
			w.view.store.list(list[i])
		}
	}
	removed := map[tquad]bool{}
	for _, q := range w.removed {
		removed[q] = true
	}
	for t := range gone {
		if come[t] {
			continue
		}
		used, err := w.used(ctx, t, removed)
		if err != nil {
			return err
		}
		if !used {
			w.delete(appendTID([]byte{tableTerm}, t))
			w.meta.terms--
			delete(w.view.store.listed, t)
		}
	}
	return nil
}

// maxListed bounds how many terms are remembered: predicates, classes and whoever is written of again and again.
const maxListed = 10_000

// list remembers that a term is in the table of terms. The caller holds s.write.
func (s *Store) list(t tid) {
	if s.listed == nil || len(s.listed) >= maxListed {
		s.listed = map[tid]bool{}
	}
	s.listed[t] = true
}

// used reports whether a quad that is not among the removed has a term.
func (w *writer) used(ctx context.Context, t tid, removed map[tquad]bool) (used bool, err error) {
	var spans []span
	for d := range 4 {
		var p tpattern
		p.q[d], p.given[d] = t, true
		s, _ := p.span()
		s.limit = len(removed) + 1
		spans = append(spans, s)
	}
	err = w.view.scanQuads(ctx, spans, func(_ int, q tquad) { used = used || !removed[q] })
	return used, err
}

func termsOf(quads []tquad) map[tid]bool {
	set := map[tid]bool{}
	for _, q := range quads {
		for _, t := range q {
			if t.kind != kindNone {
				set[t] = true
			}
		}
	}
	return set
}
