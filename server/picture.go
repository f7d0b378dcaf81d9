package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
)

// A pictureRequest is what the URL of /graph.json asks for: the arguments of the field graph, lists of which may be given by commas or several
// times, and what else the answer is to have.
type pictureRequest struct {
	query     graph.GraphQuery
	asOf      graph.AsOf // now, by the clocks that are not given
	format    string     // a key of pictureFormats; cytoscape if not given
	eventIDs  int        // the newest events of each edge, 0 to 100; 3 if not given
	positions bool       // where nodes stand; true if not given
	measures  bool       // how central they are; false if not given
}

// pictures answers /graph.json, each time from one view. The same question at the same revision has the same answer, so its ETag is made of
// these two and the schema, and a client that has the answer is told so before any work is done. It takes a place among the executions
// under way, as questions in GraphQL do.
func (s *service) pictures(schema *ast.Schema) http.Handler {
	build := etag(sdl(schema)) // tells builds of the program apart
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		// Of a connection that cannot have a deadline, such as a test's, none is needed.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.config.Timeout + writeGrace))
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-cache")
		h.Add("Vary", "Accept-Encoding")
		q, err := parsePicture(r.URL.RawQuery)
		if err != nil {
			s.refusePicture(w, r, err)
			return
		}
		release, busy := s.slot(ctx)
		if busy != nil {
			s.refusePicture(w, r, context.DeadlineExceeded)
			return
		}
		defer release()
		v := s.graph.View()
		defer v.Close()
		h.Set(revisionHeader, v.Revision())
		tag := etag([]byte(build + v.Revision() + "\n" + r.URL.RawQuery))
		if hasTag(r.Header.Values("If-None-Match"), tag) {
			h.Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body, err := s.drawPicture(ctx, v, q) // at most some MB: a picture has at most 1,000 nodes and 25,000 edges
		if err != nil {
			s.refusePicture(w, r, err)
			return
		}
		h.Set("ETag", tag)
		send(w, r, http.StatusOK, pictureFormats[q.format].contentType, body)
	})
}

// drawPicture answers a request. A panic becomes an error that says nothing to a client.
func (s *service) drawPicture(ctx context.Context, v *graph.View, q pictureRequest) (text []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = s.recovered(ctx, value)
		}
	}()
	p, err := readPicture(ctx, v, q)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	err = pictureFormats[q.format].write(&body, p)
	return body.Bytes(), err
}

// hasTag reports whether one of the tags of a header is the one given.
func hasTag(headers []string, tag string) bool {
	for _, h := range headers {
		for t := range strings.SplitSeq(h, ",") {
			if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
				return true
			}
		}
	}
	return false
}

// parsePicture reads the parameters of a URL. It refuses those that it does not know: a misspelt one would be a wrong answer.
func parsePicture(raw string) (q pictureRequest, err error) {
	wrong := func(name, format string, args ...any) error {
		return &graph.ArgumentError{Argument: name, Problem: fmt.Sprintf(format, args...), Kind: graph.ErrInvalidArgument}
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, wrong("the URL", "its parameters cannot be read; write %% before two hexadecimal digits, and & between parameters")
	}
	q = pictureRequest{format: "cytoscape", eventIDs: 3, positions: true}
	var window graph.Window
	for name, list := range values {
		if name != "around" && name != "kinds" && len(list) > 1 {
			return q, wrong(name, "it is given %d times; give it once", len(list))
		}
		text := list[0]
		number := func(to *int) error {
			n, err := strconv.Atoi(text)
			if err != nil {
				return wrong(name, "%.60q is no whole number", text)
			}
			*to = n
			return nil
		}
		truth := func(to *bool) error {
			if text != "true" && text != "false" {
				return wrong(name, "%.60q is neither true nor false", text)
			}
			*to = text == "true"
			return nil
		}
		switch name {
		case "around":
			q.query.Around = splitIDs(list)
		case "kinds":
			q.query.Kinds = splitIDs(list)
		case "depth":
			q.query.Depth = new(int)
			err = number(q.query.Depth)
		case "maxNodes":
			q.query.MaxNodes = new(int)
			err = number(q.query.MaxNodes)
		case "projection":
			q.query.Projection = graph.Projection(text)
		case "from":
			window.From = &text
		case "to":
			window.To = &text
		case "validAt":
			q.asOf.ValidAt = &text
		case "knownAt":
			q.asOf.KnownAt = &text
		case "eventIds":
			if err = number(&q.eventIDs); err == nil && (q.eventIDs < 0 || q.eventIDs > 100) {
				err = wrong(name, "%d is not from 0 to 100", q.eventIDs)
			}
		case "positions":
			err = truth(&q.positions)
		case "measures":
			err = truth(&q.measures)
		case "format":
			if _, ok := pictureFormats[text]; !ok {
				err = wrong(name, "there is no %.60q; it is one of %s", text, pictureFormatNames)
			}
			q.format = text
		default:
			err = wrong(shorten(name, 60), "there is no such parameter; there are around, depth, projection, kinds, from, to, validAt, knownAt, maxNodes, format, eventIds, positions, measures")
		}
		if err != nil {
			return q, err
		}
	}
	if window != (graph.Window{}) {
		q.query.During = &window
	}
	return q, nil
}

