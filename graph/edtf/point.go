package edtf

import (
	"strconv"
	"strings"
)

// A calendarDate is what is written between the hyphens of a point, before it
// is known to be a date. The words hold digits and X; those not written are "".
type calendarDate struct {
	year             yearMask
	month, day       string
	n                int          // components written, 1 to 3
	words            [3]string    // the components, the year with its sign
	before, after    [3]Qualifier // as written about each component
	monthAt, dayAt   int          // where the words begin, for errors
	season           season       // if the month is a season
	isSeason, masked bool
}

// parsePoint reads s, which begins at the 0-based position at of the whole text.
func parsePoint(s string, at int, where place) (point, *ParseError) {
	if s == "" {
		return point{}, fail(at, "a date is missing")
	}
	sc := scanner{s: s, at: at}
	if s[0] == 'Y' {
		if where != alone {
			return point{}, fail(at, "a year with Y must stand alone")
		}
		return parseBigYear(&sc)
	}

	var c calendarDate
	c.before[0] = sc.qualifier()
	start := sc.i
	c.year.negative = sc.accept('-')
	if c.year.digits = sc.take(4, true); c.year.digits == "" {
		return point{}, sc.fail("a year has four digits")
	}
	if c.year.negative && c.year.digits == "0000" {
		return point{}, fail(at+start, "there is no year -0000")
	}
	c.n, c.words[0] = 1, s[start:sc.i]
	c.after[0] = sc.qualifier()

	if sc.peek() == 'S' {
		if where != alone {
			return point{}, fail(at+sc.i, "a year with significant digits must stand alone")
		}
		return parseSignificant(&sc, c)
	}
	for c.n < 3 && sc.accept('-') {
		c.before[c.n] = sc.qualifier()
		start = sc.i
		word := sc.take(2, true)
		if word == "" {
			return point{}, sc.fail("a month or a day has two digits")
		}
		if c.n == 1 {
			c.month, c.monthAt = word, at+start
		} else {
			c.day, c.dayAt = word, at+start
		}
		c.words[c.n] = word
		c.after[c.n] = sc.qualifier()
		c.n++
	}
	c.masked = strings.Contains(s, "X")

	if sc.peek() == 'T' {
		if err := parseTime(&sc, c, where); err != nil {
			return point{}, err
		}
	}
	if sc.i < len(s) {
		return point{}, sc.fail("the date should end here")
	}

	p, err := c.resolve()
	if err != nil {
		return point{}, err
	}
	p.text = c.canonical(s)
	p.level = c.level(where)
	p.precision = c.precision()
	for i := range c.n {
		p.qualifier |= c.before[i] | c.after[i]
	}
	return p, nil
}

// resolve finds the days that the date can mean, and refuses one that can mean
// none. Only the fields of days are set in the point.
func (c *calendarDate) resolve() (point, *ParseError) {
	first, last := c.year.first(anyYear), c.year.last(anyYear)
	if c.n == 1 {
		return point{
			first:     dayOf(first, 1, 1),
			lastStart: dayOf(last, 1, 1),
			last:      dayOf(last, 12, 31),
		}, nil
	}

	months := mask(c.month, 12)
	if months == 0 {
		if c.season, c.isSeason = seasonOf(c.month); !c.isSeason {
			return point{}, fail(c.monthAt, "no month %s", c.month)
		}
		if c.n == 3 {
			return point{}, fail(c.dayAt, "a season has no days")
		}
		return point{
			first:     dayOf(first, c.season.month, 1),
			lastStart: dayOf(last, c.season.month, 1),
			last:      dayOf(last, c.season.month+c.season.months, 1) - 1,
		}, nil
	}
	if c.n == 2 {
		return point{
			first:     dayOf(first, lowest(months), 1),
			lastStart: dayOf(last, highest(months), 1),
			last:      dayOf(last, highest(months)+1, 1) - 1,
		}, nil
	}

	// Whether there is such a day depends on the year only by its leap day.
	days := mask(c.day, 31)
	type monthDay struct{ month, day int }
	span := func(year int64) (lo, hi monthDay, ok bool) {
		for m := 1; m <= 12; m++ {
			here := days & (1<<(daysIn(m, isLeap(year))+1) - 1)
			if months&(1<<m) == 0 || here == 0 {
				continue
			}
			if !ok {
				lo = monthDay{m, lowest(here)}
			}
			hi, ok = monthDay{m, highest(here)}, true
		}
		return lo, hi, ok
	}
	hasDay := func(year int64) bool { _, _, ok := span(year); return ok }
	first, last = c.year.first(hasDay), c.year.last(hasDay)
	lo, _, ok := span(first)
	if !ok {
		return point{}, fail(c.dayAt, "no day %s in %s-%s", c.day, c.words[0], c.words[1])
	}
	_, hi, _ := span(last)
	p := point{first: dayOf(first, lo.month, lo.day), last: dayOf(last, hi.month, hi.day)}
	p.lastStart = p.last
	return p, nil
}

