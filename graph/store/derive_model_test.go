package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/store/pgtest"

	"github.com/parleygraph/parley/graph/edtf"
)

// eventModel is a model as package graph has one, in short words.
var eventModel = Model{
	Type: "p:type", Event: "class:event",
	When: "p:when", Kind: "p:kind", Roles: "role:", Names: []IRI{"p:name", "p:alias"}, Texts: []IRI{"p:title"}, Stance: "p:stance", Denies: "DENIES", Retracted: "p:retracted",
	Marks:   []Mark{{Predicate: "p:status", Except: "OCCURRED"}, {Predicate: "p:partOf"}},
	Classes: []IRI{"class:event", "class:tenure", "class:none"},
}

// openDerived opens a store whose events of more than large actors are large, and checks it at the end.
func openDerived(t rapid.TB, large int) *Store {
	t.Helper()
	s, err := Open(context.Background(), pgtest.Fresh(t.(pgtest.TB)), Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	t.(pgtest.TB).Cleanup(func() { s.Close() })
	s.derive.large = large
	return s
}

// checkAll reports every difference between the derived tables and a rebuild.
func checkAll(t rapid.TB, v *View) {
	t.Helper()
	if err := v.checkDerived(context.Background(), t.Errorf); err != nil {
		t.Fatal(err)
	}
}

// A scanned event is one as the quads have it, without any index.
type scanned struct {
	id    IRI
	dates []date
	kinds []IRI
	roles map[IRI][]IRI // by actor
	marks byte
	typed bool
}

// scanEvents makes events of the quads that stand, the slow and obvious way.
func scanEvents(quads []Quad) map[IRI]*scanned {
	gone := map[Term]bool{}
	for _, q := range quads {
		if q.Predicate == eventModel.Retracted {
			gone[q.Subject] = true
		}
	}
	return scanEventsWithout(quads, gone)
}

// scanEventsWithout makes events of the quads whose labels are neither denied nor gone.
func scanEventsWithout(quads []Quad, gone map[Term]bool) map[IRI]*scanned {
	denying := map[Term]bool{}
	for _, q := range quads {
		if q.Predicate == eventModel.Stance && q.Object == eventModel.Denies {
			denying[q.Subject] = true
		}
	}
	events := map[IRI]*scanned{}
	dates := map[IRI]map[date]bool{}
	for _, q := range quads {
		if (denying[q.Label] || gone[q.Label]) && q.Label != q.Subject {
			continue
		}
		id := q.Subject.(IRI)
		e := events[id]
		if e == nil {
			e = &scanned{id: id, roles: map[IRI][]IRI{}}
			events[id], dates[id] = e, map[date]bool{}
		}
		object, _ := q.Object.(IRI)
		switch p := q.Predicate.(IRI); {
		case p == eventModel.When:
			if d, err := edtf.Parse(Text(q.Object)); err == nil {
				dates[id][date{d.Earliest(), d.Latest()}] = true
			}
		case p == eventModel.Type:
			e.typed = e.typed || object == eventModel.Event
		case p == eventModel.Kind:
			e.kinds = addIRI(e.kinds, object)
		case strings.HasPrefix(string(p), eventModel.Roles):
			e.roles[object] = addIRI(e.roles[object], p)
		case p == "p:status" && q.Object != String("OCCURRED"):
			e.marks |= 1
		case p == "p:partOf":
			e.marks |= 2
		}
	}
	for id, e := range events {
		for d := range dates[id] {
			e.dates = append(e.dates, d)
		}
		if len(e.dates) == 0 {
			e.dates = []date{{}}
		}
	}
	return events
}

func addIRI(list []IRI, x IRI) []IRI {
	if !slices.Contains(list, x) {
		list = append(list, x)
	}
	return list
}

// scanMembers counts the subjects that any quad gives one of some classes.
func scanMembers(quads []Quad, classes ...IRI) int {
	found := map[Term]bool{}
	for _, q := range quads {
		if c, ok := q.Object.(IRI); ok && q.Predicate == eventModel.Type && slices.Contains(classes, c) {
			found[q.Subject] = true
		}
	}
	return len(found)
}

// nameStates is what there is to know of each subject with a name, as text: its names and classes and what became of them.
func nameStates(quads []Quad) map[IRI]string {
	denied, retracted := map[Term]bool{}, map[Term]bool{}
	for _, q := range quads {
		retracted[q.Subject] = retracted[q.Subject] || q.Predicate == eventModel.Retracted
		denied[q.Subject] = denied[q.Subject] || q.Predicate == eventModel.Stance && q.Object == eventModel.Denies
	}
	lists, named := map[IRI][]string{}, map[IRI]bool{}
	for _, q := range quads {
		id := q.Subject.(IRI)
		isName := slices.Contains(eventModel.Names, q.Predicate.(IRI))
		if isName || q.Predicate == eventModel.Type {
			if isName {
				named[id] = true
			}
			lists[id] = append(lists[id], fmt.Sprintf("%s denied %t retracted %t\n", AppendQuad(nil, q), denied[q.Label], retracted[q.Label] && !denied[q.Label]))
		}
	}
	out := map[IRI]string{}
	for id := range named {
		sort.Strings(lists[id])
		out[id] = strings.Join(lists[id], "")
	}
	return out
}

// scanDegrees counts the events of each actor.
func scanDegrees(quads []Quad) map[IRI]string {
	n := map[IRI]int{}
	for _, e := range scanEvents(quads) {
		for actor := range e.roles {
			n[actor]++
		}
	}
	out := map[IRI]string{}
	for actor, n := range n {
		out[actor] = fmt.Sprint(n)
	}
	return out
}

// checkDegrees compares the degrees that the store has with a scan.
func checkDegrees(t rapid.TB, v *View, quads []Quad, actors int) {
	t.Helper()
	want := scanDegrees(quads)
	for i := 1; i <= actors; i++ {
		id := IRI(fmt.Sprintf("person:p%02d", i))
		refs, ok, err := v.Refs(context.Background(), []IRI{id})
		if err != nil {
			t.Fatal(err)
		}
		if !ok[0] {
			continue
		}
		got, err := v.Degrees(context.Background(), refs)
		if err != nil || fmt.Sprint(got[0]) != cmp.Or(want[id], "0") {
			t.Errorf("the degree of %s is %v %v, want %s", id, got, err, want[id])
		}
	}
}

// checkNameChanges: what differs between a view and another is among the changes that the view names.
func checkNameChanges(t rapid.TB, v *View, other uint64, here, there []Quad) {
	t.Helper()
	named, counted, ok := v.NameChanges(other)
	if !ok {
		t.Fatalf("the changes of names from %d to %d are not known", v.Revision(), other)
	}
	for i, states := range [2]func([]Quad) map[IRI]string{nameStates, scanDegrees} {
		refs := [2][]Ref{named, counted}[i]
		iris, err := v.Named(context.Background(), refs)
		if err != nil {
			t.Fatal(err)
		}
		a, b := states(here), states(there)
		for _, list := range []map[IRI]string{a, b} {
			for id := range list {
				if a[id] != b[id] && !slices.Contains(iris, id) {
					t.Errorf("%s changed from revision %d to %d and is not named: %q, %q", id, v.Revision(), other, a[id], b[id])
				}
			}
		}
		if !slices.IsSorted(refs) || v.Revision() == other && len(refs) > 0 {
			t.Errorf("changes are %v", refs)
		}
	}
}

// checkMembers compares what the store counts with a scan.
func checkMembers(t rapid.TB, v *View, quads []Quad) {
	t.Helper()
	for _, classes := range [][]IRI{{"class:event"}, {"class:tenure"}, {"class:event", "class:tenure"}, {"class:none"}, {"class:none", "class:tenure"}, nil} {
		if n, err := v.Members(classes...); err != nil || n != scanMembers(quads, classes...) {
			t.Errorf("Members(%v) = %d %v, want %d", classes, n, err, scanMembers(quads, classes...))
		}
	}
}

// A line is a row as tests compare it: without the order of lists that is the store's own.
func rowLine(r EventRow) string {
	text := func(list []IRI) string {
		var out []string
		for _, x := range list {
			out = append(out, string(x))
		}
		sort.Strings(out)
		return strings.Join(out, ",")
	}
	return fmt.Sprintf("%s %s/%s marks %b rival %t kinds %s roles %s others %s", r.Event, r.Earliest, r.Latest, r.Marks, r.Rival, text(r.Kinds), text(r.Roles), text(r.OtherRoles))
}

func rowLines(rows []EventRow) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, rowLine(r))
	}
	return out
}

