package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
)

// known is the view of an instant.
func known(t *testing.T, v *graph.View, at string) *graph.View {
	t.Helper()
	return must(v.AsOf(&graph.AsOf{KnownAt: &at}))(t)
}

// account writes a fact down: its value, claims, corroboration and rule, and so of each rival.
func account(t *testing.T, f *graph.Fact) string {
	t.Helper()
	line := func(value string, claims []*graph.Claim, n int, rule graph.PreferenceRule) string {
		var names []string
		for _, c := range claims {
			names = append(names, bare(c.ID()))
		}
		return fmt.Sprintf("%s (%s; %d; %s)", value, strings.Join(names, " "), n, rule)
	}
	out := line(f.Value, must(f.Claims(ctx))(t), must(f.Corroboration(ctx))(t), f.Rule)
	for _, r := range f.Rivals {
		out += " | " + line(r.Value, must(r.Claims(ctx))(t), must(r.Corroboration(ctx))(t), r.Rule)
	}
	return out
}

// Two sources give two dates: both are returned, one is preferred by a rule that has a name. When the preferred one is retracted the other
// takes its place, and the earlier answer is still there for whoever asks as of then.
func TestTwoSourcesTwoDates(t *testing.T) {
	f := newFixture().say(`
		event:call when 2025-01-31 by claim:a
		event:call when 2025-02-01 by claim:b
		claim:a source source:wire
		claim:b source source:paper
		claim:a recordedAt 2025-03-01T00:00:00Z
		claim:b recordedAt 2025-03-02T00:00:00Z
		claim:a certainty CONFIRMED`)
	g, s := open(t, append(f.complete(), vocabulary()...))
	before := "2025-01-31 (a; 1; SURER) | 2025-02-01 (b; 1; SURER)"
	diff(t, "before", account(t, node[*graph.Event](t, g.View(), "event:call").WhenFact()), before)

	retraction := newFixture().say(`
		claim:a retractedAt 2025-03-03T00:00:00Z
		claim:a retractedBy a test
		claim:a retraction The wire corrected itself.`).quads
	must(s.Add(ctx, retraction))(t)
	v := g.View()
	call := node[*graph.Event](t, v, "event:call")
	diff(t, "after", account(t, call.WhenFact()), "2025-02-01 (b; 1; NOT_RETRACTED) | 2025-01-31 (a; 1; NOT_RETRACTED)")
	diff(t, "the plain field", call.When().EDTF, "2025-02-01")
	for at, want := range map[string]string{
		"2025-03-01T00:00:00Z":      "2025-01-31 (a; 1; ONLY)",
		"2025-03-02T12:00:00Z":      before,
		"2025-03-03T01:59:59+02:00": before,
		"2025-03-03T00:00:00Z":      "2025-02-01 (b; 1; NOT_RETRACTED) | 2025-01-31 (a; 1; NOT_RETRACTED)",
	} {
		diff(t, "as of "+at, account(t, node[*graph.Event](t, known(t, v, at), "event:call").WhenFact()), want)
	}
	if n := must(known(t, v, "2025-02-28T00:00:00Z").Node(ctx, "claim:a"))(t); n != nil {
		t.Errorf("claim:a is there before it was recorded: %v", n)
	}
	if at := node[*graph.Claim](t, known(t, v, "2025-03-02T12:00:00Z"), "claim:a").RetractedAt(); at != nil {
		t.Errorf("claim:a was retracted at %s already", *at)
	}
	var history []string
	for _, c := range must(call.History(ctx, ptr(3), nil, nil, nil))(t).Nodes() {
		history = append(history, fmt.Sprint(c.What, " ", c.At, " ", must(c.Claim(ctx))(t).ID()))
	}
	diff(t, "history", history, []string{"RETRACTED 2025-03-03T00:00:00Z claim:a", "ADDED 2025-03-02T00:00:00Z claim:b", "ADDED 2025-03-01T00:00:00Z claim:a"})
}

