package explorer

import (
	"strconv"

	"github.com/parleygraph/parley/graph"
)

type eventData struct {
	frame
	Event          eventRow
	KindFact       factView
	WhenFact       factView
	Places, Topics []Ref
	PartOf         *Ref
	Parts          []Ref
	CausedBy       []Ref
	Causes         []Ref
	Count          string
	Rate, Duration string
	Participants   []part
	Corroboration  int
}

// A factView is what speaks for a value, and the values that were not preferred.
type factView struct {
	Notes         []*note
	Corroboration int
	Rivals        []rivalView
}

type rivalView struct {
	Words string
	Rule  graph.PreferenceRule
	Notes []*note
}

// fact reads what speaks for a fact and against it. Name writes a value.
func (r *request) fact(f *graph.Fact, name func(value string, n graph.Node) string) (out factView, err error) {
	claims, err := f.Claims(r.ctx)
	if err != nil {
		return out, err
	}
	out.Notes = r.notesOf(claims)
	if out.Corroboration, err = f.Corroboration(r.ctx); err != nil {
		return out, err
	}
	for _, rival := range f.Rivals {
		claims, err := rival.Claims(r.ctx)
		if err != nil {
			return out, err
		}
		n, err := rival.Node(r.ctx)
		if err != nil {
			return out, err
		}
		out.Rivals = append(out.Rivals, rivalView{name(rival.Value, n), rival.Rule, r.notesOf(claims)})
	}
	return out, nil
}

func eventPage(r *request) (*Answer, error) {
	e, err := r.view.Event(r.ctx, r.id("id"))
	if err != nil || e == nil {
		return nil, err
	}
	d := &eventData{}
	if d.Event, err = r.row(e, graph.MaxPage, graph.MaxPage); err != nil {
		return nil, err
	}
	d.frame = r.frame(isolate(d.Event.Name))
	if d.WhenFact, err = r.fact(e.WhenFact(), func(value string, _ graph.Node) string { return dateWords(r.lang, value) }); err != nil {
		return nil, err
	}
	d.KindFact, err = r.fact(e.KindFact(), func(value string, n graph.Node) string {
		if k, ok := n.(*graph.EventKind); ok {
			return k.Label(&r.lang)
		}
		return value
	})
	if err != nil {
		return nil, err
	}
	list, err := e.Participations(r.ctx)
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		if i == graph.MaxPage {
			break
		}
		x := d.Event.Parts[i]
		claims, err := p.Claims(r.ctx)
		if err != nil {
			return nil, err
		}
		x.Notes = r.notesOf(claims)
		d.Participants = append(d.Participants, x)
	}
	places, err := e.Places(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		x, err := r.node(p)
		if err != nil {
			return nil, err
		}
		d.Places = append(d.Places, x)
	}
	topics, err := e.Topics(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		x, err := r.node(t)
		if err != nil {
			return nil, err
		}
		d.Topics = append(d.Topics, x)
	}
	whole, err := e.PartOf(r.ctx)
	if err != nil {
		return nil, err
	}
	if whole != nil {
		x, err := r.event(whole)
		if err != nil {
			return nil, err
		}
		d.PartOf = &x
	}
	if d.Parts, err = r.events(e.Parts(r.ctx)); err != nil {
		return nil, err
	}
	if d.CausedBy, err = r.events(e.CausedBy(r.ctx)); err != nil {
		return nil, err
	}
	if d.Causes, err = r.events(e.Causes(r.ctx)); err != nil {
		return nil, err
	}
	count, err := e.Count()
	if err != nil {
		return nil, err
	}
	if count != nil {
		d.Count = grouped(r.lang, *count)
	}
	rate, err := e.RatePercent()
	if err != nil {
		return nil, err
	}
	if rate != nil {
		d.Rate = strconv.FormatFloat(*rate, 'f', -1, 64) + " %"
	}
	d.Duration = text(e.Duration())
	d.ask("event", r.variables(map[string]any{"id": e.ID()}))
	d.HTML = r.format("html")
	return r.render("event", d, d)
}
