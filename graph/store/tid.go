package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cayleygraph/quad"

	"github.com/parleygraph/parley/graph/edtf"
)

// A tid stands for a term: in keys, in Cayley's iterators, everywhere but at the edges. Equal terms of one store have equal
// tids and the other way round, for ever: a term that goes and comes back has the tid that it had.
type tid struct {
	kind byte
	n    uint64
}

// The kinds of tids, in the order in which they sort. Those from kindDay on hold their value: they need no dictionary, and
// sort as the values do.
const (
	kindNone     byte = 0    // no term: the label of a quad without one
	kindEntry    byte = 0x10 // n is the number of an entry of the dictionary
	kindNumbered byte = 0x20 // an IRI that ends in digits: n is prefix<<32 | number, the prefix being an entry of the dictionary
	kindDay      byte = 0x30 // a date of datatype edtf:EDTF that is one day, as day + 1<<31
	kindInteger  byte = 0x31 // a canonical xsd:integer, as value + 1<<63
	kindInstant  byte = 0x32 // a canonical xsd:dateTime, see instantOf, as nanoseconds from 1970 + 1<<63
	kindInt      byte = 0x38 // Cayley's Int, as value + 1<<63
	kindFloat    byte = 0x39 // Cayley's Float, its bits so turned that they sort as it does
	kindBool     byte = 0x3a // Cayley's Bool
	kindTime     byte = 0x3b // Cayley's Time, as nanoseconds from 1970 + 1<<63
)

const (
	edtfType    = "http://id.loc.gov/datatypes/edtf/EDTF"
	integerType = "http://www.w3.org/2001/XMLSchema#integer"
	instantType = "http://www.w3.org/2001/XMLSchema#dateTime"
	signBit     = 1 << 63
)

// appendTID appends a tid as keys hold it. The grammar, in which every form tells its own length and byte order is the order
// of tids:
//
//	tid      = none / entry / numbered / day / eight
//	none     = %x08
//	entry    = %x10+length number              ; length of the number, 1 to 8
//	numbered = %x20+length number length number ; of the prefix, 1 to 4; of the number, 1 to 4
//	day      = %x30 4OCTET
//	eight    = %x31 / %x32 / %x38 / %x39 / %x3a / %x3b, 8OCTET
//	number   = its bytes, big-endian, without leading zero bytes but for a last one
func appendTID(b []byte, t tid) []byte {
	switch t.kind {
	case kindNone:
		return append(b, 0x08)
	case kindEntry:
		return appendNumber(b, kindEntry, t.n)
	case kindNumbered:
		return appendNumber(appendNumber(b, kindNumbered, t.n>>32), 0, t.n&math.MaxUint32)
	case kindDay:
		return binary.BigEndian.AppendUint32(append(b, kindDay), uint32(t.n))
	}
	return binary.BigEndian.AppendUint64(append(b, t.kind), t.n)
}

func appendNumber(b []byte, kind byte, n uint64) []byte {
	size := 1
	for x := n >> 8; x > 0; x >>= 8 {
		size++
	}
	b = append(b, kind+byte(size))
	for i := size - 1; i >= 0; i-- {
		b = append(b, byte(n>>(8*i)))
	}
	return b
}

// cutTID reads the tid at the head of b and returns what is behind it.
func cutTID(b []byte) (t tid, rest []byte, err error) {
	if len(b) == 0 {
		return t, nil, errKey
	}
	switch kind := b[0] & 0xf0; {
	case b[0] == 0x08:
		return tid{}, b[1:], nil
	case kind == kindEntry:
		n, rest, err := cutNumber(b, kindEntry)
		return tid{kindEntry, n}, rest, err
	case kind == kindNumbered:
		prefix, rest, err := cutNumber(b, kindNumbered)
		if err != nil {
			return t, nil, err
		}
		n, rest, err := cutNumber(rest, 0)
		if err != nil || prefix > math.MaxUint32 || n > math.MaxUint32 {
			return t, nil, errKey
		}
		return tid{kindNumbered, prefix<<32 | n}, rest, nil
	case b[0] == kindDay && len(b) >= 5:
		return tid{kindDay, uint64(binary.BigEndian.Uint32(b[1:]))}, b[5:], nil
	case (b[0] == kindInteger || b[0] == kindInstant || b[0] >= kindInt && b[0] <= kindTime) && len(b) >= 9:
		return tid{b[0], binary.BigEndian.Uint64(b[1:])}, b[9:], nil
	}
	return t, nil, errKey
}

