package explorer

import (
	"github.com/parleygraph/parley/graph"
)

type actorData struct {
	frame
	Actor       Ref
	Names       []*graph.LocalizedText // in other languages
	Aliases     []*graph.LocalizedText
	Description string
	SameAs      []string
	Merged      []graph.ID // into this one
	UnitOf      []Ref
	First, Last when

	Tenures  []tenureRow
	Filter   filter
	Contacts []contactRow
	More     int // contacts that are not shown, -1 for some
	Network  *network
	Larger   string // the page of a larger picture
	Timeline *timeline
	Events   []eventRow
	Count    *graph.Range
	Pager    pager
	Exported int // events in a page that is one file
}

// A tenureRow is somebody's time in a post, with where it lies in the time of all that stand beside it.
type tenureRow struct {
	Person Ref
	Post   Ref
	In     *Ref
	When   when
	Notes  []*note
	X, W   float64 // in hundredths of the drawing
	Open   bool    // it has no known end
}

type contactRow struct {
	Ref
	Rank        int
	Count       graph.Range
	First, Last when
	Kinds       []kindCount
	Pair        string // the page of the two
	Spark       *spark
}

type kindCount struct {
	Ref
	Count graph.Range
}

const (
	actorContacts = 12
	actorNodes    = 40
)

func actorPage(r *request) (*Answer, error) {
	a, elsewhere, err := r.theActor("actor")
	if a == nil {
		return elsewhere, err
	}
	id, x := a.ID(), r.actor(a)
	d := &actorData{frame: r.frame(isolate(x.Name)), Actor: x, Description: text(a.Description(&r.lang)), SameAs: a.SameAs(), Merged: a.RedirectedFrom()}
	for _, n := range a.Names() {
		if n.Text != x.Name {
			d.Names = append(d.Names, n)
		}
	}
	d.Aliases = a.Aliases()
	if d.UnitOf, err = r.actors(a.UnitOf(r.ctx)); err != nil {
		return nil, err
	}
	first, err := a.FirstSeen(r.ctx)
	if err != nil {
		return nil, err
	}
	last, err := a.LastSeen(r.ctx)
	if err != nil {
		return nil, err
	}
	d.First, d.Last = r.when(first), r.when(last)
	tenures, err := a.Tenures(r.ctx, nil)
	if err != nil {
		return nil, err
	}
	if d.Tenures, err = r.tenures(tenures); err != nil {
		return nil, err
	}
	if d.Filter, err = r.filter(); err != nil {
		return nil, err
	}
	f := d.Filter
	if d.Timeline, err = r.timelineOf(max(0, lastYear(d.Last)-lastYear(d.First))+1, []graph.ID{id}, &graph.EventWhere{Kinds: f.kinds()}, f); err != nil {
		return nil, err
	}
	if d.Network, err = r.network([]graph.ID{id}, actorNodes, 1, f); err != nil {
		return nil, err
	}
	d.Larger = r.link([]string{"network", x.ID}, "kind", f.Kind, "from", f.From, "to", f.To)
	if err := d.contacts(r, a, f); err != nil {
		return nil, err
	}
	where := &graph.EventWhere{Kinds: f.kinds(), During: f.window()}
	size := listed
	p := r.page(size)
	list, err := a.Events(r.ctx, where, nil, p.First, p.After, p.Last, p.Before)
	if err != nil {
		return nil, err
	}
	if d.Count, err = list.Count(r.ctx); err != nil {
		return nil, err
	}
	if r.offline() || r.values.Get("format") == "csv" {
		where.And = []*graph.EventWhere{with(id)}
		d.Events, err = r.allRows(where)
		d.Exported, d.Data = len(d.Events), taken(d.Events)
	} else {
		d.Events, err = r.eventRows(list)
		d.Pager = r.pager(list.PageInfo)
	}
	if err != nil {
		return nil, err
	}
	d.ask("actor", r.variables(map[string]any{"id": id, "kinds": kindsVariable(f), "during": windowVariable(f.window()), "after": r.values.Get("after"), "interval": d.Timeline.interval()}))
	d.pictures(r, d.Network)
	d.CSV, d.HTML, d.Card = r.format("csv"), r.format("html"), r.format("card")
	switch r.values.Get("format") {
	case "svg":
		return r.svg(x.ID, d.Network)
	case "csv":
		return r.csv(x.ID, d.Events)
	}
	return r.render("actor", d, d)
}

