package edtf

import "strings"

// parseBigYear reads a year written with Y.
func parseBigYear(sc *scanner) (point, *ParseError) {
	sc.i++ // Y
	level := uint8(1)
	negative := sc.accept('-')
	start := sc.at + sc.i
	year, ok := sc.count()
	if !ok {
		return point{}, sc.fail("a year with Y has digits, the first not 0")
	}
	if sc.accept('E') {
		level = 2
		exponent, ok := sc.count()
		if !ok {
			return point{}, sc.fail("an exponent has digits, the first not 0")
		}
		for ; exponent > 0 && year <= MaxYear; exponent-- {
			year *= 10
		}
	}
	if year <= 9999 {
		return point{}, fail(start, "a year of four digits is written without Y")
	}
	if year > MaxYear {
		return point{}, fail(start, "a year of more than 16 digits")
	}
	return finishYear(sc, year, negative, level)
}

// parseSignificant reads on after the year c, at an S.
func parseSignificant(sc *scanner, c calendarDate) (point, *ParseError) {
	if c.year.masked() || c.before[0] != 0 || c.after[0] != 0 {
		return point{}, sc.fail("only a plain year can have significant digits")
	}
	year := c.year.fill(0)
	if year == 0 {
		return point{}, sc.fail("year 0000 has no significant digits")
	}
	return finishYear(sc, max(year, -year), c.year.negative, 2)
}

// finishYear reads what may follow a year, S and a qualifier, and returns the
// point. The year is given without its sign.
func finishYear(sc *scanner, year int64, negative bool, level uint8) (point, *ParseError) {
	unit := int64(1)
	if sc.accept('S') {
		level = 2
		significant, ok := sc.count()
		if !ok {
			return point{}, sc.fail("significant digits are a number, the first digit not 0")
		}
		digits := int64(0)
		for y := year; y > 0; y /= 10 {
			digits++
		}
		for ; digits > significant; digits-- {
			unit *= 10
		}
	}
	q := sc.qualifier()
	if sc.i < len(sc.s) {
		return point{}, sc.fail("the year should end here")
	}

	lo := year - year%unit
	hi := lo + unit - 1
	if negative {
		lo, hi = -hi, -lo
	}
	return point{
		text:      sc.s,
		first:     dayOf(lo, 1, 1),
		last:      dayOf(hi, 12, 31),
		lastStart: dayOf(hi, 1, 1),
		level:     level,
		precision: unitPrecision(unit),
		qualifier: q,
	}, nil
}

func unitPrecision(years int64) Precision {
	switch years {
	case 1:
		return PrecisionYear
	case 10:
		return PrecisionDecade
	case 100:
		return PrecisionCentury
	}
	return PrecisionUnknown
}

// count consumes a whole number without leading zeros and returns it. A number
// above MaxYear comes back as some number above MaxYear.
func (sc *scanner) count() (n int64, ok bool) {
	rest := sc.s[sc.i:]
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || rest[0] == '0' {
		return 0, false
	}
	for _, c := range []byte(rest[:digits]) {
		n = min(n*10+int64(c-'0'), MaxYear+1)
	}
	sc.i += digits
	return n, true
}