// splitIDs reads a list that was given several times, or with commas.
func splitIDs(list []string) (ids []graph.ID) {
	for _, text := range list {
		for id := range strings.SplitSeq(text, ",") {
			ids = append(ids, graph.ID(strings.TrimSpace(id)))
		}
	}
	return ids
}

// refusePicture answers with an error, with the code that it would have in an answer of GraphQL's.
func (s *service) refusePicture(w http.ResponseWriter, r *http.Request, err error) {
	shown := resolver.Present(s.internal)(r.Context(), err)
	code, _ := shown.Extensions["code"].(string)
	noteOf(r.Context()).setCode(code)
	body := mustMarshal(map[string]gqlerror.List{"errors": {shown}})
	send(w, r, statusOf(code), "application/json", append(body, '\n'))
}

// A picture is a graph.GraphPayload with all that a file of it says, so that formats only write.
type picture struct {
	directed   bool // from actors to events
	revision   string
	truncation *pictureCut
	nodes      []pictureNode
	edges      []pictureEdge
}

type pictureCut struct {
	Nodes  int    `json:"nodes"`
	Edges  int    `json:"edges"`
	Reason string `json:"reason"`
	Order  string `json:"order"`
}

// A pictureNode is a node. The fields are those of GraphNode in the SDL, by their names there.
type pictureNode struct {
	ID        string           `json:"-"`
	Label     string           `json:"label"`
	Type      string           `json:"type"`
	Degree    int              `json:"degree"`
	Talks     int              `json:"talks"`
	FirstSeen *string          `json:"firstSeen"`
	LastSeen  *string          `json:"lastSeen"`
	Adds      pictureAdds      `json:"adds"`
	Measures  *pictureMeasures `json:"measures,omitempty"`
	position  *graph.Point
}

type pictureAdds struct {
	Nodes int `json:"nodes"`
	Talks int `json:"talks"`
}

type pictureMeasures struct {
	Betweenness        float64 `json:"betweenness"`
	BetweennessSampled bool    `json:"betweennessSampled"`
	PageRank           float64 `json:"pageRank"`
	Community          int     `json:"community"`
}

// A pictureEdge is an edge. Its fields are those of GraphEdge; certain is count.min.
type pictureEdge struct {
	ID        string   `json:"-"`
	Source    string   `json:"-"`
	Target    string   `json:"-"`
	Weight    int      `json:"weight"`
	Certain   int      `json:"certain"`
	FirstSeen *string  `json:"firstSeen"`
	LastSeen  *string  `json:"lastSeen"`
	EventIDs  []string `json:"eventIds,omitempty"`
}

// readPicture asks the graph.
func readPicture(ctx context.Context, v *graph.View, q pictureRequest) (*picture, error) {
	v, err := v.AsOf(&q.asOf)
	var g *graph.GraphPayload
	if err == nil {
		g, err = v.GraphPayload(ctx, q.query)
	}
	var argument *graph.ArgumentError
	if errors.As(err, &argument) { // the window and the clocks have another form in a URL
		name := strings.TrimPrefix(strings.TrimPrefix(argument.Argument, "during."), "asOf.")
		if name == "during" {
			name = "from, to"
		}
		err = &graph.ArgumentError{Argument: name, Problem: argument.Problem, Kind: argument.Kind}
	}
	if err != nil {
		return nil, err
	}
	p := &picture{directed: q.query.Projection == graph.ProjectActorEvents, revision: g.Revision}
	if t := g.Truncation; t != nil {
		p.truncation = &pictureCut{t.Nodes, t.Edges, t.Reason, t.Order}
	}
	for _, n := range g.Nodes {
		x := pictureNode{ID: string(n.ID()), Degree: n.Degree, Talks: n.Talks, FirstSeen: n.FirstSeen(), LastSeen: n.LastSeen(), Adds: pictureAdds(*n.Adds())}
		typ, err := n.Type(ctx)
		if err != nil {
			return nil, err
		}
		x.Type = string(typ)
		if x.Label, err = n.Label(ctx); err != nil {
			return nil, err
		}
		if q.positions {
			if x.position, err = n.Position(ctx); err != nil {
				return nil, err
			}
		}
		if q.measures {
			m, err := n.Measures(ctx)
			if err != nil {
				return nil, err
			}
			x.Measures = &pictureMeasures{m.Betweenness, m.BetweennessSampled, m.PageRank, m.Community}
		}
		p.nodes = append(p.nodes, x)
	}
	var events [][]graph.ID
	if q.eventIDs > 0 {
		if events, err = g.EventIDs(ctx, g.Edges, q.eventIDs); err != nil {
			return nil, err
		}
	}
	p.edges = make([]pictureEdge, len(g.Edges))
	for i, e := range g.Edges {
		x := &p.edges[i]
		*x = pictureEdge{ID: string(e.ID()), Source: string(e.Source()), Target: string(e.Target()), Weight: e.Weight, Certain: e.Count().Min}
		x.FirstSeen, x.LastSeen = e.Seen()
		if events != nil {
			for _, id := range events[i] {
				x.EventIDs = append(x.EventIDs, string(id))
			}
		}
	}
	return p, nil
}
