package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// A contactRow is one contact as it is printed.
type contactRow struct {
	Rank    int             `json:"rank"`
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Count   countRange      `json:"count"`
	First   string          `json:"first,omitempty"` // EDTF
	Last    string          `json:"last,omitempty"`
	Sources []contactSource `json:"sources"`
	Kinds   []contactKind   `json:"kinds"`
}

type contactSource struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type contactKind struct {
	ID    string     `json:"id"`
	Label string     `json:"label"`
	Count countRange `json:"count"`
}

// A countRange is a number, or two that it lies between.
type countRange struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

func (r countRange) String() string {
	if r.Min == r.Max {
		return strconv.Itoa(r.Max)
	}
	return fmt.Sprintf("%d–%d", r.Min, r.Max)
}

// rows reads the first c.first contacts of an actor, and how many there are.
func (c *contactsFlags) rows(ctx context.Context, v *graph.View, of graph.ID) (rows []contactRow, total int, err error) {
	var kinds []graph.ID
	for _, k := range c.kinds.values {
		if !strings.Contains(k, ":") {
			k = "kind:" + k
		}
		kinds = append(kinds, graph.ID(k))
	}
	rows = []contactRow{}
	var after *string
	for {
		n := min(int(c.first)-len(rows), graph.MaxPage)
		page, err := v.Contacts(ctx, of, kinds, c.window(), nil, graph.Page{First: &n, After: after})
		if err != nil {
			return nil, 0, err
		}
		for _, e := range page.Edges {
			row, err := newContactRow(ctx, v, e)
			if err != nil {
				return nil, 0, err
			}
			rows = append(rows, row)
		}
		after = page.PageInfo.EndCursor
		if !page.PageInfo.HasNextPage || len(rows) == int(c.first) {
			total, err = page.TotalCount(ctx)
			return rows, total, err
		}
	}
}

func newContactRow(ctx context.Context, v *graph.View, e *graph.ContactEdge) (contactRow, error) {
	who, err := e.Node.Actor(ctx)
	if err != nil {
		return contactRow{}, err
	}
	row := contactRow{Rank: e.Rank, ID: string(who.ID()), Name: who.Name(nil), Count: countRange(*e.Node.Count)}
	for to, when := range map[*string]func(context.Context) (*graph.When, error){&row.First: e.Node.First, &row.Last: e.Node.Last} {
		w, err := when(ctx)
		if err != nil {
			return contactRow{}, err
		}
		if w != nil {
			*to = w.EDTF
		}
	}
	ids, err := e.Node.Sources(ctx)
	if err != nil {
		return contactRow{}, err
	}
	sources, err := v.Nodes(ctx, ids[:min(len(ids), graph.MaxNodes)])
	if err != nil {
		return contactRow{}, err
	}
	for i, id := range ids {
		title := string(id)
		if i < len(sources) {
			if s, ok := sources[i].(*graph.Source); ok {
				title = s.Title(nil)
			}
		}
		row.Sources = append(row.Sources, contactSource{string(id), title})
	}
	for _, k := range e.Node.Kinds() {
		kind, err := k.Kind(ctx)
		if err != nil {
			return contactRow{}, err
		}
		row.Kinds = append(row.Kinds, contactKind{string(kind.ID()), kind.Label(nil), countRange(*k.Count)})
	}
	return row, nil
}

// contactFormats are the ways to print contacts.
var contactFormats = map[string]func(io.Writer, []contactRow) error{
	"table": writeContactTable,
	"csv":   writeContactCSV,
	"json":  writeContactJSON,
}

// maxCell is how wide a cell of sources may be, so that a row stays one line on a wide terminal.
const maxCell = 60

func writeContactTable(w io.Writer, rows []contactRow) error {
	if len(rows) == 0 {
		return nil
	}
	t := table{{"WHO", "HOW OFTEN", "FIRST", "LAST", "SOURCES", "KINDS"}}
	for _, r := range rows {
		titles := make([]string, len(r.Sources))
		for i, s := range r.Sources {
			titles[i] = s.Title
		}
		sources := strings.Join(titles, "; ")
		if len(titles) > 1 {
			sources = fmt.Sprintf("%d: %s", len(titles), sources)
		}
		kinds := make([]string, len(r.Kinds))
		for i, k := range r.Kinds {
			kinds[i] = k.Label
			if len(r.Kinds) > 1 {
				kinds[i] += " " + k.Count.String()
			}
		}
		t = append(t, []string{r.Name, r.Count.String(), r.First, r.Last, cutCell(sources, maxCell), strings.Join(kinds, ", ")})
	}
	return t.write(w)
}

// writeContactCSV writes RFC 4180. Ids of sources and kinds have a blank between them.
func writeContactCSV(w io.Writer, rows []contactRow) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"rank", "id", "name", "count_min", "count_max", "first", "last", "sources", "kinds"}}
	for _, r := range rows {
		var sources, kinds []string
		for _, s := range r.Sources {
			sources = append(sources, s.ID)
		}
		for _, k := range r.Kinds {
			kinds = append(kinds, k.ID)
		}
		lines = append(lines, []string{
			strconv.Itoa(r.Rank), r.ID, r.Name, strconv.Itoa(r.Count.Min), strconv.Itoa(r.Count.Max), r.First, r.Last,
			strings.Join(sources, " "), strings.Join(kinds, " "),
		})
	}
	return out.WriteAll(lines)
}

func writeContactJSON(w io.Writer, rows []contactRow) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(rows)
}
