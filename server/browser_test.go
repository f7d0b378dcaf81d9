package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/parleygraph/parley/schema/vocab"
)

// A browser is a tab of Chromium that has one server to talk to. Whatever goes wrong in it fails the test: an error on the console, a request
// to anywhere else.
type browser struct {
	t       *testing.T
	ctx     context.Context
	server  string
	origins []string // that it may ask

	mu    sync.Mutex
	wrong []string
}

// openBrowser starts Chromium, or skips the test with a reason. The tab is closed when the test is over.
func openBrowser(t *testing.T, server string) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("this starts a browser; run without -short")
	}
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here; .ci/run installs it, as does apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	timed, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(timed, options...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: tab, server: server, origins: []string{server}}
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			description := ""
			if e.ExceptionDetails.Exception != nil {
				description = e.ExceptionDetails.Exception.Description
			}
			b.note("exception: %s %s", e.ExceptionDetails.Text, description)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
				for _, a := range e.Args {
					b.note("console: %s %s", a.Value, a.Description)
				}
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				b.note("log: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			ok := false
			for _, from := range append([]string{"data:", "blob:", "file:", "about:blank"}, b.origins...) {
				ok = ok || strings.HasPrefix(e.Request.URL, from)
			}
			if !ok {
				b.note("a request to %s", e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	call(b, runtime.Enable, cdp.Empty{})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	t.Cleanup(func() { b.check("at the end") })
	return b
}

func (b *browser) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// check reports what went wrong until now.
func (b *browser) check(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("%s: %s", where, w)
	}
	b.wrong = nil
}

// forget returns what went wrong until now, which was meant to.
func (b *browser) forget() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	wrong := strings.Join(b.wrong, "\n")
	b.wrong = nil
	return wrong
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// open goes to a page of the server.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.server+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// eval returns the value of an expression, which may be a promise.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// run evaluates an expression for what it does.
func (b *browser) run(expression string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](expression))
}

// until waits for an expression to become true.
func (b *browser) until(expression string) {
	b.t.Helper()
	var err error
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		var ok bool
		if ok, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); ok { // between two pages it may have no value
			return
		}
	}
	b.t.Fatalf("%s: never, as far as was waited: %v", expression, err)
}

func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// drag moves the mouse from one place to another with its button down.
func (b *browser) drag(x1, y1, x2, y2 float64) {
	b.t.Helper()
	b.do(chromedp.DragAndDropXY(x1, y1, x2, y2, 4))
}

// A point of the window.
type spot struct{ X, Y float64 }

