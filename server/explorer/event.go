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
	for _, add := range []func(*request, *graph.Event) error{d.facts, d.participants, d.neighbours, d.numbers} {
		if err := add(r, e); err != nil {
			return nil, err
		}
	}
	d.Duration = text(e.Duration())
	d.ask("event", r.variables(map[string]any{"id": e.ID()}))
	d.HTML = r.format("html")
	return r.render("event", d, d)
}

// facts adds what speaks for the date and the kind.
func (d *eventData) facts(r *request, e *graph.Event) (err error) {
	if d.WhenFact, err = r.fact(e.WhenFact(), func(value string, _ graph.Node) string { return dateWords(r.lang, value) }); err != nil {
		return err
	}
	d.KindFact, err = r.fact(e.KindFact(), func(value string, n graph.Node) string {
		if k, ok := n.(*graph.EventKind); ok {
			return k.Label(&r.lang)
		}
		return value
	})
	return err
}

// participants adds those of the row, each with the claims that say so.
func (d *eventData) participants(r *request, e *graph.Event) error {
	list, err := e.Participations(r.ctx)
	if err != nil {
		return err
	}
	for i, p := range list[:min(len(list), graph.MaxPage)] {
		x := d.Event.Parts[i]
		claims, err := p.Claims(r.ctx)
		if err != nil {
			return err
		}
		x.Notes = r.notesOf(claims)
		d.Participants = append(d.Participants, x)
	}
	return nil
}

// neighbours adds where the event was, what it was about, and the events that it has to do with.
func (d *eventData) neighbours(r *request, e *graph.Event) (err error) {
	places, err := e.Places(r.ctx)
	if err != nil {
		return err
	}
	if d.Places, err = nodes(r, places); err != nil {
		return err
	}
	topics, err := e.Topics(r.ctx)
	if err != nil {
		return err
	}
	if d.Topics, err = nodes(r, topics); err != nil {
		return err
	}
	whole, err := e.PartOf(r.ctx)
	if err != nil {
		return err
	}
	if whole != nil {
		x, err := r.event(whole)
		if err != nil {
			return err
		}
		d.PartOf = &x
	}
	if d.Parts, err = r.events(e.Parts(r.ctx)); err != nil {
		return err
	}
	if d.CausedBy, err = r.events(e.CausedBy(r.ctx)); err != nil {
		return err
	}
	d.Causes, err = r.events(e.Causes(r.ctx))
	return err
}

// numbers adds how many or how much the event was about.
func (d *eventData) numbers(r *request, e *graph.Event) error {
	count, err := e.Count()
	if err != nil {
		return err
	}
	if count != nil {
		d.Count = grouped(r.lang, *count)
	}
	rate, err := e.RatePercent()
	if err != nil {
		return err
	}
	if rate != nil {
		d.Rate = strconv.FormatFloat(*rate, 'f', -1, 64) + " %"
	}
	return nil
}
