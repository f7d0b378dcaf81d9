package store

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cayleygraph/quad"
)

// A whole store, broken in one place at a time: the check names each.
func TestCheck(t *testing.T) {
	tids := func(s *Store, terms ...Term) []tid {
		v := s.View()
		defer v.Close()
		found, ok, err := s.dict.find(t.Context(), v.state, terms)
		if err != nil || slices.Contains(ok, false) {
			t.Fatal(ok, err)
		}
		return found
	}
	value := func(s *Store, key []byte) []byte {
		v := s.View()
		defer v.Close()
		values, err := v.state.get(t.Context(), [][]byte{key})
		if err != nil || values[0] == nil {
			t.Fatalf("%x: %v, %v", key, values, err)
		}
		return values[0]
	}
	long := strings.Repeat("long ", 100)
	q := quadOf(IRI("a:s"), IRI("a:p1"), String(long), IRI("a:l"))
	tq := func(s *Store) tquad { return tquad(tids(s, q.Subject, q.Predicate, q.Object, q.Label)) }
	changed := func(m meta, change func(*meta)) []write { change(&m); return []write{{metaKey, m.bytes()}} }
	for _, test := range []struct {
		name   string
		breaks func(s *Store, m meta) []write
		want   string
	}{
		{"nothing", func(*Store, meta) []write { return nil }, ""},
		{"a quad lost in order 1", func(s *Store, _ meta) []write { return []write{{appendQuadKey(nil, 0, tq(s)), nil}} }, "order 2 has the quad key"},
		{"a quad lost in order 6", func(s *Store, _ meta) []write { return []write{{appendQuadKey(nil, 5, tq(s)), nil}} }, "order 1 has the quad key"},
		{"a quad too many in order 4", func(s *Store, _ meta) []write {
			q := tq(s)
			q[3] = tid{}
			return []write{{appendQuadKey(nil, 3, q), []byte{}}}
		}, "order 4 has the quad key"},
		{"another quad in order 3", func(s *Store, _ meta) []write {
			q := tq(s)
			other := q
			other[3] = tid{}
			return []write{{appendQuadKey(nil, 2, q), nil}, {appendQuadKey(nil, 2, other), []byte{}}}
		}, "order 3 has the quad key"},
		{"a quad without subject", func(s *Store, _ meta) []write { return []write{{appendQuadKey(nil, 0, tquad{}), []byte{}}} }, "no subject"},
		{"a quad with a value", func(s *Store, _ meta) []write { return []write{{appendQuadKey(nil, 0, tq(s)), []byte("x")}} }, "has a value"},
		{"half a key", func(s *Store, _ meta) []write { return []write{{appendQuadKey(nil, 1, tq(s))[:6], []byte{}}} }, "order 2: quad key"},
		{"a wrong count of quads", func(_ *Store, m meta) []write { return changed(m, func(m *meta) { m.quads++ }) }, "counts"},
		{"a wrong count of terms", func(_ *Store, m meta) []write { return changed(m, func(m *meta) { m.terms-- }) }, "counts"},
		{"too few entries counted", func(_ *Store, m meta) []write { return changed(m, func(m *meta) { m.entries-- }) }, "the highest that was given"},
		{"a term lost", func(s *Store, _ meta) []write {
			return []write{{appendTID([]byte{tableTerm}, tids(s, q.Object)[0]), nil}}
		}, "not in the table of terms"},
		{"a term too many", func(s *Store, _ meta) []write {
			return []write{{appendTID([]byte{tableTerm}, tid{kindInt, 7}), []byte{}}}
		}, "in no quad"},
		{"a term that is none", func(s *Store, _ meta) []write { return []write{{appendTID([]byte{tableTerm}, tid{}), []byte{}}} }, "key 7408"},
		{"a note of no revision", func(_ *Store, m meta) []write { return []write{{noteKey(m.revision + 1), []byte("x")}} }, "is of no revision"},
		{"a note's key that leads nowhere", func(_ *Store, m meta) []write {
			return []write{{noteNameKey("k"), binary.BigEndian.AppendUint64(nil, m.revision)}}
		}, "which is not there"},
		{"a number lost", func(s *Store, _ meta) []write { return []write{{numberKey(tids(s, q.Object)[0].n), nil}} }, "not in the dictionary"},
		{"an entry lost", func(s *Store, _ meta) []write { return []write{{entryKey([]byte("S" + long)), nil}} }, "its text stands under"},
		{"two entries of one number", func(s *Store, _ meta) []write {
			return []write{{entryKey([]byte("Sx")), binary.BigEndian.AppendUint64(nil, 1)}}
		}, "entries and"},
		{"a text in another form", func(s *Store, m meta) []write {
			return append(changed(m, func(m *meta) { m.entries++ }), write{numberKey(m.entries + 1), []byte("Ia:7")},
				write{entryKey([]byte("Ia:7")), binary.BigEndian.AppendUint64(nil, m.entries+1)})
		}, "not as its term is written"},
		{"another text", func(s *Store, m meta) []write { return []write{{numberKey(tids(s, q.Object)[0].n), []byte("Sx")}} }, "its text stands under"},
		{"a prefix that is a text", func(s *Store, m meta) []write {
			n := tids(s, q.Predicate)[0].n >> 32
			return []write{{numberKey(n), []byte("Sx")}, {entryKey([]byte("Sx")), binary.BigEndian.AppendUint64(nil, n)}, {entryKey([]byte("N\x01a:p")), nil}}
		}, "of another kind"},
		{"a short number", func(s *Store, m meta) []write { return []write{{[]byte{tableNumber, 1}, []byte("Sx")}} }, "want 9"},
		{"a short entry", func(s *Store, m meta) []write { return []write{{entryKey([]byte("S" + long)), []byte{1}}} }, "want 8"},
		{"a key of no table", func(*Store, meta) []write { return []write{{[]byte("?"), []byte{}}} }, "of no table"},
		{"a key before all tables", func(*Store, meta) []write { return []write{{[]byte{0}, []byte{}}} }, "of no table"},
		{"a key behind all tables", func(*Store, meta) []write { return []write{{[]byte{0xff}, []byte{}}} }, "of no table"},
		{"another record", func(*Store, meta) []write { return []write{{append(slices.Clone(metaKey), 'x'), []byte{}}} }, "none of the store's own"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Open(t.Context(), "mem:", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			addTo(t, s, append(batchOf(1), q, quadOf(IRI("a:s"), IRI("a:p2"), typedString("2025-01-31", edtfType), nil))...)
			m, err := parseMeta(value(s, metaKey))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.engine.apply(t.Context(), test.breaks(s, m)); err != nil {
				t.Fatal(err)
			}
			again, err := newStore(t.Context(), s.engine)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]bool{}
			err = again.Check(t.Context(), func(part string, _ int) { parts[part] = true })
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, ErrDamaged)):
				t.Errorf("Check() = %v, want %q in it", err, test.want)
			}
			if len(parts) != 6 {
				t.Errorf("it told of the parts %v", parts)
			}
		})
	}
}