// middle returns where the middle of an element is, and scrolls there.
func (b *browser) middle(selector string) spot {
	b.t.Helper()
	return eval[spot](b, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center", behavior: "instant"}); const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2} })()`, selector))
}

// axe is the accessibility checker of Deque's, from npm.
func axe(t *testing.T) string {
	t.Helper()
	if why := clientModules(); why != "" {
		t.Skip(why)
	}
	script, err := os.ReadFile(filepath.Join("clients", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// browserPages has a page of each kind, with what there is to see on it.
var browserPages = []string{
	"/", "/search?q=heg", "/search?q=qqqq", "/actor/person:pete-hegseth", "/actor/government:mexico?lang=es", "/actor/person:nobody",
	"/pair/person:barack-obama/person:felipe-calderon", "/pair/person:scott-bessent/person:claudia-sheinbaum", "/event/event:2025-01-31-hegseth-call",
	"/source/source:hegseth-warns-mexico", "/sources", "/claim/claim:hegseth-warns-mexico-p2-2", "/kind/kind:call", "/kinds", "/timeline",
	"/path?from=person:barack-obama&to=person:vicente-fox", "/path", "/network/government:mexico?depth=2", "/node/place:mexico", "/node/position:us-secretary-of-defense",
	"/actor/person:pete-hegseth?format=card", "/actor/person:pete-hegseth?knownAt=2027-06-01T00:00:00Z",
}

// TestBrowserPages opens every kind of page, light and dark, on a telephone and on a wall: nothing goes wrong, nothing is wider than the
// window, and axe finds nothing that WCAG 2.2 AA forbids.
func TestBrowserPages(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, curatedGraph(t)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	script := axe(t)
	for _, page := range browserPages {
		b.open(page)
		if strings.Contains(page, "nobody") { // the browser logs the status 404
			b.forget()
		}
		b.check(page)
		for _, width := range []int64{360, 2560, 1280} {
			b.do(chromedp.EmulateViewport(width, 900))
			if wide := eval[int](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
				t.Errorf("%s at %d: it is %d pixels wider than the window, by %s", page, width, wide,
					eval[string](b, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join("\n")`))
			}
		}
		b.run(script)
		for _, scheme := range []string{"light", "dark"} {
			call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			found := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, at: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))}))))`)
			var violations []struct {
				ID, Help string
				At       []string
			}
			if err := json.Unmarshal([]byte(found), &violations); err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s: %s:\n\t%s", page, scheme, v.ID, v.Help, strings.Join(v.At, "\n\t"))
			}
		}
	}
}

// TestBrowserKeyboard walks from the home page to an answer by keys alone, and through everything on a page that can be reached: each has a
// name and shows that it has the focus.
func TestBrowserKeyboard(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, curatedGraph(t)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.do(chromedp.EmulateViewport(1280, 900))
	b.open("/timeline")
	b.press(kb.Tab)
	if got := eval[string](b, "document.activeElement.className"); got != "skip" {
		t.Errorf("the first Tab leads to %q, want the link that skips to the page", got)
	}
	b.press(kb.Tab, kb.Tab)
	if got := eval[string](b, "document.activeElement.id"); got != "q" {
		t.Fatalf("the third Tab leads to %q, want the search", got)
	}
	b.press("h", "e", "g", "s")
	b.until(`document.activeElement.getAttribute("aria-expanded") === "true"`)
	b.press(kb.ArrowDown)
	if got := eval[string](b, `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).textContent`); !strings.Contains(got, "Hegseth") {
		t.Errorf("the first that is found is %q", got)
	}
	b.press(kb.Escape)
	if eval[bool](b, `!document.querySelector(".found").hidden`) {
		t.Error("Escape does not close what was found")
	}
	b.press("e")
	b.until(`document.activeElement.getAttribute("aria-expanded") === "true" && document.querySelectorAll(".found li").length > 0`)
	for range 8 { // events are found too: down to the person
		b.press(kb.ArrowDown)
		if eval[string](b, `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).dataset.id`) == "person:pete-hegseth" {
			break
		}
	}
	if got := eval[string](b, `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).dataset.id`); got != "person:pete-hegseth" {
		t.Fatalf("at the end it is %q, among %s", got, eval[string](b, `[...document.querySelectorAll(".found li")].map(e => e.dataset.id).join(" ")`))
	}
	b.press(kb.Enter)
	b.until(`location.pathname === "/actor/person:pete-hegseth" && document.readyState === "complete"`)

	seen := map[string]bool{}
	for range 400 {
		b.press(kb.Tab)
		got := eval[struct {
			Key, Name, Outline string
			Body, Shown        bool
		}](b, `(() => { const e = document.activeElement, s = getComputedStyle(e), c = e.querySelector("circle"), r = e.getBoundingClientRect();
			if (e === document.body) return {Body: true};
			globalThis.walked ??= []; if (!walked.includes(e)) walked.push(e);
			return {Key: String(walked.indexOf(e)), Name: (e.getAttribute("aria-label") || e.textContent || e.labels?.[0]?.textContent || e.title || "").trim(),
				Outline: c ? getComputedStyle(c).strokeWidth : s.outlineStyle, Shown: r.width > 0 && r.height > 0} })()`)
		if got.Body || seen[got.Key] {
			break
		}
		seen[got.Key] = true
		if got.Name == "" || got.Outline == "none" || !got.Shown {
			t.Errorf("Tab leads to something without a name, an outline or a place: %+v: %s", got, eval[string](b, "document.activeElement.outerHTML.slice(0, 200)"))
		}
	}
	if len(seen) < 30 {
		t.Errorf("Tab leads to %d things only", len(seen))
	}
}

// TestBrowserTimeline narrows a page by dragging over its timeline, and goes back; and does the same with a form.
func TestBrowserTimeline(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, crowdedGraph(t, 60)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.do(chromedp.EmulateViewport(1280, 900))
	b.open("/actor/person:hub")
	rows := `document.querySelector("#list small").textContent`
	if got := eval[string](b, rows); got != "60" {
		t.Fatalf("%s events, want 60", got)
	}
	from, to := b.middle(`.hit[data-from="2001-03-01"]`), b.middle(`.hit[data-from="2001-08-01"]`)
	b.drag(from.X, from.Y, to.X, to.Y)
	b.until(`location.search.includes("from=2001-03-01") && document.querySelector("#list small").textContent === "6"`)
	if got := eval[string](b, "location.search"); !strings.Contains(got, "to=2001-08-31") {
		t.Errorf("the address is %s", got)
	}
	if got := eval[int](b, `document.querySelectorAll(".network .node").length`); got != 8 { // the hub, six that were called, and the government
		t.Errorf("the picture has %d nodes, want 8: it is narrowed with the list", got)
	}
	if eval[bool](b, `document.querySelector(".chosen") === null || document.querySelector("[name=from]").value !== "2001-03-01"`) {
		t.Error("what was chosen is not marked on the timeline and in the form")
	}
	b.run("history.back()")
	b.until(rows + ` === "60" && location.search === ""`)
	b.do(chromedp.SetValue(chromedp.CSS("[name=from]"), "2002"), chromedp.SetValue(chromedp.CSS("[name=to]"), "2002"))
	b.do(chromedp.Click(chromedp.CSS("form.filter button")))
	b.until(rows + ` === "12"`)
	if got := eval[string](b, "document.activeElement.textContent"); got != "Show" {
		t.Errorf("the focus is on %q, want the button that was pressed", got)
	}
	b.run(`document.querySelector('.hit[data-from="2003-01-01"]').closest("a").dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}))`)
	b.until(rows + ` === "1"`)
	// A window that is none: the page says so, as without a script.
	b.do(chromedp.SetValue(chromedp.CSS("[name=from]"), "never"), chromedp.Click(chromedp.CSS("form.filter button")))
	b.until(`document.querySelector("h1").textContent === "This cannot be asked"`)
	b.forget() // the browser logs the status 400
}

// TestBrowserPicture moves, grows and narrows a picture, and takes each step back.
func TestBrowserPicture(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, crowdedGraph(t, 60)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.do(chromedp.EmulateViewport(1280, 1200))
	b.open("/network/person:5?nodes=3")
	count := `document.querySelectorAll(".network .node").length`
	edges := `document.querySelectorAll(".network line").length`
	b.until(`document.querySelector("[data-network]").picture !== undefined`)
	if n, e := eval[int](b, count), eval[int](b, edges); n != 3 || e != 3 {
		t.Fatalf("%d nodes and %d edges, want 3 and 3", n, e)
	}
	hub := `.node[data-id="person:hub"]`
	b.do(chromedp.Focus(chromedp.CSS(hub)))
	if got := eval[string](b, `document.querySelector(".tools > output").textContent`); !strings.Contains(got, "59 more") {
		t.Errorf("before expanding it says %q, want how many more there are", got)
	}
	b.run("globalThis.nextFrame = requestAnimationFrame; requestAnimationFrame = () => 1") // what comes in has its place at once, however late the next frame is
	b.press("e")
	b.until(count + " === 28")
	// Each that comes in is joined to the hub and to the government, which is shown too.
	if e := eval[int](b, edges); e != 3+25*2 {
		t.Errorf("%d edges, want %d", e, 3+25*2)
	}
	if eval[bool](b, `[...document.querySelectorAll(".network line")].some(l => ["x1", "y1", "x2", "y2"].some(k => Number.isNaN(parseFloat(l.getAttribute(k)))))`) {
		t.Error("an edge stands nowhere")
	}
	b.run("requestAnimationFrame = nextFrame")
	b.press("u")
	b.until(count + " === 3 && " + edges + " === 3")

	place := `document.querySelector('` + hub + `').getAttribute("transform")`
	was := eval[string](b, place)
	at := b.middle(hub + " circle")
	b.drag(at.X, at.Y, at.X+60, at.Y+40)
	b.until(place + ` !== "` + was + `"`)
	if got := eval[string](b, "location.pathname"); got != "/network/person:5" {
		t.Errorf("dragging a node led to %s", got)
	}
	b.do(chromedp.Click(chromedp.CSS("[data-tool=undo]")))
	x := strings.Fields(strings.Trim(strings.TrimPrefix(was, "translate"), "()"))[0]
	b.until(`Math.abs(parseFloat(` + place + `.slice(10)) - ` + x + `) < 0.1`)

	b.do(chromedp.Focus(chromedp.CSS(hub)))
	b.press("p")
	if !eval[bool](b, `document.querySelector('`+hub+`').classList.contains("pinned")`) {
		t.Error("P does not pin")
	}
	b.press(kb.ArrowRight)
	b.until(`Math.abs(parseFloat(` + place + `.slice(10)) - ` + x + ` - 20) < 0.1`)
	b.press("0") // back to where it was, but what is pinned
	box := `document.querySelector(".network svg").getAttribute("viewBox")`
	before := eval[string](b, box)
	b.press("+")
	if eval[string](b, box) == before {
		t.Error("+ does not zoom")
	}
	b.press("u")
	if got := eval[string](b, box); got != before {
		t.Errorf("undone, the box is %s, was %s", got, before)
	}
	if eval[bool](b, `Math.abs(parseFloat(`+place+`.slice(10)) - `+x+` - 20) >= 0.1`) {
		t.Error("what is pinned was moved back")
	}
	b.do(chromedp.Click(chromedp.CSS("[data-tool=png]")))
	b.until(`document.querySelector(".tools > output").textContent === "parley.png"`)
}

// TestBrowserPinch zooms a picture with two fingers, and takes it back; one finger leaves the picture where it is.
func TestBrowserPinch(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, crowdedGraph(t, 60)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.do(chromedp.EmulateViewport(1280, 1200))
	call(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 2})
	b.open("/network/person:5?nodes=20")
	b.until(`document.querySelector("[data-network]").picture !== undefined`)
	at := b.middle(".network svg")
	touch := func(what input.DispatchTouchEventType, fingers ...float64) { // each so far to the left or right of the middle
		points := make([]*input.TouchPoint, len(fingers))
		for i, x := range fingers {
			id := float64(i)
			points[i] = &input.TouchPoint{X: at.X + x, Y: at.Y, ID: &id}
		}
		call(b, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: what, TouchPoints: points})
	}
	box := func() (x, y, w, h float64) {
		text := eval[string](b, `document.querySelector(".network svg").getAttribute("viewBox")`)
		if _, err := fmt.Sscan(text, &x, &y, &w, &h); err != nil {
			t.Fatalf("the box %q: %v", text, err)
		}
		return x, y, w, h
	}
	x, y, w, h := box()
	touch(input.DispatchTouchEventTypeTouchStart, -50)
	touch(input.DispatchTouchEventTypeTouchMove, -60)
	touch(input.DispatchTouchEventTypeTouchEnd)
	if x1, y1, w1, h1 := box(); x1 != x || y1 != y || w1 != w || h1 != h {
		t.Errorf("one finger moved the box from %v %v %v %v to %v %v %v %v", x, y, w, h, x1, y1, w1, h1)
	}
	touch(input.DispatchTouchEventTypeTouchStart, -50)
	touch(input.DispatchTouchEventTypeTouchStart, -50, 50)
	touch(input.DispatchTouchEventTypeTouchMove, -75, 75)
	touch(input.DispatchTouchEventTypeTouchMove, -100, 100)
	touch(input.DispatchTouchEventTypeTouchEnd)
	b.until(fmt.Sprintf(`Math.abs(document.querySelector(".network svg").viewBox.baseVal.width - %g) < %g`, w/2, w/100))
	if x1, y1, w1, h1 := box(); off(x1+w1/2, x+w/2, w) || off(y1+h1/2, y+h/2, h) || off(h1, h/2, h) {
		t.Errorf("two fingers, twice as far apart: the box goes from %v %v %v %v to %v %v %v %v; what is between them must stay there", x, y, w, h, x1, y1, w1, h1)
	}
	b.do(chromedp.Focus(chromedp.CSS(`.node[data-id="person:hub"]`)))
	b.press("u")
	if x1, y1, w1, h1 := box(); off(x1, x, w) || off(y1, y, h) || off(w1, w, w) || off(h1, h, h) {
		t.Errorf("undone, the box is %v %v %v %v, was %v %v %v %v", x1, y1, w1, h1, x, y, w, h)
	}
}

// off reports whether a place is not another, but for a hundredth of a length.
func off(a, b, length float64) bool { return math.Abs(a-b) > length/100 }

// TestBrowserYears moves the slider of a picture: what did not talk then fades.
func TestBrowserYears(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, crowdedGraph(t, 60)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.open("/network/person:hub?nodes=20")
	faded := eval[[2]int](b, `(() => { const s = document.querySelector(".tools input"); s.value = s.max; s.dispatchEvent(new Event("input")); const some = document.querySelectorAll(".faded").length;
		s.value = s.min; s.dispatchEvent(new Event("input")); return [some, document.querySelectorAll(".faded").length] })()`)
	if faded[0] == 0 || faded[1] != 0 {
		t.Errorf("%d are faded in the last year and %d in any, want some and none", faded[0], faded[1])
	}
}

// TestBrowserOffline opens a page that was taken away, without a network.
func TestBrowserOffline(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, crowdedGraph(t, 60)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	a := getPage(t, explorerOf(t, crowdedGraph(t, 60)), "/pair/person:hub/government:all?format=html")
	if d := a.Header.Get("Content-Disposition"); !strings.Contains(d, ".html") {
		t.Errorf("Content-Disposition %q", d)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(a.body), 0o644); err != nil {
		t.Fatal(err)
	}
	call(b, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true})
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+file), chromedp.WaitReady(chromedp.CSS("main")))
	shown := `[...document.querySelectorAll(".events > li")].filter(e => !e.hidden).length`
	if got := eval[int](b, shown); got != 60 {
		t.Fatalf("%d events, want all 60", got)
	}
	if got := eval[int](b, `JSON.parse(document.getElementById("data").textContent).length`); got != 60 {
		t.Errorf("its data has %d events, want 60", got)
	}
	if got := eval[string](b, `getComputedStyle(document.querySelector(".mark")).textDecorationLine + getComputedStyle(document.querySelector(".certain")).fill`); !strings.HasPrefix(got, "nonergb(11, 92, 99)") {
		t.Errorf("its styles are not there: %s", got)
	}
	if eval[bool](b, `[...document.querySelectorAll("a")].some(a => !/^(https?:|#|file:[^#]*#)/.test(a.href?.baseVal ?? a.href))`) {
		t.Error("a link leads nowhere")
	}
	from, to := b.middle(`.hit[data-from="2001-03-01"]`), b.middle(`.hit[data-from="2001-08-01"]`)
	b.drag(from.X, from.Y, to.X, to.Y)
	b.until(shown + " === 6")
	b.do(chromedp.Click(chromedp.CSS("#narrowed button")))
	b.until(shown + " === 60")
}

