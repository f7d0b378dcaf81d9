package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Coverage is what an empty answer rests on. See the SDL.
type Coverage struct {
	Statement string
	Sources   int
	Spans     []*When
	ids       []ID
	cohort    *cohort
}

// CoveredBy returns the sources that speak of the actors, by id.
func (c *Coverage) CoveredBy(ctx context.Context) ([]*Source, error) {
	return pick[*Source](ctx, c.cohort, c.ids)
}

// maxCovered is how many actors a coverage may ask about: their pairs all stand in one sentence.
const maxCovered = 20

// Coverage tells what the graph can know of some actors in a window: which sources speak of them, and of when. Without
// actors it tells that of the whole graph.
func (v *View) Coverage(ctx context.Context, actors []ID, within *Window) (*Coverage, error) {
	if len(actors) > maxCovered {
		return nil, invalid("actors", "%d are too many; ask for at most %d at once", len(actors), maxCovered)
	}
	window, err := within.parse("during")
	if err != nil {
		return nil, err
	}
	var names []string
	for i, id := range actors {
		r, err := v.require(ctx, fmt.Sprintf("actors[%d]", i), id, actorTypes...)
		if err != nil {
			return nil, err
		}
		names = append(names, *orID(r.localized(vocab.SchemaName, nil), id))
	}
	events, err := v.eventsWithAny(ctx, actors)
	if err != nil {
		return nil, err
	}
	records, err := events.load(ctx)
	if err != nil {
		return nil, err
	}
	spans := map[ID]*timeSpan{}
	for _, r := range records {
		w := r.when(vocab.SemHasTimeStamp)
		if during(window, nil, w) == edtf.No {
			continue
		}
		claims := slices.Clone(r.denials) // who denies something of an event speaks of it
		for _, f := range r.facts {
			claims = append(claims, f.claim)
		}
		for _, c := range claims {
			if !c.exists() {
				continue
			}
			s := c.id1(vocab.DctermsSource)
			if spans[s] == nil {
				spans[s] = &timeSpan{}
			}
			spans[s].add(w)
		}
	}
	talks, err := v.talksOf(ctx, events, "")
	if err != nil {
		return nil, err
	}
	counted := &Range{}
	for _, t := range talks {
		from, to := slices.Contains(actors, t.from), slices.Contains(actors, t.to)
		if len(actors) == 0 || len(actors) == 1 && (from || to) || from && to {
			if x := during(window, nil, t.event.when(vocab.SemHasTimeStamp)); x != edtf.No {
				counted.add(x)
			}
		}
	}
	c := &Coverage{Sources: len(spans), Spans: []*When{}}
	set := map[ID]bool{}
	for id := range spans {
		set[id] = true
	}
	c.ids = sortedIDs(set)
	c.cohort = v.cohort(c.ids)
	for _, id := range c.ids {
		w := spans[id].interval()
		if w == nil {
			w = unknownWhen()
		}
		c.Spans = append(c.Spans, w)
	}
	c.Statement = coverageStatement(names, within, counted, len(spans))
	return c, nil
}

func orID(s *string, id ID) *string {
	if s == nil {
		t := string(id)
		return &t
	}
	return s
}

// eventsWithAny returns the events that any of the actors is part of in any role, or is denied to be; all events for none.
func (v *View) eventsWithAny(ctx context.Context, actors []ID) (*cohort, error) {
	if len(actors) == 0 {
		return v.ofTypes(ctx, TypeEvent)
	}
	in, err := v.cohort(actors).takingPart(ctx)
	return in.cohort, err
}

// coverageStatement says it in words.
func coverageStatement(names []string, w *Window, talks *Range, sources int) string {
	var b strings.Builder
	switch {
	case talks.Max == 0:
		b.WriteString("No contact")
	case talks.Min == talks.Max:
		fmt.Fprintf(&b, "%d %s", talks.Max, plural(talks.Max, "contact"))
	default:
		fmt.Fprintf(&b, "%d to %d contacts", talks.Min, talks.Max)
	}
	switch len(names) {
	case 0:
		b.WriteString(" between any two actors")
	case 1:
		fmt.Fprintf(&b, " of %s with anybody", names[0])
	case 2:
		fmt.Fprintf(&b, " between %s and %s", names[0], names[1])
	default:
		fmt.Fprintf(&b, " among %s and %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
	}
	if w != nil {
		if w.From != nil {
			fmt.Fprintf(&b, " from %s", *w.From)
		}
		if w.To != nil {
			fmt.Fprintf(&b, " to %s", *w.To)
		}
	}
	verb := "are"
	if talks.Min == talks.Max && talks.Max <= 1 {
		verb = "is"
	}
	fmt.Fprintf(&b, " %s recorded. ", verb)
	whom := "any of them"
	switch len(names) {
	case 0:
		whom = "anybody"
	case 1:
		whom = names[0]
	case 2:
		whom = "either of them"
	}
	if sources == 0 {
		in := ""
		if w != nil {
			in = " in that time"
		}
		fmt.Fprintf(&b, "No source here speaks of %s%s, so nothing follows from that.", whom, in)
		return b.String()
	}
	if sources == 1 {
		fmt.Fprintf(&b, "1 source here speaks of %s; beyond what it covers, nothing is known either way.", whom)
	} else {
		fmt.Fprintf(&b, "%d sources here speak of %s; beyond what they cover, nothing is known either way.", sources, whom)
	}
	return b.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
