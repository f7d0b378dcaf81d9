package edtf

import (
	"cmp"
	"strings"
)

// A Date is one EDTF expression: a day, month, season, year, long year,
// interval or set, with all the doubt its writer put in. Make one with [Parse].
// A Date is immutable, and retains the string it was parsed from.
//
// The zero Date is the date of what has none: both its bounds are unknown, and
// its text is "", which Parse does not accept.
type Date struct {
	text             string // canonical
	earliest, latest Bound

	// The span is certain to have started by the end of the day started, and not
	// to have ended before the day going: what [Covers] needs. Open if it has
	// always been going, or always will be.
	started, going Bound

	level     uint8
	precision Precision
	qualifier Qualifier
}

// String returns the date in canonical form, which Parse reads back as an equal
// Date. The canonical form is the text as written, except that qualifiers stand
// where they are fewest to read: one behind the leading components that share
// it, and one in front of every other component that has one. So ?2004-06-04~
// becomes 2004%-~06-~04, and %2001 becomes 2001%. A caller that needs the very
// text keeps it.
func (d Date) String() string { return d.text }

// IsZero reports whether d is the zero Date.
func (d Date) IsZero() bool { return d.text == "" }

// Equal reports whether a and b have the same canonical form. Dates that mean
// the same days in other words, as do 2004 and 2004-01/2004-12, are not equal.
func (d Date) Equal(e Date) bool { return d.text == e.text }

// Level returns the conformance level, 0, 1 or 2, that the text as written asks
// for. That of the canonical form can be lower, and is never higher.
func (d Date) Level() int { return int(d.level) }

// Earliest returns the first day that d can mean. It is open for an interval or
// a set that begins with "..", unknown for an interval with an empty start.
func (d Date) Earliest() Bound { return d.earliest }

// Latest returns the last day that d can mean. It is open for an interval or a
// set that ends with "..", unknown for an interval with an empty end. If both
// bounds are known, Latest is not before Earliest.
func (d Date) Latest() Bound { return d.latest }

// Precision returns the unit in which d is given.
func (d Date) Precision() Precision { return d.precision }

// Qualifier returns every doubt that is written anywhere in d, be it of one
// component, of one end of an interval, or of one item of a set.
func (d Date) Qualifier() Qualifier { return d.qualifier }

// Compare orders dates by when they start: it returns -1 if a sorts before b, 1
// if after, and 0 if and only if they are equal. It is a total order over all
// Dates, by the first of these that differs:
//
//  1. The day that each sorts under: the earliest, or, if that is not known, the
//     latest. A date with neither comes last.
//  2. A known start comes before an unknown, that before an open one.
//  3. The latest day, so that a day comes before its month. A known end comes
//     before an unknown, that before an open one.
//  4. The canonical text, which puts times of one day in order if they have one
//     offset.
func Compare(a, b Date) int {
	return cmp.Or(CompareBounds(a.earliest, a.latest, b.earliest, b.latest), strings.Compare(a.text, b.text))
}

// CompareBounds is [Compare] without the fourth: of two dates a and b of which only the bounds are known.
func CompareBounds(aEarliest, aLatest, bEarliest, bLatest Bound) int {
	return cmp.Or(
		compareBounds(sortKey(aEarliest, aLatest), sortKey(bEarliest, bLatest)),
		cmp.Compare(kindOrder(aEarliest.Kind), kindOrder(bEarliest.Kind)),
		compareBounds(aLatest, bLatest),
	)
}

func sortKey(earliest, latest Bound) Bound {
	if earliest.Kind == Known {
		return earliest
	}
	if latest.Kind == Known {
		return latest
	}
	return Bound{}
}

func compareBounds(a, b Bound) int {
	return cmp.Or(cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)), cmp.Compare(a.Day, b.Day))
}

func kindOrder(k BoundKind) int {
	switch k {
	case Known:
		return 0
	case Unknown:
		return 1
	}
	return 2
}

// Precision is the unit in which a date is given: the finest one of which
// nothing is unspecified, nor of any coarser one. So 2025-02-XX has the
// precision of a month, and 156X-12-25 that of a decade.
type Precision uint8

const (
	PrecisionUnknown  Precision = iota // not even the century is given, as in 1XXX or 2X20; also the zero Date
	PrecisionDay                       // 2025-02-27, also with a time
	PrecisionMonth                     // 2025-02, 2025-02-XX
	PrecisionSeason                    // 2025-21; also a quarter, a third or a half of a year
	PrecisionYear                      // 2025, 2025-XX, 2025-1X-01
	PrecisionDecade                    // 199X, 1993S3
	PrecisionCentury                   // 19XX, 1900S2, 19X0
	PrecisionInterval                  // 2025/2026, whatever its ends
	PrecisionSet                       // [2025,2026], whatever its items
)

var precisionNames = [...]string{"unknown", "day", "month", "season", "year", "decade", "century", "interval", "set"}

// String returns the name in lower case, as in "day".
func (p Precision) String() string {
	if int(p) < len(precisionNames) {
		return precisionNames[p]
	}
	return precisionNames[PrecisionUnknown]
}

// Qualifier is a set of doubts about a date. The zero Qualifier is none.
type Qualifier uint8

const (
	Uncertain   Qualifier = 1 << iota // ?: the source may be wrong
	Approximate                       // ~: about then
)

// String returns what EDTF writes: "", "?", "~", or "%" for both.
func (q Qualifier) String() string {
	return [...]string{"", "?", "~", "%"}[q&(Uncertain|Approximate)]
}
