package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed"
	"github.com/parleygraph/parley/server/explorer"
)

// A pageAnswer is what a page was answered with; redirects are not followed.
type pageAnswer struct {
	*http.Response
	body string
}

// getPage asks a handler for a page, with headers in pairs.
func getPage(t *testing.T, h http.Handler, url string, headers ...string) pageAnswer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", url, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return pageAnswer{w.Result(), w.Body.String()}
}

func explorerOf(t *testing.T, g *graph.Graph) http.Handler {
	t.Helper()
	return Handler(Config{}, g, slog.New(slog.DiscardHandler))
}

// textOf is what a reader sees of a page: no markup, no white space but single blanks.
func textOf(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	}
	text := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(b.String()) // what keeps directions apart is not seen
	return strings.Join(strings.Fields(text), " ")
}

// TestPages asks for each kind of page and looks for what a reader comes for.
func TestPages(t *testing.T) {
	h := explorerOf(t, curatedGraph(t))
	for _, tt := range []struct {
		name, url string
		status    int
		want      []string // in what a reader sees, in this order
	}{
		{"home", "/", 200, []string{"Who talked to whom, when, and who says so.", "actors", "Newest events", "some day from 28 February to 3 March 2025", "“ now ”", "Sources"}},
		{"search", "/search?q=hegs", 200, []string{"hegs", "Pete Hegseth", "person"}},
		{"search, a typo", "/search?q=Pete+Hegsett", 200, []string{"Pete Hegseth"}},
		{"search, nothing", "/search?q=qqqqqq", 200, []string{"Nothing here is called"}},
		{"search, no word", "/search?q=%21%21", 200, []string{"Nothing here is called"}},
		{"search, empty", "/search", 200, []string{"Names are found by whole words"}},
		{"actor", "/actor/person:pete-hegseth", 200, []string{"person", "Pete Hegseth", "Posts over time", "United States Secretary of Defense", "since 25 January 2025",
			"Whom they talked to", "Mexico's top military officials", "call", "1", "31 January 2025", "Around", "Events", "Who says so", "reported", "attributed to", "people briefed on the call", "paragraph 2"}},
		{"actor in Spanish", "/actor/person:claudia-sheinbaum?lang=es", 200, []string{"Cronología", "persona", "Claudia Sheinbaum", "Eventos", "3 de febrero de 2025", "Quién lo dice", "según se informa"}},
		{"actor, narrowed", "/actor/person:pete-hegseth?kind=kind:call&from=2025-01-31&to=2025-01-31", 200, []string{"Events 1", "spoke by telephone"}},
		{"actor, unknown", "/actor/person:pete-hegset", 404, []string{"Not here", "person:pete-hegset", "Called alike", "Pete Hegseth"}},
		{"actor, not one", "/actor/kind:call", 404, []string{"Not here"}},
		{"actor, a wrong window", "/actor/person:pete-hegseth?from=yesterday", 400, []string{"This cannot be asked", "yesterday"}},
		{"actor, a wrong cursor", "/actor/person:pete-hegseth?after=x", 400, []string{"cursor"}},
		{"actor, an unknown kind", "/actor/person:pete-hegseth?kind=kind:cal", 400, []string{"kind:call"}},
		{"pair", "/pair/person:pete-hegseth/group:mexico-top-military-officials", 200, []string{"Pete Hegseth", "&", "Mexico's top military officials", "4 events, 1 of them a talk",
			"31 January 2025", "“ Jan. 31 ”", "spoke by telephone", "What is not known", "1 contact", "the day is not known", "inferred or doubted", "whom the source does not name", "Who says so"}},
		{"pair without events", "/pair/person:scott-bessent/person:claudia-sheinbaum", 200, []string{"0 events", "No event is recorded", "No contact between Scott Bessent and Claudia Sheinbaum is recorded", "Covered by", "Hegseth Warns"}},
		{"pair, one unknown", "/pair/person:pete-hegseth/person:claudia-shainbaum", 404, []string{"person:claudia-shainbaum", "Claudia Sheinbaum"}},
		{"pair of one", "/pair/person:pete-hegseth/person:pete-hegseth", 400, []string{"b: it is the actor itself"}},
		{"event", "/event/event:2025-01-31-hegseth-call", 200, []string{"event", "call", "spoke by telephone", "When", "31 January 2025", "Jan. 31", "2025-01-31", "1 independent source", "Who", "Pete Hegseth", "as United States Secretary of Defense", "initiator"}},
		{"event, unknown", "/event/event:2025-01-31-hegseth-cal", 404, []string{"Not here", "Called alike"}},
		{"source", "/source/source:hegseth-warns-mexico", 200, []string{"source", "Hegseth Warns of Potential Military Action", "What rests on it", "on this source alone", "What it says", "paragraph"}},
		{"sources", "/sources", 200, []string{"All sources", "Hegseth Warns"}},
		{"kind", "/kind/kind:call", 200, []string{"kind of event", "call", "Broader", "communication", "CAMEO", "31 January 2025"}},
		{"kinds", "/kinds", 200, []string{"Kinds", "communication", "call"}},
		{"timeline", "/timeline", 200, []string{"The whole timeline", "Events by year", "The same as a table", "2025"}},
		{"timeline, an answer that is empty", "/timeline?kind=kind:veto&from=1700&to=1701", 200, []string{"No event matches"}},
		{"path", "/path?from=person:pete-hegseth&to=group:mexico-top-military-officials", 200, []string{"In any order of time", "certain", "Along time", "spoke by telephone"}},
		{"path by names", "/path?from=Obama&to=Fox", 200, []string{"Barack Obama", "→", "Vicente Fox", "George W. Bush"}},
		{"path, an unknown name", "/path?from=Nobody+at+all&to=Fox", 200, []string{"Nobody here is called"}},
		{"path, no number", "/path?from=Obama&to=Fox&hops=many", 400, []string{"many"}},
		{"network", "/network/government:mexico?nodes=2", 200, []string{"Around", "Government of Mexico", "left out", "The same as a list"}},
		{"network, too large", "/network/government:mexico?nodes=5000", 400, []string{"5000"}},
		{"place", "/node/place:mexico", 200, []string{"place", "Mexico"}},
		{"post", "/node/position:us-secretary-of-defense", 200, []string{"post", "United States Secretary of Defense", "Who held it", "Pete Hegseth"}},
		{"record, on a server that only answers", "/record", 200, []string{"Record", "This server only answers"}},
		{"mentions", "/mentions?text=On+Monday+Pete+Hegseth+called+Mexico.+Sheinbaum,+Bessent's+guest,+did+not.", 200, []string{"Pete Hegseth", "Claudia Sheinbaum", "Scott Bessent"}},
		{"mentions of nobody", "/mentions?text=nobody", 200, []string{"It names nobody"}},
		{"a date before anything was recorded", "/actor/person:pete-hegseth?knownAt=2001-01-01T00:00:00Z", 404, []string{"As known on 1 January 2001", "See it as it is now"}},
		{"no instant", "/?knownAt=then", 400, []string{"then", "RFC 3339"}},
		{"parameters that cannot be read", "/search?q=%zz", 400, []string{"parameters"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := getPage(t, h, tt.url)
			if a.StatusCode != tt.status {
				t.Fatalf("status %d, want %d: %s", a.StatusCode, tt.status, textOf(t, a.body))
			}
			checkPage(t, a)
			rest := textOf(t, a.body)
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("it does not say %q, at least not after what comes before; there is left:\n%s", want, rest)
				}
				rest = after
			}
		})
	}
}

