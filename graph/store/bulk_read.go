package store

import (
	"context"
	"iter"
	"sync"
)

// read reads a source into runs. With a problem it goes on, to find them all, and gathers no more.
func (l *loader) read(ctx context.Context, src QuadSource) error {
	l.progress.phase("reading")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.run, l.fates = newRun(l), map[tid]fate{}
	for i := range l.spills {
		l.spills[i].in = l.in
	}
	chunks := 2*l.workers + 2
	l.budget.take(int64(chunks) * int64(l.chunkBytes()) * 2) // of names that stand once or twice; the rest is air
	free, toParse, inOrder := make(chan *textChunk, chunks), make(chan *textChunk, chunks), make(chan *textChunk, chunks)
	for range chunks {
		free <- newChunk()
	}
	go func() { // is not waited for when the load is cancelled: it may hang in a read
		if err := l.cut(ctx, src, free, toParse, inOrder); err != nil {
			cancel(err)
		}
		close(toParse)
		close(inOrder)
	}()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	for range l.workers {
		wg.Go(func() {
			for c := range receive(ctx, toParse) {
				c.parse(l.o.Check, l.o.Problems)
				c.done <- struct{}{}
			}
		})
	}
	line := 0 // of the file, before the chunk
	for c := range receive(ctx, inOrder) {
		select {
		case <-c.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if c.first {
			line = 0
		}
		l.report(c, line)
		line += c.lines
		if err := l.gather(ctx, c); err != nil {
			cancel(err)
			break
		}
		free <- c
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// receive yields what a channel gives until it is closed or the context is done.
func receive[T any](ctx context.Context, ch <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			select {
			case v, ok := <-ch:
				if !ok || !yield(v) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// report takes over a chunk's problems.
func (l *loader) report(c *textChunk, before int) {
	for _, p := range c.problems {
		if len(l.problems) == l.o.Problems {
			l.more++
			continue
		}
		p.Line += before
		l.problems = append(l.problems, p)
	}
	l.more += c.more
}

// gather takes over a chunk's quads.
func (l *loader) gather(ctx context.Context, c *textChunk) error {
	l.quads += int64(len(c.quads))
	l.progress.quads.Add(int64(len(c.quads)))
	if len(l.problems) > 0 {
		return nil
	}
	if err := l.dict.resolve(ctx, c); err != nil {
		return err
	}
	if err := c.assign(); err != nil {
		return err
	}
	if d := l.store.derive; d != nil {
		if err := l.keepTerms(d, c); err != nil {
			return err
		}
	}
	if err := l.dict.bound(); err != nil {
		return err
	}
	return l.addQuads(ctx, c, c.quads)
}

func (l *loader) addQuads(ctx context.Context, c *textChunk, quads [][4]uint32) error {
	if !l.run.fits(len(quads), len(c.terms)) && l.run.n > 0 {
		if err := l.spillRun(ctx); err != nil {
			return err
		}
	}
	if !l.run.fits(len(quads), len(c.terms)) && len(quads) > 1 { // an odd chunk: of short lines, and no term twice
		half := len(quads) / 2
		if err := l.addQuads(ctx, c, quads[:half]); err != nil {
			return err
		}
		return l.addQuads(ctx, c, quads[half:])
	}
	l.run.add(c, quads)
	return nil
}

// spillRun sorts the run in each order, and writes it to temporary files.
func (l *loader) spillRun(ctx context.Context) error {
	l.run.rankTerms()
	var jobs []job
	for o := range orders {
		jobs = append(jobs, func(_ context.Context, b *sortBuffers) error { return l.spills[o].write(l.run.sorted(o, b)) })
	}
	jobs = append(jobs, func(context.Context, *sortBuffers) error { return l.spills[termSpills].write(l.run.terms()) })
	if err := newQueue(jobs...).run(ctx, l.workers); err != nil {
		return err
	}
	l.run.free()
	l.run = newRun(l)
	l.runs++
	return nil
}

// termSpills is where the terms' keys are among the loader's spills.
const termSpills = 6

// keepTerms keeps the terms of a chunk that derived entries will be made of, and what became of labels.
func (l *loader) keepTerms(d *deriver, c *textChunk) error {
	c.uses = append(c.uses[:0], make([]use, len(c.terms))...)
	stance := -1 // places of terms
	denies := -1
	for i, t := range c.values {
		switch {
		case t == nil:
		case t == Term(d.model.Stance):
			stance = i
		case t == Term(d.model.Denies):
			denies = i
		}
	}
	keep := func(i uint32) error {
		if t := c.terms[i]; t.entry > 0 {
			return l.dict.keep(c.tids[i], c.entries[t.entry-1])
		}
		return nil
	}
	for _, q := range c.quads {
		u := &c.uses[q[1]]
		if *u == 0 {
			*u = d.model.use(c.values[q[1]])
			if err := keep(q[1]); err != nil {
				return err
			}
		}
		if *u == useStance && int(q[1]) == stance && int(q[2]) == denies {
			l.fates[c.tids[q[0]]] |= denied
		} else if *u == useRetracted {
			l.fates[c.tids[q[0]]] |= retracted
		}
		if *u == useName || *u == useText || *u == useType || *u >= useMark || *u == useWhen {
			if err := keep(q[2]); err != nil {
				return err
			}
		}
	}
	return nil
}

// knownFates adds the labels that the store says are denied or retracted.
func (l *loader) knownFates(ctx context.Context) error {
	d := l.store.derive
	if l.empty || d == nil {
		return nil
	}
	found, err := l.view.patterns(ctx, []Pattern{{Predicate: d.model.Retracted}, {Predicate: d.model.Stance, Object: d.model.Denies}})
	if err != nil {
		return err
	}
	for i, how := range []fate{retracted, denied} {
		if !found[i].known || [2]IRI{d.model.Retracted, d.model.Stance}[i] == "" {
			continue
		}
		s, _ := found[i].span()
		if err := l.view.scanQuads(ctx, []span{s}, func(_ int, q tquad) { l.fates[q[0]] |= how }); err != nil {
			return err
		}
	}
	return nil
}
