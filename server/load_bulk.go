package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// A bulkLoad is a load of as much as there is: each line is checked by itself, and sorted on disk.
type bulkLoad struct {
	into    *storeFlags
	curated []store.Quad // are among the sources, and counted apart
	memory  int64
	read    func() (done, total int64) // how much of the sources was read, in bytes; nil if the store knows
	failed  func(error) error          // makes of why the load has failed what is told
}

// A bulkReport says what a load did.
type bulkReport struct {
	quads    int // that were read
	added    int // of these
	missing  int // curated quads, which are not among these, that the store did not have
	revision uint64
}

// run loads all or nothing. A store that is not there is made; if nothing is loaded, it goes again.
func (b *bulkLoad) run(ctx context.Context, p *program, src store.QuadSource) (r bulkReport, err error) {
	exists, err := b.into.exists(ctx)
	if err != nil {
		return r, err
	}
	st, err := b.into.open(ctx)
	if err != nil {
		return r, err
	}
	defer func() {
		closeStore(st, &err)
		if err != nil {
			if undo := b.into.undo(exists); undo != nil {
				err = errors.Join(err, undo)
			}
		}
	}()
	if r.missing, err = countMissing(ctx, st, b.curated, nil); err != nil {
		return r, err
	}
	show := progressOn(p.stderr)
	defer show("")
	meter := &loadMeter{show: show, now: time.Now}
	loaded, err := st.Load(ctx, src, store.LoadOptions{Memory: b.memory, Check: seed.NewLineCheck().Check, Progress: func(l store.LoadProgress) {
		if b.read != nil {
			l.Bytes, l.TotalBytes = b.read()
		}
		meter.tell(l)
	}})
	show("")
	if err != nil {
		return r, b.failed(err)
	}
	r.quads, r.added, r.revision = loaded.Quads-len(b.curated), loaded.Added-r.missing, st.Revision()
	return r, nil
}

// curatedSource returns the curated quads, and a source of them; neither without with.
func curatedSource(with bool) ([]store.Quad, store.QuadSource, error) {
	if !with {
		return nil, nil, nil
	}
	curated, err := curatedQuads(seed.Files())
	if err != nil {
		return nil, nil, err
	}
	text := store.QuadSeq("the curated quads", func(yield func(store.Quad, error) bool) {
		for _, q := range curated {
			if !yield(q, nil) {
				return
			}
		}
	})
	text.Size = 1 // of which nothing is seen in the progress
	return curated, store.QuadSource{text}, nil
}

// A loadMeter turns what a load tells into a line: how far it is, how fast, and how long it will take.
type loadMeter struct {
	show  func(string)
	now   func() time.Time
	phase string
	since time.Time // the phase's beginning
}

func (m *loadMeter) tell(p store.LoadProgress) {
	now := m.now()
	if p.Phase != m.phase {
		m.phase, m.since = p.Phase, now
	}
	m.show(loadLine(p, now.Sub(m.since)))
}

// loadLine is the line for a phase that has taken so long.
func loadLine(p store.LoadProgress, took time.Duration) string {
	share := 0.0
	switch {
	case p.Phase == "reading" && p.TotalBytes > 0:
		share = min(1, float64(p.Bytes)/float64(p.TotalBytes))
	case p.Phase == "writing" && p.Total > 0:
		share = min(1, float64(p.Done)/float64(p.Total))
	}
	line := p.Phase + " …"
	if share > 0 {
		line = fmt.Sprintf("%s: %.0f %%", p.Phase, 100*share)
	}
	if p.Phase == "reading" {
		line += ", " + count(p.Quads, "quad")
		if seconds := took.Seconds(); seconds > 0.5 {
			line += fmt.Sprintf(", %s/s", grouped(int(float64(p.Quads)/seconds)))
		}
	}
	if share > 0.02 && took > time.Second {
		line += fmt.Sprintf(", %s left", (time.Duration(float64(took) * (1 - share) / share)).Round(time.Second))
	}
	return line
}
