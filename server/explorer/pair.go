package explorer

import (
	"github.com/parleygraph/parley/graph"
)

type pairData struct {
	frame
	A, B     Ref
	Filter   filter
	Timeline *timeline
	Events   []eventRow
	Count    *graph.Range
	Talks    *graph.Range
	Pager    pager
	Path     string

	Coverage string // what the answer rests on, in words; "" if it was not asked
	Covered  []sourceRow
	TooMany  int // events that would have to be read for it
	NoDay    int // events shown of which the day is not known
	Unsure   int // claims shown that are inferred or doubted
	Unnamed  int // claims shown that are given to people without a name
	Exported int // events in a page that is one file
	CoverAsk string
}

// coverageMost is how many events may be read to tell what an answer of the past rests on: that of now is told from the indexes.
const coverageMost = 3000

// pairPage is everything between two actors: also what one did to the other without a word.
func pairPage(r *request) (*Answer, error) {
	a, b := r.id("a"), r.id("b")
	found, err := r.view.Nodes(r.ctx, []graph.ID{a, b})
	if err != nil {
		return nil, err
	}
	one, ok := found[0].(graph.Actor)
	if !ok {
		return nil, nil
	}
	other, ok := found[1].(graph.Actor)
	if !ok {
		r.vars = func(string) string { return string(b) } // it is the one that is missing
		return nil, nil
	}
	if one.ID() != a || other.ID() != b {
		if a != b && one.ID() == other.ID() { // the two are one
			return r.moved("actor", one.ID()), nil
		}
		return r.moved("pair", one.ID(), other.ID()), nil
	}
	if a == b {
		return nil, &graph.ArgumentError{Argument: "b", Problem: "it is the actor itself; give another one", Kind: graph.ErrInvalidArgument}
	}
	x, y := r.actor(one), r.actor(other)
	d := &pairData{frame: r.frame(word(r.lang, "pair title", isolate(x.Name), isolate(y.Name))), A: x, B: y}
	if d.Filter, err = r.filter(); err != nil {
		return nil, err
	}
	f := d.Filter
	if d.Timeline, err = r.timeline([]graph.ID{a, b}, &graph.EventWhere{Kinds: f.kinds()}, f); err != nil {
		return nil, err
	}
	where := &graph.EventWhere{Kinds: f.kinds(), During: f.window(), And: []*graph.EventWhere{with(a), with(b)}}
	list, err := r.view.Events(r.ctx, where, nil, r.page(listed))
	if err != nil {
		return nil, err
	}
	if d.Count, err = list.Count(r.ctx); err != nil {
		return nil, err
	}
	if r.offline() || r.values.Get("format") == "csv" {
		d.Events, err = r.allRows(where)
		d.Exported, d.Data = len(d.Events), taken(d.Events)
	} else {
		d.Events, err = r.eventRows(list)
		d.Pager = r.pager(list.PageInfo)
	}
	if err != nil {
		return nil, err
	}
	if r.values.Get("format") == "csv" {
		return r.csv(x.ID+"~"+y.ID, d.Events)
	}
	one1 := 1
	talks, err := r.view.Interactions(r.ctx, &graph.InteractionWhere{Actor: &a, Counterpart: &b, Kinds: f.kinds(), During: f.window()}, nil, graph.Page{First: &one1})
	if err != nil {
		return nil, err
	}
	if d.Talks, err = talks.Count(r.ctx); err != nil {
		return nil, err
	}
	d.Path = r.link([]string{"path"}, "from", x.ID, "to", y.ID)
	if err := d.unknown(r, one, other); err != nil {
		return nil, err
	}
	variables := map[string]any{"a": a, "b": b, "kinds": kindsVariable(f), "during": windowVariable(f.window()), "after": r.values.Get("after"), "interval": d.Timeline.interval()}
	d.ask("pair", r.variables(variables))
	d.CSV, d.HTML, d.Card = r.format("csv"), r.format("html"), r.format("card")
	return r.render("pair", d, d)
}

func with(id graph.ID) *graph.EventWhere {
	return &graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: &id}}}
}

// unknown tells what the page does not know: what it rests on, and how much of what it shows is less than sure.
func (d *pairData) unknown(r *request, one, other graph.Actor) error {
	events := 0
	for _, a := range []graph.Actor{one, other} {
		if !r.past {
			break
		}
		first := 1
		list, err := a.Events(r.ctx, nil, nil, &first, nil, nil, nil)
		if err != nil {
			return err
		}
		n, err := list.TotalCount(r.ctx)
		if err != nil {
			return err
		}
		events += n
	}
	var about frame
	about.ask("coverage", r.variables(map[string]any{"actors": []string{d.A.ID, d.B.ID}, "during": windowVariable(d.Filter.window())}))
	d.CoverAsk = about.Question
	if events > coverageMost {
		d.TooMany = events
	} else {
		c, err := r.view.Coverage(r.ctx, []graph.ID{one.ID(), other.ID()}, d.Filter.window())
		if err != nil {
			return err
		}
		d.Coverage = c.Statement
		sources, err := c.CoveredBy(r.ctx)
		if err != nil {
			return err
		}
		for i, s := range sources {
			if i == 5 {
				break
			}
			d.Covered = append(d.Covered, sourceRow{Ref: r.source(s), Published: r.when(s.Published())})
		}
	}
	for _, e := range d.Events {
		if e.When.Uncertain() {
			d.NoDay++
		}
	}
	for _, n := range r.notes.list {
		if c := n.claim.Certainty(); c == graph.Inferred || c == graph.Doubted {
			d.Unsure++
		}
		to, err := n.claim.AttributedTo(r.ctx)
		if err != nil {
			return err
		}
		for _, a := range to {
			if typeOf(a) == graph.TypeGroup {
				d.Unnamed++
				break
			}
		}
	}
	return nil
}
