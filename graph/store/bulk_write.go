package store

import (
	"bytes"
	"context"
	"slices"
	"sync"
)

// An ingest is sorted files on their way into an engine. Nothing of them is seen before commit.
type ingest interface {
	// scratch returns a folder on this machine for temporary files, made by the first call. It is gone after abort and, if the
	// process ends before, when the engine's next one begins.
	scratch() (dir string, err error)
	// file begins a file. The spans of files, first to last key, may not overlap. Keys that are looked up one by one are points.
	// Several files may be written at once, each by one goroutine.
	file(points bool) (sortedFile, error)
	// commit takes in all files, which are closed, and one more write, at once and durably.
	commit(last write) error
	// abort gives up what was not committed, and removes what is temporary. It is called at the end in any case.
	abort() error
}

// A sortedFile takes in writes in ascending order of their keys, each key once.
type sortedFile interface {
	set(key, value []byte) error
	delete(key []byte) error
	size() int64 // so far, roughly
	close() error
}

// A table writes ascending keys as files of some size.
type table struct {
	in     ingest
	points bool
	file   sortedFile
	n      int64
}

// fileBytes is how large a file of a load becomes before the next one begins, as Pebble has it at its last levels.
const fileBytes = 64 << 20

func newTable(in ingest, points bool) *table { return &table{in: in, points: points} }

func (t *table) open() (err error) {
	if t.file != nil && t.n%1024 == 0 && t.file.size() > fileBytes {
		if err := t.close(); err != nil {
			return err
		}
	}
	t.n++
	if t.file == nil {
		t.file, err = t.in.file(t.points)
	}
	return err
}

func (t *table) set(key, value []byte) error {
	if err := t.open(); err != nil {
		return err
	}
	return t.file.set(key, value)
}

func (t *table) delete(key []byte) error {
	if err := t.open(); err != nil {
		return err
	}
	return t.file.delete(key)
}

func (t *table) close() error {
	if t.file == nil {
		return nil
	}
	f := t.file
	t.file = nil
	return f.close()
}

// A job is a part of a load that can be done beside others. The buffers are the worker's.
type job = func(context.Context, *sortBuffers) error

// A queue is jobs that are done by several workers, in their order. A job may put others before those that wait.
type queue struct {
	mu      sync.Mutex
	change  *sync.Cond
	jobs    []job
	running int
}

func newQueue(jobs ...job) *queue {
	q := &queue{jobs: jobs}
	q.change = sync.NewCond(&q.mu)
	return q
}

func (q *queue) first(jobs ...job) {
	q.mu.Lock()
	q.jobs = slices.Concat(jobs, q.jobs)
	q.mu.Unlock()
	q.change.Broadcast()
}

// take returns the next job; nil when all are done. It tells that the worker's last one is.
func (q *queue) take(was bool) job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if was {
		q.running--
	}
	for len(q.jobs) == 0 && q.running > 0 {
		q.change.Wait()
	}
	if len(q.jobs) == 0 {
		q.change.Broadcast()
		return nil
	}
	next := q.jobs[0]
	q.jobs = q.jobs[1:]
	q.running++
	return next
}