// canonical returns the text with its qualifiers in canonical places: see
// [Date.String]. It returns s itself if that is canonical, as is every date with
// a time.
func (c *calendarDate) canonical(s string) string {
	var q [3]Qualifier
	behind := Qualifier(0) // what stands behind this component or a later one
	for i := c.n - 1; i >= 0; i-- {
		behind |= c.after[i]
		q[i] = c.before[i] | behind
	}
	shared := 1 // leading components with the year's qualifier
	for shared < c.n && q[shared] == q[0] {
		shared++
	}
	var before, after [3]Qualifier
	after[shared-1] = q[0]
	copy(before[shared:], q[shared:])
	if before == c.before && after == c.after {
		return s
	}
	text := ""
	for i := range c.n {
		if i > 0 {
			text += "-"
		}
		text += before[i].String() + c.words[i] + after[i].String()
	}
	return text
}

// level returns the conformance level of the date as written.
func (c *calendarDate) level(where place) uint8 {
	level := uint8(0)
	if c.year.negative {
		level = 1
	}
	if c.isSeason {
		level = 1
		if c.month > "24" {
			level = 2
		}
	}
	if c.masked {
		level = max(level, 1)
		if where == inInterval || !c.masksEnd() {
			level = 2
		}
	}
	for i := range c.n {
		switch {
		case c.before[i] != 0, c.after[i] != 0 && i < c.n-1:
			level = 2
		case c.after[i] != 0 && c.isSeason && where != inInterval:
			level = 2
		case c.after[i] != 0:
			level = max(level, 1)
		}
	}
	return level
}

// masksEnd reports whether the X stand as level 1 has them: for the last one or
// two digits of a year alone, for a month at the end, a day, or both.
func (c *calendarDate) masksEnd() bool {
	switch c.n {
	case 1:
		x := strings.IndexByte(c.year.digits, 'X')
		return x == 3 || x == 2 && c.year.digits[3] == 'X'
	case 2:
		return c.month == "XX" && !c.year.masked()
	}
	return c.day == "XX" && (c.month == "XX" || !strings.Contains(c.month, "X")) && !c.year.masked()
}

func (c *calendarDate) precision() Precision {
	switch x := strings.IndexByte(c.year.digits, 'X'); {
	case x == 3:
		return PrecisionDecade
	case x == 2:
		return PrecisionCentury
	case x >= 0:
		return PrecisionUnknown
	case c.isSeason:
		return PrecisionSeason
	case c.n == 1 || strings.Contains(c.month, "X"):
		return PrecisionYear
	case c.n == 2 || strings.Contains(c.day, "X"):
		return PrecisionMonth
	}
	return PrecisionDay
}

// parseTime reads the time of day after the date c, and checks that c may have
// one. Nothing is kept of it: the text has it.
func parseTime(sc *scanner, c calendarDate, where place) *ParseError {
	switch {
	case where != alone:
		return fail(sc.at+sc.i, "a date with a time must stand alone")
	case c.n < 3 || c.masked || c.before != [3]Qualifier{} || c.after != [3]Qualifier{}:
		return fail(sc.at+sc.i, "only a plain day can have a time")
	}
	sc.i++ // T
	start := sc.i
	hh := sc.take(2, false)
	if hh == "" || !sc.accept(':') {
		return sc.fail("a time is hh:mm:ss")
	}
	mm := sc.take(2, false)
	if mm == "" || !sc.accept(':') {
		return sc.fail("a time is hh:mm:ss")
	}
	ss := sc.take(2, false)
	if ss == "" {
		return sc.fail("a time is hh:mm:ss")
	}
	if clock := sc.s[start:sc.i]; (hh > "23" || mm > "59" || ss > "59") && clock != "24:00:00" {
		return fail(sc.at+start, "no time %s", clock)
	}

	start = sc.i
	if sc.accept('Z') || !sc.accept('+') && !sc.accept('-') {
		return nil
	}
	if hh = sc.take(2, false); hh == "" {
		return sc.fail("an offset is hh or hh:mm")
	}
	mm = "00"
	if sc.accept(':') {
		if mm = sc.take(2, false); mm == "" {
			return sc.fail("an offset is hh or hh:mm")
		}
	}
	negativeZero := sc.s[start] == '-' && hh+mm == "0000"
	if mm > "59" || hh+mm > "1400" || negativeZero {
		return fail(sc.at+start, "no offset %s", sc.s[start:sc.i])
	}
	return nil
}

// A season is one of the codes that stand in place of a month.
type season struct {
	month  int // in which it begins
	months int // how long it is
}

// seasonCodes has the seasons from code 21 on. See the package's conventions.
var seasonCodes = [...]season{
	{3, 3}, {6, 3}, {9, 3}, {12, 3}, // 21-24 spring, summer, autumn, winter
	{3, 3}, {6, 3}, {9, 3}, {12, 3}, // 25-28 the same, northern
	{9, 3}, {12, 3}, {3, 3}, {6, 3}, // 29-32 the same, southern
	{1, 3}, {4, 3}, {7, 3}, {10, 3}, // 33-36 quarters
	{1, 4}, {5, 4}, {9, 4}, // 37-39 thirds
	{1, 6}, {7, 6}, // 40-41 halves
}

func seasonOf(code string) (season, bool) {
	n, err := strconv.Atoi(code)
	if err != nil || n < 21 || n-21 >= len(seasonCodes) {
		return season{}, false
	}
	return seasonCodes[n-21], true
}