// cutNumber reads a number. There is one way to write each: another is damage.
func cutNumber(b []byte, kind byte) (n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, errKey
	}
	size := int(b[0]) - int(kind)
	if size < 1 || size > 8 || len(b) < 1+size || size > 1 && b[1] == 0 {
		return 0, nil, errKey
	}
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	return n, b[1+size:], nil
}

// errKey says that a key of the store does not have its form.
var errKey = fmt.Errorf("a key or a value is damaged: %w; restore the store from a backup", ErrDamaged)

// inline returns the tid of a term that needs no dictionary.
func inline(t Term) (tid, bool) {
	switch t := t.(type) {
	case nil:
		return tid{}, true
	case TypedString:
		switch t.Type {
		case edtfType:
			if len(t.Value) == 10 { // 2025-01-31
				d, err := edtf.Parse(string(t.Value))
				if err == nil && d.Precision() == edtf.PrecisionDay && d.Earliest().Day.String() == string(t.Value) {
					return tid{kindDay, uint64(int64(d.Earliest().Day) + 1<<31)}, true
				}
			}
		case integerType:
			if n, err := strconv.ParseInt(string(t.Value), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(t.Value) {
				return tid{kindInteger, uint64(n) ^ signBit}, true
			}
		case instantType:
			if at, ok := instantOf(string(t.Value)); ok && at.UTC().Format(time.RFC3339Nano) == string(t.Value) && inNanos(at) {
				return tid{kindInstant, uint64(at.UnixNano()) ^ signBit}, true
			}
		}
	case quad.Int:
		return tid{kindInt, uint64(t) ^ signBit}, true
	case quad.Float:
		f := float64(t)
		if f != f {
			f = math.NaN() // one of the many
		}
		bits := math.Float64bits(f + 0) // -0 becomes 0, which it equals
		if bits&signBit != 0 {
			bits = ^bits
		} else {
			bits |= signBit
		}
		return tid{kindFloat, bits}, true
	case quad.Bool:
		if t {
			return tid{kindBool, 1}, true
		}
		return tid{kindBool, 0}, true
	case quad.Time:
		if at := time.Time(t); inNanos(at) {
			return tid{kindTime, uint64(at.UnixNano()) ^ signBit}, true
		}
	}
	return tid{}, false
}

// instantOf reads an xsd:dateTime that says its zone. Its canonical form, the one that is kept as a number, is that which
// [time.RFC3339Nano] writes in UTC, "2026-11-23T00:00:00Z" or "2026-11-23T08:15:30.000125Z": what a clock in Go writes,
// and no instant has two. Others, with an offset or a zero at the end of the fraction, are kept as they are written.
func instantOf(s string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, s)
	return at, err == nil
}

// inNanos reports whether an instant is one that nanoseconds reach.
func inNanos(at time.Time) bool {
	year := at.UTC().Year()
	return year > 1678 && year < 2262
}

