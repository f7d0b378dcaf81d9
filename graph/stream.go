package graph

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// Lists of events are streams: candidates from the best index of the store, in the order of time from where the page begins, whose
// truth is found in their records, batch by batch, until the page is full. The order is that of [store.Span]; newest first is its
// reverse, but what has no day stands last in both.

// maxBatch is how many records a stream holds at once, over all lists that are read side by side.
const maxBatch = 2048

// A stream is where the candidates of one list come from.
type stream struct {
	list store.List
	// wide lists merge many spans: if the first batch does not fill the page, narrow is read instead.
	narrow   *store.List
	from, to *edtf.Day // what does not overlap this window is no candidate
	of       ID        // who must be part of every event; "" is nobody. Indexes of now know it without a look, unless look is set
	look     bool
	first    int                         // how many candidates are looked at first; 0 is as many as the page has rows
	keep     func(*store.Signature) bool // what it refuses cannot match, now or in the past; nil refuses nothing

	pair   []ID          // the two whose events these are; nil if they are not those of two
	ofKind func(ID) bool // of which kinds talks are; nil is any
	talks  *pairTalks    // those of the pair, if talks are asked for and they are in memory
}

// dated is an event, and the one of its dates by which an index found it.
type dated = store.At

// A placed is a row of a list of events and its place: the event's, and among the rows of one event that of the sub key.
type placed[E any] struct {
	at   dated
	sub  key
	edge E
}

// A listQuery is lists of one kind and order, read side by side.
type listQuery[E any] struct {
	name    string
	by      TimeOrder
	page    Page
	subs    int // how many parts the sub keys have
	streams []*stream
	// expand makes rows of candidates, in their order and by sub key, of those whose preferred date is that of the candidate. What it
	// reads is kept in the view that it is given.
	expand func(ctx context.Context, v *View, candidates [][]dated) ([][]placed[E], error)
	truth  func(E) edtf.Truth // how surely a row passes the filter
}

// A reading is a stream while its page is read.
type reading[E any] struct {
	*stream
	phases     []store.Span // what is left to read; the first goes on after each batch
	start, end *placed[E]   // bounds in the direction of reading; without edges
	last       bool         // only the event of end is left
	done       bool
	batches    int
	next       []dated // candidates of the batch under way
	found      []placed[E]
}

func timeDesc(by *TimeOrder) TimeOrder {
	if by == nil {
		return TimeDesc
	}
	return *by
}

// pages reads the pages of all lists. It makes at most three calls to the store a batch, however many lists there are.
func pages[N any, E edge[N]](ctx context.Context, v *View, q listQuery[E], set func(e E, cursor string)) ([]*Connection[N, E], error) {
	n, fromEnd, err := q.page.limit()
	if err != nil {
		return nil, err
	}
	o := order{name: q.name + " " + string(q.by)}
	after, err := parsePlace[E](o, "after", q.page.After, q.subs)
	if err != nil {
		return nil, err
	}
	before, err := parsePlace[E](o, "before", q.page.Before, q.subs)
	if err != nil {
		return nil, err
	}
	backwards := (q.by == TimeDesc) != fromEnd
	readings := make([]*reading[E], len(q.streams))
	for i, s := range q.streams {
		readings[i] = &reading[E]{stream: s, phases: phases(after, before, fromEnd), start: after, end: before}
		if fromEnd {
			readings[i].start, readings[i].end = before, after
		}
		for j := range readings[i].phases {
			p := &readings[i].phases[j]
			p.From, p.To, p.Backwards = s.from, s.to, backwards
		}
	}
	if q.subs > 0 && after != nil && before != nil {
		// Both events may have rows between the bounds; of one and the same, or of two in the wrong order, not all.
		if err := crossed(ctx, v, readings, backwards, fromEnd); err != nil {
			return nil, cursorError(err)
		}
	}
	size := n + 1
	for _, s := range q.streams {
		size = max(size, min(s.first, maxBatch/len(q.streams)))
	}
	for open := readings; ; size = min(2*size, max(n+1, maxBatch/len(open))) {
		open = slices.DeleteFunc(slices.Clone(open), func(r *reading[E]) bool { return r.done || len(r.found) > n })
		if len(open) == 0 {
			break
		}
		if err := readBatch(ctx, v, q, open, size, backwards); err != nil {
			return nil, cursorError(err)
		}
	}
	out := make([]*Connection[N, E], len(readings))
	for i, r := range readings {
		more := len(r.found) > n
		rows := r.found[:min(n, len(r.found))]
		if fromEnd {
			slices.Reverse(rows)
		}
		c := &Connection[N, E]{Edges: make([]E, len(rows)), PageInfo: &PageInfo{
			HasPreviousPage: q.page.After != nil || fromEnd && more,
			HasNextPage:     q.page.Before != nil || !fromEnd && more,
		}}
		for j, row := range rows {
			c.Edges[j] = row.edge
			if v.omitCursors {
				continue
			}
			cursor := o.placeCursor(row.at, row.sub)
			set(row.edge, cursor)
			if j == 0 {
				c.PageInfo.StartCursor = &cursor
			}
			c.PageInfo.EndCursor = &cursor
		}
		c.count = func(ctx context.Context) (*Range, error) { return countRows(ctx, v, q, r.stream) }
		out[i] = c
	}
	return out, nil
}

