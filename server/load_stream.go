package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// stream loads what is too large to be linted: each line is checked by itself.
func (l *loadFlags) stream(ctx context.Context, p *program, src store.QuadSource) (err error) {
	files := len(src)
	var curated []store.Quad
	if l.seed {
		if curated, err = curatedQuads(seed.Files()); err != nil {
			return err
		}
		src = append(src, store.QuadSeq("the curated quads", func(yield func(store.Quad, error) bool) {
			for _, q := range curated {
				if !yield(q, nil) {
					return
				}
			}
		}))
		src[files].Size = 1 // of which nothing is seen in the progress
	}
	exists, err := l.store.exists(ctx)
	if err != nil {
		return err
	}
	st, err := l.store.open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		closeStore(st, &err)
		if err != nil {
			if undo := l.store.undo(exists); undo != nil {
				err = errors.Join(err, undo)
			}
		}
	}()
	missing, err := countMissing(ctx, st, curated, nil)
	if err != nil {
		return err
	}
	show := progressOn(p.stderr)
	defer show("")
	meter := &loadMeter{show: show, now: time.Now}
	report, err := st.Load(ctx, src, store.LoadOptions{Memory: int64(l.memory), Check: seed.NewLineCheck().Check, Progress: meter.tell})
	show("")
	var problems *store.ProblemsError
	if errors.As(err, &problems) {
		for _, problem := range problems.Problems {
			fmt.Fprintln(p.stdout, problem)
		}
		if problems.More > 0 {
			fmt.Fprintf(p.stdout, "and %s more\n", grouped(problems.More))
		}
		p.report("load: %s; nothing was loaded; each line was checked by itself, for there are more than %s of them: -lint-max",
			count(len(problems.Problems)+problems.More, "problem"), &l.lintMax)
		return errReported
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "added %s of %s from %s, checked line by line", grouped(report.Added-missing), count(report.Quads-len(curated), "quad"), count(files, "file"))
	if missing > 0 {
		fmt.Fprintf(p.stdout, ", and %s", count(missing, "curated quad"))
	}
	v := st.View()
	defer v.Close()
	fmt.Fprintf(p.stdout, "; %s is at revision %d\n", l.store.at, v.Revision())
	return nil
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
