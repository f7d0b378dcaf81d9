package store

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cayleygraph/quad"
	"pgregory.net/rapid"
)

// drawTID draws tids of all kinds, many of them near the places where their bytes change length.
var drawTID = rapid.Custom(func(t *rapid.T) tid {
	number := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.Custom(func(t *rapid.T) uint64 {
		return uint64(1)<<(8*rapid.IntRange(1, 7).Draw(t, "bytes")) + uint64(rapid.IntRange(-1, 1).Draw(t, "off"))
	}))
	kind := rapid.SampledFrom([]byte{kindNone, kindEntry, kindNumbered, kindDay, kindInteger, kindInstant, kindInt, kindFloat, kindBool, kindTime}).Draw(t, "kind")
	n := number.Draw(t, "n")
	switch kind {
	case kindNone:
		n = 0
	case kindNumbered:
		n = number.Draw(t, "prefix")&math.MaxUint32<<32 | n&math.MaxUint32
	case kindDay:
		n &= math.MaxUint32
	}
	return tid{kind, n}
})

func TestTIDKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTID.Draw(t, "a"), drawTID.Draw(t, "b")
		ka, kb := appendTID(nil, a), appendTID([]byte("x"), b)[1:]
		if back, rest, err := cutTID(append(bytes.Clone(ka), "rest"...)); back != a || string(rest) != "rest" || err != nil {
			t.Fatalf("cutTID(%x) = %v, %q, %v, want %v", ka, back, rest, err, a)
		}
		order := 0
		if lessTID(a, b) {
			order = -1
		} else if lessTID(b, a) {
			order = 1
		}
		if bytes.Compare(ka, kb) != order {
			t.Fatalf("%v, %v: their keys %x, %x are in another order", a, b, ka, kb)
		}
		if a != b && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
			t.Fatalf("%v, %v: the key of one begins with that of the other: %x, %x", a, b, ka, kb)
		}
	})
}

func TestCutTIDErrors(t *testing.T) {
	for _, key := range []string{"", "\x00", "\x07", "\x09", "\x10", "\x11", "\x12\x01", "\x12\x00\x01", "\x19123456789", "\x1f", "\x20", "\x21\x01", "\x21\x01\x01",
		"\x21\x01\x02\x00\x01", "\x25\x01\x00\x00\x00\x00\x01\x01", "\x21\x01\x05\x01\x00\x00\x00\x00", "\x30\x01\x02\x03", "\x31\x01\x02\x03\x04\x05\x06\x07",
		"\x32\x01\x02\x03\x04\x05\x06\x07", "\x33\x01\x02\x03\x04\x05\x06\x07\x08", "\x3c\x01\x02\x03\x04\x05\x06\x07\x08", "\x40", "\xff"} {
		if got, _, err := cutTID([]byte(key)); !errors.Is(err, ErrDamaged) {
			t.Errorf("cutTID(%x) = %v, %v, want %v", key, got, err, ErrDamaged)
		}
	}
}

func FuzzCutTID(f *testing.F) {
	for _, t := range []tid{{}, {kindEntry, 1}, {kindEntry, 1 << 40}, {kindNumbered, 5<<32 | 42}, {kindDay, 1 << 31}, {kindInteger, signBit}, {kindInstant, 1}, {kindTime, 7}} {
		f.Add(appendTID(nil, t))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, rest, err := cutTID(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("cutTID(%x): %v", b, err)
			}
			return
		}
		if again := append(appendTID(nil, got), rest...); !bytes.Equal(again, b) {
			t.Fatalf("cutTID(%x) = %v, %x, which is written %x", b, got, rest, again)
		}
		got.value() // does not panic
	})
}

