package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var drawTQuad = rapid.Custom(func(t *rapid.T) tquad {
	var q tquad
	for i := range q {
		q[i] = drawTID.Draw(t, "term")
	}
	return q
})

func TestQuadKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawTQuad.Draw(t, "quad")
		for o := range orders {
			key := appendQuadKey(nil, o, q)
			if back, err := parseQuadKey(key); back != q || err != nil {
				t.Fatalf("parseQuadKey(%x) = %v, %v, want %v", key, back, err, q)
			}
			for _, bad := range [][]byte{key[:len(key)-1], key[:1], nil, append(bytes.Clone(key), 8), append([]byte{'7'}, key[1:]...), append([]byte{'0'}, key[1:]...)} {
				if _, err := parseQuadKey(bad); !errors.Is(err, ErrDamaged) {
					t.Fatalf("parseQuadKey(%x): %v, want %v", bad, err, ErrDamaged)
				}
			}
		}
	})
}

func FuzzParseQuadKey(f *testing.F) {
	for o := range orders {
		f.Add(appendQuadKey(nil, o, tquad{{kindEntry, 1}, {kindNumbered, 2<<32 | 3}, {kindDay, 9}, {}}))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		q, err := parseQuadKey(key)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("parseQuadKey(%x): %v", key, err)
			}
			return
		}
		if again := appendQuadKey(nil, int(key[0]-tableQuad), q); !bytes.Equal(again, key) {
			t.Fatalf("parseQuadKey(%x) = %v, which is written %x", key, q, again)
		}
	})
}

// Each of the sixteen patterns is one span, which holds the keys of the quads that match and no others.
func TestPatternSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(drawTID, 1, 4).Draw(t, "terms") // few, so that quads share them
		draw := rapid.Custom(func(t *rapid.T) tquad {
			var q tquad
			for i := range q {
				q[i] = rapid.SampledFrom(terms).Draw(t, "term")
			}
			return q
		})
		quads := rapid.SliceOfN(draw, 1, 20).Draw(t, "quads")
		asked := draw.Draw(t, "asked")
		for mask := range 16 {
			p := tpattern{q: asked}
			for d := range 4 {
				p.given[d] = mask&(1<<d) != 0
			}
			s, order := p.span()
			for _, q := range quads {
				matches := true
				for d := range 4 {
					matches = matches && (!p.given[d] || q[d] == asked[d])
				}
				for o := range orders {
					key := appendQuadKey(nil, o, q)
					in := bytes.Compare(key, s.lower) >= 0 && (s.upper == nil || bytes.Compare(key, s.upper) < 0)
					if in != (matches && o == order) {
						t.Fatalf("pattern %v of %v: the key %x of %v in order %d is in its span: %v", p.given, p.q, key, q, o, in)
					}
				}
			}
		}
	})
}

func TestAfter(t *testing.T) {
	for _, test := range [][2]string{{"a", "b"}, {"a\xff", "b"}, {"a\xfe", "a\xff"}, {"\xff", ""}, {"\xff\xff", ""}, {"", ""}} {
		if got := after([]byte(test[0])); string(got) != test[1] || (got == nil) != (test[1] == "") {
			t.Errorf("after(%x) = %x, want %x", test[0], got, test[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		prefix, key := rapid.SliceOf(rapid.Byte()).Draw(t, "prefix"), rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		upper := after(prefix)
		in := bytes.Compare(key, prefix) >= 0 && (upper == nil || bytes.Compare(key, upper) < 0)
		if in != bytes.HasPrefix(key, prefix) {
			t.Fatalf("%x is in the span of %x: %v", key, prefix, in)
		}
	})
}

// The tables and the orders are what keys.go says.
func TestOrders(t *testing.T) {
	seen := map[[2]int]bool{} // pairs of first terms
	for _, o := range orders {
		all := o[:]
		if sorted := slices.Sorted(slices.Values(all)); !slices.Equal(sorted, []int{0, 1, 2, 3}) {
			t.Errorf("order %v is none", o)
		}
		seen[[2]int{min(o[0], o[1]), max(o[0], o[1])}] = true
	}
	if len(seen) != 6 {
		t.Errorf("the orders serve %d pairs, want 6", len(seen))
	}
	if !slices.IsSorted([]byte(knownTables)) {
		t.Errorf("the tables %q are not in order", knownTables)
	}
}