// value returns the term of a tid that holds its value.
func (t tid) value() Term {
	switch t.kind {
	case kindDay:
		return TypedString{Value: String(edtf.Day(int64(t.n) - 1<<31).String()), Type: edtfType}
	case kindInteger:
		return TypedString{Value: String(strconv.FormatInt(int64(t.n^signBit), 10)), Type: integerType}
	case kindInstant:
		return TypedString{Value: String(time.Unix(0, int64(t.n^signBit)).UTC().Format(time.RFC3339Nano)), Type: instantType}
	case kindInt:
		return quad.Int(t.n ^ signBit)
	case kindFloat:
		if t.n&signBit != 0 {
			return quad.Float(math.Float64frombits(t.n &^ signBit))
		}
		return quad.Float(math.Float64frombits(^t.n))
	case kindBool:
		return quad.Bool(t.n == 1)
	case kindTime:
		return quad.Time(time.Unix(0, int64(t.n^signBit)).UTC())
	}
	return nil
}

// splitNumber cuts the digits off the end of an IRI: event:icews-000042 is event:icews- and 42, six digits wide. It reports
// false for an IRI that does not end in 1 to 9 digits behind something else.
func splitNumber(iri IRI) (prefix string, width int, n uint64, ok bool) {
	s := string(iri)
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	width = len(s) - i
	if i == 0 || width == 0 || width > 9 {
		return "", 0, 0, false
	}
	n, _ = strconv.ParseUint(s[i:], 10, 32)
	return s[:i], width, n, true
}

func joinNumber(prefix string, width int, n uint64) IRI {
	digits := strconv.FormatUint(n, 10)
	return IRI(prefix + strings.Repeat("0", max(0, width-len(digits))) + digits)
}

// A dictionary's text is a term, or the prefix of numbered ones, as bytes: a letter for what it is, then its parts.
//
//	text    = "I" iri / "B" label / "S" text / "L" language NUL text / "T" datatype NUL text / "N" width prefix / "Z" time
//	width   = 1OCTET                      ; of the number, in digits
//	time    = 8OCTET 4OCTET               ; seconds from 1970, + 1<<63, and nanoseconds
func appendText1(b []byte, t Term) ([]byte, error) {
	switch t := t.(type) {
	case IRI:
		return append(append(b, 'I'), t...), nil
	case BlankNode:
		return append(append(b, 'B'), t...), nil
	case String:
		return append(append(b, 'S'), t...), nil
	case LangString:
		if strings.Contains(t.Lang, "\x00") {
			return nil, fmt.Errorf("the language %q has a NUL: give a language", t.Lang)
		}
		return append(append(append(append(b, 'L'), t.Lang...), 0), t.Value...), nil
	case TypedString:
		if strings.Contains(string(t.Type), "\x00") {
			return nil, fmt.Errorf("the datatype %q has a NUL: give an IRI", t.Type)
		}
		return append(append(append(append(b, 'T'), t.Type...), 0), t.Value...), nil
	case quad.Time: // out of the range of kindTime
		b = binary.BigEndian.AppendUint64(append(b, 'Z'), uint64(time.Time(t).Unix())^signBit)
		return binary.BigEndian.AppendUint32(b, uint32(time.Time(t).Nanosecond())), nil
	}
	return nil, fmt.Errorf("a term of Go type %T: give one of the terms of package store", t)
}

func parseText(b []byte) (Term, error) {
	if len(b) == 0 {
		return nil, errKey
	}
	s := string(b[1:])
	switch b[0] {
	case 'I':
		return IRI(s), nil
	case 'B':
		return BlankNode(s), nil
	case 'S':
		return String(s), nil
	case 'L':
		if lang, text, ok := strings.Cut(s, "\x00"); ok {
			return LangString{Value: String(text), Lang: lang}, nil
		}
	case 'T':
		if datatype, text, ok := strings.Cut(s, "\x00"); ok {
			return TypedString{Value: String(text), Type: IRI(datatype)}, nil
		}
	case 'Z':
		if len(s) == 12 {
			seconds, nanos := binary.BigEndian.Uint64(b[1:])^signBit, binary.BigEndian.Uint32(b[9:])
			return quad.Time(time.Unix(int64(seconds), int64(nanos)).UTC()), nil
		}
	}
	return nil, errKey
}
