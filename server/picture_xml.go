package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An xmlColumn is an attribute of nodes or edges in a file of XML.
type xmlColumn[T any] struct {
	name, typ string // typ as GEXF and GraphML both have it
	of        func(T) string
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (p *picture) nodeColumns() []xmlColumn[pictureNode] {
	type node = pictureNode
	columns := []xmlColumn[node]{
		{"type", "string", func(n node) string { return n.Type }},
		{"degree", "int", func(n node) string { return strconv.Itoa(n.Degree) }},
		{"talks", "int", func(n node) string { return strconv.Itoa(n.Talks) }},
		{"firstSeen", "string", func(n node) string { return optional(n.FirstSeen) }},
		{"lastSeen", "string", func(n node) string { return optional(n.LastSeen) }},
		{"addsNodes", "int", func(n node) string { return strconv.Itoa(n.Adds.Nodes) }},
		{"addsTalks", "int", func(n node) string { return strconv.Itoa(n.Adds.Talks) }},
	}
	if len(p.nodes) > 0 && p.nodes[0].Measures != nil {
		columns = append(columns,
			xmlColumn[node]{"betweenness", "double", func(n node) string { return float(n.Measures.Betweenness) }},
			xmlColumn[node]{"betweennessSampled", "boolean", func(n node) string { return strconv.FormatBool(n.Measures.BetweennessSampled) }},
			xmlColumn[node]{"pageRank", "double", func(n node) string { return float(n.Measures.PageRank) }},
			xmlColumn[node]{"community", "int", func(n node) string { return strconv.Itoa(n.Measures.Community) }})
	}
	return columns
}

func float(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

var pictureEdgeColumns = []xmlColumn[pictureEdge]{
	{"certain", "int", func(e pictureEdge) string { return strconv.Itoa(e.Certain) }},
	{"firstSeen", "string", func(e pictureEdge) string { return optional(e.FirstSeen) }},
	{"lastSeen", "string", func(e pictureEdge) string { return optional(e.LastSeen) }},
	{"eventIds", "string", func(e pictureEdge) string { return strings.Join(e.EventIDs, " ") }},
}

// about tells of the whole picture in words.
func (p *picture) about() string {
	text := "Parley, revision " + p.revision + "."
	if t := p.truncation; t != nil {
		text += fmt.Sprintf(" %s: %d nodes and %d edges are left out. Order: %s.", t.Reason, t.Nodes, t.Edges, t.Order)
	}
	return text
}

// attr is an attribute of an XML element.
func attr(name, value string) xml.Attr { return xml.Attr{Name: xml.Name{Local: name}, Value: value} }

// An xmlWriter writes elements, one a line where they hold others. It keeps its first error. What XML cannot have in a text, such as most
// control characters, becomes U+FFFD.
type xmlWriter struct {
	w    *xml.Encoder
	out  io.Writer
	open []xml.StartElement
	err  error
}

func newXMLWriter(w io.Writer) *xmlWriter {
	_, err := io.WriteString(w, xml.Header)
	x := &xmlWriter{w: xml.NewEncoder(w), out: w, err: err}
	x.w.Indent("", " ")
	return x
}

func (x *xmlWriter) token(t xml.Token) {
	if x.err == nil {
		x.err = x.w.EncodeToken(t)
	}
}

// begin opens an element; attrs are names and values in turn, and those without a value are left out.
func (x *xmlWriter) begin(name string, attrs ...string) {
	e := xml.StartElement{Name: xml.Name{Local: name}}
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			e.Attr = append(e.Attr, attr(attrs[i], attrs[i+1]))
		}
	}
	x.open = append(x.open, e)
	x.token(e)
}

func (x *xmlWriter) end() {
	last := x.open[len(x.open)-1]
	x.open = x.open[:len(x.open)-1]
	x.token(last.End())
}

func (x *xmlWriter) element(name, text string, attrs ...string) {
	x.begin(name, attrs...)
	if text != "" {
		x.token(xml.CharData(text))
	}
	x.end()
}

func (x *xmlWriter) finish() error {
	if x.err == nil {
		x.err = x.w.Close()
	}
	if x.err == nil {
		_, x.err = io.WriteString(x.out, "\n")
	}
	return x.err
}

// gexfType names a type as GEXF does.
func gexfType(typ string) string {
	if typ == "int" {
		return "integer"
	}
	return typ
}