// ahead lets the store read the first batch of a list of the events of two, with these two, which are looked at before, if that
// takes a round trip each.
func (v *View) ahead(ctx context.Context, s *stream, by TimeOrder, p Page) error {
	if s.pair == nil || !v.store.Remote() {
		return nil
	}
	if n, fromEnd, err := p.limit(); err == nil && !fromEnd && p.After == nil && p.Before == nil {
		part := store.ListPart{List: s.list, Span: store.Span{From: s.from, To: s.to, Backwards: by == TimeDesc, Limit: max(n+1, min(s.first, maxBatch)), Past: v.clock.known != nil}}
		return v.store.Ahead(ctx, []store.IRI{store.IRI(s.pair[0]), store.IRI(s.pair[1])}, part)
	}
	return nil
}

// phases says what is read, in order. Read from the end, what has no day comes first, and no span of the store has it so.
func phases[E any](after, before *placed[E], fromEnd bool) []store.Span {
	bound := func(p *placed[E]) *store.At {
		if p == nil {
			return nil
		}
		return &p.at
	}
	if !fromEnd {
		return []store.Span{{After: bound(after), Before: bound(before)}}
	}
	var list []store.Span
	if before == nil || !hasDay(before.at) {
		s := store.Span{Only: store.Undated, After: bound(before)}
		if after != nil && !hasDay(after.at) {
			s.Before = bound(after)
		}
		list = append(list, s)
	}
	if after == nil || hasDay(after.at) {
		s := store.Span{Only: store.Dated, Before: bound(after)}
		if before != nil && hasDay(before.at) {
			s.After = bound(before)
		}
		list = append(list, s)
	}
	return list
}

func hasDay(at dated) bool { return at.Earliest.Kind == edtf.Known || at.Latest.Kind == edtf.Known }

// crossed takes from readings what their two bounds exclude: if both are in one event, all but that is left; if the start does not come
// before the end, nothing.
func crossed[E any](ctx context.Context, v *View, readings []*reading[E], backwards, fromEnd bool) error {
	for _, r := range readings {
		if r.start.at == r.end.at {
			r.phases, r.last = nil, true
			continue
		}
		c, err := v.store.ComparePlaces(ctx, r.start.at, r.end.at, backwards)
		if err != nil {
			return err
		}
		if fromEnd && hasDay(r.start.at) != hasDay(r.end.at) {
			c = -c
		}
		r.done = c > 0
	}
	return nil
}

