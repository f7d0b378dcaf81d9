package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A node for every class of the vocabulary, under the base of the instance.
func TestNodeTypes(t *testing.T) {
	f := newFixture()
	for _, c := range vocab.Classes {
		f.mention(c.IDs + ":x")
	}
	_, s := open(t, f.complete())
	v := graph.New(s, "https://example.org/").View()
	for _, c := range vocab.Classes {
		n := must(v.Node(ctx, graph.ID(c.IDs+":x")))(t)
		if n == nil {
			t.Errorf("Node(%s:x) = nil, want a %s", c.IDs, c.Name)
			continue
		}
		if x, ok := n.(interface{ IRI() string }); ok && x.IRI() != "https://example.org/"+c.IDs+":x" {
			t.Errorf("IRI() of %s:x = %q", c.IDs, x.IRI())
		}
	}
}

// A type that is denied is none, and what only it stood on is in no list.
func TestDeniedRecord(t *testing.T) {
	f := newFixture().say("claim:no stance DENIES")
	f.add("person:ghost", vocab.RdfType, store.IRI(vocab.ClassPerson), "claim:no")
	f.add("person:ghost", vocab.SchemaName, store.LangString{Value: "Ghost", Lang: "en"}, "claim:no")
	f.add("event:ghost", vocab.RdfType, store.IRI(vocab.ClassEvent), "claim:no")
	f.say("event:x role:initiator person:ann")
	v := f.view(t)
	if n := must(v.Node(ctx, "person:ghost"))(t); n != nil {
		t.Errorf("Node(person:ghost) = %v, want nil", n.ID())
	}
	diff(t, "actors", ids(must(v.Actors(ctx, nil, nil, all))(t).Nodes()), []graph.ID{"person:ann"})
	diff(t, "events", ids(must(v.Events(ctx, nil, nil, all))(t).Nodes()), []graph.ID{"event:x"})
	diff(t, "search ghost", ids(must(v.Search(ctx, "ghost", []graph.NodeType{graph.TypePerson, graph.TypeEvent}, all))(t).Nodes()), []graph.ID{})
}

// Filters by place and topic take in what is within and narrower, at any depth, in cycles too, and not where that is denied.
func TestWherePlaceAndTopic(t *testing.T) {
	v := world(t, `
		claim:no stance DENIES
		place:house within place:city
		place:city within place:country
		place:elsewhere within place:country by claim:no
		place:country within place:house
		topic:tariffs broader topic:trade
		topic:drugs broader topic:trade by claim:no
		event:a place place:house
		event:b place place:country
		event:c place place:elsewhere
		event:d place place:house by claim:no
		event:e topic topic:tariffs
		event:f topic topic:drugs
		event:g topic topic:trade`)
	for _, c := range []struct {
		where graph.EventWhere
		want  []graph.ID
	}{
		{graph.EventWhere{Place: ptr(graph.ID("place:country"))}, []graph.ID{"event:a", "event:b"}},
		{graph.EventWhere{Place: ptr(graph.ID("place:city"))}, []graph.ID{"event:a", "event:b"}}, // by the cycle
		{graph.EventWhere{Place: ptr(graph.ID("place:elsewhere"))}, []graph.ID{"event:c"}},
		{graph.EventWhere{Topic: ptr(graph.ID("topic:trade"))}, []graph.ID{"event:e", "event:g"}},
		{graph.EventWhere{Topic: ptr(graph.ID("topic:tariffs"))}, []graph.ID{"event:e"}},
	} {
		diff(t, "events", ids(must(v.Events(ctx, &c.where, ptr(graph.TimeAsc), all))(t).Nodes()), c.want)
	}
}

// Parts, causes and effects come oldest first, those without a date last.
func TestEventTree(t *testing.T) {
	v := world(t, `
		claim:no stance DENIES
		event:new partOf event:whole
		event:new when 2025-02-01
		event:old partOf event:whole
		event:old when 2025-01-01
		event:dateless partOf event:whole
		event:dateless when 2024 by claim:no
		event:denied partOf event:whole by claim:no
		event:whole causedBy event:b
		event:whole causedBy event:a
		event:a when 2024-02
		event:b when 2024-01`)
	whole := node[*graph.Event](t, v, "event:whole")
	diff(t, "Parts()", ids(must(whole.Parts(ctx))(t)), []graph.ID{"event:old", "event:new", "event:dateless"})
	diff(t, "CausedBy()", ids(must(whole.CausedBy(ctx))(t)), []graph.ID{"event:b", "event:a"})
	diff(t, "Causes() of event:a", ids(must(node[*graph.Event](t, v, "event:a").Causes(ctx))(t)), []graph.ID{"event:whole"})
	if p := must(node[*graph.Event](t, v, "event:denied").PartOf(ctx))(t); p != nil {
		t.Errorf("PartOf() of event:denied = %s, want nil", p.ID())
	}
}