// Each list is in the order of its values, and so are the tids.
func TestInlineOrder(t *testing.T) {
	day := func(s string) Term { return typedString(s, edtfType) }
	integer := func(s string) Term { return typedString(s, xsdInteger) }
	instant := func(s string) Term { return typedString(s, instantType) }
	at := func(s string) Term {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return quad.Time(at)
	}
	for _, list := range [][]Term{
		{day("0000-01-01"), day("0001-12-31"), day("1582-10-15"), day("1969-12-31"), day("1970-01-01"), day("2024-02-29"), day("9999-12-31")},
		{integer("-9223372036854775808"), integer("-256"), integer("-1"), integer("0"), integer("1"), integer("255"), integer("256"), integer("9223372036854775807")},
		{instant("1680-01-01T00:00:00Z"), instant("1969-12-31T23:59:59.999999999Z"), instant("1970-01-01T00:00:00Z"), instant("2024-02-29T12:00:00Z"), instant("2026-11-23T00:00:00Z"),
			instant("2026-11-23T00:00:00.000000001Z"), instant("2026-11-23T00:00:00.5Z"), instant("2026-11-23T00:00:01Z"), instant("2261-12-31T23:59:59.999999999Z")},
		{quad.Int(math.MinInt64), quad.Int(-1), quad.Int(0), quad.Int(1), quad.Int(math.MaxInt64)},
		{quad.Float(math.Inf(-1)), quad.Float(-math.MaxFloat64), quad.Float(-1), quad.Float(-math.SmallestNonzeroFloat64), quad.Float(0),
			quad.Float(math.SmallestNonzeroFloat64), quad.Float(1), quad.Float(math.MaxFloat64), quad.Float(math.Inf(1)), quad.Float(math.NaN())},
		{quad.Bool(false), quad.Bool(true)},
		{at("1680-01-01T00:00:00Z"), at("1969-12-31T23:59:59.999999999Z"), at("1970-01-01T00:00:00Z"), at("2025-01-31T12:00:00+02:00"), at("2025-01-31T10:00:00.000000001Z"), at("2260-01-01T00:00:00Z")},
	} {
		var tids []tid
		for _, term := range list {
			id, ok := inline(term)
			if !ok {
				t.Fatalf("inline(%v) = false", term)
			}
			tids = append(tids, id)
			if back := id.value(); back != term && back.String() != canonical(term).String() {
				t.Errorf("%v comes back as %v", term, back)
			}
		}
		if !slices.IsSortedFunc(tids, compareForTest) || len(slices.Compact(tids)) != len(list) {
			t.Errorf("%v is out of order: %v", list, tids)
		}
	}
}

func compareForTest(a, b tid) int { return bytes.Compare(appendTID(nil, a), appendTID(nil, b)) }

// canonical is what comes back of a term: a time is one in UTC.
func canonical(t Term) Term {
	if at, ok := t.(quad.Time); ok {
		return quad.Time(time.Time(at).UTC())
	}
	return t
}

// What is written in another way than a number or a date would be written back is kept as it is.
func TestNotInline(t *testing.T) {
	for _, text := range []string{"029", "+5", "-0", "00", "", " 5", "5 ", "1e3", "9223372036854775808", "-9223372036854775809", "٣", "1_000"} {
		if id, ok := inline(typedString(text, xsdInteger)); ok {
			t.Errorf("the integer %q is inline as %v", text, id.value())
		}
	}
	for _, text := range []string{"", "2025", "2025-01", "2025-02-29", "2025-02-30", "2025-13-01", "2025-1-31", "-0044-03-15", "-044-03-15", "+2025-01-3", "2025-01-31?", "2025-01-3X",
		"20250-1-01", "Y170000002", "20250131", "XXXX-01-01", "2025-21-01", "12345-01-01", "2025/01/31", "2025-01-31T00:00:00Z"} {
		if id, ok := inline(typedString(text, edtfType)); ok {
			t.Errorf("the date %q is inline as %v", text, id.value())
		}
	}
	for _, text := range []string{"", "2026-11-23", "2026-11-23T00:00:00", "2026-11-23T00:00:00+00:00", "2026-11-23T02:00:00+02:00", "2026-11-23T00:00:00-00:00", "2026-11-23T00:00:00.0Z", "2026-11-23T00:00:00.10Z",
		"2026-11-23T00:00:00,5Z", "2026-11-23T24:00:00Z", "2026-11-23T23:59:60Z", "2026-02-29T00:00:00Z", "2026-11-23t00:00:00z", "2026-11-23T0:00:00Z", "-0044-03-15T00:00:00Z", "1678-12-31T00:00:00Z", "2262-01-01T00:00:00Z",
		"2026-11-23T00:00:00.0000000001Z", "2026-11-23T00:00:00.1234567891Z", " 2026-11-23T00:00:00Z"} {
		if id, ok := inline(typedString(text, instantType)); ok {
			t.Errorf("the instant %q is inline as %v", text, id.value())
		}
	}
	for _, term := range []Term{typedString("2026-11-23T00:00:00Z", "a:x"), typedString("2025-01-31", "a:x"), typedString("5", "a:x"), String("5"), langString("5", "en"), IRI("a:5"), BlankNode("5"), quad.Time{},
		quad.Time(time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)), quad.Time(time.Date(1678, 12, 31, 0, 0, 0, 0, time.UTC)), quad.Time(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC))} {
		if id, ok := inline(term); ok {
			t.Errorf("inline(%v) = %v", term, id)
		}
	}
}

