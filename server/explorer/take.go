package explorer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// exportMost is how many events one file may have.
const exportMost = 10_000

// allRows reads all events of a list, at most [exportMost].
func (r *request) allRows(where *graph.EventWhere) ([]eventRow, error) {
	var rows []eventRow
	most := graph.MaxPage
	p := graph.Page{First: &most}
	for len(rows) < exportMost {
		list, err := r.view.Events(r.ctx, where, nil, p)
		if err != nil {
			return nil, err
		}
		more, err := r.eventRows(list)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		if !list.PageInfo.HasNextPage {
			break
		}
		p.After = list.PageInfo.EndCursor
	}
	return rows, nil
}

// csv writes events as a table, a line for each participant, so that nothing has to be taken apart again.
func (r *request) csv(name string, rows []eventRow) (*Answer, error) {
	for _, n := range r.notes.list {
		if err := n.fill(r); err != nil {
			return nil, err
		}
	}
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	lines := [][]string{{"event", "date", "earliest", "latest", "kind", "summary", "status", "actor", "actor_name", "role", "claims", "sources", "certainty"}}
	for _, e := range rows {
		var claims, sources, certainty []string
		for _, n := range e.Notes {
			claims, sources, certainty = append(claims, n.ID), append(sources, n.Source.ID), append(certainty, string(n.Certainty))
		}
		for _, p := range e.Parts {
			lines = append(lines, []string{e.ID, e.When.EDTF, e.When.Earliest, e.When.Latest, e.Kind.ID, e.Summary, string(e.Status), p.Actor.ID, p.Actor.Name, p.RoleID,
				strings.Join(claims, " "), strings.Join(sources, " "), strings.Join(certainty, " ")})
		}
	}
	for _, line := range lines {
		for i, cell := range line {
			line[i] = inert(cell)
		}
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, err
	}
	return &Answer{Status: http.StatusOK, ContentType: "text/csv; charset=utf-8", Body: body.Bytes(), Filename: fileName(name) + ".csv"}, nil
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// fileName makes a name of a file out of an id.
func fileName(id string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '~':
			return c
		}
		return '_'
	}, shortened(id, 80))
}

// svg is the picture alone, as a file.
func (r *request) svg(name string, n *network) (*Answer, error) {
	var body bytes.Buffer
	if err := r.pages.templates[r.lang].ExecuteTemplate(&body, "picture.svg.html", n); err != nil {
		return nil, err
	}
	return &Answer{Status: http.StatusOK, ContentType: "image/svg+xml", Body: body.Bytes(), Filename: fileName(name) + ".svg"}, nil
}

// citedSource is a source of footnotes, with the places in it that they name.
type citedSource struct {
	*note
	locators []string
}

// cited returns the sources of a page's footnotes, each once, in the order of the footnotes.
func (r *request) cited() (list []*citedSource) {
	byID := map[string]*citedSource{}
	for _, n := range r.notes.list {
		c := byID[n.Source.ID]
		if c == nil {
			c = &citedSource{note: n}
			byID[n.Source.ID] = c
			list = append(list, c)
		}
		if n.Locator != "" && !slices.Contains(c.locators, n.Locator) {
			c.locators = append(c.locators, n.Locator)
		}
	}
	return list
}

// bibtex writes the sources of the footnotes for LaTeX.
func (r *request) bibtex() *Answer {
	var b strings.Builder
	for _, c := range r.cited() {
		fmt.Fprintf(&b, "@misc{%s,\n", bibtexKey(c.Source.ID))
		field := func(name, value string) {
			if value != "" {
				fmt.Fprintf(&b, "  %s = {%s},\n", name, bibtexText(value))
			}
		}
		field("title", c.Source.Name)
		var authors []string
		for _, a := range c.Authors {
			authors = append(authors, a.Name)
		}
		field("author", strings.Join(authors, " and "))
		field("publisher", c.Publisher)
		if p := c.Published; p.Machine != "" {
			field("date", p.Machine)
		} else if p.Earliest != "" && p.Latest != "" { // biblatex knows spans, and no sets
			field("date", p.Earliest+"/"+p.Latest)
		}
		if len(c.Published.Earliest) > 4 {
			field("year", c.Published.Earliest[:4])
		}
		field("url", c.URL)
		field("note", strings.Join(c.locators, "; "))
		b.WriteString("}\n\n")
	}
	return &Answer{Status: http.StatusOK, ContentType: "application/x-bibtex; charset=utf-8", Body: []byte(b.String()), Filename: "footnotes.bib"}
}

