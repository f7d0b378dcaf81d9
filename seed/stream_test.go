package seed_test

import (
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// TestLineCheck: the curated quads pass line by line, and one mutation of a line is found.
func TestLineCheck(t *testing.T) {
	check := seed.NewLineCheck()
	quads, _ := seed.Lint(seed.Files(), nil)
	for _, q := range quads {
		if err := check.Check(q); err != nil {
			t.Error(err)
		}
	}
	const event = `<event:e> <http://semanticweb.cs.vu.nl/2009/11/sem/hasTimeStamp> "2025-01-31"^^<http://id.loc.gov/datatypes/edtf/EDTF> <claim:c> .`
	const part = `<event:e> <role:participant> <person:p> <claim:c> .`
	const named = `<person:p> <https://schema.org/name> "Pe"@es <claim:c> .`
	for _, c := range []struct{ line, old, new, want string }{
		{event, "", "", ""},
		{part, "", "", ""},
		{named, "", "", ""},
		{event, " <claim:c>", "", "event:e: the quad has no label: end the line with the claim"},
		{event, "<claim:c>", "<event:e>", "the label event:e is no claim's id"},
		{event, "<event:e>", "_:e", "the subject is a blank node"},
		{event, "<event:e>", "<evnt:e>", `"evnt:" is no prefix of a class's ids`},
		{event, "<event:e>", "<event:E->", `"event:E-" is no id`},
		{event, "<event:e>", "<claim:d>", "what describes a claim is labelled claim:c"},
		{event, "<event:e>", "<person:p>", "a record of person: has no sem:hasTimeStamp"},
		{event, "hasTimeStamp", "hasTime", "the vocabulary has no predicate"},
		{event, "2025-01-31", "2025-13-31", `sem:hasTimeStamp "2025-13-31"^^edtf:EDTF: `},
		{part, "<person:p>", `"p"`, `role:participant "p": not an id`},
		{part, "<event:e>", "<person:q>", "make an event the subject"},
		{part, "role:participant", "http://semanticweb.cs.vu.nl/2009/11/sem/hasActor", "sem:hasActor says no role"},
		{named, "@es", "", "not a text with a language"},
		{named, `"Pe"`, `" Pe"`, "blanks at the ends of the text"},
	} {
		line := c.line
		if c.old != "" {
			line = strings.Replace(line, c.old, c.new, 1)
		}
		q, _, err := store.ParseQuad(line)
		if err != nil {
			t.Fatal(err)
		}
		err = check.Check(q)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("Check(%s) = %v, want %q", line, err, c.want)
		}
	}
}
