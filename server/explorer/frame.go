package explorer

import (
	"encoding/json"
	"html/template"
	"net/url"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// A frame is what every page has around what it is about.
type frame struct {
	Title     string
	Lang      string
	Home      string
	Search    string // where the form of the head leads
	Keep      [][2]string
	Languages []languageLink
	Nav       []navLink
	Style     string // URLs
	Script    string
	Icon      string
	Front     bool // it has a form to search in itself

	Offline  bool
	Embedded bool         // in a frame of another page
	CSS      template.CSS // of an offline page, in it
	JS       template.JS  // the same
	Policy   string       // the same
	Data     []takenEvent // the same
	Origin   string

	Revision, Present  string
	KnownAt, ValidAt   string
	Now                string // this page without the clocks, "" if it has none
	Moved              bool   // the permalink was made at another revision
	Permalink          string
	Question, Answer   string // in the playground, and as JSON
	CSV, HTML, SVG     string // "" if the page has none
	BibTeX, CSL        string
	Card               string
	GraphML, GEXF, Pic string
	Notes              []*note
}

func (f *frame) of() *frame { return f }

// A framed is data of a page that has a frame.
type framed interface{ of() *frame }

type languageLink struct {
	Code, Name, Href string
	Current          bool
}

type navLink struct{ Key, Href string }

// frame returns the frame of a page.
func (r *request) frame(title string) frame {
	f := frame{
		Title: title, Lang: r.lang, Home: r.link(nil), Search: "/search", Style: staticURL("style.css"), Script: staticURL("explorer.js"), Icon: staticURL("icon.svg"), Origin: r.origin,
		Present: r.present, Revision: r.present, Offline: r.offline(), Embedded: r.values.Get("format") == "card",
		Nav: []navLink{{"timeline", r.link([]string{"timeline"})}, {"paths", r.link([]string{"path"})}, {"kinds", r.link([]string{"kinds"})},
			{"sources", r.link([]string{"sources"})}, {"playground", "/playground"}},
	}
	if r.pages.writable {
		f.Nav = append(f.Nav, navLink{"record", "/record"})
	}
	for _, name := range carried {
		if s := r.values.Get(name); s != "" {
			f.Keep = append(f.Keep, [2]string{name, s})
		}
	}
	for _, code := range Languages {
		f.Languages = append(f.Languages, languageLink{code, word(code, "language"), r.here("lang", code), code == r.lang})
	}
	f.KnownAt, f.ValidAt = text(r.asOf.KnownAt), text(r.asOf.ValidAt)
	if f.KnownAt != "" || f.ValidAt != "" {
		f.Now = r.here("knownAt", "", "validAt", "", "revision", "")
	}
	f.Moved = r.revision != "" && r.revision != r.present
	f.Permalink = r.here("pin", "1")
	return f
}

// ask adds the question of GraphQL's that the page answers: a file of questions, with variables.
func (f *frame) ask(name string, variables map[string]any) {
	body, err := files.ReadFile("questions/" + name + ".graphql")
	if err != nil {
		panic(err) // it is compiled in
	}
	vars, err := json.Marshal(variables)
	if err != nil {
		panic(err) // strings, numbers and lists
	}
	values := url.Values{"query": {string(body)}, "variables": {string(vars)}}.Encode()
	f.Question, f.Answer = "/playground#"+values, "/graphql?"+values
}

// variables returns those that every question has: the clocks.
func (r *request) variables(more map[string]any) map[string]any {
	asOf := map[string]any{}
	if r.asOf.KnownAt != nil {
		asOf["knownAt"] = *r.asOf.KnownAt
	}
	if r.asOf.ValidAt != nil {
		asOf["validAt"] = *r.asOf.ValidAt
	}
	if len(asOf) > 0 {
		more["asOf"] = asOf
	}
	for name, v := range more {
		if v == nil || v == "" {
			delete(more, name)
		}
	}
	return more
}

func windowVariable(w *graph.Window) any {
	if w == nil {
		return nil
	}
	out := map[string]any{}
	if w.From != nil {
		out["from"] = *w.From
	}
	if w.To != nil {
		out["to"] = *w.To
	}
	return out
}

// finish reads the footnotes and, of a page that is to be taken away, puts in what it loads.
func (r *request) finish(f *frame) error {
	f.Notes = r.notes.list
	for _, n := range f.Notes {
		if err := n.fill(r); err != nil {
			return err
		}
	}
	if len(f.Notes) > 0 {
		f.BibTeX, f.CSL = r.format("bibtex"), r.format("csl")
	}
	if f.Offline {
		f.takenAway()
		for _, link := range []*string{&f.Question, &f.Answer, &f.CSV, &f.HTML, &f.SVG, &f.BibTeX, &f.CSL, &f.Card, &f.GraphML, &f.GEXF, &f.Pic, &f.Search} {
			if strings.HasPrefix(*link, "/") {
				*link = r.origin + *link
			}
		}
		for i := range f.Nav {
			if strings.HasPrefix(f.Nav[i].Href, "/") {
				f.Nav[i].Href = r.origin + f.Nav[i].Href
			}
		}
	}
	return nil
}

// format returns a link to this page in another form.
func (r *request) format(name string) string {
	values := url.Values{}
	for key, list := range r.values {
		if key != "format" {
			values[key] = list
		}
	}
	values.Set("format", name)
	return r.url.EscapedPath() + "?" + values.Encode()
}
