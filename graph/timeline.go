package graph

import (
	"context"
	"fmt"
	"math"

	"github.com/parleygraph/parley/graph/edtf"
)

// An Interval is how long the buckets of a timeline are. See the SDL.
type Interval string

// The intervals.
const (
	Day     Interval = "DAY"
	Week    Interval = "WEEK"
	Month   Interval = "MONTH"
	Quarter Interval = "QUARTER"
	Year    Interval = "YEAR"
)

// maxBuckets is how long a timeline may be: eleven years of days are 4,018.
const maxBuckets = 5000

// A TimeBucket is a stretch of the calendar, and how many events lie in it. See the SDL.
type TimeBucket struct {
	first, last edtf.Day
	Count       *Range
}

// From returns the first day.
func (b *TimeBucket) From() string { return b.first.String() }

// To returns the last day.
func (b *TimeBucket) To() string { return b.last.String() }

// Timeline counts the events that all of some actors were part of by stretches of the calendar, oldest first. What the index alone
// answers, see [eventFilter.each], costs a scan of the dates; the rest is read batch by batch. In memory it holds the buckets.
func (v *View) Timeline(ctx context.Context, actors []ID, where *EventWhere, interval Interval) ([]*TimeBucket, error) {
	if len(actors) > maxCovered {
		return nil, invalid("actors", "%d are too many; ask for at most %d at once", len(actors), maxCovered)
	}
	actors, where = v.same().distinct(actors), where.identified(v.same())
	for i, id := range actors {
		if _, err := v.require(ctx, fmt.Sprintf("actors[%d]", i), id, actorTypes...); err != nil {
			return nil, err
		}
	}
	f, err := v.eventFilter(ctx, where, "where")
	if err != nil {
		return nil, err
	}
	c := newCalendar(interval)
	if err := f.each(ctx, where, actors, c.addDays, c.add); err != nil {
		return nil, err
	}
	var window *edtf.Window
	if where != nil {
		window, _ = where.During.parse("where.during") // the filter has checked it
	}
	return c.buckets(window)
}

// A calendar counts events by the stretches that their dates allow. Stretches have numbers, in the order of time.
type calendar struct {
	interval    Interval
	bins        map[int64]*Range
	spans       map[[2]int64]int // events that may be in any stretch from one to another
	first, last int64            // that a day is known of; first > last if none is

	bin      *Range // the one of the last event, and its days
	from, to edtf.Day
}

// What is open or unknown may be in any stretch.
const (
	always  = math.MinInt64
	forever = math.MaxInt64
)

func newCalendar(interval Interval) *calendar {
	return &calendar{interval: interval, bins: map[int64]*Range{}, spans: map[[2]int64]int{}, first: forever, last: always, from: 1}
}

// add counts an event that passes a filter certainly or possibly.
func (c *calendar) add(at dated, t edtf.Truth) {
	first, begins := dayOf(at.Earliest)
	last, ends := dayOf(at.Latest)
	if begins && ends && first >= c.from && last <= c.to {
		c.bin.add(t)
		return
	}
	span := [2]int64{always, forever}
	for i, x := range []struct {
		day edtf.Day
		ok  bool
	}{{first, begins}, {last, ends}} {
		if x.ok {
			n := c.number(x.day)
			span[i], c.first, c.last = n, min(c.first, n), max(c.last, n)
		}
	}
	if span[0] != span[1] {
		c.spans[span]++
		return
	}
	if c.bin = c.bins[span[0]]; c.bin == nil {
		c.bin = &Range{}
		c.bins[span[0]] = c.bin
	}
	c.from, c.to = c.start(span[0]), c.start(span[0]+1)-1
	c.bin.add(t)
}

// addDays counts events that were on days, ascending, for sure.
func (c *calendar) addDays(days []int32) {
	for len(days) > 0 {
		at := dated{}
		at.Earliest = edtf.Bound{Kind: edtf.Known, Day: edtf.Day(days[0])}
		at.Latest = at.Earliest
		c.add(at, edtf.Yes) // finds the bin
		n := upTo(days, c.to)
		c.bin.Min, c.bin.Max = c.bin.Min+n-1, c.bin.Max+n-1
		days = days[n:]
	}
}

// buckets lists the stretches of a window, which may be nil or open.
func (c *calendar) buckets(w *edtf.Window) ([]*TimeBucket, error) {
	if w == nil {
		w = &edtf.Window{}
	}
	first, last := c.first, c.last
	if w.From != nil {
		first = c.number(*w.From)
		last = max(first, last)
	}
	if w.To != nil {
		last = c.number(*w.To)
		first = min(first, last)
	}
	if first > last {
		return []*TimeBucket{}, nil
	}
	if n := uint64(last) - uint64(first); n >= maxBuckets {
		return nil, invalid("interval", "from %s to %s it is more than %d times a %s; ask for a longer interval or, by where.during, for less time",
			c.start(first), c.start(last+1)-1, maxBuckets, c.interval)
	}
	list, buckets, counts := make([]*TimeBucket, last-first+1), make([]TimeBucket, last-first+1), make([]Range, last-first+1)
	begin := c.start(first)
	for i := range list {
		n := first + int64(i)
		next := c.start(n + 1)
		buckets[i] = TimeBucket{first: begin, last: next - 1, Count: &counts[i]}
		if bin := c.bins[n]; bin != nil {
			counts[i] = *bin
		}
		list[i], begin = &buckets[i], next
	}
	if w.From != nil {
		list[0].first = *w.From
	}
	if w.To != nil {
		list[len(list)-1].last = *w.To
	}
	changes := make([]int, len(list)+1)
	for span, n := range c.spans {
		if from, to := max(span[0], first), min(span[1], last); from <= to {
			changes[from-first] += n
			changes[to-first+1] -= n
		}
	}
	possible := 0
	for i, b := range list {
		possible += changes[i]
		b.Count.Max += possible
	}
	return list, nil
}

// number returns the stretch that a day is in.
func (c *calendar) number(d edtf.Day) int64 {
	switch c.interval {
	case Day:
		return int64(d)
	case Week:
		return floorDiv(int64(d)+3, 7) // 1970 began on a Thursday
	}
	year, month, _ := d.Date()
	n := c.perYear()
	return year*n + int64(month-1)*n/12
}

// start returns the first day of a stretch; behind the last one that is the day behind the last day.
func (c *calendar) start(number int64) edtf.Day {
	switch c.interval {
	case Day:
		return edtf.Day(number)
	case Week:
		return max(edtf.MinDay, min(edtf.MaxDay+1, edtf.Day(number*7-3)))
	}
	n := c.perYear()
	year := floorDiv(number, n)
	d, err := edtf.NewDay(year, int((number-year*n)*12/n)+1, 1)
	if err != nil {
		return edtf.MaxDay + 1
	}
	return d
}

func (c *calendar) perYear() int64 {
	switch c.interval {
	case Month:
		return 12
	case Quarter:
		return 4
	}
	return 1
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
