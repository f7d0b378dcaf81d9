package explorer

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/parleygraph/parley/graph"
)

// A request is what a URL asks for. It lives as long as it takes to answer it, in one goroutine.
type request struct {
	pages  *Pages
	ctx    context.Context
	view   *graph.View // as of when the URL says
	url    *url.URL
	values url.Values
	vars   func(name string) string
	origin string // of this server as the client knows it, http://localhost:8080
	lang   string

	asOf     graph.AsOf
	past     bool   // it is of another time than now
	revision string // that a permalink was made at, "" if this is none
	present  string // the revision of the graph
	notes    notes
}

func (p *Pages) request(ctx context.Context, v *graph.View, h *http.Request) (*request, error) {
	r := &request{pages: p, ctx: ctx, view: v, url: h.URL, vars: h.PathValue, lang: languageOf(h), present: v.Revision()}
	r.origin = "http://" + h.Host
	if h.TLS != nil || h.Header.Get("X-Forwarded-Proto") == "https" {
		r.origin = "https://" + h.Host
	}
	values, err := url.ParseQuery(h.URL.RawQuery)
	if err != nil {
		return nil, &graph.ArgumentError{Argument: "the URL", Kind: graph.ErrInvalidArgument,
			Problem: "its parameters cannot be read; write % before two hexadecimal digits, and & between parameters"}
	}
	for name, list := range values {
		if len(list) > 0 && strings.TrimSpace(list[0]) == "" && name != "pin" {
			values.Del(name) // a field of a form that was left empty
		}
	}
	r.values = values
	r.asOf = graph.AsOf{ValidAt: r.given("validAt"), KnownAt: r.given("knownAt")}
	r.revision = values.Get("revision")
	return r, nil
}

// given returns a parameter, nil if it is not there.
func (r *request) given(name string) *string {
	if s := strings.TrimSpace(r.values.Get(name)); s != "" {
		return &s
	}
	return nil
}

// id returns the id that stands in the path, or else among the parameters, under a name.
func (r *request) id(name string) graph.ID {
	if r.vars != nil {
		if s := r.vars(name); s != "" {
			return graph.ID(s)
		}
	}
	return graph.ID(strings.TrimSpace(r.values.Get(name)))
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish})

// languageOf returns the language that a request wants: its parameter lang, or else its header.
func languageOf(h *http.Request) string {
	want := h.URL.Query().Get("lang")
	if want == "" {
		want = h.Header.Get("Accept-Language")
	}
	if len(want) > 200 {
		return Languages[0]
	}
	tags, _, err := language.ParseAcceptLanguage(want)
	if err != nil || len(tags) == 0 {
		return Languages[0]
	}
	_, i, _ := matcher.Match(tags...)
	return Languages[i]
}

// endOfTime is behind all instants at which anything is recorded.
const endOfTime = "9999-12-31T23:59:59Z"

// travel puts the view where the clocks of the URL are.
//
// A permalink is made at an instant, and most are opened before anything else is recorded. Then what was known at that instant is what is
// known now, and is answered from there: that costs less, since the indexes count what stands now.
func (r *request) travel() error {
	at := r.asOf
	if at.KnownAt != nil && r.revision == r.present {
		one := 1
		if since, err := r.view.Diff(r.ctx, *at.KnownAt, endOfTime, graph.Page{First: &one}); err == nil && len(since.Edges) == 0 {
			at.KnownAt = nil
		}
	}
	r.past = at.KnownAt != nil || at.ValidAt != nil
	v, err := r.view.AsOf(&at)
	if err != nil {
		if a := argumentError(err); a != nil {
			return &graph.ArgumentError{Argument: strings.TrimPrefix(a.Argument, "asOf."), Problem: a.Problem, Kind: a.Kind}
		}
		return err
	}
	r.view = v
	return nil
}

// pinned leads to the page as it is now: with the instant, and the revision, in its URL.
func (r *request) pinned() *Answer {
	values := r.values
	values.Del("pin")
	if r.asOf.KnownAt == nil {
		values.Set("knownAt", r.pages.now().UTC().Format(time.RFC3339Nano))
	}
	values.Set("revision", r.present)
	values.Set("lang", r.lang)
	return &Answer{Status: http.StatusFound, Location: r.url.EscapedPath() + "?" + values.Encode()}
}

// carried are the parameters that links within the explorer take along: who looks as of then goes on looking as of then.
var carried = []string{"knownAt", "validAt", "revision", "lang"}