// However much is wrong, the list is short; and who cancels a check learns nothing of the store.
func TestCheckBounds(t *testing.T) {
	s, err := Open(t.Context(), "mem:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addTo(t, s, dense(40)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var listed *CheckError
	if err := s.Check(ctx, nil); !errors.Is(err, context.Canceled) || errors.As(err, &listed) {
		t.Errorf("a cancelled check = %v", err)
	}
	var writes []write
	for i := range 1000 {
		writes = append(writes, write{append([]byte("1"), binary.BigEndian.AppendUint64(nil, uint64(i))...), []byte{}})
	}
	if err := s.engine.apply(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	if s, err = newStore(t.Context(), s.engine); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), nil); !errors.As(err, &listed) || len(listed.Problems) != maxProblems || listed.More < 900 {
		t.Errorf("Check() = %v", err)
	}
}

// Cayley's own values are kept too, each as one term.
func TestCayleyValues(t *testing.T) {
	s := openFresh(t)
	var quads []Quad
	for i, o := range slices.Concat(cayleyValues, trickyNodes, trickyLiterals) {
		quads = append(quads, quadOf(node(i), IRI("a:p"), o, nil))
	}
	if n, _, err := s.apply(t.Context(), quads, nil); err != nil || n != len(quads) {
		t.Fatalf("apply = %d, %v, want %d", n, err, len(quads))
	}
	if n, _, err := s.apply(t.Context(), quads, nil); err != nil || n != 0 {
		t.Errorf("again, apply = %d, %v, want 0", n, err)
	}
	v := viewOf(t, s)
	for _, q := range quads {
		found, err := v.Match(t.Context(), Pattern{Object: q.Object}, Pattern{Subject: q.Subject})
		if err != nil || len(found[1]) != 1 || found[1][0].Object.String() != canonical(q.Object).String() {
			t.Errorf("%#v comes back as %v, %v", q.Object, found, err)
		}
		if len(found[0]) != 1 {
			t.Errorf("%#v is found %d times: %v", q.Object, len(found[0]), found[0])
		}
	}
	if _, n, err := s.apply(t.Context(), nil, quads); err != nil || n != len(quads) {
		t.Errorf("removed %d, %v, want %d", n, err, len(quads))
	}
}

var _ quad.Value = quad.Int(0)