// TestBrowserCard shows a card in a frame of another site's page; whole pages refuse that.
func TestBrowserCard(t *testing.T) {
	server := httptest.NewServer(explorerOf(t, curatedGraph(t)))
	defer server.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>Another site</title><link rel=icon href="data:,"><main><iframe src="%s%s"></iframe></main>`, server.URL, r.URL.RequestURI())
	}))
	defer other.Close()
	b := openBrowser(t, other.URL)
	b.origins = append(b.origins, server.URL)
	b.do(chromedp.Navigate(other.URL+"/actor/person:pete-hegseth?format=card"), chromedp.WaitReady(chromedp.CSS("iframe")))
	b.check("a card in a frame")
	b.do(chromedp.Navigate(other.URL+"/actor/person:pete-hegseth"), chromedp.WaitReady(chromedp.CSS("iframe")))
	refused := b.forget()
	if !strings.Contains(refused, "frame-ancestors") && !strings.Contains(refused, "X-Frame-Options") {
		t.Errorf("a whole page can be put into a frame; the browser says only %q", refused)
	}
}

// TestBrowserRecord records a source, an event of two whom a text names, and a claim's retraction, as a holder of a token does: with what is
// wrong beside its field, and the quads before they are recorded.
func TestBrowserRecord(t *testing.T) {
	m := &quadMaker{}
	m.says("claim:1", "source:1", "2025-01-01T00:00:00Z")
	m.source("source:1", "First")
	m.is("person:ann-ash", vocab.ClassPerson, "Ann Ash")
	m.is("person:ben-birch", vocab.ClassPerson, "Ben Birch")
	g := graphOf(t, withKinds(t, m))
	token, hash := newToken()
	server := httptest.NewServer(Handler(Config{Ledger: newLedger(g, time.Now), Identify: identifyWriters([]writer{{"A desk", hash}})}, g, slog.New(slog.DiscardHandler)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	b.do(chromedp.EmulateViewport(1280, 1000))
	b.open("/record")
	b.run(axe(t))
	if found := eval[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 200)).join("\n"))`); found != "" {
		t.Errorf("axe: %s", found)
	}
	set := func(form, name, value string) {
		t.Helper()
		selector := fmt.Sprintf(`form[data-mutation=%s] [name="%s"]`, form, name)
		b.run(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); })()`, selector, value))
	}
	save := func(form string) {
		b.run(fmt.Sprintf(`document.querySelector("form[data-mutation=%s]").requestSubmit()`, form))
	}
	status := func(form string) string {
		return fmt.Sprintf(`document.querySelector("form[data-mutation=%s] output").textContent`, form)
	}

	set("recordSource", "input.title", "A wire story")
	save("recordSource")
	b.until(status("recordSource") + `.includes("token")`) // it is not said who writes
	b.forget()                                             // the browser logs the status 401
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token))
	save("recordSource")
	b.until(status("recordSource") + `.includes("source:a-wire-story")`)
	if got := eval[string](b, `document.querySelector("form[data-mutation=recordEvent] [data-source]").value`); got != "source:a-wire-story" {
		t.Errorf("the other forms rest on %q, want the source that was recorded", got)
	}

	b.run(`document.querySelector("#article").value = "On Tuesday Ann Ash spoke with Ben Birch by telephone."`)
	b.run(`document.querySelector("[data-mentions]").requestSubmit()`)
	b.until(`document.querySelectorAll("[data-named] button").length === 2`)
	b.run(`document.querySelectorAll("[data-named] button").forEach(e => e.click())`)
	set("recordEvent", "input.kind", "kind:call")
	set("recordEvent", "input.when", "on Tuesday")
	set("recordEvent", "input.summary", "Ann Ash called Ben Birch.")
	set("recordEvent", "input.evidence.locator", "paragraph 1")
	b.run(`document.querySelectorAll("form[data-mutation=recordEvent] [data-row]")[1].querySelector("select").value = "role:recipient"`)
	save("recordEvent")
	b.until(`document.querySelector("form[data-mutation=recordEvent] .wrong") !== null`)
	if got := eval[string](b, `document.activeElement.name + " " + document.activeElement.getAttribute("aria-invalid")`); got != "input.when true" {
		t.Errorf("the focus is on %q, want the date that is none", got)
	}
	set("recordEvent", "input.when", "2025-03-04")
	b.do(chromedp.Click(chromedp.CSS("form[data-mutation=recordEvent] [data-preview]")))
	quads := `document.querySelector("form[data-mutation=recordEvent] [data-quads]").textContent`
	b.until(quads + `.includes("Ann Ash called Ben Birch.")`)
	if got := eval[string](b, quads); !strings.Contains(got, "<role:recipient> <person:ben-birch>") || !strings.Contains(got, `"2025-03-04"`) {
		t.Errorf("the quads are\n%s", got)
	}
	before := g.Revision()
	save("recordEvent")
	b.until(status("recordEvent") + `.includes("event:")`)
	if g.Revision() != before+1 {
		t.Errorf("the revision went from %d to %d", before, g.Revision())
	}
	event := eval[string](b, `document.querySelector("form[data-mutation=recordEvent] output a").textContent`)
	b.open("/event/" + event)
	if got := eval[string](b, `document.querySelector("main").innerText`); !strings.Contains(got, "Ann Ash called Ben Birch.") || !strings.Contains(got, "4 March 2025") || !strings.Contains(got, "A wire story") {
		t.Errorf("its page says\n%s", got)
	}
	claim := eval[string](b, `decodeURIComponent(document.querySelector(".notes .statement, .notes a[href^='/claim/']").getAttribute("href").split("/").pop())`)
	b.open("/claim/" + claim)
	b.do(chromedp.Click(chromedp.CSS(`a[href^="/record?claim="]`)))
	b.until(`location.pathname === "/record" && document.readyState === "complete" && document.querySelector("form[data-mutation=retractClaim] [name='input.claim']").value !== ""`)
	set("retractClaim", "input.reason", "It was another day.")
	save("retractClaim")
	b.until(status("retractClaim") + `.includes("claim:")`)
	b.open("/claim/" + claim)
	if got := eval[string](b, `document.querySelector("main").innerText`); !strings.Contains(got, "It was another day.") || !strings.Contains(got, "A desk") {
		t.Errorf("the claim's page says\n%s", got)
	}

	b.open("/record?lang=es")
	if got := eval[string](b, `document.querySelector("main").innerText`); !strings.Contains(got, "Un tiempo en un cargo") || !strings.Contains(got, "Desde y hasta cuándo") || !strings.Contains(got, "Deshacer una fusión") {
		t.Errorf("in Spanish the forms say\n%s", got)
	}
	set("recordTenure", "input.person", "person:ann-ash")
	set("recordTenure", "input.when", "2025-03/2025-01")
	set("recordTenure", "input.evidence.source", "source:a-wire-story")
	set("recordTenure", "input.evidence.locator", "paragraph 2")
	set("recordTenure", "input.evidence.statement", "She keeps the wire.")
	save("recordTenure")
	wrong := `[...document.querySelectorAll("form[data-mutation=recordTenure] .wrong")].map(e => e.closest("label").querySelector("[name]").name + ": " + e.textContent).join("\n")`
	b.until(`document.querySelector("form[data-mutation=recordTenure] .wrong") !== null`)
	if got := eval[string](b, wrong); !strings.Contains(got, "input.position: name the position") {
		t.Errorf("without a post it says %q", got)
	}
	set("recordTenure", "input.newPosition.name", "Keeper of the Wire")
	set("recordTenure", "input.newPosition.postIn", "government:nowhere")
	save("recordTenure")
	b.until(wrong + `.includes("input.when")`)
	if got := eval[string](b, wrong); !strings.Contains(got, "input.when: ") || !strings.Contains(got, "input.newPosition.postIn: ") {
		t.Errorf("with a wrong date, and a post in what is not known, it says %q", got)
	}
	set("recordActor", "input.type", "GOVERNMENT")
	set("recordActor", "input.name", "Arcadia")
	set("recordActor", "input.evidence.source", "source:a-wire-story")
	set("recordActor", "input.evidence.locator", "paragraph 2")
	save("recordActor")
	b.until(status("recordActor") + `.includes("government:arcadia")`)
	set("recordTenure", "input.newPosition.postIn", "government:arcadia")
	set("recordTenure", "input.when", "2025-01/..")
	b.run(`document.querySelector("form[data-mutation=recordTenure] [data-preview]").click()`)
	tenure := `document.querySelector("form[data-mutation=recordTenure] [data-quads]").textContent`
	b.until(tenure + `.includes("Keeper of the Wire")`)
	if got := eval[string](b, tenure); !strings.Contains(got, "Keeper of the Wire") || !strings.Contains(got, "<person:ann-ash>") || !strings.Contains(got, `"2025-01/.."`) {
		t.Errorf("the quads of the tenure are\n%s\nand what is wrong\n%s", got, eval[string](b, wrong))
	}
	save("recordTenure")
	b.until(status("recordTenure") + `.includes("tenure:")`)
	b.open("/actor/person:ann-ash")
	if got := eval[string](b, `document.querySelector(".tenures").innerText`); !strings.Contains(got, "Keeper of the Wire") || !strings.Contains(got, "January 2025") {
		t.Errorf("her posts are\n%s", got)
	}

	b.open("/record?subject=person:ben-birch")
	set("mergeActors", "input.survivor", "person:ann-ash")
	set("mergeActors", "input.evidence.source", "source:a-wire-story")
	set("mergeActors", "input.evidence.locator", "paragraph 3")
	save("mergeActors")
	b.until(status("mergeActors") + `.includes("person:ann-ash")`)
	b.open("/actor/person:ben-birch?kind=kind:call")
	if got := eval[string](b, `location.pathname + location.search + " " + document.querySelector("main").innerText`); !strings.HasPrefix(got, "/actor/person:ann-ash?kind=kind:call ") || !strings.Contains(got, "person:ben-birch") {
		t.Errorf("the merged one is at %s", got)
	}
	b.open("/record")
	set("unmergeActors", "input.merged", "person:ben-birch")
	set("unmergeActors", "input.reason", "They spoke with each other.")
	save("unmergeActors")
	b.until(status("unmergeActors") + `.includes("person:ben-birch")`)
	b.open("/actor/person:ben-birch")
	if got := eval[string](b, `location.pathname`); got != "/actor/person:ben-birch" {
		t.Errorf("the merge was taken back, and the page is at %s", got)
	}
}

// TestBrowserWithoutScript records in a browser that runs no script: by the forms as they are, with what is wrong beside its field, the quads
// beforehand, and the page of what was recorded behind.
func TestBrowserWithoutScript(t *testing.T) {
	m := &quadMaker{}
	m.says("claim:1", "source:1", "2025-01-01T00:00:00Z")
	m.source("source:1", "First")
	g := graphOf(t, withKinds(t, m))
	token, hash := newToken()
	server := httptest.NewServer(Handler(Config{Ledger: newLedger(g, time.Now), Identify: identifyWriters([]writer{{"A desk", hash}})}, g, slog.New(slog.DiscardHandler)))
	defer server.Close()
	b := openBrowser(t, server.URL)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	// What a browser sends once it was given a name and a password, for which headless ones do not ask.
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+token))}})
	b.open("/record")
	if got := eval[bool](b, `document.getElementById("token-form").hidden`); !got {
		t.Error("the script ran")
	}
	field := func(name string) string { return fmt.Sprintf(`form[data-mutation=recordSource] [name="%s"]`, name) }
	set := func(name, value string) {
		b.run(fmt.Sprintf(`document.querySelector(%q).value = %q`, field(name), value))
	}
	click := func(button, until string) {
		t.Helper()
		b.run(fmt.Sprintf(`document.querySelector("form[data-mutation=recordSource] button[value=%s]").click()`, button))
		b.until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q) !== null`, until))
	}
	set("input.title", "A wire story")
	set("input.published", "Tuesday")
	click("save", ".wrong")
	if got := eval[string](b, `document.querySelector(".wrong").closest("label").querySelector("input").name + " " + document.querySelector('`+field("input.title")+`').value`); got != "input.published A wire story" {
		t.Errorf("what is wrong stands at %q", got)
	}
	set("input.published", "2025-03-04")
	click("preview", "[data-quads]:not([hidden])")
	if got := eval[string](b, `document.querySelector("[data-quads]:not([hidden])").textContent`); !strings.Contains(got, "A wire story") {
		t.Errorf("the quads are\n%s", got)
	}
	click("save", "body:not(:has(form[data-mutation])) main")
	if got := eval[string](b, `location.pathname + " " + document.querySelector("main").innerText`); !strings.HasPrefix(got, "/source/source:a-wire-story ") || !strings.Contains(got, "4 March 2025") {
		t.Errorf("its page says\n%s", got)
	}
}
