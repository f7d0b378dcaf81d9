package explorer

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/parleygraph/parley/graph"
)

const (
	timelineWidth  = 1000.0
	timelineHeight = 120.0
	mostBars       = 160 // more are thinner than anybody can point at
)

// A timeline is a drawing of how many events there were when. Its bars stand for stretches of one length: dark as high as the number of
// those that certainly lie there, light up to the number of those that may.
type timeline struct {
	Interval          graph.Interval
	Bars              []bar
	Certain, Possible string // paths of SVG
	Ticks             []tick
	Most              int
	Chosen            *stretch // that the page is narrowed to
	Uncertain         bool     // some bar is light

	lang string
}

type bar struct {
	stretch
	From, To string
	Count    graph.Range
	Words    string
	Href     string
}

type stretch struct{ X, Width float64 }

// A tick is a text below the bars; X is in hundredths of the width.
type tick struct {
	X    float64
	Text string
}

// timeline counts the events that all of some actors were part of, of the kinds of a filter; its window is marked, and leaves nothing out.
func (r *request) timeline(actors []graph.ID, where *graph.EventWhere, f filter) (*timeline, error) {
	years, err := r.years(actors, where)
	if err != nil {
		return nil, err
	}
	return r.timelineOf(years, actors, where, f)
}

// timelineOf is timeline of events that lie within so many years, as far as is known.
func (r *request) timelineOf(years int, actors []graph.ID, where *graph.EventWhere, f filter) (*timeline, error) {
	var buckets []*graph.TimeBucket
	t := &timeline{lang: r.lang}
	for _, finer := range []struct {
		interval graph.Interval
		perYear  int
	}{{graph.Month, 12}, {graph.Quarter, 4}, {graph.Year, 0}} {
		if years*finer.perYear > mostBars {
			continue // a scan of what would not be drawn
		}
		t.Interval = finer.interval
		list, err := r.view.Timeline(r.ctx, actors, where, t.Interval)
		if argumentError(err) != nil && t.Interval != graph.Year {
			continue // more than a timeline may have
		}
		if err != nil {
			return nil, err
		}
		if buckets = trimmed(list); len(buckets) <= mostBars {
			break
		}
	}
	if len(buckets) == 0 {
		return nil, nil
	}
	if len(buckets) > mostBars { // centuries: the last of them
		buckets = buckets[len(buckets)-mostBars:]
	}
	t.draw(buckets)
	for i := range t.Bars {
		b := &t.Bars[i]
		b.Words = stretchWords(r.lang, t.Interval, b.From)
		b.Href = r.here("from", b.From, "to", b.To) + "#list"
	}
	if f.From != "" || f.To != "" {
		t.Chosen = t.chosen(f)
	}
	return t, nil
}

// years returns how many years lie about between the first and the last event, 1 at least: as far as their own dates tell.
func (r *request) years(actors []graph.ID, where *graph.EventWhere) (int, error) {
	w := graph.EventWhere{}
	if where != nil {
		w = *where
	}
	for _, a := range actors {
		w.And = append(w.And[:len(w.And):len(w.And)], with(a))
	}
	one := 1
	var ends [2]int
	for i, by := range []graph.TimeOrder{graph.TimeAsc, graph.TimeDesc} {
		list, err := r.view.Events(r.ctx, &w, &by, graph.Page{First: &one})
		if err != nil {
			return 0, err
		}
		for _, e := range list.Nodes() {
			ends[i] = lastYear(r.when(e.When()))
		}
	}
	return max(0, ends[1]-ends[0]) + 1, nil
}

// lastYear returns the year of the last day that is known of a date, 0 if none is.
func lastYear(w when) (year int) {
	for _, day := range []string{w.Earliest, w.Latest} {
		if m := plainDate.FindStringSubmatch(day); m != nil {
			year = number(m[1])
		}
	}
	return year
}

// trimmed cuts stretches without any event off the ends.
func trimmed(list []*graph.TimeBucket) []*graph.TimeBucket {
	for len(list) > 0 && list[0].Count.Max == 0 {
		list = list[1:]
	}
	for len(list) > 0 && list[len(list)-1].Count.Max == 0 {
		list = list[:len(list)-1]
	}
	return list
}

func (t *timeline) draw(buckets []*graph.TimeBucket) {
	for _, b := range buckets {
		t.Most = max(t.Most, b.Count.Max)
	}
	width := timelineWidth / float64(max(12, len(buckets))) // a few bars are no towers
	gap := min(2, width/5)
	var certain, possible strings.Builder
	for i, b := range buckets {
		x := float64(i) * width
		t.Bars = append(t.Bars, bar{stretch: stretch{round(x), round(width)}, From: b.From(), To: b.To(), Count: *b.Count})
		low, high := t.height(b.Count.Min), t.height(b.Count.Max)
		if b.Count.Min > 0 {
			fmt.Fprintf(&certain, "M%g %gv%gh%gv%gz", round(x), timelineHeight, -low, round(width-gap), low)
		}
		if b.Count.Max > b.Count.Min {
			t.Uncertain = true
			fmt.Fprintf(&possible, "M%g %gv%gh%gv%gz", round(x), round(timelineHeight-low), -round(high-low), round(width-gap), round(high-low))
		}
	}
	t.Certain, t.Possible = certain.String(), possible.String()
	var years []tick
	for _, b := range t.Bars {
		if year, ok := strings.CutSuffix(b.From, "-01-01"); ok {
			years = append(years, tick{round(b.X * 100 / timelineWidth), year})
		}
	}
	every := 1 + len(years)/8
	for i, y := range years {
		if i%every == 0 && y.X < 96 {
			t.Ticks = append(t.Ticks, y)
		}
	}
	if len(t.Ticks) == 0 { // less than a year
		t.Ticks = []tick{{0, t.Bars[0].From}}
	}
}