// readBatch reads the next candidates of all open readings, and what of them matches.
func readBatch[E any](ctx context.Context, v *View, q listQuery[E], open []*reading[E], size int, backwards bool) error {
	var parts []store.ListPart
	var of []*reading[E]
	var listed [][]talkAt
	var inMemory []*reading[E]
	for _, r := range open {
		r.next = nil
		if len(r.phases) > 0 {
			if s := r.phases[0]; r.talks != nil && s.After == nil && s.Before == nil {
				s.Limit = size
				listed, inMemory = append(listed, r.talks.part(s)), append(inMemory, r)
				continue
			}
			list := r.list
			if r.batches > 0 && r.narrow != nil {
				list = *r.narrow
			}
			r.phases[0].Limit, r.phases[0].Past = size, v.clock.known != nil
			parts, of = append(parts, store.ListPart{List: list, Span: r.phases[0]}), append(of, r)
		}
	}
	rows := make([][]store.EventRow, len(parts))
	if len(parts) > 0 {
		var err error
		if rows, err = v.store.Lists(ctx, parts...); err != nil {
			return err
		}
	}
	unnamed := func(at dated) bool { return at.Event == "" } // a blank node
	goOn := func(r *reading[E], n int, at func(int) dated) error {
		if n < size {
			r.phases = r.phases[1:]
			return nil
		}
		last := at(n - 1)
		if unnamed(last) {
			return errors.New("a list goes on behind a blank node; name it by an IRI")
		}
		r.phases[0].After = &last
		return nil
	}
	for i, r := range of {
		r.next = make([]dated, 0, len(rows[i]))
		for _, row := range rows[i] {
			if !unnamed(row.At) && (r.keep == nil || row.Signature == nil || !v.isNow() || r.keep(row.Signature)) {
				r.next = append(r.next, row.At)
			}
		}
		if err := goOn(r, len(rows[i]), func(j int) dated { return rows[i][j].At }); err != nil {
			return err
		}
	}
	if listed != nil {
		named, err := v.datedOf(ctx, listed)
		if err != nil {
			return err
		}
		for i, r := range inMemory {
			if err := goOn(r, len(named[i]), func(j int) dated { return named[i][j] }); err != nil {
				return err
			}
			r.next = slices.DeleteFunc(named[i], unnamed)
		}
	}
	candidates := make([][]dated, len(open))
	for i, r := range open {
		list := r.next
		if r.batches == 0 && r.start != nil && q.subs > 0 {
			list = slices.Insert(list, 0, r.start.at)
		}
		if len(r.phases) == 0 {
			if r.end != nil && q.subs > 0 && !(r.batches == 0 && r.last) {
				list = append(list, r.end.at)
			}
			r.done = true
		}
		candidates[i] = list
	}
	w := v
	var err error
	for _, r := range open {
		if r.batches++; r.batches > 1 {
			w = v.scratch() // most of what is looked at now will not be shown
		}
	}
	for i, r := range open {
		if candidates[i], err = w.withActor(ctx, r.stream, candidates[i]); err != nil {
			return err
		}
	}
	found, err := q.expand(ctx, w, candidates)
	if err != nil {
		return err
	}
	for i, r := range open {
		if rows := between(r, found[i], backwards); r.found == nil {
			r.found = rows
		} else {
			r.found = append(r.found, rows...)
		}
	}
	return nil
}

// withActor leaves out the events that an actor was not part of as of then: past indexes have what was retracted, and what was not known yet.
func (v *View) withActor(ctx context.Context, s *stream, list []dated) ([]dated, error) {
	if s.of == "" || v.isNow() && !s.look || len(list) == 0 {
		return list, nil
	}
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(list))
	for i, d := range list {
		ids[i] = ID(d.Event)
	}
	records, err := v.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]dated, 0, len(list))
	for i, d := range list {
		if _, ok := slices.BinarySearch(tax.actors(records[i]), s.of); ok {
			out = append(out, d)
		}
	}
	return out, nil
}

// between turns the rows of each event as the reading goes, and leaves out those of the bounds' events that are not between them.
func between[E any](r *reading[E], rows []placed[E], backwards bool) []placed[E] {
	compare := func(a, b key) int {
		if backwards {
			a, b = b, a
		}
		return order{}.compare(a, b)
	}
	out := rows[:0]
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].at == rows[i].at {
			j++
		}
		group := rows[i:j]
		if backwards {
			slices.Reverse(group)
		}
		for _, row := range group {
			if r.start != nil && row.at == r.start.at && compare(row.sub, r.start.sub) <= 0 || r.end != nil && row.at == r.end.at && compare(row.sub, r.end.sub) >= 0 {
				continue
			}
			out = append(out, row)
		}
		i = j
	}
	return out
}

// countRows counts a list, and holds one batch of it in memory.
func countRows[E any](ctx context.Context, v *View, q listQuery[E], s *stream) (*Range, error) {
	total := &Range{}
	err := eachBatch(ctx, v, s, func(list []dated) error {
		rows, err := q.expand(ctx, v.scratch(), [][]dated{list})
		if err != nil {
			return err
		}
		for _, row := range rows[0] {
			total.add(q.truth(row.edge))
		}
		return nil
	})
	return total, err
}

// eachBatch calls each with all candidates of a stream, oldest first, in batches.
func eachBatch(ctx context.Context, v *View, s *stream, each func([]dated) error) error {
	return eachRow(ctx, v, s, func(rows []store.EventRow) error {
		var batch []dated
		for _, row := range rows {
			if row.Event != "" {
				batch = append(batch, row.At)
			}
		}
		if len(batch) == 0 {
			return nil
		}
		return each(batch)
	})
}

