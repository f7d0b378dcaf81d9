package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/edtf"
)

// A countingSnapshot snapshot counts what is read from it.
type countingSnapshot struct {
	snapshot
	gets, scans, spans, entries int
}

func (c *countingSnapshot) get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	c.gets++
	return c.snapshot.get(ctx, keys)
}

func (c *countingSnapshot) scan(ctx context.Context, spans []span, each func(int, []byte, []byte) bool) error {
	c.scans++
	c.spans += len(spans)
	return c.snapshot.scan(ctx, spans, func(i int, key, value []byte) bool {
		c.entries++
		return each(i, key, value)
	})
}

// counted returns a view whose reads are counted.
func counted(t testing.TB, s *Store) (*View, *countingSnapshot) {
	v := s.View()
	t.Cleanup(func() { v.Close() })
	c := &countingSnapshot{snapshot: v.state.snapshot}
	v.state = &state{snapshot: c, meta: v.state.meta, classes: v.state.classes, census: v.state.census}
	return v, c
}

// meet makes the quads of an event.
func meetingOf(event, when string, actors ...string) []Quad {
	id := IRI("event:" + event)
	out := []Quad{{Subject: id, Predicate: IRI("p:kind"), Object: IRI("kind:meeting")}}
	if when != "" {
		out = append(out, Quad{Subject: id, Predicate: IRI("p:when"), Object: TypedString{Value: String(when), Type: edtfType}})
	}
	for _, a := range actors {
		out = append(out, Quad{Subject: id, Predicate: IRI("role:participant"), Object: IRI(a)})
	}
	return out
}

func addEvents(t testing.TB, s *Store, quads []Quad) {
	t.Helper()
	if _, err := s.Add(t.Context(), quads); err != nil {
		t.Fatal(err)
	}
}

// TestDeriveWork: a page costs what is on it, however many events there are, and whatever their dates.
func TestDeriveWork(t *testing.T) {
	s := openDerived(t, maxPairs)
	defer s.Close()
	var quads []Quad
	for i := range 3000 {
		day := edtf.Day(12000 + i)
		quads = append(quads, meetingOf(fmt.Sprintf("day-%04d", i), day.String(), "person:a", "person:b")...)
		if i%10 == 0 {
			quads = append(quads, meetingOf(fmt.Sprintf("week-%04d", i), day.String()+"/"+(day+6).String(), "person:a", "person:b")...)
		}
	}
	quads = append(quads, meetingOf("open", "2001-01-01/..", "person:a", "person:b")...)
	addEvents(t, s, quads)
	at := edtf.Day(13500)
	for name, tt := range map[string]struct {
		span Span
		most int // entries read
	}{
		"newest":        {Span{Limit: 20, Backwards: true}, 41},
		"oldest":        {Span{Limit: 20}, 41},
		"newest before": {Span{To: &at, Limit: 20, Backwards: true}, 41},
		"one day":       {Span{From: &at, To: &at, Limit: 20}, 3},
		"after":         {Span{After: &At{"event:day-1500", edtf.Bound{Kind: edtf.Known, Day: 13500}, edtf.Bound{Kind: edtf.Known, Day: 13500}}, Limit: 20, Backwards: true}, 41},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := counted(t, s)
			rows, err := v.EventsOfPair(t.Context(), "person:a", "person:b", tt.span)
			if err != nil || len(rows) == 0 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			if c.scans != 1 || c.spans > 3 || c.entries > tt.most {
				t.Errorf("%d rows took %d scans of %d spans with %d entries, want 1 scan of at most 3 with at most %d", len(rows), c.scans, c.spans, c.entries, tt.most)
			}
		})
	}
	v, c := counted(t, s)
	ties, err := v.Ties(t.Context(), "person:a", nil, 0)
	if err != nil || len(ties) != 1 || ties[0].Count != 3301 || c.entries != 1 {
		t.Errorf("Ties = %v %v, from %d entries; want 3301 events from one", ties, err, c.entries)
	}
}

