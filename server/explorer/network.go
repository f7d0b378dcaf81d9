package explorer

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// A network is a drawing of actors and of who talked to whom, laid out as the payload of /graph.json is.
type network struct {
	Nodes  []netNode
	Edges  []netEdge
	Hidden int // edges that are not drawn
	Cut    *graph.Truncation
	Query  string // of /graph.json, without a format
	Box    box    // what of the sheet it takes, with a margin

	of   *graph.GraphPayload
	lang string
}

type box struct{ X, Y, W, H float64 }

type netNode struct {
	Ref
	Short         string
	X, Y, R       float64
	Talks, Degree int
	Adds          graph.Expansion
	First, Last   string
	Middle        bool // it was asked for
	Minor         bool // its name is shown when there is room, or somebody points at it
}

type netEdge struct {
	A, B           string // ids
	X1, Y1, X2, Y2 float64
	Width          float64
	Weight         int
	First, Last    string
}

const (
	// So many names are always shown, of a small picture beside a list and of a large one.
	fewNames, manyNames = 12, 30

	// Margins around the middles of nodes: for names to the sides, circles and a name below.
	netSide, netAbove, netBelow = 130, 40, 60
	netLeast                    = 320 // how high a picture is at least

	perNode, mostEdges = 5, 1500
)

// network draws what is around some actors. Most is how many nodes it may have.
func (r *request) network(around []graph.ID, most, depth int, f filter) (*network, error) {
	p, err := r.view.GraphPayload(r.ctx, graph.GraphQuery{Around: around, Depth: &depth, Kinds: f.kinds(), During: f.window(), MaxNodes: &most})
	if err != nil {
		return nil, err
	}
	n := &network{Cut: p.Truncation, of: p, lang: r.lang}
	names := manyNames
	if most <= actorNodes {
		names = fewNames
	}
	places := map[string]int{}
	largest := 1
	for _, x := range p.Nodes {
		largest = max(largest, x.Talks)
	}
	for i, x := range p.Nodes {
		label, err := x.Label(r.ctx)
		if err != nil {
			return nil, err
		}
		typ, err := x.Type(r.ctx)
		if err != nil {
			return nil, err
		}
		at, err := x.Position(r.ctx)
		if err != nil {
			return nil, err
		}
		id := string(x.ID())
		places[id] = i
		n.Nodes = append(n.Nodes, netNode{
			Ref: Ref{id, label, r.link([]string{"actor", id}), string(typ)}, Short: shortened(label, 28),
			X: at.X, Y: at.Y, R: round(6 + 16*math.Sqrt(float64(x.Talks)/float64(largest))),
			Talks: x.Talks, Degree: x.Degree, Adds: *x.Adds(), First: text(x.FirstSeen()), Last: text(x.LastSeen()),
			Middle: i < len(around), Minor: i >= names,
		})
	}
	n.join(p.Edges, places)
	n.Box = boxOf(n.Nodes)
	n.Query = networkQuery(around, most, depth, f, r.asOf)
	return n, nil
}

// join draws edges: all of those in the middle, and of the others the strongest. More than a few for each node hide each other.
func (n *network) join(edges []*graph.GraphEdge, places map[string]int) {
	most := min(perNode*len(n.Nodes), mostEdges)
	drawn := slices.Clone(edges)
	if len(edges) > most {
		middle := map[graph.ID]int{}
		for _, x := range n.Nodes {
			if x.Middle {
				middle[graph.ID(x.ID)] = math.MaxInt32
			}
		}
		strength := make(map[*graph.GraphEdge]int, len(edges))
		for _, e := range edges {
			strength[e] = max(e.Weight, middle[e.Source()], middle[e.Target()])
		}
		slices.SortStableFunc(drawn, func(a, b *graph.GraphEdge) int { return strength[b] - strength[a] })
		drawn = drawn[:most]
		n.Hidden = len(edges) - most
	}
	for _, e := range drawn {
		a, b := n.Nodes[places[string(e.Source())]], n.Nodes[places[string(e.Target())]]
		first, last := e.Seen()
		n.Edges = append(n.Edges, netEdge{A: a.ID, B: b.ID, X1: a.X, Y1: a.Y, X2: b.X, Y2: b.Y, Weight: e.Weight, First: text(first), Last: text(last),
			Width: round(0.8 + 1.4*math.Log10(float64(e.Weight)+1))})
	}
}

