package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// exportCSV writes RFC 4180: a row for each actor of each event. Several ids in a cell have a blank between them.
func exportCSV(ctx context.Context, x *exporter, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"event", "kind", "when", "earliest", "latest", "status", "summary", "actor", "type", "name", "role", "on_behalf_of", "places", "claims", "sources"}); err != nil {
		return err
	}
	err := x.events(ctx, func(ctx context.Context, e *graph.Event) error {
		kind, err := e.Kind(ctx)
		if err != nil {
			return err
		}
		places, err := e.Places(ctx)
		if err != nil {
			return err
		}
		parts, err := e.Participations(ctx)
		if err != nil {
			return err
		}
		var at []string
		for _, p := range places {
			at = append(at, string(p.ID()))
		}
		when := e.When()
		for _, p := range parts {
			actor, err := p.Actor(ctx)
			if err != nil {
				return err
			}
			role, err := p.Role(ctx)
			if err != nil {
				return err
			}
			behalf, err := p.OnBehalfOf(ctx)
			if err != nil {
				return err
			}
			of := ""
			if behalf != nil {
				of = string(behalf.ID())
			}
			claims, err := p.Claims(ctx)
			if err != nil {
				return err
			}
			var ids, sources []string
			for _, c := range claims {
				ids = append(ids, string(c.ID()))
				s, err := c.Source(ctx)
				if err != nil {
					return err
				}
				if !slices.Contains(sources, string(s.ID())) {
					sources = append(sources, string(s.ID()))
				}
			}
			err = out.Write([]string{
				string(e.ID()), string(kind.ID()), when.EDTF, optional(when.Earliest()), optional(when.Latest()), string(e.Status()), optional(e.Summary(nil)),
				string(actor.ID()), className(actor), actor.Name(nil), roleID(role), of, strings.Join(at, " "), strings.Join(ids, " "), strings.Join(sources, " "),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

// An ftmEntity is an entity of FollowTheMoney: https://followthemoney.tech/explorer/.
type ftmEntity struct {
	ID         string              `json:"id"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// add adds the values that are not empty and not there yet.
func (e *ftmEntity) add(property string, values ...string) {
	for _, v := range values {
		if v != "" && !slices.Contains(e.Properties[property], v) {
			e.Properties[property] = append(e.Properties[property], v)
		}
	}
}

// ftmSchemas are what actors are in FollowTheMoney. A group is somebody who acts, and no more is known of its form.
var ftmSchemas = map[string]string{"Person": "Person", "Government": "PublicBody", "Agency": "PublicBody", "Organization": "Organization", "Group": "LegalEntity"}

// ftmDay is a date that FollowTheMoney takes.
var ftmDay = regexp.MustCompile(`^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$`)

// exportFTM writes actors and events. Of events that did not take place, none: an Event there is one that did.
func exportFTM(ctx context.Context, x *exporter, w io.Writer) error {
	out := json.NewEncoder(w)
	err := x.actors(ctx, func(ctx context.Context, a graph.Actor) error {
		e, err := ftmActor(ctx, a)
		if err != nil {
			return err
		}
		return out.Encode(e)
	})
	if err != nil {
		return err
	}
	return x.events(ctx, func(ctx context.Context, ev *graph.Event) error {
		if ev.Status() != graph.Occurred {
			return nil
		}
		e, err := ftmEvent(ctx, ev)
		if err != nil {
			return err
		}
		return out.Encode(e)
	})
}

func ftmActor(ctx context.Context, a graph.Actor) (*ftmEntity, error) {
	e := &ftmEntity{string(a.ID()), ftmSchemas[className(a)], map[string][]string{}}
	e.add("name", a.Name(nil))
	for _, n := range a.Names() {
		e.add("name", n.Text)
	}
	for _, n := range a.Aliases() {
		e.add("alias", n.Text)
	}
	e.add("summary", optional(a.Description(nil)))
	e.add("sourceUrl", a.SameAs()...)
	if e.Schema == "Person" {
		return e, nil
	}
	above, err := a.UnitOf(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range above {
		if className(u) != "Person" {
			e.add("parent", string(u.ID()))
		}
	}
	return e, nil
}

func ftmEvent(ctx context.Context, ev *graph.Event) (*ftmEntity, error) {
	e := &ftmEntity{string(ev.ID()), "Event", map[string][]string{}}
	text, kind, err := caption(ctx, ev)
	if err != nil {
		return nil, err
	}
	e.add("name", text)
	e.add("keywords", kind)
	e.add("summary", optional(ev.Summary(nil)))
	first, last := optional(ev.When().Earliest()), optional(ev.When().Latest())
	switch {
	case first == last && ftmDay.MatchString(first):
		e.add("date", first)
	default:
		for property, day := range map[string]string{"startDate": first, "endDate": last} {
			if ftmDay.MatchString(day) {
				e.add(property, day)
			}
		}
	}
	places, err := ev.Places(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		e.add("location", p.Name(nil))
	}
	parts, err := ev.Participations(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := e.addParticipation(ctx, p); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// addParticipation adds who was involved, and the sources that say so. Who is only spoken of is not involved.
func (e *ftmEntity) addParticipation(ctx context.Context, p *graph.Participation) error {
	role, err := p.Role(ctx)
	if err != nil {
		return err
	}
	if takes, err := role.TakesPart(ctx); err != nil || !takes {
		return err
	}
	actor, err := p.Actor(ctx)
	if err != nil {
		return err
	}
	e.add("involved", string(actor.ID()))
	claims, err := p.Claims(ctx)
	if err != nil {
		return err
	}
	for _, c := range claims {
		s, err := c.Source(ctx)
		if err != nil {
			return err
		}
		e.add("sourceUrl", optional(s.URL()))
	}
	return nil
}

// An exportNode is an actor or an event in a file of XML; an exportEdge a role of an actor in an event.
type exportNode struct{ id, label, typ, kind, when, first, last, status string }

type exportEdge struct{ source, target, role, claims string }

var exportNodeColumns = []xmlColumn[exportNode]{
	{"type", "string", func(n exportNode) string { return n.typ }},
	{"kind", "string", func(n exportNode) string { return n.kind }},
	{"when", "string", func(n exportNode) string { return n.when }},
	{"earliest", "string", func(n exportNode) string { return n.first }},
	{"latest", "string", func(n exportNode) string { return n.last }},
	{"status", "string", func(n exportNode) string { return n.status }},
}

var exportEdgeColumns = []xmlColumn[exportEdge]{
	{"role", "string", func(e exportEdge) string { return e.role }},
	{"claims", "string", func(e exportEdge) string { return e.claims }},
}

// exportGraph calls node with all actors and events, then edge with all roles.
func (x *exporter) exportGraph(ctx context.Context, node func(exportNode), between func(), edge func(exportEdge), failed func() error) error {
	err := x.actors(ctx, func(ctx context.Context, a graph.Actor) error {
		node(exportNode{id: string(a.ID()), label: a.Name(nil), typ: className(a)})
		return failed()
	})
	if err != nil {
		return err
	}
	err = x.events(ctx, func(ctx context.Context, e *graph.Event) error {
		text, kind, err := caption(ctx, e)
		if err != nil {
			return err
		}
		w := e.When()
		node(exportNode{string(e.ID()), text, "Event", kind, w.EDTF, optional(w.Earliest()), optional(w.Latest()), string(e.Status())})
		return failed()
	})
	if err != nil {
		return err
	}
	between()
	return x.events(ctx, func(ctx context.Context, e *graph.Event) error {
		parts, err := e.Participations(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			actor, err := p.Actor(ctx)
			if err != nil {
				return err
			}
			role, err := p.Role(ctx)
			if err != nil {
				return err
			}
			claims, err := p.Claims(ctx)
			if err != nil {
				return err
			}
			var ids []string
			for _, c := range claims {
				ids = append(ids, string(c.ID()))
			}
			edge(exportEdge{string(actor.ID()), string(e.ID()), roleID(role), strings.Join(ids, " ")})
		}
		return failed()
	})
}

func exportGraphML(ctx context.Context, x *exporter, w io.Writer) error {
	out := newXMLWriter(w)
	out.begin("graphml", "xmlns", "http://graphml.graphdrawing.org/xmlns")
	nodes := append([]xmlColumn[exportNode]{{"label", "string", func(n exportNode) string { return n.label }}}, exportNodeColumns...)
	writeKeys(out, "node", nodes)
	writeKeys(out, "edge", exportEdgeColumns)
	out.begin("graph", "id", "parley", "edgedefault", "directed")
	err := x.exportGraph(ctx, func(n exportNode) {
		out.begin("node", "id", n.id)
		writeData(out, "node.", nodes, n)
		out.end()
	}, func() {}, func(e exportEdge) {
		out.begin("edge", "source", e.source, "target", e.target)
		writeData(out, "edge.", exportEdgeColumns, e)
		out.end()
	}, func() error { return out.err })
	if err != nil {
		return err
	}
	out.end()
	out.end()
	return out.finish()
}

func exportGEXF(ctx context.Context, x *exporter, w io.Writer) error {
	out := newXMLWriter(w)
	out.begin("gexf", "xmlns", "http://gexf.net/1.3", "version", "1.3")
	out.begin("meta")
	out.element("creator", "Parley")
	out.end()
	out.begin("graph", "mode", "static", "defaultedgetype", "directed")
	writeAttributes(out, "node", exportNodeColumns)
	writeAttributes(out, "edge", exportEdgeColumns)
	out.begin("nodes")
	edges := 0
	err := x.exportGraph(ctx, func(n exportNode) {
		out.begin("node", "id", n.id, "label", n.label)
		writeValues(out, "attvalues", "attvalue", exportNodeColumns, n)
		out.end()
	}, func() {
		out.end()
		out.begin("edges")
	}, func(e exportEdge) {
		out.begin("edge", "id", strconv.Itoa(edges), "source", e.source, "target", e.target)
		writeValues(out, "attvalues", "attvalue", exportEdgeColumns, e)
		out.end()
		edges++
	}, func() error { return out.err })
	if err != nil {
		return err
	}
	out.end()
	out.end()
	out.end()
	return out.finish()
}
