package explorer

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/parleygraph/parley/graph"
)

func encode(v map[string][]string) string { return url.Values(v).Encode() }

type homeData struct {
	frame
	Stats   *graph.Stats
	Events  []eventRow
	People  []Ref // who was in the newest events
	Sources []sourceRow
}

// A sourceRow is a source in a list.
type sourceRow struct {
	Ref
	Publisher string
	Published when
}

func home(r *request) (*Answer, error) {
	d := &homeData{frame: r.frame("Parley")}
	d.Front = true
	var err error
	if d.Stats, err = r.view.Stats(r.ctx); err != nil {
		return nil, err
	}
	occurred, ten := graph.Occurred, 10
	list, err := r.view.Events(r.ctx, &graph.EventWhere{Status: &occurred, Kinds: []graph.ID{"kind:communication"}}, nil, graph.Page{First: &ten})
	if argumentError(err) != nil { // a store without the curated kinds
		list, err = r.view.Events(r.ctx, nil, nil, graph.Page{First: &ten})
	}
	if err != nil {
		return nil, err
	}
	if d.Events, err = r.rows(list.Nodes()); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, e := range d.Events {
		for _, p := range e.Parts {
			if !seen[p.Actor.ID] && len(d.People) < 12 {
				seen[p.Actor.ID] = true
				d.People = append(d.People, p.Actor)
			}
		}
	}
	if d.Sources, _, err = r.sourceRows(graph.Page{First: &ten}); err != nil {
		return nil, err
	}
	d.ask("home", r.variables(map[string]any{}))
	return r.render("home", d, d)
}

func (r *request) sourceRows(p graph.Page) ([]sourceRow, *graph.PageInfo, error) {
	list, err := r.view.Sources(r.ctx, nil, p)
	if err != nil {
		return nil, nil, err
	}
	var rows []sourceRow
	for _, s := range list.Nodes() {
		row := sourceRow{Ref: r.source(s), Published: r.when(s.Published())}
		publisher, err := s.Publisher(r.ctx)
		if err != nil {
			return nil, nil, err
		}
		if publisher != nil {
			row.Publisher = publisher.Name(&r.lang)
		}
		rows = append(rows, row)
	}
	return rows, list.PageInfo, nil
}

type sourcesData struct {
	frame
	Sources []sourceRow
	Pager   pager
}

func sourcesPage(r *request) (*Answer, error) {
	d := &sourcesData{frame: r.frame(word(r.lang, "all sources"))}
	rows, info, err := r.sourceRows(r.page(50))
	if err != nil {
		return nil, err
	}
	d.Sources, d.Pager = rows, r.pager(info)
	d.ask("sources", r.variables(map[string]any{"after": r.values.Get("after")}))
	return r.render("sources", d, d)
}

type searchData struct {
	frame
	Text string
	Hits []hit
}

type hit struct {
	Ref
	Reason string
}

// search finds what is called so. A name that only one has leads there at once.
func search(r *request) (*Answer, error) {
	q := strings.TrimSpace(r.values.Get("q"))
	d := &searchData{frame: r.frame(word(r.lang, "search")), Text: q}
	if q == "" {
		return r.render("search", d, d)
	}
	d.Title = word(r.lang, "search for", isolate(q))
	first := listed
	found, err := r.view.Search(r.ctx, q, nil, graph.Page{First: &first})
	if argumentError(err) == nil && err != nil {
		return nil, err
	}
	if err == nil {
		for _, e := range found.Edges {
			x, err := r.node(e.Node)
			if err != nil {
				return nil, err
			}
			d.Hits = append(d.Hits, hit{x, e.Reason})
		}
	}
	if len(d.Hits) == 0 {
		near, err := r.near(q)
		if err != nil {
			return nil, err
		}
		for _, n := range near {
			d.Hits = append(d.Hits, hit{Ref: n})
		}
	}
	d.ask("search", map[string]any{"text": q})
	return r.render("search", d, d)
}

// nodePage leads to the page of whatever has an id.
func nodePage(r *request) (*Answer, error) {
	n, err := r.view.Node(r.ctx, r.id("id"))
	if err != nil || n == nil {
		return nil, err
	}
	id := string(n.ID())
	to := ""
	switch n := n.(type) {
	case graph.Actor:
		to = r.link([]string{"actor", id})
	case *graph.Event:
		to = r.link([]string{"event", id})
	case *graph.Source:
		to = r.link([]string{"source", id})
	case *graph.Claim:
		to = r.link([]string{"claim", id})
	case *graph.EventKind:
		to = r.link([]string{"kind", id})
	case *graph.Tenure:
		p, err := n.Person(r.ctx)
		if err != nil {
			return nil, err
		}
		to = r.link([]string{"actor", string(p.ID())})
	default:
		return thingPage(r, n)
	}
	return &Answer{Status: http.StatusFound, Location: to}, nil
}

type thingData struct {
	frame
	ID, Type, Name string
	Definition     string
	SameAs         []string
	Tenures        []tenureRow
	PostIn         *Ref
	Events         []eventRow
	Pager          pager
}

// thingPage is of what has no page of its own kind: a place or a topic with the events there or about it, a post with who held it, a role.
func thingPage(r *request, n graph.Node) (*Answer, error) {
	x, err := r.node(n)
	if err != nil {
		return nil, err
	}
	d := &thingData{frame: r.frame(isolate(x.Name)), ID: x.ID, Type: x.Type, Name: x.Name}
	if s, ok := n.(interface{ SameAs() []string }); ok {
		d.SameAs = s.SameAs()
	}
	if s, ok := n.(interface{ Definition(*string) *string }); ok {
		d.Definition = text(s.Definition(&r.lang))
	}
	id := n.ID()
	var where *graph.EventWhere
	switch n := n.(type) {
	case *graph.Place:
		where = &graph.EventWhere{Place: &id}
	case *graph.Topic:
		where = &graph.EventWhere{Topic: &id}
	case *graph.Position:
		in, err := n.PostIn(r.ctx)
		if err != nil {
			return nil, err
		}
		if in != nil {
			x := r.actor(in)
			d.PostIn = &x
		}
		list, err := n.Tenures(r.ctx, nil)
		if err != nil {
			return nil, err
		}
		if d.Tenures, err = r.tenures(list); err != nil {
			return nil, err
		}
	}
	if where != nil {
		if d.Events, d.Pager, err = r.listedEvents(where); err != nil {
			return nil, err
		}
	}
	d.ask("node", r.variables(map[string]any{"id": id}))
	return r.render("thing", d, d)
}
