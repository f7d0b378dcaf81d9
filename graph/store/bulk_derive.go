package store

import (
	"bytes"
	"context"
)

// A firstOrder takes in the quads of the first order, subject by subject: it writes them, counts those that are new, and makes the
// derived entries. In a store that has data, those are made of all its quads anew, for what a load says can change what any of
// them mean; of the old entries and the new ones, only the difference is written.
type firstOrder struct {
	l      *loader
	out    *table
	news   batch
	derive *deriver // nil if there are no derived indexes

	quads []tquad // of the subject so far, that stand and from which entries are made
	past  []tquad // the same of those that are retracted
	now   tid     // the subject
	uses  map[tid]use
	ws    []write

	set     uint64         // the subject's classes
	classes map[tid]uint64 // the sets of single classes
	members census
	parts   [3]*sorter // of the derived entries, by derivedPart
	err     error      // of looking up a term
}

// Derived entries are sorted in three parts, by several workers: the actors' entries, the pairs', and all others.
const (
	partActors = iota
	partPairs
	partOthers
)

func derivedPart(table byte) int {
	switch table {
	case tableActor, pastTable(tableActor):
		return partActors
	case tablePair, pastTable(tablePair), tableRoster:
		return partPairs
	}
	return partOthers
}

// writeFirst writes the first order, and puts the writing of the derived entries before what is left to do.
func (l *loader) writeFirst(ctx context.Context, b *sortBuffers, q *queue) error {
	f := &firstOrder{l: l, out: newTable(l.in, true), derive: l.store.derive, uses: map[tid]use{}, classes: map[tid]uint64{}, members: census{}}
	count := func(key []byte) error {
		l.added++
		return f.out.set(key, nil)
	}
	f.news = batch{l: l, do: count}
	list := l.order(0, b)
	if f.derive == nil {
		if err := l.each(ctx, list, func(key, _ []byte) error { return f.news.add(ctx, key) }); err != nil {
			return err
		}
		if err := f.news.flush(ctx); err != nil {
			return err
		}
		l.meta.quads += uint64(l.added)
		return f.out.close()
	}
	pool := newSortPool(l.in, l.budget, l.budget.forDerived())
	for i := range f.parts {
		f.parts[i] = pool.newSorter()
		l.closers = append(l.closers, f.parts[i].close)
	}
	var old entries = none{}
	if !l.empty {
		old = &scannedEntries{ctx: ctx, s: l.view.state, span: prefixSpan([]byte{tableQuad})}
	}
	derive := func(key []byte) error { return f.add(ctx, key) }
	err := compare(old, progressing{l, ctx, list}, func(key, _ []byte) error { return derive(key) }, func(key, _ []byte, known bool) error {
		if !known {
			if err := count(key); err != nil {
				return err
			}
		}
		return derive(key)
	})
	if err != nil {
		return err
	}
	if err := f.subject(ctx); err != nil {
		return err
	}
	l.meta.quads += uint64(l.added)
	l.mu.Lock()
	l.shared = append(l.shared, f.members.writes()...)
	l.mu.Unlock()
	q.first(
		func(ctx context.Context, _ *sortBuffers) error {
			return l.writeDerived(ctx, f.parts[partPairs], tablePair, pastTable(tablePair), tableRoster)
		},
		func(ctx context.Context, _ *sortBuffers) error {
			return l.writeDerived(ctx, f.parts[partActors], tableActor, pastTable(tableActor))
		},
		func(ctx context.Context, _ *sortBuffers) error {
			return l.writeDerived(ctx, f.parts[partOthers], tableTime, pastTable(tableTime), pastTable(tableKind), tableKind, tableLarge, pastTable(tableLarge),
				tableWord, pastTable(tableWord))
		},
	)
	return f.out.close()
}