// A rule for each pair of claims, in the order in which they decide.
func TestPreferenceRules(t *testing.T) {
	for _, c := range []struct{ name, claims, want string }{
		{"one alone", ``, "2025 (a; 1; ONLY)"},
		{"the same said twice", `event:x when 2025 by claim:b`, "2025 (a b; 1; ONLY)"},
		{"surer", `event:x when 2026 by claim:b
			claim:b certainty CONFIRMED`, "2026 (b; 1; SURER) | 2025 (a; 1; SURER)"},
		{"later", `event:x when 2026 by claim:b
			claim:b recordedAt 2025-06-01T00:00:00Z`, "2026 (b; 1; LATER) | 2025 (a; 1; LATER)"},
		{"the same else", `event:x when 2026 by claim:b`, "2025 (a; 1; FIRST) | 2026 (b; 1; FIRST)"},
		{"denied", `event:x when 2025 by claim:b
			claim:b stance DENIES`, "2025 (a; 1; ASSERTED) | 2025 (b; 1; ASSERTED)"},
		{"another denied", `event:x when 2026 by claim:b
			claim:b stance DENIES`, "2025 (a; 1; ASSERTED) | 2026 (b; 1; ASSERTED)"},
		{"a retracted denial", `event:x when 2025 by claim:b
			claim:b stance DENIES
			claim:b retractedAt 2025-07-01T00:00:00Z`, "2025 (a; 1; ONLY)"},
		{"all retracted", `claim:a retractedAt 2025-07-01T00:00:00Z`, "XXXX-XX-XX (; 0; NOT_RETRACTED) | 2025 (a; 1; NOT_RETRACTED)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := world(t, "event:x when 2025 by claim:a\n"+c.claims)
			diff(t, "the fact", account(t, node[*graph.Event](t, v, "event:x").WhenFact()), c.want)
		})
	}
}

// Reprints of one wire story corroborate nothing; a source of its own does. Sources that pass each other on in a ring are one.
func TestCorroboration(t *testing.T) {
	lines := "event:x when 2025-01-31 by claim:0\n claim:0 source source:paper-0\n"
	for i := range 5 {
		lines += fmt.Sprintf("event:x when 2025-01-31 by claim:%d\n claim:%[1]d source source:paper-%[1]d\n source:paper-%[1]d derivedFrom source:%s\n", i, []string{"wire", "paper-0"}[min(i, 1)])
	}
	for _, c := range []struct {
		more string
		want int
	}{
		{"", 1},
		{"event:x when 2025-01-31 by claim:own\n claim:own source source:own", 2},
		{"source:wire derivedFrom source:ring\n source:ring derivedFrom source:wire", 1},
		{"source:wire derivedFrom source:wire", 1},
		{"source:wire derivedFrom source:a\n source:wire derivedFrom source:b", 2},
		// A claim that derives from another rests on that one's source, whatever its own passes on.
		{"event:x when 2025-01-31 by claim:own\n claim:own source source:own\n claim:own derivedFrom claim:0", 1},
		{"event:x when 2025-01-31 by claim:own\n claim:own source source:own\n claim:own derivedFrom claim:0\n claim:own derivedFrom claim:b\n claim:b source source:b", 2},
		{"event:x when 2025-01-31 by claim:own\n claim:own source source:own\n claim:own derivedFrom claim:b\n claim:b source source:b\n claim:b derivedFrom claim:own", 2},
	} {
		v := world(t, lines+c.more)
		f := node[*graph.Event](t, v, "event:x").WhenFact()
		if got := must(f.Corroboration(ctx))(t); got != c.want {
			t.Errorf("with %q: corroboration %d, want %d", c.more, got, c.want)
		}
	}
}

// Names, kinds and participations have their facts too.
func TestOtherFacts(t *testing.T) {
	v := world(t, `
		person:ann name Ann Old by claim:a
		person:ann name Ann New by claim:b
		person:ann name@es Ana by claim:c
		claim:b certainty CONFIRMED
		event:x kind kind:call by claim:a
		event:x kind kind:meeting by claim:b
		event:x role:initiator person:ann by claim:a
		event:x role:initiator person:ann by claim:no
		claim:no stance DENIES
		event:x role:initiator person:ben by claim:b`)
	x := node[*graph.Event](t, v, "event:x")
	diff(t, "name", account(t, node[*graph.Person](t, v, "person:ann").NameFact()), "Ann New (b; 1; SURER) | Ann Old (a; 1; SURER)")
	diff(t, "kind", account(t, x.KindFact()), "kind:meeting (b; 1; SURER) | kind:call (a; 1; SURER)")
	if n := must(x.KindFact().Node(ctx))(t); n == nil || n.ID() != "kind:meeting" {
		t.Errorf("the node of the kind is %v", n)
	}
	var parts []string
	for _, p := range must(x.Participations(ctx))(t) {
		parts = append(parts, account(t, p.Fact()))
	}
	diff(t, "participations", parts, []string{"person:ann (a; 1; ASSERTED) | person:ann (no; 1; ASSERTED)", "person:ben (b; 1; ONLY)"})
}