// writeGEXF writes GEXF 1.3, which Gephi reads: https://gexf.net/schema.html.
func writeGEXF(w io.Writer, p *picture) error {
	x := newXMLWriter(w)
	x.begin("gexf", "xmlns", "http://gexf.net/1.3", "xmlns:viz", "http://gexf.net/1.3/viz", "version", "1.3")
	x.begin("meta")
	x.element("creator", "Parley")
	x.element("description", p.about())
	x.end()
	x.begin("graph", "mode", "static", "defaultedgetype", p.edgeType())
	columns := p.nodeColumns()
	writeAttributes(x, "node", columns)
	writeAttributes(x, "edge", pictureEdgeColumns)
	x.begin("nodes", "count", strconv.Itoa(len(p.nodes)))
	for _, n := range p.nodes {
		x.begin("node", "id", n.ID, "label", n.Label)
		writeValues(x, "attvalues", "attvalue", columns, n)
		if at := n.position; at != nil {
			x.element("viz:position", "", "x", float(at.X), "y", float(at.Y), "z", "0")
		}
		x.end()
	}
	x.end()
	x.begin("edges", "count", strconv.Itoa(len(p.edges)))
	for _, e := range p.edges {
		x.begin("edge", "id", e.ID, "source", e.Source, "target", e.Target, "weight", strconv.Itoa(e.Weight))
		writeValues(x, "attvalues", "attvalue", pictureEdgeColumns, e)
		x.end()
	}
	x.end()
	x.end()
	x.end()
	return x.finish()
}

// writeAttributes declares columns in GEXF, writeKeys in GraphML.
func writeAttributes[T any](x *xmlWriter, of string, columns []xmlColumn[T]) {
	x.begin("attributes", "class", of)
	for _, c := range columns {
		x.element("attribute", "", "id", c.name, "title", c.name, "type", gexfType(c.typ))
	}
	x.end()
}

func writeKeys[T any](x *xmlWriter, of string, columns []xmlColumn[T]) {
	for _, c := range columns {
		x.element("key", "", "id", of+"."+c.name, "for", of, "attr.name", c.name, "attr.type", c.typ)
	}
}

// writeValues writes the columns that have a value.
func writeValues[T any](x *xmlWriter, list, element string, columns []xmlColumn[T], of T) {
	x.begin(list)
	for _, c := range columns {
		if value := c.of(of); value != "" {
			x.element(element, "", "for", c.name, "value", value)
		}
	}
	x.end()
}

// writeGraphML writes GraphML 1.1, which Gephi, yEd, Cytoscape, igraph and NetworkX read: http://graphml.graphdrawing.org/specification.html.
func writeGraphML(w io.Writer, p *picture) error {
	x := newXMLWriter(w)
	x.begin("graphml", "xmlns", "http://graphml.graphdrawing.org/xmlns")
	nodes := append([]xmlColumn[pictureNode]{{"label", "string", func(n pictureNode) string { return n.Label }}}, p.nodeColumns()...)
	if len(p.nodes) > 0 && p.nodes[0].position != nil {
		nodes = append(nodes,
			xmlColumn[pictureNode]{"x", "double", func(n pictureNode) string { return float(n.position.X) }},
			xmlColumn[pictureNode]{"y", "double", func(n pictureNode) string { return float(n.position.Y) }})
	}
	edges := append([]xmlColumn[pictureEdge]{{"weight", "int", func(e pictureEdge) string { return strconv.Itoa(e.Weight) }}}, pictureEdgeColumns...)
	x.element("key", "", "id", "about", "for", "graph", "attr.name", "about", "attr.type", "string")
	writeKeys(x, "node", nodes)
	writeKeys(x, "edge", edges)
	x.begin("graph", "id", "picture", "edgedefault", p.edgeType())
	x.element("data", p.about(), "key", "about")
	for _, n := range p.nodes {
		x.begin("node", "id", n.ID)
		writeData(x, "node.", nodes, n)
		x.end()
	}
	for _, e := range p.edges {
		x.begin("edge", "id", e.ID, "source", e.Source, "target", e.Target)
		writeData(x, "edge.", edges, e)
		x.end()
	}
	x.end()
	x.end()
	return x.finish()
}

func writeData[T any](x *xmlWriter, prefix string, columns []xmlColumn[T], of T) {
	for _, c := range columns {
		if value := c.of(of); value != "" {
			x.element("data", value, "key", prefix+c.name)
		}
	}
}