// add takes in the next quad of the store as it will be.
func (f *firstOrder) add(ctx context.Context, key []byte) error {
	q, err := parseQuadKey(key)
	if err != nil {
		return err
	}
	if f.now != q[0] {
		if err := f.subject(ctx); err != nil {
			return err
		}
		f.now = q[0]
	}
	u, ok := f.uses[q[1]]
	if !ok {
		if len(f.uses) > 10_000 {
			clear(f.uses)
		}
		u = f.derive.useOf(q[1], f.term(ctx))
		f.uses[q[1]] = u
	}
	if u == useType {
		class, ok := f.classes[q[2]]
		if !ok {
			if len(f.classes) > 10_000 {
				clear(f.classes)
			}
			class = f.derive.class(q, f.term(ctx))
			f.classes[q[2]] = class
		}
		f.set |= class
	}
	if u.derives() {
		switch of := f.l.fates[q[3]]; {
		case q[3] == q[0] || of == stands:
			f.quads = append(f.quads, q)
		case of == retracted:
			f.past = append(f.past, q)
		}
	}
	return f.err
}

// term is what the deriver asks for terms.
func (f *firstOrder) term(ctx context.Context) func(tid) Term {
	return func(t tid) Term {
		term, err := f.l.dict.term(ctx, t)
		if err != nil && f.err == nil {
			f.err = err
		}
		return term
	}
}

// subject makes the entries of a subject whose quads have come.
func (f *firstOrder) subject(ctx context.Context) error {
	f.ws = f.derive.entries(f.ws[:0], f.quads, f.past, f.term(ctx))
	f.quads, f.past = f.quads[:0], f.past[:0]
	f.members.add(f.set, 1)
	f.set = 0
	for _, w := range f.ws {
		if err := f.parts[derivedPart(w.key[0])].add(w.key, w.value); err != nil {
			return err
		}
	}
	return f.err
}

// writeDerived writes the derived entries of some tables, and their sums.
func (l *loader) writeDerived(ctx context.Context, made *sorter, tables ...byte) (err error) {
	l.progress.total.Add(int64(len(made.records)))
	var own *difference // of the sums of these tables alone
	switch tables[0] {
	case tablePair:
		own, err = l.newDifference(ctx, tableTie)
	case tableActor:
		own, err = l.newDifference(ctx, tableDegree)
	}
	if err != nil {
		return err
	}
	var classes []write // come last, and not in the order of the tables
	sums := newSummer(func(w write) error {
		if w.key[0] != tableClasses {
			return own.add(w.key, w.value)
		}
		classes = append(classes, w)
		return nil
	})
	list := progressing{l, ctx, made.finish()}
	key, value, ok, err := list.next()
	if err != nil {
		return err
	}
	for _, table := range tables {
		d, err := l.newDifference(ctx, table)
		if err != nil {
			return err
		}
		for ; ok && err == nil && key[0] == table; key, value, ok, err = list.next() {
			if err := sums.add(key, value); err != nil {
				return err
			}
			if err := d.add(key, value); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := d.close(); err != nil {
			return err
		}
	}
	if err := sums.close(); err != nil {
		return err
	}
	if own != nil {
		if err := own.close(); err != nil {
			return err
		}
	}
	l.mu.Lock()
	l.shared = append(l.shared, classes...)
	l.mu.Unlock()
	return made.close()
}

// A difference writes what a table lacks of what is added to it, and deletes what it has and was not added.
type difference struct {
	old        entries // nil if the store has nothing
	key, value []byte  // the next of old; key is nil after the last
	out        *table
}

func (l *loader) newDifference(ctx context.Context, table byte) (*difference, error) {
	d := &difference{out: newTable(l.in, false)}
	if l.empty {
		return d, nil
	}
	d.old = &scannedEntries{ctx: ctx, s: l.view.state, span: prefixSpan([]byte{table})}
	return d, d.next()
}

func (d *difference) next() (err error) {
	var ok bool
	if d.key, d.value, ok, err = d.old.next(); !ok {
		d.key = nil
	}
	return err
}

// add takes in the next entry that the table will have.
func (d *difference) add(key, value []byte) error {
	for d.key != nil {
		switch c := bytes.Compare(d.key, key); {
		case c > 0:
			return d.out.set(key, value)
		case c == 0:
			same := bytes.Equal(d.value, value)
			if err := d.next(); err != nil || same {
				return err
			}
			return d.out.set(key, value)
		}
		if err := d.out.delete(d.key); err != nil {
			return err
		}
		if err := d.next(); err != nil {
			return err
		}
	}
	return d.out.set(key, value)
}

func (d *difference) close() error {
	for d.key != nil {
		if err := d.out.delete(d.key); err != nil {
			return err
		}
		if err := d.next(); err != nil {
			return err
		}
	}
	return d.out.close()
}
