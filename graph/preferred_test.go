package graph_test

import (
	"testing"

	"github.com/parleygraph/parley/graph"
)

// The preferred value: of the surest claim, then of the latest recorded, then of the first by id. A denial counts for nothing.
func TestPreferredValue(t *testing.T) {
	for _, c := range []struct {
		name, a, b string // what claim:a and claim:b are; claim:a gives 2025-01, claim:b 2025-02
		want       string
	}{
		{"alike: the first by id", "", "", "2025-01"},
		{"confirmed over reported", "", "certainty CONFIRMED", "2025-02"},
		{"reported over inferred", "certainty INFERRED", "", "2025-02"},
		{"inferred over doubted", "certainty DOUBTED", "certainty INFERRED", "2025-02"},
		{"doubted over nothing", "certainty DOUBTED", "stance DENIES", "2025-01"},
		{"the latest recorded", "recordedAt 2025-01-01T00:00:00Z", "recordedAt 2025-01-01T00:00:01Z", "2025-02"},
		{"instants, not their texts: zones", "recordedAt 2025-01-01T09:00:00+09:00", "recordedAt 2025-01-01T08:00:00Z", "2025-02"},
		{"instants, not their texts: fractions", "recordedAt 2025-01-01T00:00:00Z", "recordedAt 2025-01-01T00:00:00.5Z", "2025-02"},
		{"one instant in two zones: the first by id", "recordedAt 2025-01-01T09:00:00+09:00", "recordedAt 2025-01-01T00:00:00Z", "2025-01"},
		{"certainty before the time recorded", "certainty CONFIRMED", "recordedAt 2026-01-01T00:00:00Z", "2025-01"},
		{"a denial, however sure and late", "stance DENIES", "certainty DOUBTED", "2025-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture().say(`
				event:x when 2025-01 by claim:a
				event:x whenText in January by claim:a
				event:x kind kind:call by claim:a
				event:x summary January by claim:a
				event:x when 2025-02 by claim:b
				event:x whenText in February by claim:b
				event:x kind kind:visit by claim:b
				event:x summary February by claim:b`)
			for id, line := range map[string]string{"claim:a ": c.a, "claim:b ": c.b} {
				if line != "" {
					f.say(id + line)
				}
			}
			e := node[*graph.Event](t, f.view(t), "event:x")
			kind, month := graph.ID("kind:call"), "January"
			if c.want == "2025-02" {
				kind, month = "kind:visit", "February"
			}
			if got := e.When().EDTF; got != c.want {
				t.Errorf("When() = %q, want %q", got, c.want)
			}
			if got := *e.When().Text; got != "in "+month {
				t.Errorf("When().Text = %q, want the wording of the same claim, %q", got, "in "+month)
			}
			if got := must(e.Kind(ctx))(t).ID(); got != kind {
				t.Errorf("Kind() = %q, want %q", got, kind)
			}
			if got := *e.Summary(nil); got != month {
				t.Errorf("Summary(nil) = %q, want %q", got, month)
			}
		})
	}
}

// A date without a wording of its own has none, though another claim gives one.
func TestWhenTextIsOfTheSameClaim(t *testing.T) {
	v := world(t, `
		claim:sure certainty CONFIRMED
		event:x when 2025-01-31 by claim:sure
		event:x when 2025-01 by claim:vague
		event:x whenText early in the year by claim:vague`)
	w := node[*graph.Event](t, v, "event:x").When()
	if w.EDTF != "2025-01-31" || w.Text != nil {
		t.Errorf("When() = %q, %v, want 2025-01-31 without a wording", w.EDTF, w.Text)
	}
}

func TestWhenBounds(t *testing.T) {
	for _, c := range []struct {
		edtf, earliest, latest string
		precision              graph.Precision
	}{
		{"2025-01-31", "2025-01-31", "2025-01-31", "DAY"},
		{"2025-02", "2025-02-01", "2025-02-28", "MONTH"},
		{"2025-02-XX", "2025-02-01", "2025-02-28", "MONTH"},
		{"1994", "1994-01-01", "1994-12-31", "YEAR"},
		{"2025-01/..", "2025-01-01", "", "INTERVAL"},
		{"/2025-03-02", "", "2025-03-02", "INTERVAL"},
		{"[2025-02-28..2025-03-03]", "2025-02-28", "2025-03-03", "SET"},
		{"2025-02-27~", "2025-02-27", "2025-02-27", "DAY"},
	} {
		w := node[*graph.Event](t, world(t, "event:x when "+c.edtf), "event:x").When()
		got := []string{text(w.Earliest()), text(w.Latest()), string(w.Precision())}
		diff(t, "When of "+c.edtf, got, []string{c.earliest, c.latest, string(c.precision)})
	}
}

// An event whose only date is denied has none: its bounds are null, and it comes last in either order.
func TestNoDate(t *testing.T) {
	v := world(t, `
		claim:denial stance DENIES
		event:none when 2025-01-01 by claim:denial
		event:old when 1909-10-16
		event:new when 2025-01-01
		event:open when ../..`)
	w := node[*graph.Event](t, v, "event:none").When()
	if w.Earliest() != nil || w.Latest() != nil || w.Precision() != "UNKNOWN" {
		t.Errorf("When() = %v to %v, %s, want no bounds, UNKNOWN", text(w.Earliest()), text(w.Latest()), w.Precision())
	}
	for by, want := range map[graph.TimeOrder][]graph.ID{
		graph.TimeAsc:  {"event:old", "event:new", "event:none", "event:open"},
		graph.TimeDesc: {"event:new", "event:old", "event:open", "event:none"},
	} {
		diff(t, string(by), ids(must(v.Events(ctx, nil, &by, all))(t).Nodes()), want)
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestLanguages(t *testing.T) {
	for _, c := range []struct{ name, lines, language, want string }{
		{"nil is English", "person:a name One\n person:a name@es Uno", "", "One"},
		{"exactly", "person:a name One\n person:a name@es Uno", "es", "Uno"},
		{"case does not count", "person:a name One\n person:a name@es Uno", "ES", "Uno"},
		{"a variety falls back on its language", "person:a name One\n person:a name@es Uno", "es-MX", "Uno"},
		{"the variety before its language", "person:a name@es Uno\n person:a name@es-MX Unito", "es-MX", "Unito"},
		{"else English", "person:a name One\n person:a name@es Uno", "fr", "One"},
		{"else any", "person:a name@es Uno", "fr", "Uno"},
		{"nil and no English: any", "person:a name@es Uno", "", "Uno"},
		{"the surest within a language", "claim:sure certainty CONFIRMED\n person:a name@es Uno\n person:a name@es Único by claim:sure", "es", "Único"},
		{"the language before the surest", "claim:sure certainty CONFIRMED\n person:a name One by claim:sure\n person:a name@es Uno", "es", "Uno"},
	} {
		var language *string
		if c.language != "" {
			language = &c.language
		}
		f := newFixture()
		f.said["person:a name"] = true // no English name unless the case gives one
		if got := node[*graph.Person](t, f.say(c.lines).view(t), "person:a").Name(language); got != c.want {
			t.Errorf("%s: Name(%q) = %q, want %q", c.name, c.language, got, c.want)
		}
	}
}

func TestNamesAndAliases(t *testing.T) {
	a := node[*graph.Person](t, world(t, `
		claim:sure certainty CONFIRMED
		person:a name Ann by claim:one
		person:a name Anna by claim:sure
		person:a name@es Ana
		person:a name@de Anne
		person:a alias Annie
		person:a alias Annie by claim:sure
		person:a alias Nan
		person:a alias@es Anita`), "person:a")
	diff(t, "names", a.Names(), []*graph.LocalizedText{{Text: "Anna", Language: "en"}, {Text: "Anne", Language: "de"}, {Text: "Ana", Language: "es"}})
	diff(t, "aliases", a.Aliases(), []*graph.LocalizedText{{Text: "Annie", Language: "en"}, {Text: "Nan", Language: "en"}, {Text: "Anita", Language: "es"}})
}

func TestNotations(t *testing.T) {
	k := node[*graph.EventKind](t, world(t, `
		kind:k plover CONSULT
		kind:k plover CONSULT by claim:two
		kind:k cameo 041
		kind:k cameo 040`), "kind:k")
	diff(t, "Notations()", k.Notations(), []*graph.Notation{{Scheme: "CAMEO", Code: "040"}, {Scheme: "CAMEO", Code: "041"}, {Scheme: "PLOVER", Code: "CONSULT"}})
}
