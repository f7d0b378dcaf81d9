package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// progress counts how far a load is, and tells it now and then.
type progress struct {
	bytes, quads, done, total atomic.Int64
	at                        atomic.Pointer[string]
	all                       int64
	tell                      func(LoadProgress)
	end                       chan struct{}
	ended                     sync.WaitGroup
}

// progressEvery is how often progress is told: as often as an eye can follow.
const progressEvery = 100 * time.Millisecond

func (p *progress) start(tell func(LoadProgress), src QuadSource) {
	if tell == nil {
		return
	}
	for _, t := range src {
		if t.Size == 0 { // then nobody knows the whole
			p.all = 0
			break
		}
		p.all += t.Size
	}
	p.tell, p.end = tell, make(chan struct{})
	p.ended.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tell(p.now())
			case <-p.end:
				return
			}
		}
	})
}

func (p *progress) now() LoadProgress {
	phase := ""
	if at := p.at.Load(); at != nil {
		phase = *at
	}
	return LoadProgress{Phase: phase, Bytes: p.bytes.Load(), TotalBytes: p.all, Quads: int(p.quads.Load()), Done: p.done.Load(), Total: p.total.Load()}
}

func (p *progress) phase(name string) { p.at.Store(&name) }

// stop returns when nothing is told any more.
func (p *progress) stop() {
	if p.end != nil {
		close(p.end)
		p.ended.Wait()
		p.end = nil
	}
}

// progressing counts entries as they are written, and stops when the load is cancelled.
type progressing struct {
	l   *loader
	ctx context.Context
	entries
}

func (e progressing) next() (key, value []byte, ok bool, err error) {
	if n := e.l.progress.done.Add(1); n%4096 == 0 && e.ctx.Err() != nil {
		return nil, nil, false, e.ctx.Err()
	}
	return e.entries.next()
}
