// Package edtf reads dates as historians write them: Extended Date/Time Format
// (EDTF), ISO 8601-2:2019 and the Library of Congress profile, levels 0, 1 and
// 2. It answers what a program must know of such a date: the first and the last
// day that it can mean, how it sorts, and whether it lies in a window of days,
// with "maybe" where the source leaves that open. It knows nothing of Parley,
// reads no clock, and imports only the standard library.
//
// A tour, from the bottom up: [Day] counts days; [Bound] is one end of a date,
// known, open or unknown; [Parse] makes a [Date]; [Truth] is the three-valued
// answer of [In], [Window.Contains] and [Covers]; [Compare] sorts.
//
// # Grammar
//
// This is the only place where the grammar is written. Every character is
// ASCII; letters are capitals; there is no white space anywhere.
//
//	edtf     = date / dateTime / bigYear / interval / set
//
//	date     = year / year "-" month / year "-" month "-" day / year "-" season
//	year     = [q] ["-"] 4x [q]           ; 0000 is a year, -0000 is not
//	month    = [q] 2x [q]                 ; 01-12
//	day      = [q] 2x [q]                 ; a day that its month has
//	season   = [q] 2DIGIT [q]             ; 21-41
//	x        = DIGIT / "X"                ; X: this digit is not specified
//	q        = "?" / "~" / "%"            ; uncertain, approximate, both
//
//	dateTime = ["-"] 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" time [zone]
//	time     = hh ":" mm ":" ss           ; 00:00:00-23:59:59, or 24:00:00
//	zone     = "Z" / ("+" / "-") hh [":" mm]   ; at most 14:00, never -00 or -00:00
//
//	bigYear  = "Y" ["-"] count ["E" count] ["S" count] [q]
//	         / ["-"] 4DIGIT "S" count [q]
//	count    = "1"-"9" *DIGIT             ; after Y…E…: more than four digits
//
//	interval = end "/" end                ; not "/" alone
//	end      = date / ".." / ""           ; "..": open, "": unknown
//
//	set      = "[" items "]"              ; one of these
//	         / "{" items "}"              ; all of these
//	items    = item *("," item)
//	item     = date / date ".." date
//	         / ".." date                  ; first item only: this or earlier
//	         / date ".."                  ; last item only: this or later
//
// # Conventions
//
// The standard leaves some questions open. These are our answers; each stands
// in a test.
//
// Days and years.
//
//   - Days are of the proleptic Gregorian calendar and years are astronomical:
//     0000 is 1 BC, -0001 is 2 BC. This is ISO 8601's rule.
//   - A year has at most 16 digits ([MaxYear]); a longer one is an error. The
//     bound keeps a day number within an int64; clamping would state a date that
//     nobody wrote.
//   - A dateTime is the day that it writes, at its own offset: it is not shifted
//     to UTC. A source's "on Thursday" is its own Thursday, and windows are
//     counted in days that have no zone. The time of day stays in [Date.String]
//     and breaks ties in [Compare]. A leap second (:60) is refused, as other
//     EDTF validators do.
//
// Bounds.
//
//   - Both bounds are inclusive, and both are days that the date can mean:
//     2005-02-3X is an error, 19XX-02-29 runs from 1904-02-29 to 1996-02-29.
//   - Bounds are a hull: what a set or an unspecified digit leaves out between
//     them is not recorded. So a window that falls into such a gap gets [Maybe],
//     where [No] could be shown. This keeps every answer derivable from the two
//     bounds alone, which is what an index holds.
//   - Qualifiers (? ~ %) do not move bounds and do not change a truth value: how
//     far "about" reaches is not in the source, and we invent no precision,
//     neither more nor less. A caller that holds a qualified date to be less than
//     certain asks [Date.Qualifier].
//   - Open (..) and unknown (empty) ends have no day. We do not follow
//     implementations that invent ten years.
//   - Seasons are whole months (meteorological seasons): a source that says
//     "spring" does not mean an equinox. 21-24, which the standard leaves without
//     a hemisphere, are read as northern, since the codes 29-32 exist for the
//     southern one.
//   - A season belongs to the year in which it begins: winter 2010-24 (and -28)
//     and southern summer 2010-30 run from December 2010 to February 2011. The
//     order of the codes says so: 2010-24 comes after 2010-23.
//   - 33-36 are quarters, 37-39 thirds of a year, 40-41 halves.
//   - A year with significant digits spans what those digits leave open: 1950S2
//     is 1900 to 1999, as the Library of Congress explains it. Leading zeros are
//     not significant; more significant digits than the year has mean all.
//
// What is refused.
//
//   - An interval whose end begins before its start begins. The unspecified
//     digits of both ends are read in favour of the interval. So
//     2025-02-27/2025-02 is an error, as it is for the validators that we were
//     tested against, since February begins before the 27th; "from the 27th to
//     some day of February" is 2025-02-27/2025-02-XX. Ranges in sets obey the
//     same rule; the items of a set may stand in any order.
//   - "/": an interval with both ends unknown says nothing. "../.." says "always".
//   - A bigYear or a dateTime within an interval or a set: the standard describes
//     both as whole date strings.
//   - X in a season: 2X could be a month or a season.
//   - White space. Level 2 of the older draft allowed it within sets; the standard
//     does not.
//
// Levels.
//
//   - [Date.Level] is that of the text as written. X within an interval is level
//     2; so are sets, bigYears with E or S, seasons 25-41, a qualifier that does
//     not end its date, and X other than in the last one or two digits of a year
//     that stands alone, or for all of a month or a day at the end.
//   - A qualified season is level 1 as an end of an interval and level 2 alone:
//     odd, but so say the grammar of 2012 and the conformance data.
package edtf
