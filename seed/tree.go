package seed

import (
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// treePredicates are those that lead from a record to what is above it.
var treePredicates = []store.IRI{
	vocab.SkosBroader, vocab.RdfsSubPropertyOf, vocab.SchemaContainedInPlace, vocab.SemSubEventOf, vocab.OrgUnitOf,
	vocab.ProvWasDerivedFrom, vocab.DctermsIsReplacedBy,
}

// checkTrees looks for records that are above themselves.
func (l *linter) checkTrees() {
	for _, p := range treePredicates {
		w := walker{l: l, predicate: p, done: map[store.IRI]bool{}, open: map[store.IRI]int{}}
		steps := func(f *fact) bool { return f.Predicate == p }
		for _, r := range l.order {
			if slices.ContainsFunc(r.facts, steps) { // whence no step leads, no circle does
				w.walk(r.id)
			}
		}
	}
}

// A walker goes up a tree from below, each record once.
type walker struct {
	l         *linter
	predicate store.IRI
	done      map[store.IRI]bool
	open      map[store.IRI]int // those on the way, with their place in it
	way       []*fact           // the steps from the first to the last of them
}

func (w *walker) walk(id store.IRI) {
	r := w.l.find(id)
	if r == nil || w.done[id] {
		return
	}
	w.open[id] = len(w.way)
	for _, f := range r.values(w.predicate) {
		above, ok := f.Object.(store.IRI)
		if !ok {
			continue
		}
		w.way = append(w.way, f)
		if start, ok := w.open[above]; ok {
			w.report(w.way[start:])
		} else {
			w.walk(above)
		}
		w.way = w.way[:len(w.way)-1]
	}
	delete(w.open, id)
	w.done[id] = true
}

// report complains of a circle at its first step in the files; what is known already is beyond mending here.
func (w *walker) report(circle []*fact) {
	var first *fact
	var names []string
	for _, f := range circle {
		names = append(names, name(f.Subject))
		if f.file != "" && (first == nil || strings.Compare(f.file, first.file) < 0 || f.file == first.file && f.line < first.line) {
			first = f
		}
	}
	if first == nil {
		return
	}
	start := slices.Index(circle, first)
	names = append(append(names[start:], names[:start]...), names[start])
	w.l.report(first, RuleCycle, "take out the step that is wrong", "%s goes around: %s", vocab.Shorten(string(w.predicate)), strings.Join(names, " → "))
}
