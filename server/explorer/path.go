package explorer

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/parleygraph/parley/graph"
)

type pathData struct {
	frame
	From, To       string // as they were written
	FromRef, ToRef *Ref
	Unknown        []string // names that nobody has
	Near           []Ref
	Hops           int
	Filter         filter
	Any, Time      *pathsView
}

type pathsView struct {
	Mode     string // a word: any, time
	Paths    []pathView
	Finished bool
}

type pathView struct {
	Hops      []hopView
	Certainty graph.WindowCertainty
	Hubs      int
}

type hopView struct {
	From, To Ref
	Pair     string
	Count    graph.Range
	Events   []eventRow
}

// pathPage tells how two actors are connected, by talks in any order and by talks whose dates do not go back.
func pathPage(r *request) (*Answer, error) {
	d := &pathData{frame: r.frame(word(r.lang, "path title")), From: r.values.Get("from"), To: r.values.Get("to"), Hops: 4}
	if s := r.given("hops"); s != nil {
		n, err := strconv.Atoi(*s)
		if err != nil {
			return nil, &graph.ArgumentError{Argument: "hops", Problem: fmt.Sprintf("%.60q is no whole number", *s), Kind: graph.ErrInvalidArgument}
		}
		d.Hops = n
	}
	var ids [2]graph.ID
	for i, name := range []string{d.From, d.To} {
		if name == "" {
			continue
		}
		a, err := r.named(name)
		if err != nil {
			return nil, err
		}
		if a == nil {
			d.Unknown = append(d.Unknown, name)
			near, err := r.near(name)
			if err != nil {
				return nil, err
			}
			d.Near = append(d.Near, near...)
			continue
		}
		x := r.actor(a)
		ids[i] = a.ID()
		if i == 0 {
			d.FromRef = &x
		} else {
			d.ToRef = &x
		}
	}
	if d.FromRef == nil || d.ToRef == nil {
		d.ask("stats", map[string]any{})
		return r.render("path", d, d)
	}
	d.Title = word(r.lang, "pair title", isolate(d.FromRef.Name), isolate(d.ToRef.Name))
	for _, along := range []bool{false, true} {
		v, err := r.paths(ids[0], ids[1], d.Hops, along)
		if err != nil {
			return nil, err
		}
		if along {
			d.Time = v
		} else {
			d.Any = v
		}
	}
	d.ask("paths", r.variables(map[string]any{"from": ids[0], "to": ids[1], "maxHops": d.Hops}))
	return r.render("path", d, d)
}

// named returns the actor with an id, or else the one that a search by name finds first; nil if there is none.
func (r *request) named(name string) (graph.Actor, error) {
	n, err := r.view.Node(r.ctx, graph.ID(name))
	if err != nil && !errors.Is(err, graph.ErrInvalidArgument) {
		return nil, err
	}
	if a, ok := n.(graph.Actor); ok {
		return a, nil
	}
	one := 1
	found, err := r.view.Search(r.ctx, name, []graph.NodeType{graph.TypePerson, graph.TypeGovernment, graph.TypeAgency, graph.TypeOrganization, graph.TypeGroup}, graph.Page{First: &one})
	if err != nil || len(found.Edges) == 0 {
		if argumentError(err) != nil {
			err = nil
		}
		return nil, err
	}
	a, _ := found.Edges[0].Node.(graph.Actor)
	return a, nil
}

func (r *request) paths(from, to graph.ID, hops int, along bool) (*pathsView, error) {
	three := 3
	found, err := r.view.Paths(r.ctx, graph.PathQuery{From: from, To: to, MaxHops: &hops, TimeRespecting: along, First: &three})
	if err != nil {
		return nil, err
	}
	v := &pathsView{Mode: "any", Finished: found.Exhausted}
	if along {
		v.Mode = "time"
	}
	for _, p := range found.Paths {
		x := pathView{Certainty: p.Certainty, Hubs: p.Hubs}
		for _, h := range p.Hops {
			a, err := h.From(r.ctx)
			if err != nil {
				return nil, err
			}
			b, err := h.To(r.ctx)
			if err != nil {
				return nil, err
			}
			one := 1
			events, err := h.Events(r.ctx, &one)
			if err != nil {
				return nil, err
			}
			hop := hopView{From: r.actor(a), To: r.actor(b), Count: *h.Count, Pair: r.link([]string{"pair", string(a.ID()), string(b.ID())})}
			if hop.Events, err = r.rows(events); err != nil {
				return nil, err
			}
			x.Hops = append(x.Hops, hop)
		}
		v.Paths = append(v.Paths, x)
	}
	return v, nil
}
