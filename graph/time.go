package graph

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A When is a date as its source gives it. See the SDL.
type When struct {
	date edtf.Date
	EDTF string
	Text *string // the source's own wording, nil if nobody wrote it down
}

// Earliest returns the first day that the date can mean, nil if that is open or unknown.
func (w *When) Earliest() *string { return dayText(w.date.Earliest()) }

// Latest returns the last day that the date can mean, nil if that is open or unknown.
func (w *When) Latest() *string { return dayText(w.date.Latest()) }

func dayText(b edtf.Bound) *string {
	day, ok := dayOf(b)
	if !ok {
		return nil
	}
	s := day.String()
	return &s
}

func dayOf(b edtf.Bound) (edtf.Day, bool) { return b.Day, b.Kind == edtf.Known }

// A Precision says how precise a date is. See the SDL.
type Precision string

// Precision tells how precise the date is.
func (w *When) Precision() Precision {
	return Precision(strings.ToUpper(w.date.Precision().String()))
}

// A TimeOrder is an order by time. See the SDL.
type TimeOrder string

// The orders by time.
const (
	TimeDesc TimeOrder = "TIME_DESC"
	TimeAsc  TimeOrder = "TIME_ASC"

	// Relevance is for [View.Events] alone.
	Relevance TimeOrder = "RELEVANCE"
)

// byTime refuses an order that is none of time.
func (by *TimeOrder) byTime() error {
	if by != nil && *by == Relevance {
		return invalid("orderBy", "%s is the order of the query's own list of events; order these by time", Relevance)
	}
	return nil
}

// A WindowCertainty says how surely something lies in a span of days. See the SDL.
type WindowCertainty string

// The certainties; what does not lie in a span at all has none.
const (
	Certain  WindowCertainty = "CERTAIN"
	Possible WindowCertainty = "POSSIBLE"
)

func windowCertainty(t edtf.Truth) WindowCertainty {
	if t == edtf.Yes {
		return Certain
	}
	return Possible
}

// truth is the truth that a certainty tells.
func (c WindowCertainty) truth() edtf.Truth {
	if c == Certain {
		return edtf.Yes
	}
	return edtf.Maybe
}

// A Window is a span of days in EDTF, inclusive on both sides. See the SDL.
type Window struct{ From, To *string }

// parse reads a window; of a nil one it returns nil. Path is where it stands in the arguments.
func (w *Window) parse(path string) (*edtf.Window, error) {
	if w == nil {
		return nil, nil
	}
	if w.From == nil && w.To == nil {
		return nil, invalid(path, "give from, to or both")
	}
	out := &edtf.Window{}
	if w.From != nil {
		d, err := parseDate(path+".from", *w.From)
		if err != nil {
			return nil, err
		}
		if day, ok := dayOf(d.Earliest()); ok {
			out.From = &day
		} else {
			return nil, invalid(path+".from", "%.60q has no first day; leave from out for a window that is open there", *w.From)
		}
	}
	if w.To != nil {
		d, err := parseDate(path+".to", *w.To)
		if err != nil {
			return nil, err
		}
		if day, ok := dayOf(d.Latest()); ok {
			out.To = &day
		} else {
			return nil, invalid(path+".to", "%.60q has no last day; leave to out for a window that is open there", *w.To)
		}
	}
	if out.From != nil && out.To != nil && *out.From > *out.To {
		return nil, invalid(path, "it ends (%.60s) before it begins (%.60s)", *w.To, *w.From)
	}
	return out, nil
}

func parseDate(argument, s string) (edtf.Date, error) {
	d, err := edtf.Parse(s)
	if err != nil {
		return d, badDate(argument, s, err)
	}
	return d, nil
}

// badDate says where a date is wrong.
func badDate(argument, s string, err error) error {
	var at *edtf.ParseError
	reason := err.Error()
	if errors.As(err, &at) {
		reason = fmt.Sprintf("position %d: %s", at.Pos, at.Reason)
	}
	return invalid(argument, "%.60q is no date: %s; write it in EDTF, such as 2025-01-31, 2025-02 or 1994", s, reason)
}

// contains tells whether a date lies in a window. A nil window holds everything; a nil date lies possibly in any other.
func contains(w *edtf.Window, when *When) edtf.Truth {
	switch {
	case w == nil:
		return edtf.Yes
	case when == nil:
		return edtf.Maybe
	}
	return w.Contains(when.date)
}

// when returns the preferred date of a predicate, with the wording that the same claim gives; nil if there is none.
func (r *record) when(predicate string) *When {
	if r.typ == TypeEvent && predicate == vocab.SemHasTimeStamp {
		return r.stamp
	}
	return r.readWhen(predicate)
}

func (r *record) readWhen(predicate string) *When {
	for _, f := range r.all(predicate) {
		d, err := edtf.Parse(store.Text(f.object))
		if err != nil {
			continue // data that was not checked
		}
		w := &When{date: d, EDTF: store.Text(f.object)}
		for _, t := range r.all(vocab.ParleyWhenText) {
			if t.label == f.label {
				s := store.Text(t.object)
				w.Text = &s
				break
			}
		}
		return w
	}
	return nil
}

// mustWhen is when where the schema promises a date: what has none has an unknown one.
func (r *record) mustWhen(predicate string) *When {
	if w := r.when(predicate); w != nil {
		return w
	}
	return unknownWhen()
}

// unknownWhen is a day of which nothing is known: it has no bounds. EDTF has no shorter word for it.
func unknownWhen() *When { return &When{EDTF: "XXXX-XX-XX"} }

// compareWhen orders dates by their start, see [edtf.Compare]; nil comes first.
func compareWhen(a, b *When) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return edtf.Compare(a.date, b.date)
}

// A timeSpan keeps the first and the last of several dates; nil ones do not count.
type timeSpan struct{ first, last *When }

func (s *timeSpan) add(w *When) {
	if w == nil {
		return
	}
	if s.first == nil || compareWhen(w, s.first) < 0 {
		s.first = w
	}
	if s.last == nil {
		s.last = w
	} else if c := compareLatest(w, s.last); c > 0 || c == 0 && s.last.Latest() == nil { // a known end before an unknown one
		s.last = w
	}
}

// compareLatest orders dates by their end, those with an open or unknown one by their start, those with
// neither first.
func compareLatest(a, b *When) int { return cmp.Compare(endOf(a), endOf(b)) }

func endOf(w *When) edtf.Day {
	if d, ok := dayOf(w.date.Latest()); ok {
		return d
	}
	if d, ok := dayOf(w.date.Earliest()); ok {
		return d
	}
	return edtf.MinDay
}

// interval returns the time from the first to the last date, nil if there is none.
func (s *timeSpan) interval() *When {
	if s.first == nil {
		return nil
	}
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	from, to := text(s.first.Earliest()), text(s.last.Latest())
	edtfText := from + "/" + to
	if from == to && from != "" {
		edtfText = from
	}
	d, err := edtf.Parse(edtfText)
	if err != nil {
		return nil
	}
	return &When{date: d, EDTF: edtfText}
}

// timeKey makes a part of a key that sorts as the date does; what has no date gets the part that sorts last in either
// order.
func timeKey(w *When, by TimeOrder) string {
	last := "~"
	if by == TimeDesc {
		last = ""
	}
	if w == nil {
		return last
	}
	day, ok := dayOf(w.date.Earliest())
	if !ok {
		if day, ok = dayOf(w.date.Latest()); !ok {
			return last
		}
	}
	return dayKey(day)
}

// dayKey makes a part of a key that sorts as the day does.
func dayKey(day edtf.Day) string { return padded(uint64(int64(day))^(1<<63), 20) }