// run does all jobs. It returns the first error, and begins none after it.
func (q *queue) run(ctx context.Context, workers int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			var b sortBuffers
			for next := q.take(false); next != nil; next = q.take(true) {
				if ctx.Err() != nil {
					continue
				}
				if err := next(ctx, &b); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// write writes all tables.
func (l *loader) write(ctx context.Context) error {
	if l.run.n > 0 {
		l.run.rankTerms()
		l.runs++
	}
	if l.runs == 0 {
		return nil
	}
	l.progress.phase("writing")
	l.progress.total.Store(6 * l.quads)
	if err := l.knownFates(ctx); err != nil {
		return err
	}
	q := newQueue()
	for o := range orders {
		q.jobs = append(q.jobs, func(ctx context.Context, b *sortBuffers) error {
			if o == 0 {
				return l.writeFirst(ctx, b, q)
			}
			out := newTable(l.in, false)
			if err := l.each(ctx, l.order(o, b), func(key, _ []byte) error { return out.set(key, nil) }); err != nil {
				return err
			}
			return out.close()
		})
	}
	q.jobs = append(q.jobs,
		func(ctx context.Context, _ *sortBuffers) error { return l.writeTerms(ctx) },
		func(ctx context.Context, _ *sortBuffers) error { return l.writeEntries(ctx) },
	)
	if err := q.run(ctx, min(l.workers, len(orders))); err != nil {
		return err
	}
	if l.store.derive == nil {
		return nil
	}
	slices.SortFunc(l.shared, func(a, b write) int { return bytes.Compare(a.key, b.key) })
	for _, table := range []byte{tableMembers, tableClasses} {
		if err := l.writeShared(ctx, table); err != nil {
			return err
		}
	}
	return nil
}

// writeShared writes one of the tables of sums that all workers have a part in.
func (l *loader) writeShared(ctx context.Context, table byte) error {
	d, err := l.newDifference(ctx, table)
	if err != nil {
		return err
	}
	for _, w := range l.shared {
		if w.key[0] != table {
			continue
		}
		if err := d.add(w.key, w.value); err != nil {
			return err
		}
	}
	return d.close()
}

// order returns the keys of all quads of the load in an order, each once.
func (l *loader) order(o int, b *sortBuffers) entries {
	list := l.spills[o].lists()
	if l.run.n > 0 {
		list = append(list, l.run.sorted(o, b))
	}
	return merge(list)
}

// each calls do for all entries.
func (l *loader) each(ctx context.Context, list entries, do func(key, value []byte) error) error {
	for n := int64(1); ; n++ {
		key, value, ok, err := list.next()
		if err != nil || !ok {
			l.progress.done.Add((n - 1) % 4096)
			return err
		}
		if n%4096 == 0 {
			l.progress.done.Add(4096)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if err := do(key, value); err != nil {
			return err
		}
	}
}

// writeTerms writes the terms that the store does not have, and counts them.
func (l *loader) writeTerms(ctx context.Context) error {
	list := l.spills[termSpills].lists()
	if l.run.n > 0 {
		list = append(list, l.run.terms())
	}
	out := newTable(l.in, true)
	news := batch{l: l, do: func(key []byte) error {
		l.meta.terms++
		return out.set(key, nil)
	}}
	if err := l.each(ctx, merge(list), func(key, _ []byte) error { return news.add(ctx, key) }); err != nil {
		return err
	}
	if err := news.flush(ctx); err != nil {
		return err
	}
	return out.close()
}

// writeEntries writes the dictionary's new entries by text; those by number are written already.
func (l *loader) writeEntries(ctx context.Context) error {
	if l.dict.numbers == nil {
		return nil
	}
	if err := l.dict.numbers.close(); err != nil {
		return err
	}
	out := newTable(l.in, true)
	if err := l.each(ctx, l.dict.sorted.finish(), out.set); err != nil {
		return err
	}
	return out.close()
}

// A batch passes on the keys that the store does not have; it asks for many at once.
type batch struct {
	l    *loader
	do   func(key []byte) error
	keys [][]byte
	n    int
}

func (b *batch) add(ctx context.Context, key []byte) error {
	if b.l.empty {
		return b.do(key)
	}
	if b.n == len(b.keys) {
		b.keys = append(b.keys, nil)
	}
	b.keys[b.n] = append(b.keys[b.n][:0], key...)
	if b.n++; b.n < 1024 {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	if b.n == 0 {
		return nil
	}
	values, err := b.l.view.state.get(ctx, b.keys[:b.n])
	if err != nil {
		return err
	}
	for i, v := range values {
		if v == nil {
			if err := b.do(b.keys[i]); err != nil {
				return err
			}
		}
	}
	b.n = 0
	return nil
}
