package explorer

import (
	"strings"

	"github.com/parleygraph/parley/graph"
)

type kindData struct {
	frame
	Kind       Ref
	Definition string
	Codes      []string
	Broader    *Ref
	Narrower   []Ref
	Filter     filter
	Timeline   *timeline
	Events     []eventRow
	Pager      pager
}

// kindPage is a kind of event: what is meant by it, and when such events were.
func kindPage(r *request) (*Answer, error) {
	id := r.id("id")
	n, err := r.view.Node(r.ctx, id)
	if err != nil {
		return nil, err
	}
	k, ok := n.(*graph.EventKind)
	if !ok {
		return nil, nil
	}
	d := &kindData{Kind: r.kind(k), Definition: text(k.Definition(&r.lang))}
	d.frame = r.frame(isolate(d.Kind.Name))
	for _, c := range k.Notations() {
		d.Codes = append(d.Codes, string(c.Scheme)+" "+c.Code)
	}
	b, err := k.Broader(r.ctx)
	if err != nil {
		return nil, err
	}
	if b != nil {
		x := r.kind(b)
		d.Broader = &x
	}
	narrower, err := k.Narrower(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range narrower {
		d.Narrower = append(d.Narrower, r.kind(n))
	}
	d.Filter = r.window() // the page is of one kind
	f := d.Filter
	f.Kind = string(id)
	where := &graph.EventWhere{Kinds: f.kinds()}
	if d.Timeline, err = r.timeline(nil, where, f); err != nil {
		return nil, err
	}
	where.During = f.window()
	if d.Events, d.Pager, err = r.listedEvents(where); err != nil {
		return nil, err
	}
	if r.values.Get("format") == "csv" {
		return r.csv(string(id), d.Events)
	}
	d.ask("timeline", r.variables(map[string]any{"kinds": []graph.ID{id}, "interval": d.Timeline.interval(), "during": windowVariable(f.window()), "after": r.values.Get("after")}))
	d.CSV = r.format("csv")
	return r.render("kind", d, d)
}

type kindsData struct {
	frame
	Kinds []kindNode
}

type kindNode struct {
	Ref
	Definition string
	Narrower   []kindNode
}

// kindsPage is the tree of all kinds.
func kindsPage(r *request) (*Answer, error) {
	all, err := r.view.Kinds(r.ctx)
	if err != nil {
		return nil, err
	}
	below := map[graph.ID][]*graph.EventKind{}
	for _, k := range all {
		b, err := k.Broader(r.ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			below[""] = append(below[""], k)
		} else {
			below[b.ID()] = append(below[b.ID()], k)
		}
	}
	d := &kindsData{frame: r.frame(word(r.lang, "kinds"))}
	var under func(id graph.ID, above string) []kindNode
	under = func(id graph.ID, above string) (out []kindNode) {
		for _, k := range below[id] {
			if strings.Contains(above, " "+string(k.ID())+" ") {
				continue // a ring
			}
			out = append(out, kindNode{r.kind(k), text(k.Definition(&r.lang)), under(k.ID(), above+string(k.ID())+" ")})
		}
		return out
	}
	d.Kinds = under("", " ")
	d.ask("kinds", map[string]any{})
	return r.render("kinds", d, d)
}