// Lines returns the edges as elements of SVG. There are hundreds, of nothing but numbers and ids, and a template takes five times as long.
func (n *network) Lines() template.HTML {
	b := make([]byte, 0, 160*len(n.Edges))
	for _, e := range n.Edges {
		for _, x := range []struct {
			name  string
			value float64
		}{{"<line x1", e.X1}, {" y1", e.Y1}, {" x2", e.X2}, {" y2", e.Y2}, {" stroke-width", e.Width}, {" data-weight", float64(e.Weight)}} {
			b = append(append(b, x.name...), '=', '"')
			b = append(strconv.AppendFloat(b, x.value, 'f', -1, 64), '"')
		}
		for _, x := range [][2]string{{" data-a", e.A}, {" data-b", e.B}, {" data-first", e.First}, {" data-last", e.Last}} {
			b = append(append(b, x[0]...), '=', '"')
			b = append(append(b, template.HTMLEscapeString(x[1])...), '"')
		}
		b = append(b, "/>"...)
	}
	return template.HTML(b)
}

// Circles returns the nodes as elements of SVG, without a template as the lines.
func (n *network) Circles() template.HTML {
	var b strings.Builder
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	for i := range n.Nodes {
		x := &n.Nodes[i]
		class := "node " + x.Type
		if x.Middle {
			class += " middle"
		}
		if x.Minor {
			class += " minor"
		}
		tag(&b, `<a href="`, x.Href, `" class="`, class, `" data-id="`, x.ID, `" data-adds="`, strconv.Itoa(x.Adds.Nodes), `" data-talks="`, strconv.Itoa(x.Adds.Talks),
			`" transform="translate(`, number(x.X), ` `, number(x.Y), `)"><title>`, isolate(x.Name)+": "+grouped(n.lang, x.Talks), `</title><circle r="`, number(x.R),
			`"/><text y="`, number(x.R), `" dy="17" unicode-bidi="isolate">`, x.Short, `</text></a>`)
	}
	return template.HTML(b.String())
}

func boxOf(nodes []netNode) box {
	if len(nodes) == 0 {
		return box{0, 0, netLeast, netLeast}
	}
	x1, y1, x2, y2 := nodes[0].X, nodes[0].Y, nodes[0].X, nodes[0].Y
	for _, n := range nodes {
		x1, y1, x2, y2 = min(x1, n.X), min(y1, n.Y), max(x2, n.X), max(y2, n.Y)
	}
	b := box{x1 - netSide, y1 - netAbove, x2 - x1 + 2*netSide, y2 - y1 + netAbove + netBelow}
	if more := netLeast - b.H; more > 0 {
		b.Y, b.H = b.Y-more/2, netLeast
	}
	if more := 2*netLeast - b.W; more > 0 {
		b.X, b.W = b.X-more/2, 2*netLeast
	}
	return box{round(b.X), round(b.Y), round(b.W), round(b.H)}
}

// shortened cuts a text to at most most characters.
func shortened(s string, most int) string {
	c := []rune(s)
	if len(c) <= most {
		return s
	}
	return string(c[:most-1]) + "…"
}

func networkQuery(around []graph.ID, most, depth int, f filter, at graph.AsOf) string {
	values := map[string][]string{}
	for _, id := range around {
		values["around"] = append(values["around"], string(id))
	}
	for name, value := range map[string]string{"maxNodes": strconv.Itoa(most), "depth": strconv.Itoa(depth), "kinds": f.Kind, "from": f.From, "to": f.To, "knownAt": text(at.KnownAt), "validAt": text(at.ValidAt)} {
		if value != "" {
			values[name] = []string{value}
		}
	}
	return encode(values)
}