func TestKindTree(t *testing.T) {
	v := world(t, "kind:video-call broader kind:call\n kind:phone-call broader kind:call")
	call := node[*graph.EventKind](t, v, "kind:call")
	diff(t, "Narrower()", ids(must(call.Narrower(ctx))(t)), []graph.ID{"kind:phone-call", "kind:video-call"})
	if b := must(call.Broader(ctx))(t); b == nil || b.ID() != "kind:communication" {
		t.Errorf("Broader() of kind:call = %v, want kind:communication", b)
	}
	if b := must(node[*graph.EventKind](t, v, "kind:communication").Broader(ctx))(t); b != nil {
		t.Errorf("Broader() of a root = %s, want nil", b.ID())
	}
	roots := 0
	for _, k := range must(v.Kinds(ctx))(t) {
		if must(k.Broader(ctx))(t) == nil {
			roots++
		}
	}
	if roots != 4 {
		t.Errorf("%d roots of kinds, want 4", roots)
	}
}

func TestFirstAndLastSeen(t *testing.T) {
	v := world(t, `
		claim:no stance DENIES
		event:a role:subject person:ann
		event:a when 2025-01
		event:b role:initiator person:ann
		event:b when 2025-02-03
		event:c role:initiator person:ann
		event:c when 1909/2025-01-15
		event:d role:initiator person:ann
		event:d when ../..
		event:no role:initiator person:ann by claim:no
		event:no when 2030
		event:dateless role:initiator person:ben
		event:dateless when 2030 by claim:no`)
	ann, ben := node[*graph.Person](t, v, "person:ann"), node[*graph.Person](t, v, "person:ben")
	if first, last := must(ann.FirstSeen(ctx))(t), must(ann.LastSeen(ctx))(t); first.EDTF != "1909/2025-01-15" || last.EDTF != "2025-02-03" {
		t.Errorf("ann was seen from %s to %s, want 1909/2025-01-15 and 2025-02-03", first.EDTF, last.EDTF)
	}
	if first, last := must(ben.FirstSeen(ctx))(t), must(ben.LastSeen(ctx))(t); first != nil || last != nil {
		t.Errorf("ben was seen from %v to %v, want no dates", first, last)
	}
}

// Those seen last come first among contacts of one count: seen by the end of their last talk, as the field says it.
func TestContactsByLastSeen(t *testing.T) {
	v := world(t, `
		event:long role:initiator person:hub
		event:long role:recipient person:ann
		event:long when 2025-01-01/2025-12-31
		event:short role:initiator person:hub
		event:short role:recipient person:ben
		event:short when 2025-02-01
		event:endless role:initiator person:hub
		event:endless role:recipient person:cid
		event:endless when 2025-03-01/..`)
	var got []string
	for _, c := range must(v.Contacts(ctx, "person:hub", nil, nil, nil, all))(t).Nodes() {
		got = append(got, bare(must(c.Actor(ctx))(t).ID())+" "+must(c.Last(ctx))(t).EDTF)
	}
	diff(t, "contacts", got, []string{"ann 2025-01-01/2025-12-31", "cid 2025-03-01/..", "ben 2025-02-01"})
}

// The conditions of a participation hold of one and the same; a role takes in the narrower ones.
func TestWhereParticipation(t *testing.T) {
	v := world(t, `
		role:caller narrows role:initiator
		event:a role:caller person:ann
		event:a role:recipient government:north
		event:b role:initiator government:north
		event:b role:recipient person:ann
		event:c place place:here`)
	role := func(r graph.ID) *graph.ParticipationWhere { return &graph.ParticipationWhere{Role: &r} }
	person := role("role:initiator")
	person.Type = ptr(graph.TypePerson)
	for _, c := range []struct {
		name  string
		where graph.ParticipationsWhere
		want  []graph.ID
	}{
		{"some initiator", graph.ParticipationsWhere{Some: role("role:initiator")}, []graph.ID{"event:a", "event:b"}},
		{"some caller", graph.ParticipationsWhere{Some: role("role:caller")}, []graph.ID{"event:a"}},
		{"some person as initiator", graph.ParticipationsWhere{Some: person}, []graph.ID{"event:a"}},
		{"no person as initiator", graph.ParticipationsWhere{None: person}, []graph.ID{"event:b", "event:c"}},
		{"all take part", graph.ParticipationsWhere{All: role("role:participant")}, []graph.ID{"event:a", "event:b"}},
	} {
		diff(t, c.name, ids(must(v.Events(ctx, &graph.EventWhere{Actors: &c.where}, ptr(graph.TimeAsc), all))(t).Nodes()), c.want)
	}
}

