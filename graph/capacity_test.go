package graph_test

import (
	"testing"

	"github.com/parleygraph/parley/graph"
)

// In what capacity somebody took part, by the date of the event and the tenures.
func TestCapacity(t *testing.T) {
	for _, c := range []struct {
		name, when string
		tenures    []string // of tenure:1, tenure:2, …
		want       graph.ID
		how        graph.WindowCertainty
	}{
		{"within", "2025-01-31", []string{"2025-01-25/.."}, "tenure:1", graph.Certain},
		{"on the first day", "2025-01-25", []string{"2025-01-25/.."}, "tenure:1", graph.Certain},
		{"on the last day", "2021-01-20", []string{"2017-01-20/2021-01-20"}, "tenure:1", graph.Certain},
		{"the day before", "2025-01-24", []string{"2025-01-25/.."}, "", ""},
		{"the day after", "2021-01-21", []string{"2017-01-20/2021-01-20"}, "", ""},
		{"no tenure", "2025-01-31", nil, "", ""},
		{"the first of two terms", "2018-11-30", []string{"2017-01-20/2021-01-20", "2025-01-20/.."}, "tenure:1", graph.Certain},
		{"the second of two terms", "2025-03-06", []string{"2017-01-20/2021-01-20", "2025-01-20/.."}, "tenure:2", graph.Certain},
		{"between two terms", "2023-01-10", []string{"2017-01-20/2021-01-20", "2025-01-20/.."}, "", ""},
		{"an unknown end is possible", "2025-01-31", []string{"2025-01-25/"}, "tenure:1", graph.Possible},
		{"an unknown start is possible", "1910-01-01", []string{"/1911-05-25"}, "tenure:1", graph.Possible},
		{"a vague start is possible within it", "2017-06-01", []string{"2017/2021"}, "tenure:1", graph.Possible},
		{"a vague start is certain behind it", "2018-06-01", []string{"2017/2021"}, "tenure:1", graph.Certain},
		{"a vague date", "2021-01", []string{"2017-01-20/2021-01-20"}, "tenure:1", graph.Possible},
		{"certain over possible, though older", "2025-06-01", []string{"2020-01-01/..", "2025-05-01/"}, "tenure:1", graph.Certain},
		{"the newest of two that are certain", "2025-06-01", []string{"2020-01-01/..", "2025-05-01/..", "2021-01-01/.."}, "tenure:2", graph.Certain},
		{"the newest of two that are possible", "2025-06-01", []string{"2025-05-01/", "2020-01-01/"}, "tenure:1", graph.Possible},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture().say("event:x role:initiator person:ann\n event:x when " + c.when)
			for i, when := range c.tenures {
				id := "tenure:" + string(rune('1'+i))
				f.say(id + " member person:ann\n" + id + " when " + when)
			}
			p := must(node[*graph.Event](t, f.view(t), "event:x").Participations(ctx))(t)[0]
			var got graph.ID
			if tenure := must(p.Capacity(ctx))(t); tenure != nil {
				got = tenure.ID()
			}
			var how graph.WindowCertainty
			if h := must(p.CapacityCertainty(ctx))(t); h != nil {
				how = *h
			}
			if got != c.want || how != c.how {
				t.Errorf("capacity on %s = %q, %q, want %q, %q", c.when, got, how, c.want, c.how)
			}
		})
	}
}

