package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
)

// Every wrong argument is refused with its name, its kind of error and what to do; the golden has them all.
func TestErrors(t *testing.T) {
	v := world(t, `
		event:x role:initiator person:ann
		event:x role:recipient person:ben
		person:ann alias Nan
		place:here within place:there
		topic:trade label Trade
		source:press publisher organization:press`)
	id := func(s string) *graph.ID { return ptr(graph.ID(s)) }
	interactions := func(w *graph.InteractionWhere, p graph.Page) error {
		_, err := v.Interactions(ctx, w, nil, p)
		return err
	}
	events := func(w *graph.EventWhere) error { _, err := v.Events(ctx, w, nil, all); return err }
	actors := func(w *graph.ActorWhere, by ...graph.ActorOrder) error {
		_, err := v.Actors(ctx, w, by, all)
		return err
	}
	claims := func(w *graph.ClaimWhere) error { _, err := v.Claims(ctx, w, all); return err }
	sources := func(w *graph.SourceWhere) error { _, err := v.Sources(ctx, w, all); return err }
	contacts := func(of string, kinds []graph.ID, w *graph.Window) error {
		_, err := v.Contacts(ctx, graph.ID(of), kinds, w, nil, all)
		return err
	}
	coverage := func(w *graph.Window, actors ...graph.ID) error { _, err := v.Coverage(ctx, actors, w); return err }
	quads := func(q graph.QuadPattern) error { _, err := v.Quads(ctx, q, all); return err }
	walk := func(from string, first int, path ...string) error {
		_, err := v.Walk(ctx, from, path, first)
		return err
	}
	search := func(text string, first int) error {
		_, err := v.Search(ctx, text, nil, graph.Page{First: &first})
		return err
	}
	during := func(from, to string) error {
		return interactions(&graph.InteractionWhere{During: window(from, to)}, all)
	}
	cursor := func(c *graph.EventConnection, err error) *string { return must(c, err)(t).PageInfo.StartCursor }
	eventsAsc := cursor(v.Events(ctx, nil, ptr(graph.TimeAsc), all))
	eventsDesc := cursor(v.Events(ctx, nil, nil, all))
	quadCursor := must(v.Quads(ctx, graph.QuadPattern{}, all))(t).PageInfo.EndCursor
	ann := node[*graph.Person](t, v, "person:ann")
	many := make([]graph.ID, graph.MaxNodes+1)

	// nested makes a filter of n conditions, the last of which names somebody unknown.
	nested := func(n int) *graph.InteractionWhere {
		w := &graph.InteractionWhere{From: id("person:nobody")}
		for range n - 1 {
			w = &graph.InteractionWhere{Not: w}
		}
		return w
	}
	list := func(n int) []*graph.ActorWhere {
		return repeat(n, func() *graph.ActorWhere { return &graph.ActorWhere{} })
	}

	var b strings.Builder
	for _, c := range []struct {
		call string
		err  error
	}{
		{"orderBy: RELEVANCE of talks", func() error { _, err := v.Interactions(ctx, nil, ptr(graph.Relevance), all); return err }()},
		{"orderBy: RELEVANCE of an actor's events", func() error {
			_, err := ann.Events(ctx, nil, ptr(graph.Relevance), nil, nil, nil, nil)
			return err
		}()},
		{"first: 0", interactions(nil, graph.Page{First: ptr(0)})},
		{"first: -1", interactions(nil, graph.Page{First: ptr(-1)})},
		{"first: 101", interactions(nil, graph.Page{First: ptr(101)})},
		{"last: 0", interactions(nil, graph.Page{Last: ptr(0)})},
		{"last: 1000", interactions(nil, graph.Page{Last: ptr(1000)})},
		{"first: 1, last: 1", interactions(nil, graph.Page{First: ptr(1), Last: ptr(1)})},
		{"quads first: 0", second(v.Quads(ctx, graph.QuadPattern{}, graph.Page{First: ptr(0)}))},
		{"walk first: 101", walk("person:ann", 101, "schema:name")},
		{"search first: 0", search("ann", 0)},
		{"actor.contacts first: 0", second(ann.Contacts(ctx, nil, nil, nil, ptr(0), nil, nil, nil))},
		{"actor.events last: 101", second(ann.Events(ctx, nil, nil, nil, nil, ptr(101), nil))},
		{"actor.claims first: 0", second(ann.Claims(ctx, ptr(0), nil, nil, nil))},
		{"actor.units first: 0", second(ann.Units(ctx, ptr(0), nil, nil, nil))},

		{"after: not base64", interactions(nil, graph.Page{After: ptr("!")})},
		{"after: empty", interactions(nil, graph.Page{After: ptr("")})},
		{"before: nothing in it", interactions(nil, graph.Page{Before: ptr("AAAAAAAA")})},
		{"after: of another list", interactions(nil, graph.Page{After: eventsDesc})},
		{"after: of another order", second(v.Events(ctx, nil, nil, graph.Page{After: eventsAsc}))},
		{"before: of quads", second(v.Events(ctx, nil, nil, graph.Page{Before: quadCursor}))},
		{"quads before: of events", second(v.Quads(ctx, graph.QuadPattern{}, graph.Page{Before: eventsAsc}))},
		{"after: cut short", second(v.Events(ctx, nil, nil, graph.Page{After: ptr((*eventsDesc)[:20])}))},
		{"search after: of events", second(v.Search(ctx, "ann", nil, graph.Page{After: eventsAsc}))},

		{"during: no end", interactions(&graph.InteractionWhere{During: &graph.Window{}}, all)},
		{"during: inverted", during("2025-03", "2025-02")},
		{"during.from: no date", during("last week", "")},
		{"during.to: no such day", during("", "2025-02-30")},
		{"during.from: no first day", during("../2025", "")},
		{"during.to: no last day", during("", "2025/..")},
		{"during.to: unknown last day", during("", "2025/")},
		{"events during", events(&graph.EventWhere{And: []*graph.EventWhere{{}, {During: window("x", "")}}})},
		{"contacts during", contacts("person:ann", nil, window("2025", "2024"))},
		{"coverage during", coverage(window("", "soon"))},
		{"sources published", sources(&graph.SourceWhere{Not: &graph.SourceWhere{Published: window("2025", "2024")}})},
		{"activeAt", second(ann.Tenures(ctx, ptr("now")))},

		{"interactions actor", interactions(&graph.InteractionWhere{Actor: id("person:nobody")}, all)},
		{"interactions counterpart", interactions(&graph.InteractionWhere{Counterpart: id("event:x")}, all)},
		{"interactions from", interactions(&graph.InteractionWhere{Or: []*graph.InteractionWhere{{}, {From: id("")}}}, all)},
		{"interactions to", interactions(&graph.InteractionWhere{Not: &graph.InteractionWhere{To: id("Pete Hegseth")}}, all)},
		{"interactions source", interactions(&graph.InteractionWhere{Source: id("person:ann")}, all)},
		{"interactions with oneself", interactions(&graph.InteractionWhere{Actor: id("person:ann"), Counterpart: id("person:ann")}, all)},
		{"interactions kinds", interactions(&graph.InteractionWhere{Kinds: []graph.ID{"kind:call", "kind:kall"}}, all)},
		{"contacts kinds", contacts("person:ann", []graph.ID{"visits"}, nil)},
		{"events kinds", events(&graph.EventWhere{Not: &graph.EventWhere{Kinds: []graph.ID{""}}})},
		{"contacts of", contacts("position:default", nil, nil)},
		{"contacts of nobody", contacts("person:nobody", nil, nil)},
		{"events place", events(&graph.EventWhere{Place: id("topic:trade")})},
		{"events topic", events(&graph.EventWhere{Topic: id("place:here")})},
		{"events source", events(&graph.EventWhere{Source: id("source:none")})},
		{"events some actor", events(&graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: id("person:nobody")}}})},
		{"events all role", events(&graph.EventWhere{Actors: &graph.ParticipationsWhere{All: &graph.ParticipationWhere{Role: id("role:none")}}})},
		{"events none actor", events(&graph.EventWhere{Actors: &graph.ParticipationsWhere{None: &graph.ParticipationWhere{Actor: id("place:here")}}})},
		{"actors unitOf", actors(&graph.ActorWhere{And: []*graph.ActorWhere{{UnitOf: id("place:here")}}})},
		{"actors position", actors(&graph.ActorWhere{Or: []*graph.ActorWhere{{}, {Position: id("person:ann")}}})},
		{"claims source", claims(&graph.ClaimWhere{Not: &graph.ClaimWhere{Source: id("source:none")}})},
		{"claims about", claims(&graph.ClaimWhere{About: id("event:none")})},
		{"claims attributedTo", claims(&graph.ClaimWhere{AttributedTo: id("source:press")})},
		{"sources publisher", sources(&graph.SourceWhere{Publisher: id("person:ann")})},
		{"sources about", sources(&graph.SourceWhere{About: id("schema:name")})},
		{"coverage actors", coverage(nil, "person:ann", "event:x")},
		{"a long id", contacts(strings.Repeat("long", 1000), nil, nil)},

		{"too many conditions", interactions(nested(101), all)},
		{"too many conditions on actors", actors(&graph.ActorWhere{And: list(100)})},
		{"too many conditions on claims", claims(&graph.ClaimWhere{Or: repeat(100, func() *graph.ClaimWhere { return &graph.ClaimWhere{} })})},
		{"too many conditions on sources", sources(&graph.SourceWhere{And: repeat(100, func() *graph.SourceWhere { return &graph.SourceWhere{} })})},
		{"too many conditions on events", events(&graph.EventWhere{Or: repeat(100, func() *graph.EventWhere { return &graph.EventWhere{} })})},
		{"too many ids", second(v.Nodes(ctx, many))},
		{"too many covered", coverage(nil, many[:21]...)},
		{"too many orders", actors(nil, graph.ActorNameAsc, graph.ActorIDAsc, graph.ActorIDDesc)},
		{"too many words", search(strings.Repeat("ann ", 21), 1)},
		{"no word", search("?! -", 1)},
		{"too many steps", walk("person:ann", 1, make([]string, 11)...)},

		{"neither id nor name", second(v.Actor(ctx, nil, nil))},
		{"subject: empty", quads(graph.QuadPattern{Subject: ptr("")})},
		{"subject: a name", quads(graph.QuadPattern{Subject: ptr("Ann")})},
		{"predicate: broken", quads(graph.QuadPattern{Predicate: ptr("<schema:name")})},
		{"object: a broken literal", quads(graph.QuadPattern{Object: ptr(`"Ann`)})},
		{"label: two terms", quads(graph.QuadPattern{Label: ptr("a:b> <c:d")})},
		{"walk from nowhere", walk("person:nobody", 1, "schema:name")},
		{"walk along a literal", walk("person:ann", 1, `"Ann"@en`)},
		{"walk along nothing", walk("person:ann", 1, "^")},
	} {
		var e *graph.ArgumentError
		if !errors.As(c.err, &e) {
			t.Errorf("%s: error %v, want an ArgumentError", c.call, c.err)
			continue
		}
		fmt.Fprintf(&b, "%s\n\t%v\n\t%s\n", c.call, e.Kind, c.err)
		if !errors.Is(c.err, graph.ErrInvalidArgument) && !errors.Is(c.err, graph.ErrNotFound) {
			t.Errorf("%s: error %v wraps no sentinel", c.call, c.err)
		}
		if len(c.err.Error()) > 600 {
			t.Errorf("%s: the message has %d bytes", c.call, len(c.err.Error()))
		}
	}
	golden(t, "errors.golden", b.String())

	// The most that is allowed is allowed.
	for call, err := range map[string]error{
		"100 conditions": actors(&graph.ActorWhere{And: list(99)}), "100 ids": second(v.Nodes(ctx, many[:100])),
		"20 words": search(strings.Repeat("ann ", 20), 1), "two orders": actors(nil, graph.ActorNameAsc, graph.ActorIDDesc),
		"one day": during("2025-01-31", "2025-01-31"), "ten steps": walk("person:ann", 1, repeat(10, func() string { return "schema:name" })...),
	} {
		if err != nil {
			t.Errorf("%s: %v, want no error", call, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func repeat[T any](n int, one func() T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = one()
	}
	return list
}

// What does not exist is null and no error; the end of a context is an error of its own.
func TestNoErrors(t *testing.T) {
	v := world(t, "event:x role:initiator person:ann")
	nodes := must(v.Nodes(ctx, []graph.ID{"person:nobody", "person:ann", "", "schema:name", "person:ann"}))(t)
	var got []string
	for _, n := range nodes {
		if n == nil {
			got = append(got, "null")
			continue
		}
		got = append(got, string(n.ID()))
	}
	diff(t, "Nodes", got, []string{"null", "person:ann", "null", "null", "person:ann"})
	if e := must(v.Event(ctx, "person:ann"))(t); e != nil {
		t.Errorf("Event(person:ann) = %v, want nil", e)
	}
}
