package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

// An mContact is what the model knows of a counterpart.
type mContact struct {
	id          string
	min, max    int
	first, last string // EDTF, "" for none
	kinds       map[string][2]int
}

func (m *model) contacts(of string, kinds []graph.ID, w *graph.Window, only *graph.WindowCertainty) []mContact {
	found := map[string]*mContact{}
	for _, x := range m.talks() { // by event
		other := x.from
		if other == of {
			other = x.to
		}
		kind, truth := preferred(x.event.kind), certain(x.event.inWindow(w), only)
		if x.from != of && x.to != of || truth == 0 || !underAny(mKinds, kind, kinds) {
			continue
		}
		c := found[other]
		if c == nil {
			c = &mContact{id: other, kinds: map[string][2]int{}}
			found[other] = c
		}
		k := c.kinds[kind]
		c.max, k[1] = c.max+1, k[1]+1
		if truth == 2 {
			c.min, k[0] = c.min+1, k[0]+1
		}
		c.kinds[kind] = k
		if when := preferred(x.event.date); when != "" {
			if c.first == "" || compareBounds(parse(when), parse(c.first)) < 0 {
				c.first = when
			}
			if c.last == "" || lastDay(when) > lastDay(c.last) {
				c.last = when
			}
		}
	}
	var list []mContact
	for _, c := range found {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b mContact) int {
		return cmp.Or(cmp.Compare(b.max, a.max), cmp.Compare(lastDay(b.last), lastDay(a.last)), cmp.Compare(a.id, b.id))
	})
	return list
}

// compareBounds compares dates by their begin, then by their end. How they are written does not count.
func compareBounds(a, b edtf.Date) int {
	return edtf.CompareBounds(a.Earliest(), a.Latest(), b.Earliest(), b.Latest())
}

// lastDay returns the last day of a date, its first if the last is open or unknown, a day before all others if there is none.
func lastDay(when string) edtf.Day {
	if when == "" {
		return edtf.MinDay
	}
	for _, b := range []edtf.Bound{parse(when).Latest(), parse(when).Earliest()} {
		if b.Kind == edtf.Known {
			return b.Day
		}
	}
	return edtf.MinDay
}

func (c mContact) String() string {
	var kinds []string
	for k, n := range c.kinds {
		kinds = append(kinds, fmt.Sprintf("%03d %s %d-%d", 999-n[1], k, n[0], n[1]))
	}
	slices.Sort(kinds)
	for i, k := range kinds {
		kinds[i] = k[4:]
	}
	return fmt.Sprintf("%s %d-%d %q %q %s", c.id, c.min, c.max, c.first, c.last, strings.Join(kinds, ","))
}

func TestContactsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		for range 3 {
			of := drawID(r, mActorIDs)()
			var kinds []graph.ID
			if rapid.IntRange(0, 2).Draw(r, "kinds?") == 2 {
				kinds = []graph.ID{drawID(r, keys(mKinds))()}
			}
			w := maybe(r, "during", func() graph.Window { return *drawWindow(r) })
			only := maybe(r, "certainty", func() graph.WindowCertainty { return graph.Certain })
			var want []string
			for i, c := range m.contacts(string(of), kinds, w, only) {
				want = append(want, fmt.Sprint(i+1, " ", c))
			}
			ranks := map[graph.ID]int{}
			write := func(c *graph.Contact) string {
				actor := must(c.Actor(ctx))(r)
				x := mContact{id: string(actor.ID()), min: c.Count.Min, max: c.Count.Max, kinds: map[string][2]int{}}
				if w := must(c.First(ctx))(r); w != nil {
					x.first = w.EDTF
				}
				if w := must(c.Last(ctx))(r); w != nil {
					x.last = w.EDTF
				}
				last := ""
				for _, k := range c.Kinds() {
					id := string(must(k.Kind(ctx))(r).ID())
					x.kinds[id] = [2]int{k.Count.Min, k.Count.Max}
					if key := fmt.Sprintf("%03d%s", 999-k.Count.Max, id); key <= last {
						r.Fatalf("kinds of %s are out of order at %s", x.id, id)
					} else {
						last = key
					}
				}
				return fmt.Sprint(ranks[actor.ID()], " ", x)
			}
			get := func(p graph.Page) *graph.ContactConnection {
				c := must(v.Contacts(ctx, of, kinds, w, only, p))(r)
				for _, e := range c.Edges {
					ranks[must(e.Node.Actor(ctx))(r).ID()] = e.Rank
					if sure := e.Certainty == graph.Certain; sure != (e.Node.Count.Min > 0) {
						r.Fatalf("certainty of %d to %d talks = %s", e.Node.Count.Min, e.Node.Count.Max, e.Certainty)
					}
				}
				if n := must(c.TotalCount(ctx))(r); n != len(want) {
					r.Fatalf("TotalCount() = %d, want %d", n, len(want))
				}
				return c
			}
			var got []string
			for _, c := range get(all).Nodes() {
				got = append(got, write(c))
			}
			if !slices.Equal(got, want) {
				r.Fatalf("contacts of %s =\n%s\nwant\n%s", of, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			samePages(r, "contacts", []int{1, 2, 3}, get, write)

			// The same by the field of an actor, which answers for all actors beside it.
			for _, n := range must(v.Nodes(ctx, []graph.ID{of, "person:ann", "government:g"}))(r)[:1] {
				var field []string
				for _, c := range must(n.(graph.Actor).Contacts(ctx, kinds, w, only, nil, nil, nil, nil))(r).Nodes() {
					field = append(field, write(c))
				}
				if !slices.Equal(field, want) {
					r.Fatalf("contacts field of %s = %q, want %q", of, field, want)
				}
			}
		}
	})
}