// edgesOf returns, by counterpart, the edges of an actor.
func (n *network) edgesOf(id graph.ID) map[graph.ID]*graph.GraphEdge {
	out := map[graph.ID]*graph.GraphEdge{}
	for _, e := range n.of.Edges {
		switch id {
		case e.Source():
			out[e.Target()] = e
		case e.Target():
			out[e.Source()] = e
		}
	}
	return out
}

// A spark is a small drawing of how often two talked over the time of a whole timeline.
type spark struct{ Path string }

const sparkWidth, sparkHeight = 120.0, 18.0

// spark draws an edge's talks on the years of a timeline. A date that may be in several years stands in all of them, as light as it is
// uncertain there.
func (r *request) spark(e *graph.GraphEdge, t *timeline) (*spark, error) {
	if e == nil || t == nil || len(t.Bars) == 0 {
		return nil, nil
	}
	buckets, err := e.Timeline(t.Interval)
	if err != nil {
		if argumentError(err) != nil {
			return nil, nil // too long to draw
		}
		return nil, err
	}
	place := map[string]int{}
	for i, b := range t.Bars {
		place[b.From] = i
	}
	width := sparkWidth / float64(len(t.Bars))
	most := 1
	for _, b := range buckets {
		most = max(most, b.Count.Max)
	}
	var path []byte
	for _, b := range buckets {
		i, ok := place[b.From()]
		if !ok || b.Count.Max == 0 {
			continue
		}
		h := round(max(2, sparkHeight*float64(b.Count.Max)/float64(most)))
		wide := round(max(1, width*0.9))
		for _, x := range []struct {
			command string
			value   float64
		}{{"M", round(float64(i) * width)}, {" ", sparkHeight}, {"v", -h}, {"h", wide}, {"v", h}} {
			path = strconv.AppendFloat(append(path, x.command...), x.value, 'f', -1, 64)
		}
		path = append(path, 'z')
	}
	return &spark{Path: string(path)}, nil
}

type networkData struct {
	frame
	Actor    Ref
	Filter   filter
	Timeline *timeline
	Network  *network
}

// networkPage is the picture around an actor, as large as a screen takes.
func networkPage(r *request) (*Answer, error) {
	a, elsewhere, err := r.theActor("network")
	if a == nil {
		return elsewhere, err
	}
	f, err := r.filter()
	if err != nil {
		return nil, err
	}
	most, depth := 100, 1
	if s := r.given("nodes"); s != nil {
		if most, err = strconv.Atoi(*s); err != nil {
			return nil, &graph.ArgumentError{Argument: "nodes", Problem: fmt.Sprintf("%.60q is no whole number", *s), Kind: graph.ErrInvalidArgument}
		}
	}
	if s := r.given("depth"); s != nil {
		if depth, err = strconv.Atoi(*s); err != nil {
			return nil, &graph.ArgumentError{Argument: "depth", Problem: fmt.Sprintf("%.60q is no whole number", *s), Kind: graph.ErrInvalidArgument}
		}
	}
	d := &networkData{frame: r.frame(word(r.lang, "neighbourhood", isolate(a.Name(&r.lang)))), Actor: r.actor(a), Filter: f}
	if d.Network, err = r.network([]graph.ID{a.ID()}, most, depth, f); err != nil {
		return nil, err
	}
	if d.Timeline, err = r.timeline([]graph.ID{a.ID()}, &graph.EventWhere{Kinds: f.kinds()}, f); err != nil {
		return nil, err
	}
	d.pictures(r, d.Network)
	d.ask("network", r.variables(map[string]any{"around": []graph.ID{a.ID()}, "depth": depth, "maxNodes": most, "kinds": kindsVariable(f), "during": windowVariable(f.window())}))
	if r.values.Get("format") == "svg" {
		return r.svg(string(a.ID()), d.Network)
	}
	return r.render("network", d, d)
}

// pictures adds the links to a picture in the formats of others.
func (f *frame) pictures(r *request, n *network) {
	if n == nil {
		return
	}
	f.Pic = "/graph.json?" + n.Query
	f.GraphML, f.GEXF = f.Pic+"&format=graphml", f.Pic+"&format=gexf"
	f.SVG = r.format("svg")
}
