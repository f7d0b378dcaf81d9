package main

import (
	"encoding/json"
	"io"

	"github.com/parleygraph/parley/graph"
)

// A pictureFormat is how a drawing library or program wants a picture. Texts are escaped by the standard library's encoders: a name is
// never markup. JSON that stands in a page is safe too, since <, > and & are escaped in it.
type pictureFormat struct {
	contentType string
	write       func(io.Writer, *picture) error
}

const pictureFormatNames = "cytoscape, graphology, d3, visjs, gexf, graphml"

var pictureFormats = map[string]pictureFormat{
	"cytoscape":  {"application/json", asJSON(cytoscape)},
	"graphology": {"application/json", asJSON(graphology)},
	"d3":         {"application/json", asJSON(d3)},
	"visjs":      {"application/json", asJSON(visjs)},
	"gexf":       {"application/gexf+xml", writeGEXF},
	"graphml":    {"application/graphml+xml", writeGraphML},
}

func asJSON(make func(*picture) any) func(io.Writer, *picture) error {
	return func(w io.Writer, p *picture) error { return json.NewEncoder(w).Encode(make(p)) }
}

// pictureInfo is what is said of a picture as a whole.
type pictureInfo struct {
	Revision   string      `json:"revision"`
	Truncation *pictureCut `json:"truncation"`
}

func (p *picture) info() pictureInfo { return pictureInfo{p.revision, p.truncation} }

// cytoscape is what cytoscape({elements}) and cy.json() take: https://js.cytoscape.org/#notation/elements-json.
func cytoscape(p *picture) any {
	type nodeData struct {
		ID string `json:"id"`
		pictureNode
	}
	type node struct {
		Data     nodeData  `json:"data"`
		Position *position `json:"position,omitempty"`
	}
	type edgeData struct {
		ID     string `json:"id"`
		Source string `json:"source"`
		Target string `json:"target"`
		pictureEdge
	}
	type edge struct {
		Data edgeData `json:"data"`
	}
	nodes, edges := make([]node, len(p.nodes)), make([]edge, len(p.edges))
	for i, n := range p.nodes {
		nodes[i] = node{nodeData{n.ID, n}, newPosition(n.position)}
	}
	for i, e := range p.edges {
		edges[i].Data = edgeData{e.ID, e.Source, e.Target, e}
	}
	type elements struct {
		Nodes []node `json:"nodes"`
		Edges []edge `json:"edges"`
	}
	return struct {
		Data     pictureInfo `json:"data"`
		Elements elements    `json:"elements"`
	}{p.info(), elements{nodes, edges}}
}

// A position is where a node stands.
type position struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

func newPosition(at *graph.Point) *position {
	if at == nil {
		return nil
	}
	return &position{at.X, at.Y}
}

// graphology is what Graph.from takes: https://graphology.github.io/serialization.html. Sigma draws it.
func graphology(p *picture) any {
	type attributes struct {
		*position
		pictureNode
		Hidden *struct{} `json:"type,omitempty"` // Sigma takes type for how to draw a node
		Type   string    `json:"nodeType"`
	}
	type node struct {
		Key        string     `json:"key"`
		Attributes attributes `json:"attributes"`
	}
	type edge struct {
		Key        string      `json:"key"`
		Source     string      `json:"source"`
		Target     string      `json:"target"`
		Undirected bool        `json:"undirected"`
		Attributes pictureEdge `json:"attributes"`
	}
	type options struct {
		Type           string `json:"type"`
		Multi          bool   `json:"multi"`
		AllowSelfLoops bool   `json:"allowSelfLoops"`
	}
	nodes, edges := make([]node, len(p.nodes)), make([]edge, len(p.edges))
	for i, n := range p.nodes {
		nodes[i] = node{n.ID, attributes{newPosition(n.position), n, nil, n.Type}}
	}
	for i, e := range p.edges {
		edges[i] = edge{e.ID, e.Source, e.Target, !p.directed, e}
	}
	return struct {
		Attributes pictureInfo `json:"attributes"`
		Options    options     `json:"options"`
		Nodes      []node      `json:"nodes"`
		Edges      []edge      `json:"edges"`
	}{p.info(), options{p.edgeType(), false, false}, nodes, edges}
}

func (p *picture) edgeType() string {
	if p.directed {
		return "directed"
	}
	return "undirected"
}

// d3 is what d3.forceSimulation(nodes) and forceLink(links).id(d => d.id) take.
func d3(p *picture) any {
	type node struct {
		ID string `json:"id"`
		*position
		pictureNode
	}
	type link struct {
		ID     string `json:"id"`
		Source string `json:"source"`
		Target string `json:"target"`
		pictureEdge
	}
	nodes, links := make([]node, len(p.nodes)), make([]link, len(p.edges))
	for i, n := range p.nodes {
		nodes[i] = node{n.ID, newPosition(n.position), n}
	}
	for i, e := range p.edges {
		links[i] = link{e.ID, e.Source, e.Target, e}
	}
	return struct {
		pictureInfo
		Nodes []node `json:"nodes"`
		Links []link `json:"links"`
	}{p.info(), nodes, links}
}

// visjs is what vis.Network takes: https://visjs.github.io/vis-network/docs/network/. It has no title: versions before 9 take that for HTML.
func visjs(p *picture) any {
	type node struct {
		ID string `json:"id"`
		*position
		Group string `json:"group"`
		Value int    `json:"value"`
		pictureNode
	}
	type edge struct {
		ID    string `json:"id"`
		From  string `json:"from"`
		To    string `json:"to"`
		Value int    `json:"value"`
		pictureEdge
	}
	nodes, edges := make([]node, len(p.nodes)), make([]edge, len(p.edges))
	for i, n := range p.nodes {
		nodes[i] = node{n.ID, newPosition(n.position), n.Type, n.Talks, n}
	}
	for i, e := range p.edges {
		edges[i] = edge{e.ID, e.Source, e.Target, e.Weight, e}
	}
	return struct {
		pictureInfo
		Nodes []node `json:"nodes"`
		Edges []edge `json:"edges"`
	}{p.info(), nodes, edges}
}