// Posts held come newest first, those without a date last; activeAt keeps those that can hold the date.
func TestTenures(t *testing.T) {
	v := world(t, `
		claim:denial stance DENIES
		tenure:first member person:ann
		tenure:first when 2017-01-20/2021-01-20
		tenure:second member person:ann
		tenure:second when 2025-01-20/..
		tenure:dateless member person:ann
		tenure:dateless when 2030/.. by claim:denial
		tenure:other when 2017-01-20/..`)
	ann, post := node[*graph.Person](t, v, "person:ann"), node[*graph.Position](t, v, "position:default")
	for at, want := range map[string][]graph.ID{
		"":           {"tenure:second", "tenure:first", "tenure:dateless"},
		"2018":       {"tenure:first"},
		"2021-01-20": {"tenure:first"},
		"2021/2025":  {"tenure:second", "tenure:first"},
		"1999":       {},
	} {
		var activeAt *string
		if at != "" {
			activeAt = &at
		}
		diff(t, "Tenures of ann at "+at, ids(must(ann.Tenures(ctx, activeAt))(t)), want)
	}
	diff(t, "Tenures of the post", ids(must(post.Tenures(ctx, ptr("2018")))(t)), []graph.ID{"tenure:other", "tenure:first"})
	for _, tenure := range must(post.Tenures(ctx, nil))(t) {
		if p := must(tenure.Position(ctx))(t); p.ID() != "position:default" {
			t.Errorf("%s: Position() = %s, want the post that it came from", tenure.ID(), p.ID())
		}
	}
	diff(t, "claims of a tenure", ids(must(node[*graph.Tenure](t, v, "tenure:dateless").Claims(ctx))(t)), []graph.ID{"claim:default"})
}

// For whom somebody acted is what the claim of that participation says, and no other.
func TestOnBehalfOf(t *testing.T) {
	v := world(t, `
		event:x role:initiator person:ann by claim:x
		person:ann onBehalfOf government:north by claim:x
		event:y role:initiator person:ann by claim:y
		event:z role:initiator person:ann by claim:z
		event:z role:recipient person:ann by claim:w
		person:ann onBehalfOf government:south by claim:w
		event:x role:recipient person:ben by claim:x`)
	for _, c := range []struct {
		event       graph.ID
		participant string
		want        graph.ID
	}{
		{"event:x", "role:initiator person:ann", "government:north"},
		{"event:x", "role:recipient person:ben", ""},
		{"event:y", "role:initiator person:ann", ""},
		{"event:z", "role:initiator person:ann", ""},
		{"event:z", "role:recipient person:ann", "government:south"},
	} {
		for _, p := range must(node[*graph.Event](t, v, c.event).Participations(ctx))(t) {
			if string(must(p.Role(ctx))(t).ID()+" "+must(p.Actor(ctx))(t).ID()) != c.participant {
				continue
			}
			var got graph.ID
			if a := must(p.OnBehalfOf(ctx))(t); a != nil {
				got = a.ID()
			}
			if got != c.want {
				t.Errorf("%s %s: OnBehalfOf() = %q, want %q", c.event, c.participant, got, c.want)
			}
		}
	}
	diff(t, "ActedOnBehalfOf of ann", ids(must(node[*graph.Person](t, v, "person:ann").ActedOnBehalfOf(ctx))(t)), []graph.ID{"government:north", "government:south"})
}

// Initiators first, mere subjects last, then by actor, then by role; each with its own claims.
func TestParticipations(t *testing.T) {
	v := world(t, `
		event:x role:subject person:a
		event:x role:recipient person:b by claim:one
		event:x role:recipient person:b by claim:two
		event:x role:mediator person:c
		event:x role:host person:d
		event:x role:initiator person:z
		event:x role:participant person:b by claim:three
		role:caller narrows role:initiator
		event:x role:caller person:y`)
	var got []string
	for _, p := range must(node[*graph.Event](t, v, "event:x").Participations(ctx))(t) {
		line := bare(must(p.Role(ctx))(t).ID()) + " " + bare(must(p.Actor(ctx))(t).ID())
		for _, c := range must(p.Claims(ctx))(t) {
			line += " " + bare(c.ID())
		}
		got = append(got, line)
	}
	diff(t, "participations", got, []string{"caller y default", "initiator z default", "participant b three", "recipient b one two",
		"mediator c default", "host d default", "subject a default"})
	for role, want := range map[graph.ID]bool{"role:caller": true, "role:participant": true, "role:subject": false} {
		if got := must(node[*graph.Role](t, v, role).TakesPart(ctx))(t); got != want {
			t.Errorf("%s: TakesPart() = %v, want %v", role, got, want)
		}
	}
}