func (t *timeline) interval() graph.Interval {
	if t == nil {
		return graph.Year
	}
	return t.Interval
}

// contacts reads with whom the actor talked most.
func (d *actorData) contacts(r *request, a graph.Actor, f filter) error {
	first := actorContacts
	list, err := a.Contacts(r.ctx, f.kinds(), f.window(), nil, &first, nil, nil, nil)
	if err != nil {
		return err
	}
	edges := d.Network.edgesOf(a.ID())
	for _, e := range list.Edges {
		c := e.Node
		other, err := c.Actor(r.ctx)
		if err != nil {
			return err
		}
		row := contactRow{Ref: r.actor(other), Rank: e.Rank, Count: *c.Count}
		row.Pair = r.link([]string{"pair", string(a.ID()), string(other.ID())})
		from, err := c.First(r.ctx)
		if err != nil {
			return err
		}
		to, err := c.Last(r.ctx)
		if err != nil {
			return err
		}
		row.First, row.Last = r.when(from), r.when(to)
		for i, k := range c.Kinds() {
			if i == 3 {
				break
			}
			kind, err := k.Kind(r.ctx)
			if err != nil {
				return err
			}
			row.Kinds = append(row.Kinds, kindCount{r.kind(kind), *k.Count})
		}
		if row.Spark, err = r.spark(edges[other.ID()], d.Timeline); err != nil {
			return err
		}
		d.Contacts = append(d.Contacts, row)
	}
	if list.PageInfo.HasNextPage {
		total, err := list.TotalCount(r.ctx)
		if err != nil {
			return err
		}
		d.More = total - len(d.Contacts)
	}
	return nil
}

// tenures reads posts held, and draws them beside each other.
func (r *request) tenures(list []*graph.Tenure) ([]tenureRow, error) {
	var rows []tenureRow
	for _, t := range list {
		person, err := t.Person(r.ctx)
		if err != nil {
			return nil, err
		}
		post, err := t.Position(r.ctx)
		if err != nil {
			return nil, err
		}
		row := tenureRow{Person: r.actor(person), When: r.when(t.When())}
		if row.Post, err = r.node(post); err != nil {
			return nil, err
		}
		in, err := post.PostIn(r.ctx)
		if err != nil {
			return nil, err
		}
		if in != nil {
			x := r.actor(in)
			row.In = &x
		}
		claims, err := t.Claims(r.ctx)
		if err != nil {
			return nil, err
		}
		row.Notes = r.notesOf(claims)
		rows = append(rows, row)
	}
	first, last := 0.0, 0.0
	for _, row := range rows {
		if y, ok := yearOf(row.When.Earliest); ok && (first == 0 || y < first) {
			first = y
		}
		for _, day := range []string{row.When.Earliest, row.When.Latest} {
			if y, ok := yearOf(day); ok {
				last = max(last, y)
			}
		}
	}
	last++ // an open end goes on beyond the last day that is known
	if first == 0 {
		return rows, nil
	}
	for i := range rows {
		row := &rows[i]
		from, ok := yearOf(row.When.Earliest)
		if !ok {
			from = first
		}
		to, ok := yearOf(row.When.Latest)
		if !ok {
			to, row.Open = last, true
		}
		row.X = round((from - first) / (last - first) * 100)
		row.W = round(max(1, (to-from)/(last-first)*100))
	}
	return rows, nil
}

// yearOf returns a day as a number of years, good enough for drawings.
func yearOf(day string) (float64, bool) {
	m := plainDate.FindStringSubmatch(day)
	if m == nil || m[3] == "" {
		return 0, false
	}
	return float64(number(m[1])) + float64(number(m[2])-1)/12 + float64(number(m[3])-1)/372, true
}

func number(digits string) (n int) {
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}