// Hits returns what lies over the bars: a link each to the events of its stretch, as elements of SVG. There are up to 160, and a template
// takes five times as long.
func (t *timeline) Hits() template.HTML {
	var b strings.Builder
	for _, x := range t.Bars {
		rect := fmt.Sprintf(`<rect class="hit" x="%g" y="0" width="%g" height="%g" data-from="%s" data-to="%s"`, x.X, x.Width, timelineHeight, template.HTMLEscapeString(x.From), template.HTMLEscapeString(x.To))
		if x.Count.Max == 0 {
			b.WriteString(rect + "/>")
			continue
		}
		fmt.Fprintf(&b, `<a href="%s" tabindex="-1">%s><title>%s</title></rect></a>`, template.HTMLEscapeString(x.Href), rect, template.HTMLEscapeString(x.Words+": "+t.count(x.Count)))
	}
	return template.HTML(b.String())
}

// Table returns the same as items of a list, without a template as the others.
func (t *timeline) Table() template.HTML {
	var b strings.Builder
	for _, x := range t.Bars {
		if x.Count.Max > 0 {
			tag(&b, `<li><a href="`, x.Href, `">`, x.Words, `</a> `, t.count(x.Count), `</li>`)
		}
	}
	return template.HTML(b.String())
}

// tag writes markup and texts in turns. Texts are escaped: markup comes first.
func tag(b *strings.Builder, parts ...string) {
	for i, p := range parts {
		if i%2 == 1 {
			p = template.HTMLEscapeString(p)
		}
		b.WriteString(p)
	}
}

// count writes a number that may not be sure.
func (t *timeline) count(n graph.Range) string {
	if n.Min != n.Max {
		return word(t.lang, "n to m", n.Min, n.Max)
	}
	return grouped(t.lang, n.Max)
}

// height is how high a bar is: at least so high that it is seen.
func (t *timeline) height(n int) float64 {
	if n == 0 || t.Most == 0 {
		return 0
	}
	return round(max(2, timelineHeight*float64(n)/float64(t.Most)))
}

// chosen returns where a filter's window lies.
func (t *timeline) chosen(f filter) *stretch {
	first, last := len(t.Bars), -1
	for i, b := range t.Bars {
		if (f.From == "" || b.To >= f.From) && (f.To == "" || b.From <= f.To || strings.HasPrefix(b.From, f.To)) {
			first, last = min(first, i), max(last, i)
		}
	}
	if last < 0 {
		return nil
	}
	return &stretch{t.Bars[first].X, round(t.Bars[last].X + t.Bars[last].Width - t.Bars[first].X)}
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

// stretchWords names a stretch by its first day.
func stretchWords(lang string, i graph.Interval, first string) string {
	switch i {
	case graph.Year:
		return dateWords(lang, first[:len(first)-len("-01-01")])
	case graph.Month, graph.Quarter:
		words := dateWords(lang, first[:len(first)-len("-01")])
		if i == graph.Quarter {
			return words + " …"
		}
		return words
	}
	return dateWords(lang, first)
}

type timelineData struct {
	frame
	Filter   filter
	Timeline *timeline
	Events   []eventRow
	Count    *graph.Range
	Pager    pager
}

// timelinePage is the timeline of the whole graph.
func timelinePage(r *request) (*Answer, error) {
	f, err := r.filter()
	if err != nil {
		return nil, err
	}
	d := &timelineData{frame: r.frame(word(r.lang, "whole timeline")), Filter: f}
	where := &graph.EventWhere{Kinds: f.kinds()}
	if d.Timeline, err = r.timeline(nil, where, f); err != nil {
		return nil, err
	}
	where.During = f.window()
	if d.Events, d.Pager, err = r.listedEvents(where); err != nil {
		return nil, err
	}
	if r.values.Get("format") == "csv" {
		return r.csv("timeline", d.Events)
	}
	d.ask("timeline", r.variables(map[string]any{"interval": d.Timeline.interval(), "kinds": kindsVariable(f), "during": windowVariable(f.window()), "after": r.values.Get("after")}))
	d.CSV = r.format("csv")
	return r.render("timeline", d, d)
}

func kindsVariable(f filter) any {
	if f.Kind == "" {
		return nil
	}
	return f.kinds()
}

// listedEvents reads the page of a list of events that the URL asks for, and the links to the pages beside it.
func (r *request) listedEvents(where *graph.EventWhere) ([]eventRow, pager, error) {
	list, err := r.view.Events(r.ctx, where, nil, r.page(listed))
	if err != nil {
		return nil, pager{}, err
	}
	rows, err := r.eventRows(list)
	return rows, r.pager(list.PageInfo), err
}

// eventRows reads a page of events, each with how surely it lies in the window asked for.
func (r *request) eventRows(list *graph.EventConnection) ([]eventRow, error) {
	rows, err := r.rows(list.Nodes())
	for i := range rows {
		rows[i].Possible = list.Edges[i].Certainty == graph.Possible
	}
	return rows, err
}
