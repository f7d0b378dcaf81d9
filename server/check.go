package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleygraph/parley/graph/store"
)

type checkFlags struct{ store storeFlags }

var checkCommand = command{
	name:  "check",
	short: "prove that a store is whole, and list what is not",
	long: `Reads a store some times over and proves that it is whole: that all orders of the quads agree, that the terms and the dictionary
are one to one, that the indexes made from the quads are what they would be if they were made anew, and that everything is counted
right. Problems are printed one a line. Nothing is written. A folder must not be open in a server; a
database is checked as it is when the check begins.`,
	example: "parley check -store ./parley-data",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		c := &checkFlags{}
		c.store.define(f, "DIR|postgres://…", storeUsage)
		return c.run
	},
}

func (c *checkFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if len(args) > 0 {
		return usagef("it takes no arguments, and got %q", args[0])
	}
	st, err := c.store.openExisting(ctx)
	if err != nil {
		return err
	}
	defer closeStore(st, &err)
	progress := progressOn(p.stderr)
	err = st.Check(ctx, func(part string, keys int) {
		progress(fmt.Sprintf("checking %s: %s read …", part, count(keys, "key")))
	})
	progress("")
	if listed := (*store.CheckError)(nil); errors.As(err, &listed) {
		for _, problem := range listed.Problems {
			fmt.Fprintln(p.stdout, problem)
		}
		p.report("check: %s; restore %s from a backup, or export what it has and load that into a new one", count(len(listed.Problems)+listed.More, "problem"), c.store.at)
		return errReported
	}
	if err != nil {
		return err
	}
	v := st.View()
	defer v.Close()
	quads, terms := v.Size()
	fmt.Fprintf(p.stdout, "ok: %s at revision %d: %s, %s\n", c.store.at, v.Revision(), count(quads, "quad"), count(terms, "term"))
	return nil
}
