package edtf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A ParseError says why a text is not an EDTF date.
type ParseError struct {
	Text   string // the whole text
	Pos    int    // where, in bytes, counted from 1; len(Text)+1 if the text ends too early
	Reason string // what is wrong there
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("edtf %.60q: position %d: %s", e.Text, e.Pos, e.Reason)
}

// fail returns an error at the 0-based position at. Parse fills in the text.
func fail(at int, format string, args ...any) *ParseError {
	return &ParseError{Pos: at + 1, Reason: fmt.Sprintf(format, args...)}
}

// Parse reads an EDTF expression of any level. See the package's grammar for
// what it accepts. It takes a time linear in the length of s. An error is a
// [*ParseError].
func Parse(s string) (Date, error) {
	d, err := parse(s)
	if err != nil {
		err.Text = s
		return Date{}, err
	}
	return d, nil
}

func parse(s string) (Date, *ParseError) {
	switch {
	case s == "":
		return Date{}, fail(0, "empty")
	case s[0] == '[' || s[0] == '{':
		return parseSet(s)
	case strings.Contains(s, "/"):
		return parseInterval(s)
	}
	p, err := parsePoint(s, 0, alone)
	if err != nil {
		return Date{}, err
	}
	return Date{
		text: p.text, level: p.level, precision: p.precision, qualifier: p.qualifier,
		earliest: known(p.first), latest: known(p.last),
		started: known(p.last), going: known(p.first),
	}, nil
}

// place is where a point stands; some forms stand only alone.
type place uint8

const (
	alone place = iota
	inInterval
	inSet
)

// A point is one date, neither an interval nor a set.
type point struct {
	text        string // canonical
	first, last Day    // bounds
	lastStart   Day    // the last day that it can start on, whatever its X are
	level       uint8
	precision   Precision
	qualifier   Qualifier
}

// inverted reports that a span from p to q cannot be: q starts before p.
func inverted(p, q point) bool { return q.lastStart < p.first }

func parseInterval(s string) (Date, *ParseError) {
	slash := strings.IndexByte(s, '/')
	from, to := s[:slash], s[slash+1:]
	if i := strings.IndexByte(to, '/'); i >= 0 {
		return Date{}, fail(slash+1+i, "an interval has two ends")
	}
	if from == "" && to == "" {
		return Date{}, fail(0, "both ends of the interval are unknown")
	}

	d := Date{level: 1, precision: PrecisionInterval}
	p, err := parseEnd(from, 0, &d.earliest)
	if err != nil {
		return Date{}, err
	}
	q, err := parseEnd(to, slash+1, &d.latest)
	if err != nil {
		return Date{}, err
	}
	d.started, d.going = d.earliest, d.latest // right for open and unknown ends
	if d.earliest.Kind == Known {
		d.earliest, d.started = known(p.first), known(p.last)
	}
	if d.latest.Kind == Known {
		d.latest, d.going = known(q.last), known(q.first)
	}
	if d.earliest.Kind == Known && d.latest.Kind == Known {
		if inverted(p, q) {
			return Date{}, fail(slash+1, "the end begins before the start")
		}
		d.level = 0
		// No reading starts after the last day, or ends before the first.
		d.started.Day = min(d.started.Day, q.last)
		d.going.Day = max(d.going.Day, p.first)
	}
	d.level = max(d.level, p.level, q.level)
	d.qualifier = p.qualifier | q.qualifier
	d.text = p.text + "/" + q.text
	return d, nil
}

// parseEnd reads one end of an interval, and says in b which kind it is.
func parseEnd(s string, at int, b *Bound) (point, *ParseError) {
	switch s {
	case "":
		b.Kind = Unknown
		return point{}, nil
	case "..":
		b.Kind = Open
		return point{text: s}, nil
	}
	b.Kind = Known
	return parsePoint(s, at, inInterval)
}

