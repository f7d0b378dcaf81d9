package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// pebbleEngine keeps everything in a folder by Pebble, or on Pebble's file system in memory.
type pebbleEngine struct {
	db     *pebble.DB
	fs     vfs.FS
	dir    string
	lock   *pebble.Lock
	marker *markerFile
	faults *faults

	backups atomic.Int64 // how many were begun

	mu   sync.Mutex
	open map[*pebbleSnapshot]bool // nil once it is closed
}

func pebbleOptions(fs vfs.FS, cacheBytes int64, f *faults) *pebble.Options {
	o := &pebble.Options{
		FS:                 fs,
		Logger:             f,
		EventListener:      f.listener(),
		FormatMajorVersion: pebble.FormatNewest,
		Cache:              pebble.NewCache(cacheBytes),
		MemTableSize:       16 << 20,
	}
	o.Experimental.ReadSamplingMultiplier = -1 // readers start no compactions, and so wait for none
	// Balanced (zstd at the last level) made a load a tenth slower than the fastest and a fifth smaller: 37 bytes a quad.
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionBalanced })
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

func (e *pebbleEngine) snapshot() snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open == nil {
		return &pebbleSnapshot{engine: e}
	}
	p := &pebbleSnapshot{engine: e, s: e.db.NewSnapshot()}
	e.open[p] = true
	return p
}

func (e *pebbleEngine) apply(ctx context.Context, writes []write) error {
	durable, err := e.begin(ctx, nil, writes, nil)
	if err != nil {
		return err
	}
	return durable()
}

func (e *pebbleEngine) begin(ctx context.Context, _ snapshot, writes []write, _ []byte) (durable func() error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	size := 0
	for _, w := range writes {
		size += len(w.key) + len(w.value) + 8
	}
	b := e.db.NewBatchWithSize(size)
	for _, w := range writes {
		if w.value == nil {
			err = b.Delete(w.key, nil)
		} else {
			err = b.Set(w.key, w.value, nil)
		}
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	if err := e.room(int64(b.Len())); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := e.faults.write(func() error { return e.db.ApplyNoSyncWait(b, pebble.Sync) }); err != nil {
		return nil, err
	}
	return func() error {
		return e.faults.write(func() error {
			if err := b.SyncWait(); err != nil {
				e.faults.fail(err) // Pebble cannot take back what it shows already
				return e.faults.err()
			}
			return b.Close()
		})
	}, nil
}

func (e *pebbleEngine) acknowledge(revision uint64) { e.marker.acknowledge(revision) }

// close waits for the readers of all snapshots. An engine that failed keeps its lock, and Pebble's goroutines, until the process
// ends: some of them may be in the midst of a file.
func (e *pebbleEngine) close() error {
	e.mu.Lock()
	open := e.open
	e.open = nil
	e.mu.Unlock()
	var errs []error
	for p := range open {
		errs = append(errs, p.close())
	}
	if err := e.faults.err(); err != nil {
		return errors.Join(append(errs, err)...)
	}
	errs = append(errs, e.faults.write(e.db.Close))
	if e.faults.err() == nil {
		errs = append(errs, e.marker.close(), e.lock.Close())
	}
	return errors.Join(errs...)
}

// A pebbleSnapshot is read under a lock that its closing takes for good: a reader finds it open until it has read, or closed.
type pebbleSnapshot struct {
	engine *pebbleEngine
	reads  sync.RWMutex
	s      *pebble.Snapshot // nil once it is closed
}

// begin begins a read, which done ends. A read within a read is allowed.
func (p *pebbleSnapshot) begin() (done func(), err error) {
	if !p.reads.TryRLock() { // somebody is closing it
		return nil, ErrClosed
	}
	if p.s == nil {
		p.reads.RUnlock()
		return nil, ErrClosed
	}
	return p.reads.RUnlock, nil
}

func (p *pebbleSnapshot) close() error {
	p.reads.Lock()
	defer p.reads.Unlock()
	if p.s == nil {
		return nil
	}
	s := p.s
	p.s = nil
	err := p.engine.faults.write(s.Close) // which asks for compactions, and waits for ever once Pebble was stopped
	p.engine.mu.Lock()
	delete(p.engine.open, p) // not before: the engine's close waits for those that it finds there
	p.engine.mu.Unlock()
	if p.engine.faults.err() != nil {
		return nil
	}
	return err
}

func (p *pebbleSnapshot) get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	done, err := p.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	out := make([][]byte, len(keys))
	if len(keys) == 0 {
		return out, ctx.Err()
	}
	if len(keys) >= manyKeys {
		if err := p.getMany(ctx, keys, out); err != nil {
			return nil, err
		}
		return out, nil
	}
	for i, k := range keys {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, closer, err := p.s.Get(k)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, damaged(err)
		}
		out[i] = append([]byte{}, v...)
		if err := closer.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// manyKeys is from how many keys on one iterator is cheaper than as many gets, each of which opens its own.
const manyKeys = 64

// getMany gets keys in their order, so that each file is opened once. Within a key's own prefix, an iterator asks the filters as
// a get does.
func (p *pebbleSnapshot) getMany(ctx context.Context, keys, out [][]byte) (err error) {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return bytes.Compare(keys[i], keys[j]) })
	it, err := p.s.NewIter(nil)
	if err != nil {
		return damaged(err)
	}
	defer closeInto(it, &err)
	for n, i := range order {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if it.SeekPrefixGE(keys[i]) && bytes.Equal(it.Key(), keys[i]) {
			out[i] = append([]byte{}, it.Value()...)
		}
		if err := it.Error(); err != nil {
			return damaged(err)
		}
	}
	return nil
}

func (p *pebbleSnapshot) scan(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) (err error) {
	if len(spans) == 0 {
		return ctx.Err()
	}
	done, err := p.begin()
	if err != nil {
		return err
	}
	defer done()
	it, err := p.s.NewIter(nil)
	if err != nil {
		return damaged(err)
	}
	defer closeInto(it, &err)
	n := 0
	for i, sp := range spans {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		it.SetBounds(sp.lower, sp.upper)
		step, ok := it.Next, false
		if sp.backwards {
			step, ok = it.Prev, it.Last()
		} else {
			ok = it.First()
		}
		for left := sp.limit; ok; ok = step() {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if !each(i, it.Key(), it.Value()) {
				break
			}
			if left--; left == 0 {
				break
			}
		}
		if err := it.Error(); err != nil {
			return damaged(err)
		}
	}
	return nil
}

func closeInto(c io.Closer, err *error) {
	if e := c.Close(); *err == nil {
		*err = e
	}
}
