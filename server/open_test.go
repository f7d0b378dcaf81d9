package main

import (
	"context"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

// TestCuratedBut leaves out the curated files that are given as files on disk, and no others.
func TestCuratedBut(t *testing.T) {
	all := len(seed.Files())
	tests := []struct {
		name  string
		paths []string
		want  int
	}{
		{"none", nil, all},
		{"another file", []string{"calls.nq", "-"}, all},
		{"one of the same name elsewhere", []string{"kinds.nq", "data/kinds.nq"}, all},
		{"a curated one", []string{"seed/data/kinds.nq"}, all - 1},
		{"from the folder beside", []string{"../seed/data/kinds.nq", "/home/seed/x/seed/data/roles.nq"}, all - 2},
	}
	for _, test := range tests {
		if got := len(curatedBut(test.paths)); got != test.want {
			t.Errorf("%s: %d files, want %d of %d", test.name, got, test.want, all)
		}
	}
}

// TestKnown asks a store and an index for the same, alone and together.
func TestKnown(t *testing.T) {
	ctx := context.Background()
	quads, err := curatedQuads(seed.Files())
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(ctx, pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Add(ctx, quads); err != nil {
		t.Fatal(err)
	}
	index := seed.NewIndex(quads)
	v := st.View()
	defer v.Close()
	inStore := store.NewLookup(ctx, v)
	both := either{index, inStore}
	q := quads[0]
	subject, predicate := q.Subject.(store.IRI), q.Predicate.(store.IRI)
	want, subjects := len(index.Record(subject)), len(index.Subjects(predicate, q.Object))
	for name, k := range map[string]seed.Known{"store": inStore, "both": both} {
		if got := len(k.Record(subject)); got != want || want == 0 {
			t.Errorf("%s: Record(%s) has %d quads, want %d", name, subject, got, want)
		}
		if got := len(k.Subjects(predicate, q.Object)); got < subjects || subjects == 0 {
			t.Errorf("%s: Subjects has %d, want at least the %d of the index", name, got, subjects)
		}
	}
	if got, want := len(both.IDs("person:")), len(index.IDs("person:")); got != want || want == 0 {
		t.Errorf("IDs has %d, want %d", got, want)
	}

	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	failing := store.NewLookup(cancelled, v)
	if got := failing.Record(subject); got != nil || failing.Err() == nil {
		t.Errorf("of a store that fails: %d quads, error %v", len(got), failing.Err())
	}
}