// TestDeriveWrites: a write costs what it touches.
func TestDeriveWrites(t *testing.T) {
	s := openDerived(t, maxPairs)
	defer s.Close()
	var quads []Quad
	for i := range 2000 {
		quads = append(quads, meetingOf(fmt.Sprintf("%04d", i), edtf.Day(12000+i).String(), "person:a", "person:b")...)
	}
	addEvents(t, s, quads)
	for name, change := range map[string][2][]Quad{
		"add":         {meetingOf("new", "2020-01-01", "person:a", "person:b"), nil},
		"remove":      {nil, meetingOf("1000", edtf.Day(13000).String(), "person:a", "person:b")},
		"another day": {meetingOf("1001", "2008-01-01"), meetingOf("1001", edtf.Day(13001).String())[1:]},
		"a claim":     {{{Subject: IRI("claim:x"), Predicate: IRI("p:stance"), Object: String("DENIES")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := counted(t, s)
			w := &writer{view: v, meta: v.state.meta, entries: map[string]uint64{}, created: map[tid]Term{}, fresh: map[tid]bool{}}
			if err := w.change(t.Context(), change[0], change[1]); err != nil {
				t.Fatal(err)
			}
			if c.scans+c.gets > 24 || c.entries > 40 || len(w.writes) > 100 {
				t.Errorf("%d scans, %d gets, %d entries read, %d written", c.scans, c.gets, c.entries, len(w.writes))
			}
		})
	}
}

// TestDeriveLarge: a large event writes keys in proportion to its actors, and is found by pair and tie, across chunks too.
func TestDeriveLarge(t *testing.T) {
	t.Parallel()
	s := openDerived(t, maxPairs)
	defer s.Close()
	var many []string
	for i := range 400 {
		many = append(many, fmt.Sprintf("person:x%03d", i))
	}
	addEvents(t, s, meetingOf("assembly", "2005-09-14/2005-09-16", many...))
	keys := 0
	v := s.View()
	if err := v.entriesIn(t.Context(), derivedSpan, func(k, _ []byte) error { keys++; return nil }); err != nil {
		t.Fatal(err)
	}
	v.Close()
	if keys > 3*len(many)+10 { // by actor, large, and degree
		t.Errorf("%d actors have %d keys", len(many), keys)
	}
	// Three actors who are in thousands of large events, of which they share few.
	quads := meetingOf("small", "2005-01-01", many[0], many[1])
	crowd := many[100 : 100+maxPairs]
	for i := range largeChunk + 500 {
		who := many[i%2 : i%2+1]
		if i%1000 == 999 {
			who = many[:2]
		}
		quads = append(quads, meetingOf(fmt.Sprintf("large-%05d", i), edtf.Day(i).String(), slices.Concat(who, crowd)...)...)
	}
	addEvents(t, s, quads)
	v = s.View()
	defer v.Close()
	checkAll(t, v)
	for _, backwards := range []bool{false, true} {
		want := []IRI{"event:large-00999", "event:large-01999", "event:large-02999", "event:large-03999", "event:small", "event:assembly"}
		if backwards {
			want = []IRI{"event:assembly", "event:small", "event:large-03999", "event:large-02999", "event:large-01999", "event:large-00999"}
		}
		rows, err := v.EventsOfPair(t.Context(), IRI(many[0]), IRI(many[1]), Span{Limit: 10, Backwards: backwards})
		if err != nil {
			t.Fatal(err)
		}
		var got []IRI
		for _, r := range rows {
			got = append(got, r.Event)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("backwards %t, -want +got:\n%s", backwards, diff)
		}
	}
	rows, err := v.EventsOfPair(t.Context(), IRI(crowd[0]), IRI(crowd[1]), Span{Limit: 10_000})
	if err != nil || len(rows) != largeChunk+501 {
		t.Errorf("a pair of the crowd has %d events, %v; want %d", len(rows), err, largeChunk+501)
	}
	ties, err := v.Ties(t.Context(), IRI(crowd[0]), nil, 3)
	if err != nil || len(ties) != 3 || ties[0].Other != IRI(crowd[1]) || ties[0].Count != largeChunk+501 {
		t.Errorf("the crowd's ties are %v, %v", ties, err)
	}
}

// TestDeriveWords: texts are found by the beginning of any word, in any case and with or without accents: names and other texts apart, and not what a
// claim says of itself.
func TestDeriveWords(t *testing.T) {
	s := openDerived(t, maxPairs)
	defer s.Close()
	name := func(who, p string, n Term) Quad { return Quad{Subject: IRI(who), Predicate: IRI(p), Object: n} }
	addEvents(t, s, []Quad{
		name("person:1", "p:name", String("Ángela Ashton")), name("person:2", "p:alias", LangString{Value: "ASH, Timothy", Lang: "en"}),
		name("person:3", "p:name", String("Ashtonова")), name("person:3", "p:other", String("Ash")), name("person:4", "p:name", String("Straße")),
		name("source:5", "p:title", String("Ashes to ashes")),
		{Subject: IRI("claim:6"), Predicate: IRI("p:title"), Object: String("Ash"), Label: IRI("claim:6")},
		{Subject: IRI("source:7"), Predicate: IRI("p:title"), Object: String("Ash"), Label: IRI("claim:6")},
		name("person:8", "p:name", String("Robert Retracted")),
		{Subject: IRI("person:9"), Predicate: IRI("p:name"), Object: String("Robert"), Label: IRI("claim:9")},
		{Subject: IRI("claim:9"), Predicate: IRI("p:retracted"), Object: String("x"), Label: IRI("claim:9")},
	})
	v := s.View()
	defer v.Close()
	for _, tt := range []struct {
		span  WordSpan
		limit int
		want  string
	}{
		{WordSpan{In: InNames, Text: "ASH"}, 10, "person:1 person:2 person:3"},
		{WordSpan{In: InNames, Text: " ângela x"}, 10, "person:1"},
		{WordSpan{In: InNames, Text: "STRASS"}, 10, "person:4"},
		{WordSpan{In: InNames, Text: "ash"}, 1, "person:2 and more"},
		{WordSpan{In: InNames, Text: "ash"}, 3, "person:1 person:2 person:3"},
		{WordSpan{In: InNames, Text: "ash"}, 0, ""},
		{WordSpan{In: InTexts, Text: "ash"}, 10, "source:5 source:7"},
		{WordSpan{In: InNames, Text: "robert"}, 10, "person:8"},
		{WordSpan{In: InNames, Text: "robert", Past: true}, 10, "person:9"},
		{WordSpan{In: InNames, Text: "…"}, 10, ""}, {WordSpan{In: InNames, Text: ""}, 10, ""}, {WordSpan{In: InNames, Text: "nobody"}, 10, ""},
	} {
		got, err := v.Worded(t.Context(), tt.limit, WordSpan{In: InNames, Text: "x"}, tt.span)
		if err != nil {
			t.Fatal(err)
		}
		if line := wordedLine(t, v, got[1]); line != tt.want {
			t.Errorf("Worded(%+v, %d) = %s, want %s", tt.span, tt.limit, line, tt.want)
		}
	}
	if n, err := s.Remove(t.Context(), []Quad{name("person:1", "p:name", String("Ángela Ashton"))}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

func wordedLine(t rapid.TB, v *View, w Worded) string {
	iris, err := v.Named(context.Background(), w.Subjects)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, iri := range iris {
		list = append(list, string(iri))
	}
	sort.Strings(list)
	if w.More {
		list = append(list, "and more")
	}
	return strings.Join(list, " ")
}

// TestDeriveModel: a store that is opened with another model makes its indexes anew; without a model it keeps the one it has.
func TestDeriveModel(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	events := func(m Model) int {
		t.Helper()
		s, err := Open(t.Context(), dir, Options{Model: m})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		v := s.View()
		defer v.Close()
		checkAll(t, v)
		rows, err := v.EventsOf(t.Context(), "person:a", Span{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	addEvents(t, s, append(meetingOf("1", "2020", "person:a", "person:b"), meetingOf("2", "2021", "person:a", "person:c")...))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other := eventModel
	other.Roles = "nothing:"
	for i, step := range []struct {
		model Model
		want  int
	}{{Model{}, 0}, {eventModel, 2}, {Model{}, 2}, {other, 0}, {Model{}, 0}, {eventModel, 2}} {
		if got := events(step.model); got != step.want {
			t.Errorf("step %d: %d events, want %d", i, got, step.want)
		}
	}
	// A rebuild that is stopped is made again, with or without a model.
	s, err = Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.apply(t.Context(), []write{{modelKey, unfinished(eventModel)}, {wordKey(InNames, "left", tid{kindEntry, 1}), []byte{}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := events(Model{}); got != 2 {
		t.Errorf("after a rebuild that was stopped: %d events", got)
	}
	if _, err := Open(t.Context(), "mem:", Options{Model: Model{When: "x", Marks: make([]Mark, maxMarks+1)}}); err == nil {
		t.Error("too many marks are no error")
	}
}

// TestMembersRebuild: a store whose model counted no members, as those of older programs, counts them when it is opened with one that
// does; who asks for a class that is not counted is told so.
func TestMembersRebuild(t *testing.T) {
	dir := t.TempDir()
	older := eventModel
	older.Classes = nil
	quads := []Quad{
		{Subject: IRI("event:1"), Predicate: IRI("p:type"), Object: IRI("class:event"), Label: IRI("claim:1")},
		{Subject: IRI("event:1"), Predicate: IRI("p:type"), Object: IRI("class:tenure"), Label: IRI("claim:2")},
		{Subject: IRI("event:2"), Predicate: IRI("p:type"), Object: IRI("class:event"), Label: IRI("claim:2")},
		{Subject: IRI("claim:2"), Predicate: IRI("p:stance"), Object: String("DENIES"), Label: IRI("claim:2")},
	}
	for _, model := range []Model{older, eventModel, {}, older, eventModel} {
		s, err := Open(t.Context(), dir, Options{Model: model})
		if err != nil {
			t.Fatal(err)
		}
		addEvents(t, s, quads)
		v := s.View()
		checkAll(t, v)
		if model.Classes != nil || model.isZero() {
			checkMembers(t, v, quads)
		} else if n, err := v.Members("class:event"); err == nil {
			t.Errorf("a class that is not counted has %d members and no error", n)
		}
		v.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), "mem:", Options{Model: Model{When: "x", Classes: make([]IRI, maxClasses+1)}}); err == nil {
		t.Error("too many classes are no error")
	}
}

// TestDeriveCheck: a check finds what is missing, what is wrong and what is too much.
func TestDeriveCheck(t *testing.T) {
	for name, damage := range map[string]write{
		"missing":     {appendTID([]byte{tableRoster}, tid{kindEntry, 1}), nil},
		"left over":   {wordKey(InNames, "x", tid{kindEntry, 1}), []byte{}},
		"wrong count": {classKey([2]byte{tableActor, classDay}), []byte{42}},
		"wrong class": {classKey([2]byte{tableActor, 7}), []byte{2}},

		"wrong degree":           {degreeKey([]byte{'A', 1, 2}), []byte{2}},
		"wrong count of members": {membersKey(1), []byte{42}},
		"members of no class":    {membersKey(4), []byte{2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openDerived(t, 1)
			defer s.Close()
			addEvents(t, s, meetingOf("x", "2020-01-01", "person:a", "person:b"))
			if name == "missing" {
				v := s.View()
				if err := v.entriesIn(t.Context(), prefixSpan([]byte{tableRoster}), func(k, _ []byte) error { damage.key = append([]byte{}, k...); return nil }); err != nil {
					t.Fatal(err)
				}
				v.Close()
			}
			if err := s.engine.apply(t.Context(), []write{damage}); err != nil {
				t.Fatal(err)
			}
			if err := s.advance(t.Context()); err != nil {
				t.Fatal(err)
			}
			v := s.View()
			defer v.Close()
			found := 0
			if err := v.checkDerived(t.Context(), func(string, ...any) { found++ }); err != nil || found == 0 {
				t.Errorf("found %d problems, %v", found, err)
			}
		})
	}
}

// TestDeriveAfter: a place that is no event's is refused, and one of an event that is gone is not.
func TestDeriveAfter(t *testing.T) {
	s := openDerived(t, maxPairs)
	defer s.Close()
	addEvents(t, s, append(meetingOf("1", "2020", "person:a", "person:b"), meetingOf("2", "2021", "person:a", "person:c")...))
	if _, err := s.Remove(t.Context(), meetingOf("1", "2020", "person:a", "person:b")); err != nil {
		t.Fatal(err)
	}
	v := s.View()
	defer v.Close()
	checkAll(t, v)
	known := func(d edtf.Day) edtf.Bound { return edtf.Bound{Kind: edtf.Known, Day: d} }
	rows, err := v.EventsOf(t.Context(), "person:a", Span{Limit: 2, After: &At{"event:1", known(18262), known(18627)}})
	if err != nil || len(rows) != 1 {
		t.Errorf("after an event that is gone: %v %v", rows, err)
	}
	if _, err := v.EventsOf(t.Context(), "person:a", Span{Limit: 2, After: &At{"event:none", known(0), known(0)}}); !errors.Is(err, ErrUnknownTerm) {
		t.Errorf("after an event that never was: %v", err)
	}
	for _, s := range []Span{{}, {Limit: -1}} {
		if rows, err := v.EventsOf(t.Context(), "person:a", s); err != nil || rows != nil {
			t.Errorf("limit %d: %v %v", s.Limit, rows, err)
		}
	}
	if rows, err := v.EventsOfPair(t.Context(), "person:a", "person:a", Span{Limit: 5}); err != nil || rows != nil {
		t.Errorf("an actor and itself: %v %v", rows, err)
	}
}