func parseSet(s string) (Date, *ParseError) {
	closing := byte(']')
	if s[0] == '{' {
		closing = '}'
	}
	end := len(s) - 1
	if s[end] != closing {
		return Date{}, fail(len(s), "the set does not end with %q", closing)
	}

	var text strings.Builder
	text.Grow(len(s))
	text.WriteByte(s[0])
	d := Date{level: 2, precision: PrecisionSet}
	for at := 1; at <= end; {
		item := s[at:end]
		if i := strings.IndexByte(item, ','); i >= 0 {
			item = item[:i]
		}
		isFirst, isLast := at == 1, at+len(item) == end
		p, q, itemText, err := parseItem(item, at, isFirst, isLast)
		if err != nil {
			return Date{}, err
		}
		if isFirst {
			d.earliest, d.latest = known(p.first), known(q.last)
		} else {
			d.earliest.Day = min(d.earliest.Day, p.first)
			d.latest.Day = max(d.latest.Day, q.last)
			text.WriteByte(',')
		}
		d.qualifier |= p.qualifier | q.qualifier
		text.WriteString(itemText)
		at += len(item) + 1
	}
	text.WriteByte(closing)
	d.text = text.String()

	// A set is not under way for certain on any day, unless it is one day.
	d.started, d.going = d.latest, d.earliest
	if s[1] == '.' {
		d.earliest, d.going = Bound{Kind: Open}, Bound{Kind: Unknown}
	}
	if s[end-1] == '.' {
		d.latest, d.started = Bound{Kind: Open}, Bound{Kind: Unknown}
	}
	return d, nil
}

// parseItem reads one item of a set: a range from p to q, or a single date or a
// range open on one side, where p and q are the same.
func parseItem(item string, at int, isFirst, isLast bool) (p, q point, text string, err *ParseError) {
	from, to, isRange := strings.Cut(item, "..")
	switch {
	case from == "" && to == "":
		err = fail(at, "a date is missing")
	case !isRange:
		p, err = parsePoint(from, at, inSet)
		q, text = p, p.text
	case from == "" && !isFirst, to == "" && !isLast:
		err = fail(at, "only the first item can start with .. and only the last end with it")
	case from == "":
		p, err = parsePoint(to, at+len(".."), inSet)
		q, text = p, ".."+p.text
	case to == "":
		p, err = parsePoint(from, at, inSet)
		q, text = p, p.text+".."
	default:
		if p, err = parsePoint(from, at, inSet); err != nil {
			break
		}
		toAt := at + len(from) + len("..")
		if q, err = parsePoint(to, toAt, inSet); err == nil && inverted(p, q) {
			err = fail(toAt, "the end of the range begins before its start")
		}
		text = p.text + ".." + q.text
	}
	return p, q, text, err
}

// A scanner reads one point. Its position is within the point; at is where the
// point begins within the whole text.
type scanner struct {
	s     string
	i, at int
}

// peek returns the next byte, 0 at the end.
func (sc *scanner) peek() byte {
	if sc.i < len(sc.s) {
		return sc.s[sc.i]
	}
	return 0
}

// accept consumes the next byte if it is c.
func (sc *scanner) accept(c byte) bool {
	if sc.i < len(sc.s) && sc.s[sc.i] == c {
		sc.i++
		return true
	}
	return false
}

// take consumes the next n bytes if they are digits or, if masked, X, and
// returns them, or "".
func (sc *scanner) take(n int, masked bool) string {
	if sc.i+n > len(sc.s) {
		return ""
	}
	word := sc.s[sc.i : sc.i+n]
	for _, c := range []byte(word) {
		if (c < '0' || c > '9') && !(masked && c == 'X') {
			return ""
		}
	}
	sc.i += n
	return word
}

// qualifier consumes a qualifier if one is next.
func (sc *scanner) qualifier() Qualifier {
	var q Qualifier
	switch sc.peek() {
	case '?':
		q = Uncertain
	case '~':
		q = Approximate
	case '%':
		q = Uncertain | Approximate
	default:
		return 0
	}
	sc.i++
	return q
}

// fail returns an error at the next byte, which it names.
func (sc *scanner) fail(want string) *ParseError {
	if sc.i >= len(sc.s) {
		return fail(sc.at+sc.i, "%s, found the end", want)
	}
	r, _ := utf8.DecodeRuneInString(sc.s[sc.i:])
	return fail(sc.at+sc.i, "%s, found %q", want, r)
}
