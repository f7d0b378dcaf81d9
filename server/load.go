package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

type loadFlags struct {
	store   storeFlags
	seed    boolFlag
	lintMax sizeFlag
	memory  sizeFlag
}

// Bounds of what a load takes of the machine.
const (
	defaultLintMax    = 64 << 20  // half a million quads, which take some 300 bytes each to lint
	defaultLoadMemory = 320 << 20 // twice as much is resident at most; with less, much data is sorted in more pieces
)

var loadCommand = command{
	name:  "load",
	args:  "FILE…",
	short: "check N-Quads files and add them to the store, all or nothing",
	long: `Reads N-Quads (.nq, .nq.gz, .nq.zst, or - for standard input) and checks them as lint does; they may refer to one another, to
the curated records and to what the store has. More than -lint-max of them are too many to hold in memory: they are checked line
by line as they are read, for what a line can show, and sorted on disk. With any problem it lists all, of lines the first hundred, and
adds nothing. Otherwise it adds all quads in one step; when it returns they are on disk. Quads that are there already are
passed over. A folder must not be open in a server; servers on a database see them at once.`,
	example: "parley load -store ./parley-data calls.nq meetings.nq.gz",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		l := &loadFlags{seed: true, lintMax: defaultLintMax, memory: defaultLoadMemory}
		l.store.define(f, "DIR|postgres://…", storeUsage)
		f.define(&l.seed, "seed", "BOOL", seedUsage+";\n      they are added too, as far as the store does not have them, so that what refers to them finds them")
		f.define(&l.lintMax, "lint-max", "SIZE", "up to how many bytes of N-Quads, unpacked, are linted whole; more are checked line by line")
		f.define(&l.memory, "memory", "SIZE", "how much memory a load of more than that may keep; up to twice as much is resident")
		return l.run
	},
}

func (l *loadFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if l.store.at == memory {
		return usagef("-store mem: would keep nothing of what is loaded; give a folder or a database")
	}
	if err := checkPaths(args); err != nil {
		return err
	}
	src, err := seed.Source(args, p.stdin)
	if err != nil {
		return err
	}
	files, src, small, err := seed.Small(src, int64(l.lintMax))
	if err != nil {
		return err
	}
	if !small {
		return l.stream(ctx, p, src)
	}
	progress := progressOn(p.stderr)
	defer progress("")
	progress("checking the files …")

	var st *store.Store // stays nil as long as there is none, so that files with problems do not make one
	exists, err := l.store.exists(ctx)
	if err != nil {
		return err
	}
	if exists {
		if st, err = l.store.open(ctx); err != nil {
			return err
		}
	}
	defer func() {
		if st != nil {
			closeStore(st, &err)
		}
	}()
	quads, curated, err := l.check(ctx, p, progress, files, st)
	if err != nil {
		return err
	}
	if st == nil {
		if st, err = l.store.open(ctx); err != nil {
			return err
		}
	}
	progress(fmt.Sprintf("adding %s …", count(len(quads), "quad")))
	missing := 0
	if len(curated) > 0 {
		if missing, err = countMissing(ctx, st, curated, quads); err != nil {
			return err
		}
	}
	added, err := st.Add(ctx, slices.Concat(curated, quads))
	if err != nil {
		return err
	}
	progress("")
	fmt.Fprintf(p.stdout, "added %s of %s from %s", grouped(added-missing), count(len(quads), "quad"), count(len(files), "file")+", linted")
	l.store.printEnd(p, missing, st.Revision())
	return nil
}

// stream loads what is too large to be linted.
func (l *loadFlags) stream(ctx context.Context, p *program, src store.QuadSource) error {
	curated, more, err := curatedSource(bool(l.seed))
	if err != nil {
		return err
	}
	load := &bulkLoad{into: &l.store, curated: curated, memory: int64(l.memory), failed: func(err error) error { return l.printProblems(p, err) }}
	r, err := load.run(ctx, p, slices.Concat(src, more))
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "added %s of %s from %s, checked line by line", grouped(r.added), count(r.quads, "quad"), count(len(src), "file"))
	l.store.printEnd(p, r.missing, r.revision)
	return nil
}

// printProblems lists the lines with problems, if that is why nothing was loaded, and returns what is left to tell.
func (l *loadFlags) printProblems(p *program, err error) error {
	var problems *store.ProblemsError
	if !errors.As(err, &problems) {
		return err
	}
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

// printEnd ends the line that says what was added to a store: how many curated quads too, and at which revision it is now.
func (s *storeFlags) printEnd(p *program, missing int, revision uint64) {
	if missing > 0 {
		fmt.Fprintf(p.stdout, ", and %s", count(missing, "curated quad"))
	}
	fmt.Fprintf(p.stdout, "; %s is at revision %d\n", s.at, revision)
}

// check lints the files against the curated quads and the store, which may be nil, and returns the quads of both. With any
// problem it lists all.
func (l *loadFlags) check(ctx context.Context, p *program, progress func(string), files []seed.File, st *store.Store) (quads, curated []store.Quad, err error) {
	var known seed.Known
	if l.seed {
		if curated, err = curatedQuads(seed.Files()); err != nil {
			return nil, nil, err
		}
		known = seed.NewIndex(curated)
	}
	var inStore *store.Lookup
	if st != nil {
		v := st.View()
		defer v.Close()
		inStore = store.NewLookup(ctx, v)
		if known == nil {
			known = inStore
		} else {
			known = either{known, inStore}
		}
	}
	quads, problems := seed.Lint(files, known)
	if inStore != nil && inStore.Err() != nil {
		return nil, nil, inStore.Err()
	}
	if len(problems) > 0 {
		progress("")
		for _, problem := range problems {
			fmt.Fprintln(p.stdout, problem)
		}
		p.report("load: %s; nothing was loaded", problemCount(problems))
		return nil, nil, errReported
	}
	return quads, curated, nil
}

// countMissing returns how many of the curated quads are new to the store and not among those to be loaded.
func countMissing(ctx context.Context, st *store.Store, curated, loaded []store.Quad) (int, error) {
	own := map[store.Quad]bool{}
	for _, q := range loaded {
		own[q] = true
	}
	var patterns []store.Pattern
	for _, q := range curated {
		if !own[q] {
			patterns = append(patterns, store.Pattern(q))
		}
	}
	v := st.View()
	defer v.Close()
	found, err := v.Match(ctx, patterns...)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, quads := range found {
		if len(quads) == 0 {
			n++
		}
	}
	return n, nil
}

// progressOn returns what shows a line of progress in place of the last one; "" takes it away. It shows nothing unless w is a
// terminal.
func progressOn(w io.Writer) func(string) {
	f, ok := w.(*os.File)
	if !ok {
		return func(string) {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(string) {}
	}
	return func(line string) { fmt.Fprintf(w, "\r\x1b[K%s", line) } // to the line's start, and clear it
}
