package graph_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

var (
	ctx    = context.Background()
	update = flag.Bool("update", false, "write the goldens in testdata anew")
)

// must returns a value or ends the test.
func must[T any](x T, err error) func(rapid.TB) T {
	return func(t rapid.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

// node returns the node with an id, which must be a T.
func node[T graph.Node](t rapid.TB, v *graph.View, id graph.ID) T {
	t.Helper()
	n, ok := must(v.Node(ctx, id))(t).(T)
	if !ok {
		t.Fatalf("Node(%q) = %T, want %T", id, n, *new(T))
	}
	return n
}

func ids[T graph.Node](nodes []T) []graph.ID {
	out := []graph.ID{}
	for _, n := range nodes {
		out = append(out, n.ID())
	}
	return out
}

// talk writes an interaction down as a reader would: "event:x ann -> ben".
func talk(t rapid.TB, i *graph.Interaction) string {
	t.Helper()
	from, to := must(i.From(ctx))(t), must(i.To(ctx))(t)
	arrow := "--"
	if i.Directed() {
		arrow = "->"
	}
	return fmt.Sprintf("%s %s %s %s", i.Event().ID(), bare(from.ID()), arrow, bare(to.ID()))
}

func bare(id graph.ID) string {
	_, local, _ := strings.Cut(string(id), ":")
	return local
}

func talks(t rapid.TB, v *graph.View, where *graph.InteractionWhere) []string {
	t.Helper()
	out := []string{}
	for _, i := range must(v.Interactions(ctx, where, ptr(graph.TimeAsc), all))(t).Nodes() {
		out = append(out, talk(t, i))
	}
	return out
}

func diff(t rapid.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}

// golden compares a text with a file in testdata; -update writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := "testdata/" + file
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs; run go test ./graph -update and read what changes (-want +got):\n%s", path, d)
	}
}

// A fixture with something of everything passes the linter.
func TestFixtureIsValid(t *testing.T) {
	f := newFixture().say(`
		event:meeting kind kind:meeting
		event:meeting when 2025-02/2025-03 by claim:two
		event:meeting whenText that spring by claim:two
		event:meeting role:participant person:ann
		event:meeting role:participant person:ben by claim:two
		event:meeting role:subject organization:cartel
		event:meeting place place:here
		event:meeting topic topic:trade
		event:meeting summary They met.
		event:meeting causedBy event:call
		event:call role:initiator person:ben
		event:said kind kind:threat
		event:said partOf event:meeting
		event:said role:initiator person:ann
		person:ann name@es Ana
		person:ann onBehalfOf government:north
		tenure:ann-minister member person:ann
		tenure:ann-minister position position:minister
		agency:ministry unitOf government:north
		place:here within place:there
		topic:trade broader topic:economy
		source:reprint derivedFrom source:wire
		claim:two attributedTo group:officials
		claim:two source source:reprint`)
	quads := f.complete()
	vocabulary := vocabulary()
	var b bytes.Buffer
	for _, q := range append(vocabulary, quads...) {
		line := store.FormatTerm(q.Subject) + " " + store.FormatTerm(q.Predicate) + " " + store.FormatTerm(q.Object) + " " + store.FormatTerm(q.Label)
		b.WriteString(line + " .\n")
	}
	_, problems := seed.Lint([]seed.File{{Name: "fixture.nq", Data: b.Bytes()}}, nil)
	for _, p := range problems {
		// Claims of kinds whose codes the tests leave out have no facts left.
		if !strings.Contains(fmt.Sprint(p), "cameo") {
			t.Error(p)
		}
	}
}
