package main

import (
	"context"
	"fmt"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

type lintFlags struct{ seed boolFlag }

var lintCommand = command{
	name:  "lint",
	args:  "FILE…",
	short: "check N-Quads files against the vocabulary and the rules, and list every problem",
	long: `Reads N-Quads (.nq, .nq.gz, .nq.zst, or - for standard input) and prints every problem of every file, one a line:
file:line: subject: what is wrong: what to do. The files may refer to one another and to the curated records; a curated file
that is given itself, such as seed/data/kinds.nq, is judged in place of the program's copy. Nothing is written.`,
	example: "parley lint seed/data/*.nq",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		l := &lintFlags{seed: true}
		f.define(&l.seed, "seed", "BOOL", "whether files may refer to the curated records that come with the program; most do")
		return l.run
	},
}

func (l *lintFlags) run(_ context.Context, p *program, args []string) error {
	files, err := readFiles(p, args)
	if err != nil {
		return err
	}
	var known seed.Known
	if l.seed {
		curated, _ := seed.Lint(curatedBut(args), nil) // without the files given, others may refer to nothing: no concern here
		known = seed.NewIndex(curated)
	}
	quads, problems := seed.Lint(files, known)
	if len(problems) > 0 {
		for _, problem := range problems {
			fmt.Fprintln(p.stdout, problem)
		}
		p.report("lint: %s", problemCount(problems))
		return errReported
	}
	p.report("lint: ok: %s, %s", count(len(quads), "quad"), count(records(quads), "record"))
	return nil
}

// readFiles reads the files that a command was given, at least one.
func readFiles(p *program, paths []string) ([]seed.File, error) {
	if err := checkPaths(paths); err != nil {
		return nil, err
	}
	return seed.ReadFiles(paths, p.stdin)
}

// checkPaths refuses to be given no file, and one twice.
func checkPaths(paths []string) error {
	if len(paths) == 0 {
		return usagef("which files? give their names, or - for standard input")
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			return usagef("%s is given twice", path)
		}
		seen[path] = true
	}
	return nil
}

// problemCount says how many problems there are in how many files.
func problemCount(problems []seed.Problem) string {
	files := map[string]bool{}
	for _, problem := range problems {
		files[problem.File] = true
	}
	return count(len(problems), "problem") + " in " + count(len(files), "file")
}

// records returns how many records quads speak of.
func records(quads []store.Quad) int {
	subjects := map[store.Term]bool{}
	for _, q := range quads {
		subjects[q.Subject] = true
	}
	return len(subjects)
}

// count writes "1 file" or "1,200 files".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(n) + " " + noun
}
