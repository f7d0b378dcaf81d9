package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/parleygraph/parley/graph/edtf"
)

// A date is the first and the last day that it can mean. The zero date is unknown.
type date struct{ first, last edtf.Bound }

func oneDay(d edtf.Day) date {
	b := edtf.Bound{Kind: edtf.Known, Day: d}
	return date{b, b}
}

// The classes of dates; see the grammar in derive.go.
const (
	classDay    byte = 0
	classStart  byte = 0x40 // only the first day is known
	classEnd    byte = 0x41 // only the last day is known
	classNone   byte = 0x42 // neither is
	dayBias          = 1 << 23
	maxShortDay      = dayBias - 2
	minShortDay      = -dayBias + 1
)

func (d date) class() byte {
	switch first, last := d.first.Kind == edtf.Known, d.last.Kind == edtf.Known; {
	case first && last:
		return byte(bits.Len64(uint64(d.last.Day - d.first.Day)))
	case first:
		return classStart
	case last:
		return classEnd
	}
	return classNone
}

// day is what a date sorts by: its first day or, if that is not known, its last.
func (d date) day() (day edtf.Day, ok bool) {
	if d.first.Kind == edtf.Known {
		return d.first.Day, true
	}
	return d.last.Day, d.last.Kind == edtf.Known
}

// end is the last day or, if that is not known, the first.
func (d date) end() (day edtf.Day, ok bool) {
	if d.last.Kind == edtf.Known {
		return d.last.Day, true
	}
	return d.first.Day, d.first.Kind == edtf.Known
}

// overlaps reports whether some day that the date can mean lies in a window, whose ends are inclusive; nil is no end.
func (d date) overlaps(from, to *edtf.Day) bool {
	return (from == nil || d.last.Kind != edtf.Known || d.last.Day >= *from) &&
		(to == nil || d.first.Kind != edtf.Known || d.first.Day <= *to)
}

// compare orders dates as their keys do.
func (d date) compare(e date) int {
	return cmp.Or(cmp.Compare(d.class(), e.class()), d.compareDays(e))
}

// compareDays orders dates by the day that they sort by, those without one last; then shorter ones first.
func (d date) compareDays(e date) int {
	x, xok := d.day()
	y, yok := e.day()
	if xok != yok {
		if xok {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(d.class(), e.class()), cmp.Compare(d.last.Day, e.last.Day),
		cmp.Compare(d.first.Kind, e.first.Kind), cmp.Compare(d.last.Kind, e.last.Kind))
}

// appendKey appends what keys hold of a date and its event.
func (d date) appendKey(b []byte, event tid) []byte {
	class := d.class()
	b = append(b, class)
	if day, ok := d.day(); ok {
		b = appendDay(b, day)
	}
	b = appendTID(b, event)
	switch class {
	case classDay:
		return b
	case classStart:
		return appendMissing(b, d.last)
	case classEnd:
		return appendMissing(b, d.first)
	case classNone:
		return appendMissing(appendMissing(b, d.first), d.last)
	}
	return appendNumber(b, 0, uint64(d.last.Day-d.first.Day))
}

func appendMissing(b []byte, e edtf.Bound) []byte {
	if e.Kind == edtf.Open {
		return append(b, 1)
	}
	return append(b, 0)
}

// cutDated reads what appendKey appended, all of b.
func cutDated(b []byte) (d date, event tid, err error) {
	if len(b) == 0 {
		return d, event, errKey
	}
	class, rest := b[0], b[1:]
	var day edtf.Day
	if class > classNone {
		return d, event, errKey
	}
	if class != classNone {
		if day, rest, err = cutDay(rest); err != nil {
			return d, event, err
		}
	}
	if event, rest, err = cutTID(rest); err != nil {
		return d, event, err
	}
	known := edtf.Bound{Kind: edtf.Known, Day: day}
	missing := func(i int) edtf.Bound {
		if rest[i] == 1 {
			return edtf.Bound{Kind: edtf.Open}
		}
		return edtf.Bound{}
	}
	switch {
	case class == classDay && len(rest) == 0:
		return date{known, known}, event, nil
	case class == classStart && len(rest) == 1:
		return date{known, missing(0)}, event, nil
	case class == classEnd && len(rest) == 1:
		return date{missing(0), known}, event, nil
	case class == classNone && len(rest) == 2:
		return date{missing(0), missing(1)}, event, nil
	case class < classStart:
		length, rest, err := cutNumber(rest, 0)
		if err != nil || len(rest) > 0 {
			return d, event, errKey
		}
		return date{known, edtf.Bound{Kind: edtf.Known, Day: day + edtf.Day(length)}}, event, nil
	}
	return d, event, errKey
}

func appendDay(b []byte, d edtf.Day) []byte {
	switch {
	case d < minShortDay:
		b = append(b, 0, 0, 0)
	case d > maxShortDay:
		b = append(b, 0xff, 0xff, 0xff)
	default:
		n := uint32(d + dayBias)
		return append(b, byte(n>>16), byte(n>>8), byte(n))
	}
	return binary.BigEndian.AppendUint64(b, uint64(d)^signBit)
}

func cutDay(b []byte) (d edtf.Day, rest []byte, err error) {
	if len(b) < 3 {
		return 0, nil, errKey
	}
	n := int64(b[0])<<16 | int64(b[1])<<8 | int64(b[2])
	if n > 0 && n < 1<<24-1 {
		return edtf.Day(n - dayBias), b[3:], nil
	}
	if len(b) < 11 {
		return 0, nil, errKey
	}
	return edtf.Day(binary.BigEndian.Uint64(b[3:]) ^ signBit), b[11:], nil
}

// windowSpan is the span of the keys of one class behind a prefix that can overlap a window, and whether all of them do; ok is false if
// none can.
func windowSpan(prefix []byte, class byte, from, to *edtf.Day) (s span, all, ok bool) {
	prefix = append(bytes.Clone(prefix), class)
	s, all = prefixSpan(prefix), true
	if from != nil && class < classStart {
		reach := edtf.Day(1)<<class - 1 // the longest of the class; 1<<63 - 1 for the last one
		lower := edtf.Day(math.MinInt64)
		if *from > lower+reach {
			lower = *from - reach
		}
		s.lower, all = appendDay(bytes.Clone(prefix), lower), class == classDay
	}
	if from != nil && class == classEnd {
		s.lower = appendDay(bytes.Clone(prefix), *from)
	}
	if to != nil && (class < classStart || class == classStart) {
		s.upper = after(appendDay(bytes.Clone(prefix), *to))
	}
	return s, all, s.upper == nil || bytes.Compare(s.lower, s.upper) < 0
}
