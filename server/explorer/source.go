package explorer

import (
	"github.com/parleygraph/parley/graph"
)

type sourceData struct {
	frame
	Source      Ref
	Publisher   *Ref
	Authors     []Ref
	Published   when
	URL         string
	ArchivedURL string
	Sha256      string
	Language    string
	RetrievedAt string
	Reliability string
	DerivedFrom []Ref
	Root        *Ref // if it is another one
	Claims      []*note
	Pager       pager
	Events      []restingRow
	More        string // events that rest on it, beyond those shown
}

// A restingRow is an event that rests on a source, and on which others that are independent of it.
type restingRow struct {
	eventRow
	Also []Ref
}

// sourcePage is a source: what it says, claim by claim, and what rests on it, on it alone or on others too.
func sourcePage(r *request) (*Answer, error) {
	id := r.id("id")
	n, err := r.view.Node(r.ctx, id)
	if err != nil {
		return nil, err
	}
	s, ok := n.(*graph.Source)
	if !ok {
		return nil, nil
	}
	d := &sourceData{Source: r.source(s), Published: r.when(s.Published()), URL: text(s.URL()), ArchivedURL: text(s.ArchivedURL()),
		Sha256: text(s.Sha256()), Language: text(s.Language()), RetrievedAt: text(s.RetrievedAt())}
	d.frame = r.frame(isolate(d.Source.Name))
	if x := s.Reliability(); x != nil {
		d.Reliability = string(*x)
	}
	p, err := s.Publisher(r.ctx)
	if err != nil {
		return nil, err
	}
	if p != nil {
		x := r.actor(p)
		d.Publisher = &x
	}
	if d.Authors, err = r.actors(s.Authors(r.ctx)); err != nil {
		return nil, err
	}
	from, err := s.DerivedFrom(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range from {
		d.DerivedFrom = append(d.DerivedFrom, r.source(x))
	}
	root, err := s.Root(r.ctx)
	if err != nil {
		return nil, err
	}
	if root.ID() != id {
		x := r.source(root)
		d.Root = &x
	}
	page := r.page(listed)
	claims, err := s.Claims(r.ctx, page.First, page.After, page.Last, page.Before)
	if err != nil {
		return nil, err
	}
	for _, c := range claims.Nodes() {
		d.Claims = append(d.Claims, r.note(c))
	}
	d.Pager = r.pager(claims.PageInfo)
	if err := d.resting(r, id, root.ID()); err != nil {
		return nil, err
	}
	d.ask("source", r.variables(map[string]any{"id": id, "after": r.values.Get("after")}))
	return r.render("source", d, d)
}

// resting adds the newest events that rest on the source, and on which other sources: those that go back to another one than it does.
func (d *sourceData) resting(r *request, id, root graph.ID) error {
	ten := 10
	list, err := r.view.Events(r.ctx, &graph.EventWhere{Source: &id}, nil, graph.Page{First: &ten})
	if err != nil {
		return err
	}
	rows, err := r.eventRows(list)
	if err != nil {
		return err
	}
	for _, row := range rows {
		x := restingRow{eventRow: row}
		seen := map[graph.ID]bool{id: true}
		for _, n := range row.Notes {
			other, err := n.claim.Source(r.ctx)
			if err != nil {
				return err
			}
			if seen[other.ID()] {
				continue
			}
			seen[other.ID()] = true
			from, err := other.Root(r.ctx)
			if err != nil {
				return err
			}
			if from.ID() != root { // a reprint, or what this one reprints, adds nothing
				x.Also = append(x.Also, r.source(other))
			}
		}
		d.Events = append(d.Events, x)
	}
	if list.PageInfo.HasNextPage {
		var more frame
		more.ask("source_events", r.variables(map[string]any{"source": id}))
		d.More = more.Question
	}
	return nil
}

type claimData struct {
	frame
	Note         *note
	Retract      string // the form to do that, "" if there is none
	By           string
	RetractedBy  string
	DerivedFrom  []*note
	Supersedes   *note
	SupersededBy *note
	Quads        []quadRow
	Pager        pager
}

type quadRow struct{ Subject, Predicate, Object termView }

// A termView is a term of a quad, with a link if it names something here.
type termView struct{ Text, Href, Title string }

// claimPage is one claim: who says it, where, how surely, and the facts that it is about.
func claimPage(r *request) (*Answer, error) {
	n, err := r.view.Node(r.ctx, r.id("id"))
	if err != nil {
		return nil, err
	}
	c, ok := n.(*graph.Claim)
	if !ok {
		return nil, nil
	}
	d := &claimData{Note: r.note(c)}
	name := text(c.Statement(&r.lang))
	if name == "" {
		name = string(c.ID())
	}
	d.frame = r.frame(isolate(name))
	if d.By, err = c.RecordedBy(); err != nil {
		return nil, err
	}
	d.RetractedBy = text(c.RetractedBy())
	if r.pages.writable && d.RetractedBy == "" && r.asOf == (graph.AsOf{}) {
		d.Retract = "/record?" + encode(map[string][]string{"claim": {string(c.ID())}}) + "#r-retract"
	}
	from, err := c.DerivedFrom(r.ctx)
	if err != nil {
		return nil, err
	}
	d.DerivedFrom = r.notesOf(from)
	before, err := c.Supersedes(r.ctx)
	if err != nil {
		return nil, err
	}
	if before != nil {
		d.Supersedes = r.note(before)
	}
	after, err := c.SupersededBy(r.ctx)
	if err != nil {
		return nil, err
	}
	if after != nil {
		d.SupersededBy = r.note(after)
	}
	label := string(c.ID())
	quads, err := r.view.Quads(r.ctx, graph.QuadPattern{Label: &label}, r.page(50))
	if err != nil {
		return nil, err
	}
	for _, q := range quads.Nodes() {
		var row quadRow
		for _, x := range []struct {
			to   *termView
			term *graph.Term
		}{{&row.Subject, q.Subject()}, {&row.Predicate, q.Predicate()}, {&row.Object, q.Object()}} {
			if *x.to, err = r.term(x.term); err != nil {
				return nil, err
			}
		}
		d.Quads = append(d.Quads, row)
	}
	d.Pager = r.pager(quads.PageInfo)
	d.ask("claim", r.variables(map[string]any{"id": c.ID()}))
	return r.render("claim", d, d)
}

func (r *request) term(t *graph.Term) (termView, error) {
	out := termView{Text: t.Value(), Title: t.Nquads()}
	n, err := t.Node(r.ctx)
	if err != nil || n == nil {
		return out, err
	}
	out.Href = r.link([]string{"node", string(n.ID())})
	return out, nil
}
