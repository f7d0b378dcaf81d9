package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

const seedUsage = "whether the curated quads that come with the program belong to it: with them, there is something to ask about"

// curatedQuads lints what the program comes with. A problem in it is a mistake of the build, not of the user.
func curatedQuads(files []seed.File) ([]store.Quad, error) {
	quads, problems := seed.Lint(files, nil)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the curated quads in this program: %w", &seed.LintError{Problems: problems})
	}
	return quads, nil
}

// curatedBut returns the curated files without those that paths holds as files on disk: somebody who edits seed/data/kinds.nq
// wants it judged in place of the copy in the program, not beside it.
func curatedBut(paths []string) []seed.File {
	edited := map[string]bool{}
	for _, p := range paths {
		if full, err := filepath.Abs(p); err == nil {
			p = full
		}
		if rest, ok := cutLast(filepath.ToSlash(p), "seed/"); ok {
			edited[rest] = true
		}
	}
	return slices.DeleteFunc(seed.Files(), func(f seed.File) bool { return edited[f.Name] })
}

// cutLast returns what follows the last sep in s.
func cutLast(s, sep string) (string, bool) {
	for i := len(s) - len(sep); i >= 0; i-- {
		if s[i:i+len(sep)] == sep {
			return s[i+len(sep):], true
		}
	}
	return s, false
}

// closeStore closes a store and keeps the first error.
func closeStore(s *store.Store, err *error) {
	if closed := s.Close(); closed != nil && *err == nil {
		*err = fmt.Errorf("close store: %w", closed)
	}
}

// either is what one or the other knows.
type either struct{ a, b seed.Known }

// Record implements seed.Known.
func (e either) Record(id store.IRI) []store.Quad {
	quads := slices.Concat(e.a.Record(id), e.b.Record(id))
	slices.SortFunc(quads, store.CompareQuads)
	return slices.CompactFunc(quads, func(a, b store.Quad) bool { return store.CompareQuads(a, b) == 0 })
}

// Subjects implements seed.Known.
func (e either) Subjects(predicate store.IRI, object store.Term) []store.IRI {
	return union(e.a.Subjects(predicate, object), e.b.Subjects(predicate, object))
}

// IDs implements seed.Known.
func (e either) IDs(prefix string) []store.IRI { return union(e.a.IDs(prefix), e.b.IDs(prefix)) }

func union(a, b []store.IRI) []store.IRI {
	ids := slices.Concat(a, b)
	slices.Sort(ids)
	return slices.Compact(ids)
}
