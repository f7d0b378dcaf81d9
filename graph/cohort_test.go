package graph

import (
	"context"
	"fmt"
	"testing"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/schema/vocab"
)

// What a page shows is a cohort of its own: what is asked of it is not read for all that it was cut from.
func TestPageIsACohort(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(ctx, pgtest.Fresh(t), store.Options{Model: StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var quads []store.Quad
	add := func(id, predicate string, object store.Term) {
		quads = append(quads, store.Quad{Subject: store.IRI(id), Predicate: store.IRI(predicate), Object: object, Label: store.IRI("claim:a")})
	}
	for i := range 10 {
		for prefix, class := range map[string]string{"person:": vocab.ClassPerson, "source:": vocab.ClassSource, "event:": vocab.ClassEvent, "claim:": vocab.ClassClaim} {
			add(fmt.Sprint(prefix, i), vocab.RdfType, store.IRI(class))
		}
		add(fmt.Sprint("person:", i), vocab.SchemaName, store.LangString{Value: "Ann", Lang: "en"})
	}
	if _, err := s.Add(ctx, quads); err != nil {
		t.Fatal(err)
	}
	v := New(s, "").View()
	n := 3
	p := Page{First: &n}
	sizes := map[string]int{}
	actors, err1 := v.Actors(ctx, nil, nil, p)
	sizes["actors"] = len(actors.Nodes()[0].base().cohort.ids)
	sources, err2 := v.Sources(ctx, nil, p)
	sizes["sources"] = len(sources.Nodes()[0].cohort.ids)
	events, err3 := v.Events(ctx, nil, nil, p)
	sizes["events"] = len(events.Nodes()[0].cohort.ids)
	claims, err4 := v.Claims(ctx, nil, p)
	sizes["claims"] = len(claims.Nodes()[0].cohort.ids)
	hits, err5 := v.Search(ctx, "ann", nil, p)
	sizes["search"] = len(hits.Nodes()[0].(*Person).cohort.ids)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for list, size := range sizes {
		if size != n {
			t.Errorf("a page of %d of %s is a cohort of %d", n, list, size)
		}
	}
}
