package explorer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parleygraph/parley/graph"
)

//go:embed templates static questions
var files embed.FS

// Policy is the Content-Security-Policy of every page: it loads what its own server has, and nothing else. Whoever may put it into a
// frame is said beside it; see [Answer.Framed].
const Policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'"

// An Answer is what is to be sent.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	Location    string // where to go instead; then there is no body
	Filename    string // under which to keep it, "" if it is to be shown
	Framed      bool   // pages of others may show it in a frame
	Policy      string // instead of [Policy], if it is not ""
}

// A page answers a request. It returns an error of package graph's, or nil for nothing: then there is no such thing.
type page func(r *request) (*Answer, error)

// pages has the page of each pattern of [http.ServeMux].
var pages = map[string]page{
	"GET /{$}":          home,
	"GET /search":       search,
	"GET /actor/{id}":   actorPage,
	"GET /pair/{a}/{b}": pairPage,
	"GET /event/{id}":   eventPage,
	"GET /source/{id}":  sourcePage,
	"GET /sources":      sourcesPage,
	"GET /claim/{id}":   claimPage,
	"GET /kind/{id}":    kindPage,
	"GET /kinds":        kindsPage,
	"GET /timeline":     timelinePage,
	"GET /path":         pathPage,
	"GET /node/{id}":    nodePage,
	"GET /network/{id}": networkPage,
	"GET /record":       recordPage,
	"GET /mentions":     mentionsPage,
}

// Patterns returns the patterns that a mux must send to [Pages.Answer], sorted.
func Patterns() []string {
	var list []string
	for p := range pages {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// Pages makes pages. Its methods may be called by many goroutines at once.
type Pages struct {
	templates map[string]*template.Template // by language
	now       func() time.Time
	writable  bool
	kinds     map[string]*atomic.Pointer[keptKinds] // by language
}

// New returns pages. They ask now for the time when a link is made that keeps what is known now. If the server can record, they have forms
// for it.
func New(now func() time.Time, writable bool) *Pages {
	p := &Pages{templates: map[string]*template.Template{}, now: now, writable: writable, kinds: map[string]*atomic.Pointer[keptKinds]{}}
	for _, lang := range Languages {
		p.kinds[lang] = &atomic.Pointer[keptKinds]{}
		t := template.New("").Funcs(functions(lang))
		p.templates[lang] = template.Must(t.ParseFS(files, "templates/*.html"))
	}
	return p
}

// A File is something that pages load. It never changes under its URL.
type File struct {
	URL, ContentType string
	Body             []byte
}

// Files returns what pages load.
func Files() []File {
	entries, err := files.ReadDir("static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	var list []File
	for _, e := range entries {
		body := static(e.Name())
		list = append(list, File{staticURL(e.Name()), map[string]string{
			".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
		}[path.Ext(e.Name())], body})
	}
	return list
}

func static(name string) []byte {
	body, err := files.ReadFile("static/" + name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return body
}

// staticURL has the beginning of the file's sum in it: another build's page never gets this one's file.
func staticURL(name string) string {
	sum := sha256.Sum256(static(name))
	ext := path.Ext(name)
	return "/explorer/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
}

// Answer answers a request that matched one of [Patterns], from a view of the graph as it is now, which the caller closes. Errors are
// those of package graph; [Pages.Problem] makes pages of them.
func (p *Pages) Answer(ctx context.Context, v *graph.View, h *http.Request) (*Answer, error) {
	r, err := p.request(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if r.values.Has("pin") {
		return r.pinned(), nil
	}
	if err := r.travel(); err != nil {
		return nil, err
	}
	make := pages[h.Pattern]
	if make == nil {
		return nil, fmt.Errorf("explorer: there is no page for %q", h.Pattern)
	}
	a, err := make(r)
	if a == nil && err == nil {
		return r.missing()
	}
	if wrong := argumentError(err); wrong != nil { // where.during.from is the parameter from
		name := wrong.Argument[strings.LastIndexByte(wrong.Argument, '.')+1:]
		err = &graph.ArgumentError{Argument: name, Problem: wrong.Problem, Kind: wrong.Kind}
	}
	return a, err
}

// Problem returns the page that says why there is none. Message is for the reader and says what to do.
func (p *Pages) Problem(h *http.Request, status int, message string) *Answer {
	r := &request{pages: p, ctx: h.Context(), url: h.URL, values: url.Values{}, lang: languageOf(h)}
	d := &problemData{frame: r.frame(word(r.lang, fmt.Sprint("status ", status))), Message: message}
	a, err := r.render("problem", d, d)
	if err != nil {
		return &Answer{Status: status, ContentType: "text/plain; charset=utf-8", Body: []byte(message + "\n")}
	}
	a.Status = status
	return a
}

type problemData struct {
	frame
	Message string
	ID      string
	Near    []Ref
}

// missing is the page for an id that names nothing: with what is called alike.
func (r *request) missing() (*Answer, error) {
	id := r.id("id")
	if id == "" {
		id = r.id("a")
	}
	near, err := r.near(string(id))
	if err != nil {
		return nil, err
	}
	d := &problemData{frame: r.frame(word(r.lang, "status 404")), ID: string(id), Near: near}
	a, err := r.render("problem", d, d)
	if a != nil {
		a.Status = http.StatusNotFound
	}
	return a, err
}

// render writes a page.
func (r *request) render(name string, data any, f framed) (*Answer, error) {
	if err := r.finish(f.of()); err != nil {
		return nil, err
	}
	switch r.values.Get("format") {
	case "bibtex":
		return r.bibtex(), nil
	case "csl":
		return r.csl()
	}
	var body bytes.Buffer
	if err := r.pages.templates[r.lang].ExecuteTemplate(&body, name+".html", data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	a := &Answer{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: body.Bytes(), Framed: f.of().Embedded}
	if r.offline() {
		a.Filename = fileName(strings.Trim(r.url.Path, "/")) + ".html"
	}
	return a, nil
}