// checkPage checks what holds of every page.
func checkPage(t *testing.T, a pageAnswer) {
	t.Helper()
	if got := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'self';") || strings.Contains(got, "unsafe") {
		t.Errorf("Content-Security-Policy %q", got)
	}
	if len(a.body) > 150<<10 {
		t.Errorf("it has %d bytes: too heavy", len(a.body))
	}
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	ids, headings := map[string]bool{}, 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "h1" {
			headings++
		}
		for _, x := range n.Attr {
			switch {
			case x.Key == "id" && ids[x.Val]:
				t.Errorf("two elements have the id %q", x.Val)
			case x.Key == "id":
				ids[x.Val] = true
			case x.Key == "style" || strings.HasPrefix(x.Key, "on"):
				t.Errorf("<%s> has %s=%q, which the policy forbids", n.Data, x.Key, x.Val)
			case strings.Contains(x.Val, "ZgotmplZ"):
				t.Errorf("<%s> has %s=%q: the template did not trust it", n.Data, x.Key, x.Val)
			}
		}
	}
	if headings != 1 {
		t.Errorf("it has %d headings of the first level, want 1", headings)
	}
	for n := range root.Descendants() {
		for _, x := range n.Attr {
			if target, ok := strings.CutPrefix(x.Val, "#"); ok && x.Key == "href" && !ids[target] {
				t.Errorf("a link leads to #%s, which is not there", target)
			}
			if (x.Key == "for" || x.Key == "aria-labelledby") && !ids[x.Val] {
				t.Errorf("%s=%q names nothing", x.Key, x.Val)
			}
		}
	}
}

