package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
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
	actors = v.same().distinct(actors)
	if _, err := v.load(ctx, actors); err != nil { // at once; each is looked at below
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
	count := v.countCoverage
	if v.isNow() && len(actors) > 0 {
		count = v.countCoverageNow
	}
	spans, counted, err := count(ctx, actors, window)
	if err != nil {
		return nil, err
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

// countCoverage reads the records of all events that have to do with the actors. It returns the time that each source speaks of, and how
// many talks among them there were.
func (v *View) countCoverage(ctx context.Context, actors []ID, window *edtf.Window) (map[ID]*timeSpan, *Range, error) {
	events, err := v.eventsWithAny(ctx, actors)
	if err != nil {
		return nil, nil, err
	}
	records, err := events.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	spans := map[ID]*timeSpan{}
	for _, r := range records {
		addSources(spans, r, window)
	}
	talks, err := v.talksOf(ctx, events, "")
	if err != nil {
		return nil, nil, err
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
	return spans, counted, nil
}

// addSources adds the date of an event to the times that its sources speak of.
func addSources(spans map[ID]*timeSpan, r *record, window *edtf.Window) {
	w := r.when(vocab.SemHasTimeStamp)
	if during(window, nil, w) == edtf.No {
		return
	}
	claims := slices.Clone(r.denials) // who denies something of an event speaks of it
	for _, f := range r.facts {
		claims = append(claims, f.claim)
	}
	for _, c := range claims {
		addSource(spans, c, w)
	}
}

func addSource(spans map[ID]*timeSpan, claim *record, w *When) {
	if !claim.exists() {
		return
	}
	s := claim.id1(vocab.DctermsSource)
	if spans[s] == nil {
		spans[s] = &timeSpan{}
	}
	spans[s].add(w)
}

// countCoverageNow is countCoverage by the indexes of now: it reads which claims there are on each event, and no records but those of
// the claims, and of events whose dates differ from claim to claim. The talks are counted in lists in memory.
func (v *View) countCoverageNow(ctx context.Context, actors []ID, window *edtf.Window) (map[ID]*timeSpan, *Range, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, nil, err
	}
	r, err := v.networkReader(ctx)
	if err != nil {
		return nil, nil, err
	}
	numbers, err := r.numbersOf(ctx, actors)
	if err != nil {
		return nil, nil, err
	}
	if ok, err := r.readOnly(ctx, numbers); err != nil {
		return nil, nil, err
	} else if !ok {
		return v.countCoverage(ctx, actors, window)
	}
	counted := r.talksAmong(numbers, &talkFilter{tax: tax, names: r.names, window: window})
	spans, err := v.sourceSpans(ctx, tax, actors, window)
	if err != nil {
		return nil, nil, err
	}
	return spans, counted, nil
}

// talksAmong counts the talks between any two of some actors whose lists were read; of one actor, those with anybody. It sorts the numbers.
func (r *networkReader) talksAmong(numbers []int32, f *talkFilter) *Range {
	counted := &Range{}
	count := func(talks []talkAt) {
		n := f.count(talks)
		counted.Min, counted.Max = counted.Min+n.Min, counted.Max+n.Max
	}
	if slices.Sort(numbers); len(numbers) == 1 {
		count(r.at(numbers[0]).talks)
	}
	numbers = slices.Compact(numbers)
	for i, a := range numbers {
		for _, b := range numbers[i+1:] {
			if j, ok := r.at(a).with(b); ok {
				count(r.at(a).talksWith(j))
			}
		}
	}
	return counted
}

// sourceSpans returns the times of which sources speak where they speak of some actors within a window, by the ids of the sources.
func (v *View) sourceSpans(ctx context.Context, tax *taxonomy, actors []ID, window *edtf.Window) (map[ID]*timeSpan, error) {
	byClaim, undated, err := v.daysByClaim(ctx, tax, actors, window)
	if err != nil {
		return nil, err
	}
	spans := map[ID]*timeSpan{}
	claims := slices.Collect(maps.Keys(byClaim))
	ids, err := v.store.ids(ctx, claims)
	if err != nil {
		return nil, err
	}
	records, err := v.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, c := range records {
		if c.retracted() {
			continue
		}
		days := byClaim[claims[i]]
		for _, day := range [2]edtf.Day{days.first, days.last} {
			d, err := edtf.Parse(day.String())
			if err != nil {
				return nil, fmt.Errorf("day %d: %w", day, err)
			}
			addSource(spans, c, &When{date: d})
		}
	}
	for chunk := range slices.Chunk(undated, maxBatch) {
		if ids, err = v.store.ids(ctx, chunk); err != nil {
			return nil, err
		}
		events, err := v.scratch().load(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			addSources(spans, e, window)
		}
	}
	return spans, nil
}

// claimedDays are the first and the last day of events that a claim speaks of.
type claimedDays struct{ first, last edtf.Day }

// daysByClaim returns the days of the events of some actors in a window, by their claims, and the events whose records must tell when they
// were. It is one call to the store.
func (v *View) daysByClaim(ctx context.Context, tax *taxonomy, actors []ID, window *edtf.Window) (byClaim map[store.Ref]*claimedDays, undated []store.Ref, err error) {
	var patterns []store.Pattern
	var lists []store.List
	for _, id := range v.same().lists(actors...) {
		for _, role := range tax.rolePredicates {
			patterns = append(patterns, store.Pattern{Predicate: store.IRI(role), Object: id})
		}
		lists = append(lists, store.OfActors(id))
	}
	byClaim = map[store.Ref]*claimedDays{}
	err = v.store.Labels(ctx, patterns, lists, func(x store.Labelled) bool {
		first, begins := dayOf(x.At.Earliest)
		last, ends := dayOf(x.At.Latest)
		if !x.Dated || !begins || !ends {
			undated = append(undated, x.Subject)
		} else if overlaps(x.At, window) {
			for _, l := range x.Labels {
				if d := byClaim[l]; d != nil {
					d.first, d.last = min(d.first, first), max(d.last, last)
				} else {
					byClaim[l] = &claimedDays{first, last}
				}
			}
		}
		return true
	})
	return byClaim, undated, err
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
