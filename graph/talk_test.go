package graph_test

import (
	"slices"
	"testing"

	"github.com/parleygraph/parley/graph"
)

// The rule of talking, one case a clause. Each adds to an event of 2025-01-01.
func TestTalk(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		want        []string
	}{
		{"a call has a caller and a called", `
			event:x role:initiator person:ben
			event:x role:recipient person:ann`,
			[]string{"event:x ben -> ann"}},
		{"a visit has a visitor and a host", `
			event:x kind kind:visit
			event:x role:host person:ann
			event:x role:visitor person:ben`,
			[]string{"event:x ben -> ann"}},
		{"participants are undirected, the smaller id first", `
			event:x kind kind:meeting
			event:x role:participant person:ben
			event:x role:participant person:ann`,
			[]string{"event:x ann -- ben"}},
		{"every pair of those who take part", `
			event:x kind kind:meeting
			event:x role:initiator person:cid
			event:x role:recipient person:ann
			event:x role:participant person:ben
			event:x role:mediator person:dan`,
			[]string{"event:x ann -- ben", "event:x ann -- dan", "event:x ben -- cid", "event:x ben -- dan", "event:x cid -> ann", "event:x cid -- dan"}},
		{"two callers talk to each other too", `
			event:x role:initiator person:ann
			event:x role:initiator person:ben
			event:x role:recipient person:cid`,
			[]string{"event:x ann -- ben", "event:x ann -> cid", "event:x ben -> cid"}},
		{"one alone talks to nobody", `event:x role:initiator person:ann`, nil},
		{"a mere subject never talks", `
			event:x role:initiator person:ann
			event:x role:recipient person:ben
			event:x role:subject person:cid`,
			[]string{"event:x ann -> ben"}},
		{"two subjects do not talk", `
			event:x role:subject person:ann
			event:x role:subject person:ben`, nil},
		{"a subject who also takes part talks", `
			event:x role:initiator person:ann
			event:x role:recipient person:ben
			event:x role:subject person:ben`,
			[]string{"event:x ann -> ben"}},
		{"one actor in two roles is one partner", `
			event:x role:initiator person:ann
			event:x role:participant person:ann
			event:x role:recipient person:ben`,
			[]string{"event:x ann -> ben"}},
		{"roles that mirror each other have no direction", `
			event:x role:initiator person:ann
			event:x role:recipient person:ann
			event:x role:initiator person:ben
			event:x role:recipient person:ben`,
			[]string{"event:x ann -- ben"}},
		{"a narrower kind of communication, by data", `
			kind:video-call broader kind:call
			event:x kind kind:video-call
			event:x role:participant person:ann
			event:x role:participant person:ben`,
			[]string{"event:x ann -- ben"}},
		{"a narrower role, by data", `
			role:caller narrows role:initiator
			role:called narrows role:recipient
			event:x role:caller person:ben
			event:x role:called person:ann`,
			[]string{"event:x ben -> ann"}},
		{"a role beside participant takes no part", `
			role:watcher narrows role:subject
			event:x role:initiator person:ann
			event:x role:watcher person:ben`, nil},
		{"a statement: speaker to each addressee, nobody else", `
			event:x kind kind:threat
			event:x role:initiator person:ann
			event:x role:recipient person:ben
			event:x role:recipient person:cid
			event:x role:participant person:dan
			event:x role:mediator person:eve`,
			[]string{"event:x ann -> ben", "event:x ann -> cid"}},
		{"a statement within a communication is no further talk", `
			event:a kind kind:meeting
			event:a role:participant person:ann
			event:a role:participant person:ben
			event:x kind kind:threat
			event:x partOf event:a
			event:x role:initiator person:ann
			event:x role:recipient person:ben`,
			[]string{"event:a ann -- ben"}},
		{"a statement within a statement is one", `
			event:a kind kind:announcement
			event:x kind kind:threat
			event:x partOf event:a
			event:x role:initiator person:ann
			event:x role:recipient person:ben`,
			[]string{"event:x ann -> ben"}},
		{"a communication within a communication is one", `
			event:a kind kind:visit
			event:x kind kind:meeting
			event:x partOf event:a
			event:x role:participant person:ann
			event:x role:participant person:ben`,
			[]string{"event:x ann -- ben"}},
		{"an action is no talk", `
			event:x kind kind:tariff
			event:x role:initiator person:ann
			event:x role:recipient person:ben`, nil},
		{"what is planned was not said", `
			event:x status PLANNED
			event:x role:initiator person:ann
			event:x role:recipient person:ben`, nil},
		{"what is proposed was not said", `
			event:x status PROPOSED
			event:x role:initiator person:ann
			event:x role:recipient person:ben`, nil},
		{"planned by one, occurred by a surer claim", `
			claim:sure certainty CONFIRMED
			event:x status PLANNED
			event:x status OCCURRED by claim:sure
			event:x role:initiator person:ann
			event:x role:recipient person:ben`,
			[]string{"event:x ann -> ben"}},
		{"a denial makes no fact", `
			claim:denial stance DENIES
			event:x role:initiator person:ann
			event:x role:recipient person:ben by claim:denial
			event:x role:recipient person:cid`,
			[]string{"event:x ann -> cid"}},
		{"a denial takes no fact away", `
			claim:denial stance DENIES
			event:x role:initiator person:ann
			event:x role:recipient person:ben
			event:x role:recipient person:ben by claim:denial`,
			[]string{"event:x ann -> ben"}},
		{"governments, agencies and groups talk", `
			event:x role:initiator government:north
			event:x role:recipient agency:ministry
			event:x role:participant group:officials
			event:x role:participant organization:party`,
			[]string{"event:x ministry -- officials", "event:x ministry -- party", "event:x north -> ministry", "event:x north -- officials",
				"event:x north -- party", "event:x officials -- party"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := world(t, c.lines+"\n event:x when 2025-01-01")
			want := append([]string{}, c.want...)
			got := talks(t, v, nil)
			slices.Sort(got)
			slices.Sort(want)
			diff(t, "interactions", got, want)
		})
	}
}

