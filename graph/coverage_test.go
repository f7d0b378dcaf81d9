package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func TestCoverage(t *testing.T) {
	v := world(t, `
		claim:wire source source:wire
		claim:book source source:book
		claim:denial source source:denier
		claim:denial stance DENIES
		event:call when 2025-01-31
		event:call role:initiator person:ann by claim:wire
		event:call role:recipient person:ben by claim:wire
		event:call summary A call by claim:book
		event:vague kind kind:meeting
		event:vague when 2025-03
		event:vague role:participant person:ann by claim:book
		event:vague role:participant person:ben by claim:book
		event:about kind kind:announcement
		event:about when 1994/1995 by claim:book
		event:about role:initiator person:cid by claim:book
		event:about role:subject person:dan by claim:book
		person:eve name Eve
		event:deny role:initiator person:eve by claim:denial`)
	var b strings.Builder
	for _, c := range []struct {
		actors string
		window *graph.Window
	}{
		{"", nil},
		{"", window("1990", "1999")},
		{"", window("1800", "1801")},
		{"person:ann", nil},
		{"person:dan", nil},
		{"person:eve", nil},
		{"person:ann", window("2025-02-01", "")},
		{"person:ann person:ben", nil},
		{"person:ann person:ben", window("2025-01-01", "2025-01-31")},
		{"person:ann person:ben", window("2025-03-10", "2025-03-12")},
		{"person:ann person:ben", window("2025-01-01", "2025-03-12")},
		{"person:ann person:ben", window("", "2024")},
		{"person:cid person:dan", nil},
		{"person:ann person:cid", nil},
		{"person:ann person:ben person:cid", nil},
		{"person:cid person:dan person:eve", window("2000", "")},
	} {
		var actors []graph.ID
		for _, id := range strings.Fields(c.actors) {
			actors = append(actors, graph.ID(id))
		}
		cov := must(v.Coverage(ctx, actors, c.window))(t)
		fmt.Fprintf(&b, "%s", strings.TrimSpace("of "+c.actors))
		if c.window != nil {
			fmt.Fprintf(&b, " from %s to %s", text(c.window.From), text(c.window.To))
		}
		fmt.Fprintf(&b, "\n\t%s\n", cov.Statement)
		for i, s := range must(cov.CoveredBy(ctx))(t) {
			fmt.Fprintf(&b, "\t%s %s\n", s.ID(), cov.Spans[i].EDTF)
		}
		if n := len(must(cov.CoveredBy(ctx))(t)); cov.Sources != n || len(cov.Spans) != n {
			t.Errorf("coverage of %q has %d sources, %d spans, and is covered by %d", c.actors, cov.Sources, len(cov.Spans), n)
		}
	}
	golden(t, "coverage.golden", b.String())
}

// The indexes of now say of coverage what the records say: a view as of an instant after all was recorded reads these.
func TestCoverageAgainstRecords(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := drawModel(r).view(r)
		past := must(v.AsOf(&graph.AsOf{KnownAt: ptr("2100-01-01T00:00:00Z")}))(r)
		for range 3 {
			var actors []graph.ID
			for range rapid.IntRange(1, 3).Draw(r, "actors") {
				actors = append(actors, drawID(r, mActorIDs)())
			}
			w := maybe(r, "during", func() graph.Window { return *drawWindow(r) })
			describe := func(v *graph.View) (out []string) {
				c := must(v.Coverage(ctx, actors, w))(r)
				out = append(out, c.Statement)
				for i, s := range must(c.CoveredBy(ctx))(r) {
					out = append(out, fmt.Sprint(s.ID(), c.Spans[i].EDTF))
				}
				return out
			}
			diff(r, fmt.Sprint("coverage of ", actors), describe(v), describe(past))
		}
	})
}
