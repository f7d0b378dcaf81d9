package store

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTraceLog: between two revisions the log has the traces of all writes or none; of the last writes, up to its bound and since the last load,
// it has them.
func TestTraceLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l traceLog
		var all []trace // of the revisions from 1 on; one that a load made has no size
		load := rapid.SampledFrom([]bool{false, false, false, false, true})
		size := rapid.SampledFrom([]int{1, 1, 2, maxTraced / 5, maxTraced / 2, maxTraced, 3 * maxTraced})
		room := make([]Ref, 3*maxTraced)
		for range rapid.IntRange(0, 30).Draw(t, "writes") {
			all = append(all, trace{Revision: uint64(len(all)) + 1})
			if load.Draw(t, "load") {
				continue
			}
			last := &all[len(all)-1]
			last.Named = room[:size.Draw(t, "size")-1]
			l.note(*last)
		}
		loaded := func(t trace) bool { return t.Named == nil }
		for from := range uint64(len(all)) + 1 {
			for to := range uint64(len(all)) + 1 {
				got, ok := l.between(from, to)
				if from > to {
					if ok {
						t.Fatalf("between(%d, %d) is known", from, to)
					}
					continue
				}
				want := all[from:to]
				kept := 0
				for _, x := range all[from:] {
					kept += x.size()
				}
				must := from == to || kept <= maxTraced && !slices.ContainsFunc(all[from:], loaded)
				if !ok && must {
					t.Fatalf("between(%d, %d) of %d revisions is not known, want it to be: they have a size of %d", from, to, len(all), kept)
				}
				if ok && (from < to && slices.ContainsFunc(want, loaded) || !slices.EqualFunc(got, want, func(a, b trace) bool { return a.Revision == b.Revision && a.size() == b.size() })) {
					t.Fatalf("between(%d, %d) has the traces of other writes", from, to)
				}
			}
		}
		if l.size > 2*maxTraced {
			t.Fatalf("the log has a size of %d, want at most %d", l.size, 2*maxTraced)
		}
	})
}

// TestTraceTold: a trace tells of every subject whose quads a write changes and of every actor whose links it does, or says that it does not.
func TestTraceTold(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, maxTold, maxTold + 1} {
		var tr trace
		var add, remove []Quad
		var writes []write
		for i := range n {
			q := Quad{Subject: IRI(fmt.Sprintf("s:%d", i)), Predicate: IRI("p:p"), Object: IRI("o:o")}
			add, remove = append(add, q, q), append(remove, q)
			writes = append(writes, write{key: appendTID([]byte{tableActor}, tid{kindEntry, uint64(i + 1)})})
		}
		tr.tellSubjects(add, remove)
		tr.tellActors(append(writes, writes...))
		want, many := n, n > maxTold
		if many {
			want = 0
		}
		if len(tr.Subjects) != want || tr.ManySubjects != many || len(tr.Actors) != want || tr.Many != many {
			t.Errorf("of %d subjects and actors a trace tells of %d and %d, more: %v and %v; want %d, %v",
				n, len(tr.Subjects), len(tr.Actors), tr.ManySubjects, tr.Many, want, many)
		}
	}
}