// Values that Go holds for equal are the same term, and those that stand for the same too.
func TestSameTID(t *testing.T) {
	zone := time.FixedZone("", 14*3600)
	for _, same := range [][2]Term{
		{quad.Float(0), quad.Float(math.Copysign(0, -1))},
		{quad.Float(math.NaN()), quad.Float(math.Float64frombits(0xfff8000000000001))},
		{quad.Time(time.Date(2025, 1, 31, 12, 0, 0, 0, time.UTC)), quad.Time(time.Date(2025, 2, 1, 2, 0, 0, 0, zone))},
		{quad.Time(time.Date(2261, 12, 31, 12, 0, 0, 0, time.UTC)), quad.Time(time.Date(2262, 1, 1, 2, 0, 0, 0, zone))},
	} {
		a, ok1 := inline(same[0])
		b, ok2 := inline(same[1])
		if !ok1 || !ok2 || a != b {
			t.Errorf("%v, %v: tids %v %v, %v %v", same[0], same[1], a, ok1, b, ok2)
		}
	}
}

func TestSplitNumber(t *testing.T) {
	for _, test := range []struct {
		iri, prefix string
		width       int
		n           uint64
	}{
		{"event:icews-000042", "event:icews-", 6, 42},
		{"a:0", "a:", 1, 0}, {"a:00", "a:", 2, 0}, {"a:10", "a:", 2, 10},
		{"a:999999999", "a:", 9, 999_999_999}, {"a:000000001", "a:", 9, 1},
		{"a:1234567890", "", 0, 0}, {"a:0000000001", "", 0, 0}, {"123", "", 0, 0}, {"a:", "", 0, 0}, {"a:1x", "", 0, 0}, {"", "", 0, 0}, {"a:٣", "", 0, 0},
	} {
		prefix, width, n, ok := splitNumber(IRI(test.iri))
		if prefix != test.prefix || width != test.width || n != test.n || ok != (test.width > 0) {
			t.Errorf("splitNumber(%q) = %q, %d, %d, %v", test.iri, prefix, width, n, ok)
		}
		if back := joinNumber(prefix, width, n); ok && string(back) != test.iri {
			t.Errorf("joinNumber of %q = %q", test.iri, back)
		}
	}
}

func TestDictionaryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		term := drawTerm.Draw(t, "term")
		text, number, err := entryText(term)
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := inline(term); ok {
			if back := id.value(); back != term {
				t.Fatalf("%#v comes back as %#v", term, back)
			}
			return
		}
		back, err := entryTerm(entryTID(7, number), text)
		if err != nil || back != term {
			t.Fatalf("%#v comes back as %#v, %v", term, back, err)
		}
		if number == 0 && !wellFormed(text) {
			t.Fatalf("wellFormed(%q) = false", text)
		}
	})
	for _, at := range []time.Time{{}, time.Date(-44, 3, 15, 0, 0, 0, 1, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 999_999_999, time.UTC)} {
		text, _, err := entryText(quad.Time(at))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseText(text); err != nil || !time.Time(back.(quad.Time)).Equal(at) {
			t.Errorf("%v comes back as %v, %v", at, back, err)
		}
	}
	for _, text := range []string{"", "X", "Len", "Ta:x", "Z", "Z12345678901", "N", "N\x01", "N\x00x", "N\x0ax", "N\x01x1", "Ia:1", "T" + xsdInteger + "\x005"} {
		if wellFormed([]byte(text)) {
			t.Errorf("wellFormed(%q) = true", text)
		}
	}
	for _, term := range []Term{foreignTerm{}, langString("x", "a\x00b"), typedString("x", "a\x00b")} {
		if _, _, err := entryText(term); err == nil {
			t.Errorf("entryText(%#v): no error", term)
		}
	}
	long := strings.Repeat("x", maxText)
	if k := entryKey([]byte("S" + long)); len(k) != 34 || k[1] != '#' {
		t.Errorf("entryKey of %d bytes = %x", maxText+1, k)
	}
	if k := entryKey([]byte(long)); len(k) != maxText+1 {
		t.Errorf("entryKey of %d bytes has %d", maxText, len(k))
	}
}

// A foreignTerm is none of this package's.
type foreignTerm struct{}

func (foreignTerm) String() string { return "foreign" }
func (foreignTerm) Native() any    { return nil }