// eachRow calls each with the rows of a stream that it keeps, oldest first, in batches, of which some may be empty.
func eachRow(ctx context.Context, v *View, s *stream, each func([]store.EventRow) error) error {
	list := s.list
	if s.narrow != nil {
		list = *s.narrow
	}
	span := store.Span{From: s.from, To: s.to, Limit: maxBatch, Past: v.clock.known != nil}
	for {
		lists, err := v.store.Lists(ctx, store.ListPart{List: list, Span: span})
		if err != nil {
			return err
		}
		rows := lists[0]
		n := len(rows)
		if n > 0 {
			span.After = &store.At{Event: rows[n-1].Event, Earliest: rows[n-1].Earliest, Latest: rows[n-1].Latest}
		}
		if s.keep != nil && v.isNow() {
			rows = slices.DeleteFunc(rows, func(row store.EventRow) bool { return !s.keep(row.Signature) })
		}
		if err := each(rows); err != nil {
			return err
		}
		if n < maxBatch || span.After.Event == "" {
			return nil
		}
	}
}

// scratch returns a view of the same state that keeps what it reads to itself, so that it can be dropped.
func (v *View) scratch() *View {
	s := &View{graph: v.graph, store: v.store, clock: v.clock, shared: v.shared, records: map[ID]*record{}}
	v.taxMu.Lock()
	s.tax = v.tax
	v.taxMu.Unlock()
	return s
}

// adopt keeps records that another view of the same state has read, and their claims.
func (v *View) adopt(records []*record) {
	v.mu.Lock()
	defer v.mu.Unlock()
	keep := func(r *record) {
		if r != nil {
			if _, ok := v.known(r.id); !ok {
				v.records[r.id] = r
			}
		}
	}
	for _, r := range records {
		keep(r)
		for _, f := range r.facts {
			keep(f.claim)
		}
		for _, c := range r.denials {
			keep(c)
		}
	}
}

// stands reports whether a candidate is under the date of the record that counts.
func (r *record) stands(predicate string, at dated) bool {
	return r.place(predicate) == at
}

// place is the record's place in lists.
func (r *record) place(predicate string) dated {
	at := dated{Event: store.IRI(r.id)}
	if w := r.when(predicate); w != nil {
		at.Earliest, at.Latest = w.date.Earliest(), w.date.Latest()
	}
	return at
}

// placeCursor writes a place down. The grammar of the key's parts: event, bound, bound, and the sub key.
//
//	bound = "" / ".." / day   ; unknown, open, days from 1970
func (o order) placeCursor(at dated, sub key) string {
	w := o.begin()
	w.part(string(at.Event))
	for _, b := range [2]edtf.Bound{at.Earliest, at.Latest} {
		if b.Kind != edtf.Known {
			w.part(boundText(b))
			continue
		}
		var digits [20]byte
		text := strconv.AppendInt(digits[:0], int64(b.Day), 10)
		w.raw = append(binary.AppendUvarint(w.raw, uint64(len(text))), text...)
	}
	for _, s := range sub {
		w.part(s)
	}
	return w.end()
}

func boundText(b edtf.Bound) string {
	switch b.Kind {
	case edtf.Open:
		return ".."
	case edtf.Known:
		return strconv.FormatInt(int64(b.Day), 10)
	}
	return ""
}

func parsePlace[E any](o order, argument string, cursor *string, subs int) (*placed[E], error) {
	if cursor == nil {
		return nil, nil
	}
	k, err := o.parse(argument, *cursor, 3+subs)
	if err != nil {
		return nil, err
	}
	p := &placed[E]{at: dated{Event: store.IRI(k[0])}, sub: k[3:]}
	for i, b := range []*edtf.Bound{&p.at.Earliest, &p.at.Latest} {
		switch text := k[1+i]; text {
		case "":
		case "..":
			b.Kind = edtf.Open
		default:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || boundText(edtf.Bound{Kind: edtf.Known, Day: edtf.Day(n)}) != text {
				return nil, invalid(argument, "this is no cursor of this list; give one from it")
			}
			*b = edtf.Bound{Kind: edtf.Known, Day: edtf.Day(n)}
		}
	}
	return p, nil
}

// cursorError says that a cursor's event is not here.
func cursorError(err error) error {
	if errors.Is(err, store.ErrUnknownTerm) {
		return invalid("after", "a cursor names an event that was never here; give one from this list")
	}
	return fmt.Errorf("read a list of events: %w", err)
}