// link returns a link to a page; path has its segments unescaped, parameters come in pairs, and those without a value are left out.
func (r *request) link(path []string, parameters ...string) string {
	var b strings.Builder
	if r.offline() {
		b.WriteString(r.origin)
	}
	for _, p := range path {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	if len(path) == 0 {
		b.WriteByte('/')
	}
	values := url.Values{}
	for _, name := range carried {
		if s := r.values.Get(name); s != "" {
			values.Set(name, s)
		}
	}
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			values.Set(parameters[i], parameters[i+1])
		} else {
			values.Del(parameters[i])
		}
	}
	if len(values) > 0 {
		b.WriteByte('?')
		b.WriteString(values.Encode())
	}
	return b.String()
}

// moved leads to the page of who was merged into another: with all parameters, and for as long as that stands, which a client asks anew.
func (r *request) moved(page string, ids ...graph.ID) *Answer {
	to := "/" + page
	for _, id := range ids {
		to += "/" + url.PathEscape(string(id))
	}
	if r.url.RawQuery != "" {
		to += "?" + r.url.RawQuery
	}
	return &Answer{Status: http.StatusPermanentRedirect, Location: to}
}

// theActor returns the actor that a page of an actor is about. Without one, the page is what else is returned: nil if there is nobody, or where
// the page of somebody who was merged into another has moved to.
func (r *request) theActor(page string) (graph.Actor, *Answer, error) {
	id := r.id("id")
	n, err := r.view.Node(r.ctx, id)
	if err != nil {
		return nil, nil, err
	}
	a, ok := n.(graph.Actor)
	if !ok {
		return nil, nil, nil
	}
	if a.ID() != id {
		return nil, r.moved(page, a.ID()), nil
	}
	return a, nil, nil
}

// here returns a link to this page with some parameters set, or left out if they are "". A cursor of another list is left out.
func (r *request) here(parameters ...string) string {
	values := url.Values{}
	for name, list := range r.values {
		if name != "after" && name != "before" && name != "format" {
			values[name] = list
		}
	}
	for i := 0; i+1 < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			values.Set(parameters[i], parameters[i+1])
		} else {
			values.Del(parameters[i])
		}
	}
	at := r.url.EscapedPath()
	if r.offline() {
		at = r.origin + at
	}
	if len(values) > 0 {
		at += "?" + values.Encode()
	}
	return at
}

// offline reports whether the page is to be one file that opens anywhere.
func (r *request) offline() bool { return r.values.Get("format") == "html" }

// A filter is what the lists of a page are narrowed by.
type filter struct {
	Kind, From, To string
	Kinds          []kindOption
	Action         string      // of the form
	Keep           [][2]string // what the form sends along
}

// filter reads the filter of the URL.
func (r *request) filter() (f filter, err error) {
	f = r.window()
	f.Kinds, err = r.kindOptions(f.Kind)
	return f, err
}

// window reads the filter of the URL, without the kinds that it could be of.
func (r *request) window() filter {
	f := filter{Kind: r.values.Get("kind"), From: strings.TrimSpace(r.values.Get("from")), To: strings.TrimSpace(r.values.Get("to")), Action: r.url.EscapedPath()}
	for _, name := range carried {
		if s := r.values.Get(name); s != "" {
			f.Keep = append(f.Keep, [2]string{name, s})
		}
	}
	return f
}

// Any reports whether the filter leaves anything out.
func (f filter) Any() bool { return f.Kind != "" || f.From != "" || f.To != "" }

func (f filter) kinds() []graph.ID {
	if f.Kind == "" {
		return nil
	}
	return []graph.ID{graph.ID(f.Kind)}
}

func (f filter) window() *graph.Window {
	if f.From == "" && f.To == "" {
		return nil
	}
	w := &graph.Window{}
	if f.From != "" {
		w.From = &f.From
	}
	if f.To != "" {
		w.To = &f.To
	}
	return w
}

// page returns the part of a list that the URL asks for.
func (r *request) page(first int) graph.Page {
	if before := r.given("before"); before != nil {
		return graph.Page{Last: &first, Before: before}
	}
	return graph.Page{First: &first, After: r.given("after")}
}

// pager has the links to the pages beside this one.
type pager struct{ Previous, Next string }

func (r *request) pager(i *graph.PageInfo) (p pager) {
	if i.HasPreviousPage && i.StartCursor != nil {
		p.Previous = r.here("before", *i.StartCursor) + "#list"
	}
	if i.HasNextPage && i.EndCursor != nil {
		p.Next = r.here("after", *i.EndCursor) + "#list"
	}
	return p
}
