package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/parleygraph/parley/graph/store"
)

type copyFlags struct {
	from, to location
	database storeFlags
}

var copyCommand = command{
	name:  "copy",
	short: "copy a store from a folder to a database, or back",
	long: `Copies a whole store as it is, key by key: from a folder to a database, from a database to a folder, or to another of its kind. Everything
comes along: the quads, the indexes made from them, the notes of who wrote what, and the revision, so that cursors, permalinks and subscribers go on.
A folder must not be in use; a database may be, and is copied as it was when the copy began. The target must be missing or empty.

In the end the checksum of all that is there is compared with that of what was read, and only then is the target a store: before, every command refuses it.
If it is stopped, the same command goes on where it was. Of a database that was written to meanwhile it cannot: then empty the target.
parley check proves either by other means.`,
	example: "parley copy -from ./parley-data -to 'postgres://parley@db.example/parley?sslmode=verify-full'",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		c := &copyFlags{}
		f.define(&c.from, "from", "DIR|postgres://…", "the store to copy")
		f.define(&c.to, "to", "DIR|postgres://…", "where to copy it to: a folder that is missing or empty, or a database, or by ?search_path a schema of one, without tables")
		c.database.defineDatabase(f)
		return c.run
	},
}

func (c *copyFlags) run(ctx context.Context, p *program, args []string) error {
	switch {
	case len(args) > 0:
		return usagef("it takes no arguments, and got %q", args[0])
	case c.from == "" || c.to == "":
		return usagef("from where to where? give -from and -to, each a folder or postgres://…")
	case c.from == memory || c.to == memory:
		return usagef("mem: holds nothing; give folders or databases")
	}
	o, err := c.database.options()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	show := progressOn(p.stderr)
	defer show("")
	meter := &copyMeter{show: show, now: time.Now}
	begun := time.Now()
	report, err := store.Copy(ctx, string(c.from), string(c.to), store.CopyOptions{Postgres: o.Postgres, Progress: meter.tell})
	show("")
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "copied %s, %s in all tables, at revision %d, to %s; what is there has the checksum of what was read\n",
		count(int(report.Quads), "quad"), countOf(int(report.Entries), "entry", "entries"), report.Revision, c.to)
	how := ""
	if report.Resumed {
		how = ", going on with what was there"
	}
	p.report("copy: %s in %v%s", size(int64(report.Bytes)), time.Since(begun).Round(time.Millisecond), how)
	return nil
}

// countOf is count for a noun with a plural of its own.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// A copyMeter turns what a copy tells into a line.
type copyMeter struct {
	show  func(string)
	now   func() time.Time
	phase string
	since time.Time // the phase's beginning
	at    int64     // the entries of an earlier run
}

func (m *copyMeter) tell(p store.CopyProgress) {
	now := m.now()
	if p.Phase != m.phase {
		m.phase, m.since, m.at = p.Phase, now, p.Entries
	}
	m.show(copyLine(p, p.Entries-m.at, now.Sub(m.since)))
}

// copyLine is the line for a phase that has taken so long for so many entries.
func copyLine(p store.CopyProgress, n int64, took time.Duration) string {
	share := 0.0
	if p.Total > 0 {
		share = min(1, float64(p.Entries)/float64(p.Total))
	}
	line := fmt.Sprintf("%s: %.0f %%, %s", p.Phase, 100*share, countOf(int(p.Entries), "entry", "entries"))
	if seconds := took.Seconds(); seconds > 0.5 && n > 0 {
		rate := float64(n) / seconds
		line += fmt.Sprintf(", %s/s", grouped(int(rate)))
		if left := float64(p.Total-p.Entries) / rate; seconds > 1 {
			line += fmt.Sprintf(", %s left", time.Duration(left*float64(time.Second)).Round(time.Second))
		}
	}
	return line
}