// Descriptions are searched of events only.
func TestSearchSummaries(t *testing.T) {
	f := newFixture().say("event:x summary Fentanyl")
	f.mention("source:x")
	f.add("source:x", vocab.DctermsDescription, store.LangString{Value: "Fentanyl", Lang: "en"}, defaultClaim)
	diff(t, "search fentanyl", ids(must(f.view(t).Search(ctx, "fentanyl", nil, all))(t).Nodes()), []graph.ID{"event:x"})
}

// The trees of kinds and roles are read anew when a write changes them, in whatever way, and not for other writes.
func TestKindsFollowWrites(t *testing.T) {
	f := newFixture()
	f.say(`kind:wave label Wave by claim:wave
		kind:wave broader kind:communication by claim:wave
		claim:wave source source:one
		person:ann name Ann
		event:x kind kind:wave
		event:x role:participant person:ann
		event:x role:participant person:ben`)
	g, s := open(t, append(f.complete(), vocabulary()...))
	state := func(g *graph.Graph) string {
		v := g.View()
		defer v.Close()
		var out []string
		for _, k := range must(v.Kinds(ctx))(t) {
			line := string(k.ID()) + " " + k.Label(nil)
			for b := k; b != nil; {
				up := must(b.Broader(ctx))(t)
				if b = nil; up != nil {
					b, line = up, line+" < "+string(up.ID())
				}
			}
			out = append(out, line)
		}
		return strings.Join(out, "\n") + fmt.Sprint("\n", must(must(v.Interactions(ctx, nil, nil, graph.Page{}))(t).TotalCount(ctx))(t))
	}
	quad := func(subject, predicate string, object store.Term, label string) store.Quad {
		return store.Quad{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(label)}
	}
	class := store.IRI(vocab.ClassEventKind)
	asserts := quad("claim:wave", vocab.ParleyStance, store.String("ASSERTS"), "claim:wave")
	denies := quad("claim:wave", vocab.ParleyStance, store.String("DENIES"), "claim:wave")
	steps := []struct {
		name        string
		add, remove []store.Quad
		changes     bool
	}{
		{name: "another actor", add: []store.Quad{quad("person:new", vocab.SchemaName, store.String("New"), "claim:new")}},
		{name: "a new kind", add: []store.Quad{quad("kind:nod", vocab.RdfType, class, "claim:nod"), quad("kind:nod", vocab.RdfType, store.IRI("http://www.w3.org/2004/02/skos/core#Concept"), "claim:nod"),
			quad("kind:nod", vocab.SkosPrefLabel, store.LangString{Value: "Nod", Lang: "en"}, "claim:nod")}, changes: true},
		{name: "another label", add: []store.Quad{quad("kind:nod", vocab.SkosPrefLabel, store.LangString{Value: "Bow", Lang: "en"}, "claim:nod")}, changes: true},
		{name: "a claim on a kind is retracted", add: []store.Quad{quad("claim:wave", vocab.ProvInvalidatedAtTime, store.String("2026-01-01T00:00:00Z"), "claim:wave")}, changes: true},
		{name: "that is taken back", remove: []store.Quad{quad("claim:wave", vocab.ProvInvalidatedAtTime, store.String("2026-01-01T00:00:00Z"), "claim:wave")}, changes: true},
		{name: "it is denied", add: []store.Quad{denies}, remove: []store.Quad{asserts}, changes: true},
		{name: "another actor again", remove: []store.Quad{quad("person:new", vocab.SchemaName, store.String("New"), "claim:new")}},
		{name: "that is taken back too", add: []store.Quad{asserts}, remove: []store.Quad{denies}, changes: true},
		{name: "a kind goes", remove: []store.Quad{quad("kind:nod", vocab.RdfType, class, "claim:nod")}, changes: true},
	}
	was := state(g)
	for _, c := range steps {
		if c.add != nil {
			must(s.Add(ctx, c.add))(t)
		}
		if c.remove != nil {
			must(s.Remove(ctx, c.remove))(t)
		}
		got := state(g)
		if want := state(graph.New(s, "")); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
		if changed := got != was; changed != c.changes {
			t.Errorf("%s: changed %t, want %t", c.name, changed, c.changes)
		}
		was = got
	}
}