// The claims of an interaction are those that put the two into the event, each once.
func TestInteractionClaims(t *testing.T) {
	v := world(t, `
		event:x role:initiator person:ann by claim:a
		event:x role:initiator person:ann by claim:b
		event:x role:recipient person:ben by claim:b
		event:x role:recipient person:cid by claim:c
		event:x summary They talked. by claim:d`)
	got := map[string][]graph.ID{}
	for _, i := range must(v.Interactions(ctx, nil, nil, all))(t).Nodes() {
		got[talk(t, i)] = ids(must(i.Claims(ctx))(t))
	}
	diff(t, "claims", got, map[string][]graph.ID{
		"event:x ann -> ben": {"claim:a", "claim:b"},
		"event:x ann -> cid": {"claim:a", "claim:b", "claim:c"},
		"event:x ben -- cid": {"claim:b", "claim:c"},
	})
}

// The events of an actor are its own, whomever a filter names beside it.
func TestEventsOfActorWithOthers(t *testing.T) {
	v := world(t, `event:1 role:initiator person:a
		event:1 role:recipient person:b
		event:2 role:initiator person:c
		event:2 role:recipient person:a
		event:2 role:recipient person:b`)
	both := &graph.EventWhere{And: []*graph.EventWhere{{Actors: some("person:a")}, {Actors: some("person:b")}}}
	for id, want := range map[graph.ID][]graph.ID{"person:a": {"event:1", "event:2"}, "person:c": {"event:2"}} {
		con := must(must(v.Actor(ctx, &id, nil))(t).Events(ctx, both, ptr(graph.TimeAsc), nil, nil, nil, nil))(t)
		diff(t, string(id), ids(con.Nodes()), want)
		if n := must(con.TotalCount(ctx))(t); n != len(want) {
			t.Errorf("%s: totalCount is %d, want %d", id, n, len(want))
		}
	}
}