// scanRows lists what a question should find, in any order.
func scanRows(events map[IRI]*scanned, from, to *edtf.Day, match func(e *scanned) (roles, others []IRI, ok bool)) []EventRow {
	var rows []EventRow
	for _, e := range events {
		roles, others, ok := match(e)
		if !ok {
			continue
		}
		for _, d := range e.dates {
			if d.overlaps(from, to) {
				rows = append(rows, EventRow{At{e.id, d.first, d.last}, &Signature{e.marks, len(e.dates) > 1, e.kinds, roles, others}})
			}
		}
	}
	return rows
}

// sortRows puts rows in the order that [Span] promises; the store's own order of events is that of rank.
func sortRows(rows []EventRow, backwards bool, rank func(IRI) int) {
	slices.SortFunc(rows, func(a, b EventRow) int {
		x, y := date{a.Earliest, a.Latest}, date{b.Earliest, b.Latest}
		d, dated := x.day()
		e, also := y.day()
		if dated != also {
			if dated {
				return -1
			}
			return 1
		}
		c := cmp.Or(cmp.Compare(d, e), cmp.Compare(rank(a.Event), rank(b.Event)), x.compareDays(y))
		if backwards {
			c = -c
		}
		return c
	})
}

// scanTies sums up what an actor has with others: "other signature" and the sum, one a line, sorted.
func scanTies(events map[IRI]*scanned, actor IRI) []string {
	sums := map[string]*sum{}
	for _, e := range events {
		if e.roles[actor] == nil {
			continue
		}
		for other, roles := range e.roles {
			if other == actor {
				continue
			}
			row := EventRow{At{Event: other}, &Signature{e.marks, len(e.dates) > 1, e.kinds, e.roles[actor], roles}}
			s := sums[rowLine(row)]
			if s == nil {
				s = new(sum)
				sums[rowLine(row)] = s
			}
			for i, d := range e.dates {
				s.add(d, i == 0)
			}
		}
	}
	out := []string{}
	for k, s := range sums {
		out = append(out, k+" "+tieText(s.tie()))
	}
	sort.Strings(out)
	return out
}

func tieText(s TieSum) string {
	day := func(d *edtf.Day) string {
		if d == nil {
			return "none"
		}
		return d.String()
	}
	return fmt.Sprintf("%d from %s to %s", s.Count, day(s.First), day(s.Last))
}

// tieLines is the same of what the store answers.
func tieLines(ties []Tie) []string {
	out := []string{}
	for _, t := range ties {
		for _, s := range t.BySignature {
			out = append(out, rowLine(EventRow{At{Event: t.Other}, s.Signature})+" "+tieText(s.TieSum))
		}
	}
	sort.Strings(out)
	return out
}