func bibtexKey(id string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ':' || c == '-' {
			return c
		}
		return '-'
	}, id)
}

var bibtexEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `%`, `\%`, `&`, `\&`, `#`, `\#`, `$`, `\$`, `_`, `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "\n", " ")

func bibtexText(s string) string { return bibtexEscapes.Replace(s) }

// A cslItem is a source for citeproc: https://docs.citationstyles.org, CSL-JSON.
type cslItem struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Author    []cslName `json:"author,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Issued    *cslDate  `json:"issued,omitempty"`
	URL       string    `json:"URL,omitempty"`
	Note      string    `json:"note,omitempty"`
}

type cslName struct {
	Literal string `json:"literal"`
}

// A cslDate has the first and the last day that a date can mean, and how it is written in words.
type cslDate struct {
	Parts   [][]int `json:"date-parts,omitempty"`
	Literal string  `json:"literal,omitempty"`
}

// csl writes the sources of the footnotes for citation managers.
func (r *request) csl() (*Answer, error) {
	items := []cslItem{}
	for _, c := range r.cited() {
		x := cslItem{ID: c.Source.ID, Type: "document", Title: c.Source.Name, Publisher: c.Publisher, URL: c.URL, Note: strings.Join(c.locators, "; ")}
		if x.URL != "" {
			x.Type = "webpage"
		}
		for _, a := range c.Authors {
			x.Author = append(x.Author, cslName{a.Name})
		}
		if p := c.Published; p.EDTF != "" {
			x.Issued = &cslDate{}
			if p.Machine != "" {
				x.Issued.Parts = [][]int{dateParts(p.Machine)}
			} else {
				x.Issued.Literal = p.Words
				if p.Earliest != "" && p.Latest != "" {
					x.Issued.Parts = [][]int{dateParts(p.Earliest), dateParts(p.Latest)}
				}
			}
		}
		items = append(items, x)
	}
	body, err := json.MarshalIndent(items, "", "  ")
	if err != nil {
		return nil, err
	}
	return &Answer{Status: http.StatusOK, ContentType: "application/vnd.citationstyles.csl+json", Body: append(body, '\n'), Filename: "footnotes.json"}, nil
}

func dateParts(date string) (parts []int) {
	for part := range strings.SplitSeq(date, "-") {
		if n := number(part); n > 0 {
			parts = append(parts, n)
		}
	}
	return parts
}

// takenAway puts into a frame what its page loads, so that it is one file.
func (f *frame) takenAway() {
	script := static("explorer.js")
	sum := sha256.Sum256(script)
	f.CSS, f.JS = template.CSS(static("style.css")), template.JS(script)
	f.Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A takenEvent is an event in the data of a page that was taken away.
type takenEvent struct {
	ID       string      `json:"id"`
	EDTF     string      `json:"date"`
	Earliest string      `json:"earliest,omitempty"`
	Latest   string      `json:"latest,omitempty"`
	Kind     string      `json:"kind"`
	Summary  string      `json:"summary,omitempty"`
	Status   string      `json:"status"`
	Parts    []takenPart `json:"participants"`
	Claims   []string    `json:"claims"`
}

type takenPart struct {
	Actor string `json:"actor"`
	Name  string `json:"name"`
	Role  string `json:"role"`
}

// taken returns events as data.
func taken(rows []eventRow) []takenEvent {
	out := make([]takenEvent, len(rows))
	for i, e := range rows {
		x := takenEvent{ID: e.ID, EDTF: e.When.EDTF, Earliest: e.When.Earliest, Latest: e.When.Latest, Kind: e.Kind.ID, Summary: e.Summary, Status: string(e.Status)}
		for _, p := range e.Parts {
			x.Parts = append(x.Parts, takenPart{p.Actor.ID, p.Actor.Name, p.RoleID})
		}
		for _, n := range e.Notes {
			x.Claims = append(x.Claims, n.ID)
		}
		out[i] = x
	}
	return out
}