// TestPageLinks follows every link from the home page on: each leads to a page, and each question in GraphQL that a page answers has an
// answer.
func TestPageLinks(t *testing.T) {
	h := explorerOf(t, curatedGraph(t))
	most := 5000
	if testing.Short() {
		most = 120
	}
	queue, seen := []string{"/"}, map[string]bool{"/": true}
	shapes := map[string]int{}
	asked := map[string]bool{}
	for len(queue) > 0 && len(seen) <= most+len(queue) {
		at := queue[0]
		queue = queue[1:]
		a := getPage(t, h, at)
		switch a.StatusCode {
		case http.StatusFound:
			a.body = `<a href="` + html.EscapeString(a.Header.Get("Location")) + `"></a>`
		case http.StatusOK:
			if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && a.Header.Get("Content-Disposition") == "" && !strings.HasPrefix(at, "/playground") && !strings.HasPrefix(at, "/graphiql") {
				checkPage(t, a)
			}
		default:
			t.Fatalf("%s: status %d: %s", at, a.StatusCode, textOf(t, a.body))
		}
		if t.Failed() {
			t.Fatalf("on %s", at)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && a.StatusCode == http.StatusOK {
			continue
		}
		root, err := html.Parse(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			for _, x := range n.Attr {
				if x.Key != "href" || !strings.HasPrefix(x.Val, "/") {
					continue
				}
				link, _, _ := strings.Cut(x.Val, "#")
				u, err := url.Parse(link)
				if err != nil {
					t.Fatalf("on %s: %v", at, err)
				}
				if strings.HasPrefix(link, "/graphql?") {
					// One of each shape is enough of what costs more.
					name := regexp.MustCompile(`^query (\w+)`).FindString(u.Query().Get("query"))
					if asked[name] && testing.Short() || asked[link] {
						continue
					}
					asked[name], asked[link] = true, true
					answer := getPage(t, h, link, "Accept", "application/json")
					if answer.StatusCode != http.StatusOK || strings.Contains(answer.body, `"errors"`) {
						t.Errorf("on %s: the question %s: %.300s", at, u.Query().Get("variables"), answer.body)
					}
					continue
				}
				if seen[link] {
					continue
				}
				// Windows, pages of lists, languages and forms of one page are many and alike.
				shape := u.Path
				if u.RawQuery != "" {
					shape = regexp.MustCompile(`^/\w*`).FindString(u.Path)
					for name, v := range u.Query() {
						if shape += " " + name; name == "format" || name == "lang" {
							shape += "=" + v[0]
						}
					}
					parts := strings.Fields(shape)
					slices.Sort(parts)
					if shape = strings.Join(parts, " "); shapes[shape] >= 3 {
						continue
					}
				}
				shapes[shape]++
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	t.Logf("%d pages, %d questions", len(seen), len(asked))
	if len(seen) < 100 || len(asked) < 10 {
		t.Errorf("only %d pages and %d questions were found", len(seen), len(asked))
	}
}

// What a page costs in calls to the store does not depend on how much there is to show. The numbers are those of this version.
func TestPageCalls(t *testing.T) {
	pages := explorer.New(time.Now, false)
	calls := func(g *graph.Graph, pattern, path string) int {
		t.Helper()
		v := g.View()
		defer v.Close()
		mux := http.NewServeMux()
		n := -1
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			a, err := pages.Answer(r.Context(), v, r)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if a.Status != http.StatusOK {
				t.Fatalf("%s: status %d", path, a.Status)
			}
			n = v.Calls()
		})
		mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		return n
	}
	small, large := crowdedGraph(t, 30), crowdedGraph(t, 120) // both have more than a page shows
	for _, tt := range []struct {
		pattern, path string
		most          int
	}{
		{"GET /{$}", "/", 40},
		{"GET /actor/{id}", "/actor/person:hub", 80},
		{"GET /pair/{a}/{b}", "/pair/person:hub/government:all", 70},
		{"GET /event/{id}", "/event/event:1", 50},
		{"GET /source/{id}", "/source/source:all", 50},
		{"GET /sources", "/sources", 10},
		{"GET /kind/{id}", "/kind/kind:call", 50},
		{"GET /kinds", "/kinds", 10},
		{"GET /timeline", "/timeline", 50},
		{"GET /path", "/path?from=person:1&to=person:2", 60},
		{"GET /network/{id}", "/network/person:hub", 20},
		{"GET /search", "/search?q=person", 10},
	} {
		few, many := calls(small, tt.pattern, tt.path), calls(large, tt.pattern, tt.path)
		t.Logf("%s: %d calls of a small graph, %d of a large one", tt.path, few, many)
		if many > tt.most {
			t.Errorf("%s: %d calls, at most %d are expected", tt.path, many, tt.most)
		}
		if many > few+2 { // a scan may take another batch
			t.Errorf("%s: %d calls of a small graph, %d of a large one: it grows with what there is to show", tt.path, few, many)
		}
	}
}

// graphOf is a graph of some facts, each "subject predicate object", said by claim:1 of source:all unless a line names another claim first.
func graphOf(t *testing.T, quads []store.Quad) *graph.Graph {
	t.Helper()
	st, err := store.Open(context.Background(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := st.Add(context.Background(), quads); err != nil {
		t.Fatal(err)
	}
	return graph.New(st, "")
}

// A quadMaker makes quads by claims of one source.
type quadMaker struct {
	list  []store.Quad
	claim string
}

func (m *quadMaker) add(subject, predicate string, object store.Term) {
	m.list = append(m.list, store.Quad{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(m.claim)})
}

func (m *quadMaker) is(subject, class, name string) {
	m.add(subject, vocab.RdfType, store.IRI(class))
	m.add(subject, vocab.SchemaName, store.LangString{Value: store.String(name), Lang: "en"})
}

// says begins a claim; what is added from now on rests on it.
func (m *quadMaker) says(id, source, at string) {
	m.claim = id
	m.add(id, vocab.RdfType, store.IRI(vocab.ClassClaim))
	m.add(id, vocab.DctermsSource, store.IRI(source))
	m.add(id, vocab.ParleyCertainty, store.String("REPORTED"))
	m.add(id, vocab.ParleyStance, store.String("ASSERTS"))
	m.add(id, vocab.ProvGeneratedAtTime, store.TypedString{Value: store.String(at), Type: store.IRI(vocab.XsdDateTime)})
	m.add(id, vocab.ParleyRecordedBy, store.String("a test"))
}

func (m *quadMaker) source(id, title string) {
	m.add(id, vocab.RdfType, store.IRI(vocab.ClassSource))
	m.add(id, vocab.DctermsTitle, store.LangString{Value: store.String(title), Lang: "en"})
}

func (m *quadMaker) call(id, day, from, to string) {
	m.add(id, vocab.RdfType, store.IRI(vocab.ClassEvent))
	m.add(id, vocab.SemEventType, store.IRI("kind:call"))
	m.add(id, vocab.SemHasTimeStamp, store.TypedString{Value: store.String(day), Type: store.IRI(vocab.EdtfEDTF)})
	m.add(id, "role:initiator", store.IRI(from))
	m.add(id, "role:recipient", store.IRI(to))
}

// withKinds adds the curated kinds and roles, which every graph needs.
func withKinds(t *testing.T, m *quadMaker) []store.Quad {
	t.Helper()
	for _, f := range []string{"kinds.nq", "roles.nq", "curators.nq"} {
		m.list = append(m.list, curatedFile(t, f)...)
	}
	return m.list
}

// crowdedGraph is a graph of a hub who called n people, each with a post, claims and a source of their own, and one government in all calls.
func crowdedGraph(t *testing.T, n int) *graph.Graph {
	t.Helper()
	m := &quadMaker{}
	m.says("claim:0", "source:all", "2025-01-01T00:00:00Z")
	m.source("source:all", "All of it")
	m.is("person:hub", vocab.ClassPerson, "Person Hub")
	m.is("government:all", vocab.ClassGovernment, "All")
	for i := range n {
		m.says(fmt.Sprintf("claim:%d", i+1), "source:all", "2025-01-01T00:00:00Z")
		who, event := fmt.Sprintf("person:%d", i), fmt.Sprintf("event:%d", i)
		m.is(who, vocab.ClassPerson, fmt.Sprintf("Person %d", i))
		m.call(event, fmt.Sprintf("20%02d-%02d", i/12, i%12+1), "person:hub", who)
		m.add(event, "role:participant", store.IRI("government:all"))
		post, tenure := fmt.Sprintf("position:%d", i), fmt.Sprintf("tenure:%d", i)
		m.is(post, vocab.ClassPosition, fmt.Sprintf("Post %d", i))
		m.add(post, vocab.OrgPostIn, store.IRI("government:all"))
		m.add(tenure, vocab.RdfType, store.IRI(vocab.ClassTenure))
		m.add(tenure, vocab.OrgMember, store.IRI(who))
		m.add(tenure, vocab.ParleyPosition, store.IRI(post))
		m.add(tenure, vocab.SemHasTimeStamp, store.TypedString{Value: "1999/..", Type: store.IRI(vocab.EdtfEDTF)})
		m.says(fmt.Sprintf("claim:more-%d", i), fmt.Sprintf("source:%d", i), "2025-01-01T00:00:00Z")
		m.source(fmt.Sprintf("source:%d", i), fmt.Sprintf("Source %d", i))
		m.add(event, vocab.DctermsDescription, store.LangString{Value: store.String(fmt.Sprintf("Call %d", i)), Lang: "en"})
	}
	return graphOf(t, withKinds(t, m))
}

func curatedFile(t *testing.T, name string) (quads []store.Quad) {
	t.Helper()
	for _, f := range seed.Files() {
		if f.Name != "data/"+name {
			continue
		}
		for r := store.NewQuadReader(bytes.NewReader(f.Data)); ; {
			q, _, err := r.Read()
			if err == io.EOF {
				return quads
			}
			if err != nil {
				t.Fatal(err)
			}
			quads = append(quads, q)
		}
	}
	t.Fatalf("there is no curated file %s", name)
	return nil
}

// Names and words of strangers stay what they are, text, and do not turn what stands around them.
func TestHostilePages(t *testing.T) {
	hostile := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title><svg onload=alert(1)>`, `' onmouseover='alert(1)`, `{{.Secret}}`, `javascript:alert(1)`,
		"\u202egnp.exe", "שלום עולם", strings.Repeat("longname", 600), strings.Repeat("a ", 2000), "a\x00b", "-->", "]]>",
	}
	m := &quadMaker{}
	m.says("claim:1", "source:1", "2025-01-01T00:00:00Z")
	for i, name := range hostile {
		who := fmt.Sprintf("person:%d", i)
		m.is(who, vocab.ClassPerson, name)
		m.add(who, vocab.SchemaAlternateName, store.LangString{Value: store.String(name), Lang: "en"})
		m.add(who, vocab.SchemaDescription, store.LangString{Value: store.String(name), Lang: "en"})
		m.add(who, vocab.OwlSameAs, store.IRI("javascript:alert(1)"))
		event := fmt.Sprintf("event:%d", i)
		m.call(event, "2025-01-01", "person:0", fmt.Sprintf("person:%d", (i+1)%len(hostile)))
		m.add(event, vocab.DctermsDescription, store.LangString{Value: store.String(name), Lang: "en"})
	}
	for _, p := range []string{vocab.OaExact, vocab.BiboLocator, vocab.DctermsDescription} {
		m.add("claim:1", p, store.LangString{Value: store.String(hostile[0]), Lang: "en"})
	}
	m.source("source:1", hostile[1])
	m.add("source:1", vocab.SchemaUrl, store.IRI("javascript:alert(1)"))
	h := explorerOf(t, graphOf(t, withKinds(t, m)))
	paths := []string{"/", "/source/source:1", "/claim/claim:1", "/sources", "/timeline", "/path?from=person:1&to=person:2", "/kind/kind:call",
		"/search?q=" + url.QueryEscape(hostile[0]), "/actor/" + url.PathEscape(hostile[0]), "/actor/" + url.PathEscape(strings.Repeat("x", 5000)),
		"/path?from=" + url.QueryEscape(hostile[1]) + "&to=person:1", "/actor/person:0?from=" + url.QueryEscape(hostile[1]), "/?lang=" + url.QueryEscape(hostile[0])}
	for i := range hostile {
		paths = append(paths, fmt.Sprintf("/actor/person:%d", i), fmt.Sprintf("/event/event:%d", i), fmt.Sprintf("/network/person:%d", i), fmt.Sprintf("/pair/person:0/person:%d", max(1, i)))
	}
	for _, path := range paths {
		a := getPage(t, h, path)
		if a.StatusCode >= 500 {
			t.Fatalf("%s: status %d", path, a.StatusCode)
		}
		root, err := html.Parse(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			switch {
			case n.Type == html.ElementNode && n.Data == "img", n.Type == html.ElementNode && n.Data == "script" && !strings.HasPrefix(attrOf(n, "src"), "/explorer/") && attrOf(n, "id") != "words":
				t.Errorf("%s: there is a <%s> that nobody put there", path, n.Data)
			case n.Type == html.TextNode && strings.Contains(n.Data, "alert(1)") && n.Parent.Data != "bdi" && !strings.Contains(n.Data, "\u2068") && n.Parent.Data != "text" && n.Parent.Data != "p" && n.Parent.Data != "option":
				t.Errorf("%s: %q stands in <%s>, where its direction is not its own", path, n.Data, n.Parent.Data)
			}
			for _, x := range n.Attr {
				if strings.HasPrefix(x.Key, "on") || (x.Key == "href" || x.Key == "src" || x.Key == "action") && strings.HasPrefix(strings.TrimSpace(x.Val), "javascript:") {
					t.Errorf("%s: <%s %s=%q>", path, n.Data, x.Key, x.Val)
				}
			}
		}
	}
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// A permalink shows what was known when it was made, whatever is recorded since, and says so.
func TestPermalink(t *testing.T) {
	m := &quadMaker{}
	m.says("claim:1", "source:1", "2025-01-01T00:00:00Z")
	m.source("source:1", "First")
	m.is("person:1", vocab.ClassPerson, "One")
	m.is("person:2", vocab.ClassPerson, "Two")
	m.call("event:1", "2025-01-01", "person:1", "person:2")
	st, err := store.Open(t.Context(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Add(t.Context(), withKinds(t, m)); err != nil {
		t.Fatal(err)
	}
	h := explorerOf(t, graph.New(st, ""))
	main := func(a pageAnswer) string {
		_, rest, _ := strings.Cut(a.body, `<div class="title">`)
		body, _, _ := strings.Cut(rest, "</main>")
		return textOf(t, body)
	}
	pinned := getPage(t, h, "/actor/person:1?pin=1")
	at, err := url.Parse(pinned.Header.Get("Location"))
	if err != nil || pinned.StatusCode != http.StatusFound {
		t.Fatalf("status %d, %v", pinned.StatusCode, err)
	}
	if q := at.Query(); at.Path != "/actor/person:1" || q.Get("revision") == "" || q.Get("knownAt") == "" || q.Has("pin") {
		t.Fatalf("it leads to %s", at)
	}
	now := getPage(t, h, "/actor/person:1")
	before := getPage(t, h, at.String())
	if main(now) != main(before) || !strings.Contains(before.body, "As known on") {
		t.Errorf("the page of now and its permalink differ:\n%s\n%s", main(now), main(before))
	}

	more := &quadMaker{}
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	more.says("claim:2", "source:1", later)
	more.is("person:3", vocab.ClassPerson, "Three")
	more.call("event:2", "2025-02-01", "person:1", "person:3")
	if _, err := st.Add(t.Context(), more.list); err != nil {
		t.Fatal(err)
	}
	after := getPage(t, h, at.String())
	if main(after) != main(before) {
		t.Errorf("the permalink has changed with what was recorded since:\n%s\n%s", main(before), main(after))
	}
	if text := textOf(t, after.body); !strings.Contains(text, "the graph has gone from revision") || strings.Contains(text, "Three") {
		t.Errorf("it does not say that the graph has moved on, or shows it:\n%s", text)
	}
	if text := textOf(t, getPage(t, h, "/actor/person:1").body); !strings.Contains(text, "Three") {
		t.Errorf("the page of now does not show what is new:\n%s", text)
	}
	if text := textOf(t, getPage(t, h, "/event/event:2?"+at.RawQuery).body); !strings.Contains(text, "Not here") {
		t.Errorf("what was not known then is there:\n%s", text)
	}
	if !strings.Contains(after.body, "/event/event:1?"+strings.ReplaceAll(url.Values{"knownAt": {at.Query().Get("knownAt")}, "lang": {"en"}, "revision": {at.Query().Get("revision")}}.Encode(), "&", "&amp;")) {
		t.Error("its links do not go on asking as of then")
	}
}

// A page that the client has is not made again, and one that failed is never kept.
func TestPageTags(t *testing.T) {
	h := explorerOf(t, curatedGraph(t))
	first := getPage(t, h, "/actor/person:pete-hegseth")
	tag := first.Header.Get("ETag")
	if tag == "" {
		t.Fatal("it has no ETag")
	}
	if a := getPage(t, h, "/actor/person:pete-hegseth", "If-None-Match", tag); a.StatusCode != http.StatusNotModified || a.body != "" {
		t.Errorf("status %d with %d bytes, want 304", a.StatusCode, len(a.body))
	}
	for _, other := range []struct {
		url     string
		headers []string
	}{{"/actor/person:donald-trump", nil}, {"/actor/person:pete-hegseth?lang=es", nil}, {"/actor/person:pete-hegseth", []string{"Accept-Language", "es-MX,es;q=0.9"}}} {
		if a := getPage(t, h, other.url, append(other.headers, "If-None-Match", tag)...); a.StatusCode != http.StatusOK {
			t.Errorf("%s %v: status %d, want 200", other.url, other.headers, a.StatusCode)
		}
	}
	if a := getPage(t, h, "/actor/person:nobody"); a.Header.Get("ETag") != "" {
		t.Error("a page of what is not there has an ETag")
	}
	for _, f := range explorer.Files() {
		if a := getPage(t, h, f.URL); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != f.ContentType {
			t.Errorf("%s: status %d, %s", f.URL, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
}

// Pages end at the deadline of all questions, and wait for a place as all do.
func TestPageLimits(t *testing.T) {
	h := Handler(Config{Timeout: time.Nanosecond}, curatedGraph(t), slog.New(slog.DiscardHandler))
	a := getPage(t, h, "/actor/person:pete-hegseth")
	if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(textOf(t, a.body), "It took too long") {
		t.Errorf("status %d: %s", a.StatusCode, textOf(t, a.body))
	}
	checkPage(t, a)
	busy := Handler(Config{MaxConcurrent: 1, Timeout: 20 * time.Millisecond}, curatedGraph(t), slog.New(slog.DiscardHandler))
	release, refused := busy.service.slot(t.Context())
	if refused != nil {
		t.Fatal("there is no place")
	}
	if a := getPage(t, busy, "/kinds"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d while all places are taken, want 503", a.StatusCode)
	}
	release()
	if a := getPage(t, busy, "/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("status %d", a.StatusCode)
	}
}

// In three clicks from the home page: who says that Hegseth called Mexico's military, and how sure are they.
func TestThreeClicks(t *testing.T) {
	h := explorerOf(t, curatedGraph(t))
	click := func(page pageAnswer, words string) pageAnswer {
		t.Helper()
		root, err := html.Parse(strings.NewReader(page.body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" {
				var b strings.Builder
				for x := range n.Descendants() {
					if x.Type == html.TextNode {
						b.WriteString(x.Data)
					}
				}
				if strings.Contains(b.String(), words) {
					return getPage(t, h, attrOf(n, "href"))
				}
			}
		}
		t.Fatalf("there is no link %q in\n%s", words, textOf(t, page.body))
		return page
	}
	page := click(getPage(t, h, "/"), "Pete Hegseth")
	page = click(page, "Mexico's top military officials")
	text := textOf(t, page.body)
	for _, want := range []string{"spoke by telephone", "reported", "attributed to people briefed on the call", "paragraph 2", "Hegseth Warns of Potential Military Action"} {
		if !strings.Contains(text, want) {
			t.Errorf("after two clicks it does not say %q:\n%s", want, text)
		}
	}
	page = click(page, "31 January 2025")
	if text := textOf(t, page.body); !strings.Contains(text, "independent source") {
		t.Errorf("the event's page does not say how many sources there are:\n%s", text)
	}
}

// Only those who may write may look at what a write would record, and only at writes that there are.
func TestPreview(t *testing.T) {
	m := &quadMaker{}
	m.says("claim:1", "source:1", "2025-01-01T00:00:00Z")
	m.source("source:1", "First")
	g := graphOf(t, withKinds(t, m))
	token, hash := newToken()
	c := Config{Ledger: newLedger(g, time.Now), Identify: identifyWriters([]writer{{"A desk", hash}})}
	h, closed := Handler(c, g, slog.New(slog.DiscardHandler)), Handler(Config{}, g, slog.New(slog.DiscardHandler))
	for _, tt := range []struct {
		name   string
		h      http.Handler
		token  string
		body   string
		status int
		want   string
	}{
		{"a source", h, token, `{"mutation": "recordSource", "input": {"title": "A <b>wire</b> story", "archivedUrl": "https://example.org/a", "sha256": null}}`, 200, `<source:a-b-wire-b-story>`},
		{"wrong in a field", h, token, `{"mutation": "recordSource", "input": {"title": "A wire story", "published": "Tuesday"}}`, 200, `"path":["input","published"]`},
		{"a field that is none", h, token, `{"mutation": "recordSource", "input": {"titel": "A wire story"}}`, 400, "BAD_USER_INPUT"},
		{"a mutation that is none", h, token, `{"mutation": "recordSecret", "input": {}}`, 400, "BAD_USER_INPUT"},
		{"no JSON", h, token, `mutation`, 400, "BAD_USER_INPUT"},
		{"too much", h, token, `{"mutation": "` + strings.Repeat("x", 2<<20) + `"}`, 400, "BAD_USER_INPUT"},
		{"nobody", h, "", `{"mutation": "recordSource", "input": {"title": "A"}}`, 401, "UNAUTHENTICATED"},
		{"a wrong token", h, "parley_x", `{"mutation": "recordSource", "input": {"title": "A"}}`, 401, "UNAUTHENTICATED"},
		{"a server that only answers", closed, token, `{"mutation": "recordSource", "input": {"title": "A"}}`, 403, "FORBIDDEN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := g.Revision()
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/record/preview", strings.NewReader(tt.body))
			if tt.token != "" {
				r.Header.Set("Authorization", "Bearer "+tt.token)
			}
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, r)
			// JSON that may stand in a page has \u003c for <.
			text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(w.Body.String())
			if w.Code != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("status %d, want %d with %q: %s", w.Code, tt.status, tt.want, text)
			}
			if g.Revision() != before {
				t.Error("looking wrote something")
			}
		})
	}
}

// The pages of who was merged lead to those of the survivor, with all that the URL asks for; as of before they are what they were, and
// so they are once the merge is taken back.
func TestMergedPages(t *testing.T) {
	d := newDesk(t)
	get := func(url string) pageAnswer { t.Helper(); return getPage(t, d.surface, url) }
	before := get("/actor/person:scott-bessent")
	if before.StatusCode != http.StatusOK {
		t.Fatalf("before the merge: status %d", before.StatusCode)
	}
	d.must(t, "mergeActors", validMerge)
	for _, tt := range []struct{ url, to string }{
		{"/actor/person:scott-bessent", "/actor/person:pete-hegseth"},
		{"/actor/person:scott-bessent?kind=kind:call&from=2025&lang=es&after=%22", "/actor/person:pete-hegseth?kind=kind:call&from=2025&lang=es&after=%22"},
		{"/actor/person:scott-bessent?format=csv", "/actor/person:pete-hegseth?format=csv"},
		{"/pair/person:scott-bessent/government:mexico?to=2026", "/pair/person:pete-hegseth/government:mexico?to=2026"},
		{"/pair/government:mexico/person:scott-bessent", "/pair/government:mexico/person:pete-hegseth"},
		{"/pair/person:scott-bessent/person:pete-hegseth", "/actor/person:pete-hegseth"},
		{"/network/person:scott-bessent?nodes=20", "/network/person:pete-hegseth?nodes=20"},
	} {
		a := get(tt.url)
		if got := a.Header.Get("Location"); a.StatusCode != http.StatusPermanentRedirect || got != tt.to || a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s leads with %d to %q, want to %q, to be asked anew", tt.url, a.StatusCode, got, tt.to)
		}
	}
	if a := get("/node/person:scott-bessent"); a.StatusCode != http.StatusFound || a.Header.Get("Location") != "/actor/person:pete-hegseth" {
		t.Errorf("/node/ leads with %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if text := textOf(t, get("/actor/person:pete-hegseth").body); !strings.Contains(text, "merged from person:scott-bessent") || !strings.Contains(text, "Scott Bessent") {
		t.Errorf("the survivor's page does not say who was merged into it:\n%s", text)
	}
	if a := get("/path?from=person:scott-bessent&to=government:mexico"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "/actor/person:pete-hegseth") {
		t.Errorf("a path from the merged id: status %d", a.StatusCode)
	}
	if a := get("/actor/person:scott-bessent?knownAt=2026-12-31T00:00:00Z"); a.StatusCode != http.StatusOK || !strings.Contains(textOf(t, a.body), "Scott Bessent") {
		t.Errorf("as of before the merge: status %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	d.must(t, "unmergeActors", validUnmerge)
	if after := get("/actor/person:scott-bessent"); after.StatusCode != http.StatusOK {
		t.Errorf("after the merge was taken back: status %d to %q", after.StatusCode, after.Header.Get("Location"))
	}
}

// Forms are sent without a script too: the browser gives the token as a password, and gets a page.
func TestRecordForm(t *testing.T) {
	d := newDesk(t)
	closed := explorerOf(t, curatedGraph(t))
	values := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	source := values("mutation", "recordSource", "do", "save", "input.title", "A <b>wire</b> story", "input.authors[]", "person:pete-hegseth, person:scott-bessent", "input.published", "")
	event := values("mutation", "recordEvent", "do", "preview", "input.kind", "kind:call", "input.when", "2027-01-03", "input.summary", "They spoke again.",
		"input.participations.0.actor", "", "input.participations.0.role", "role:initiator",
		"input.participations.1.actor", "person:pete-hegseth", "input.participations.1.role", "role:initiator", "input.participations.1.onBehalfOf", "government:united-states",
		"input.participations.2.actor", "person:scott-bessent", "input.participations.2.role", "role:recipient",
		"input.evidence.source", article, "input.evidence.locator", "paragraph 9", "input.evidence.certainty", "REPORTED", "input.evidence.attributedTo[]", "")
	claim := values("mutation", "assertClaim", "do", "save", "input.facts.0.subject", "event:2025-01-31-hegseth-call", "input.facts.0.field", "when", "input.facts.0.value", "2025-13",
		"input.stance", "ASSERTS", "input.evidence.source", article, "input.evidence.locator", "paragraph 9", "input.evidence.statement", "It was later.")
	but := func(v url.Values, pairs ...string) url.Values {
		out := maps.Clone(v)
		for i := 0; i+1 < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	for _, tt := range []struct {
		name    string
		h       http.Handler
		form    url.Values
		user    bool // with the token as a password
		headers []string
		status  int
		want    []string // in the page or, of what leads elsewhere, in Location
		writes  int
	}{
		{"nobody", d.surface, source, false, nil, 401, []string{"as the password the token"}, 0},
		{"a wrong token", d.surface, source, false, []string{"Authorization", "Basic eDp5"}, 401, []string{"as the password the token"}, 0},
		{"a server that only answers", closed, source, true, nil, 403, []string{"nobody may write"}, 0},
		{"a form of another site", d.surface, source, true, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://example.org"}, 403, nil, 0},
		{"a form of no page", d.surface, but(source, "mutation", "recordSecret"), true, nil, 400, []string{"no form of the page"}, 0},
		{"a field that is none", d.surface, but(source, "input.titel", "x"), true, nil, 400, nil, 0},
		{"a field within a text", d.surface, but(source, "input.title.x", "x"), true, nil, 400, nil, 0},
		{"too much", d.surface, but(source, "input.title", strings.Repeat("x", 3<<20)), true, nil, 400, []string{"too long"}, 0},
		{"a look", d.surface, but(source, "do", "preview"), true, nil, 200, []string{`value="A &lt;b&gt;wire&lt;/b&gt; story"`, `value="person:pete-hegseth, person:scott-bessent"`, "&lt;person:scott-bessent&gt;"}, 0},
		{"a look is what comes of no button", d.surface, but(source, "do", ""), true, nil, 200, []string{"&lt;person:scott-bessent&gt;"}, 0},
		{"a source", d.surface, source, true, nil, 303, []string{"/node/source:a-b-wire-b-story"}, 1},
		{"in Spanish", d.surface, but(source, "do", "preview"), true, []string{"Accept-Language", "es"}, 200, []string{`<html lang="es"`, "Ver las cuádruplas"}, 0},
		{"an event, its first row empty", d.surface, event, true, nil, 200, []string{"They spoke again.", "&lt;role:recipient&gt; &lt;person:scott-bessent&gt;", `<option value="kind:call" selected>`, `<option value="role:recipient" selected>`}, 0},
		{"somebody unknown in the last row", d.surface, but(event, "input.participations.2.actor", "person:nobody-at-all"), true, nil, 200,
			[]string{`name="input.participations.2.actor" value="person:nobody-at-all" data-find-id aria-invalid="true"`, `id="wrong-recordEvent-input.participations.2.actor">`, "there is no such record"}, 0},
		{"nobody in an event", d.surface, but(event, "input.participations.1.actor", "", "input.participations.2.actor", " "), true, nil, 200, []string{"nobody is part of the event"}, 0},
		{"a claim with a wrong date", d.surface, claim, true, nil, 200, []string{`name="input.facts.0.value" value="2025-13" required aria-invalid="true"`, "no month 13"}, 0},
		{"a claim", d.surface, but(claim, "input.facts.0.value", "2025-02-01"), true, nil, 303, []string{"/node/claim:"}, 1},
		{"a merge", d.surface, values("mutation", "mergeActors", "do", "save", "input.survivor", "person:pete-hegseth", "input.merged", "person:scott-bessent",
			"input.evidence.source", article, "input.evidence.locator", "paragraph 9", "input.evidence.certainty", "DOUBTED"), true, nil, 303, []string{"/node/person:pete-hegseth"}, 1},
		{"its end", d.surface, values("mutation", "unmergeActors", "do", "save", "input.merged", "person:scott-bessent", "input.reason", "They are two."), true, nil, 303, []string{"/node/person:scott-bessent"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := d.graph.Revision()
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/record/form", strings.NewReader(tt.form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.user {
				r.SetBasicAuth("anybody", d.token)
			}
			for i := 0; i+1 < len(tt.headers); i += 2 {
				r.Header.Set(tt.headers[i], tt.headers[i+1])
			}
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, r)
			text := w.Body.String() + w.Header().Get("Location")
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, text)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("there is no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, d.token) {
				t.Error("the token stands in the page")
			}
			if ask := w.Header().Get("WWW-Authenticate"); (ask != "") != (tt.status == 401) || ask != "" && !strings.HasPrefix(ask, "Basic ") {
				t.Errorf("WWW-Authenticate: %q", ask)
			}
			if got := int(d.graph.Revision() - before); got != tt.writes {
				t.Errorf("%d writes, want %d", got, tt.writes)
			}
			if tt.status == 200 {
				checkPage(t, pageAnswer{w.Result(), w.Body.String()})
			}
		})
	}
	// Who has chosen a language stays in it, and sees what was recorded though the page was of another time.
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/record/form?knownAt=2026-12-31&lang=es", strings.NewReader(but(source, "input.title", "Una noticia").Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("anybody", d.token)
	w := httptest.NewRecorder()
	d.surface.ServeHTTP(w, r)
	if got, want := w.Header().Get("Location"), "/node/source:una-noticia?lang=es"; w.Code != http.StatusSeeOther || got != want {
		t.Errorf("status %d to %q, want 303 to %q: %s", w.Code, got, want, w.Body)
	}
}

// What a browser sends may be anything.
func FuzzFormInput(f *testing.F) {
	f.Add("mutation=recordEvent&input.participations.1.actor=a&input.participations.1.role=b&input.evidence.attributedTo[]=x,,y&input.facts.0.value=1")
	f.Add("input.a=1&input.a.b=2&input.a.b.c=3&input.=4&input.participations.9.actor=x&input.facts.1.value=2&input.[]=z")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		input, names := formInput(values)
		if _, err := json.Marshal(input); err != nil {
			t.Errorf("%v: %v", input, err)
		}
		for path, name := range names {
			if !values.Has(name) || names.of(strings.Split(path, ".")) != name {
				t.Errorf("%s is said by %q", path, name)
			}
		}
	})
}
