package store

import (
	"reflect"
	"testing"
)

// This file knows what is inside the store, and goes when that goes.

// Cayley's memstore writes to itself when it is asked to iterate over everything: it sets its field reading. No question of
// ours may make it do so, also none that Cayley's optimizer turns into such an iteration; the goroutines that ask share it.
func TestReadsDoNotWrite(t *testing.T) {
	s := openMemory(t)
	for i := range 20 {
		mustAdd(t, s, batchOf(i)...)
	}
	mustAdd(t, s, dense(batchSize)...)
	v := s.View()
	reading := reflect.ValueOf(v.qs).Elem().FieldByName("reading")
	for i := range 40 {
		askEverything(t, v, i)
		if reading.Bool() {
			t.Fatal("a read has written to memstore")
		}
	}
	v.qs.NodesAllIterator().Close() // the proof that the field is the right one
	if !reading.Bool() {
		t.Error("memstore no longer marks that it is read: find how it does, and test that")
	}
}

// memstore takes _:memnode3 for the number of a node. Here it is a name like others.
func TestMemstoreNames(t *testing.T) {
	s := openMemory(t)
	var quads []Quad
	names := []BlankNode{"memnode", "memnode0", "memnode1", "memnode2", "memnode3", "memnode-1", "memnode99", "memnodeX"}
	for _, name := range names {
		quads = append(quads, quadOf(name, IRI("a:p"), name, name))
	}
	mustAdd(t, s, quads...)
	v := s.View()
	for i, name := range names {
		found, err := v.Match(t.Context(), Pattern{Subject: name}, Pattern{Object: name}, Pattern{Label: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range found {
			if len(got) != 1 || got[0] != quads[i] {
				t.Errorf("Match of %v = %v", name, got)
			}
		}
		if got, err := v.Walk(t.Context(), name, []Step{{"a:p", false}}); err != nil || len(got) != 1 || got[0] != name {
			t.Errorf("Walk from %v = %v, %v", name, got, err)
		}
		if v.Has(":"+name) || !v.Has(name) {
			t.Errorf("Has(%v) is wrong", name)
		}
	}
}
