package graph

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/store"
)

// A cursor gives back the key that it was made of, and any damage to one byte of it, one byte more or one less is refused.
func TestCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := order{name: rapid.StringN(1, 20, -1).Draw(t, "name")}
		k := key(rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "key"))
		cursor := o.cursor(k)
		got, err := o.parse("after", cursor, len(k))
		if err != nil || !slices.Equal(got, k) {
			t.Fatalf("parse(%q) = %q, %v, want %q", cursor, got, err, k)
		}
		refused := func(damaged string) {
			if got, err := o.parse("after", damaged, len(k)); err == nil {
				t.Fatalf("parse(%q), damaged from %q, = %q, want an error", damaged, cursor, got)
			} else if !errors.Is(err, ErrInvalidArgument) {
				t.Fatalf("parse(%q): error %v, want ErrInvalidArgument", damaged, err)
			}
		}
		for i := range len(cursor) {
			for _, b := range []byte("A_-z09\n\r=+/ \x00\xff") {
				if cursor[i] != b {
					refused(cursor[:i] + string([]byte{b}) + cursor[i+1:])
				}
				refused(cursor[:i] + string([]byte{b}) + cursor[i:])
			}
			refused(cursor[:i] + cursor[i+1:])
			refused(cursor[:i])
		}
		refused(cursor + "\n")
		if _, err := (order{name: o.name + "x"}).parse("after", cursor, len(k)); err == nil {
			t.Fatal("the cursor of another order is taken")
		}
		if _, err := o.parse("after", cursor, len(k)+1); err == nil {
			t.Fatal("a cursor with too few parts is taken")
		}
	})
}

// Every byte value at every place, for one cursor.
func TestDamagedCursor(t *testing.T) {
	o := order{name: "events TIME_DESC"}
	cursor := o.cursor(key{"09223372036854795896", "event:2025-01-31-hegseth-call"})
	for i := range len(cursor) {
		for b := range 256 {
			damaged := cursor[:i] + string([]byte{byte(b)}) + cursor[i+1:]
			if _, err := o.parse("after", damaged, 2); (err == nil) != (damaged == cursor) {
				t.Errorf("parse(%q) = %v, where the cursor is %q", damaged, err, cursor)
			}
		}
	}
}

func FuzzCursor(f *testing.F) {
	o := order{name: "quads"}
	q := store.Quad{Subject: store.IRI("person:ann"), Predicate: store.IRI("schema:name"), Object: store.LangString{Value: "Ann", Lang: "en"}, Label: store.IRI("claim:a")}
	f.Add(o.cursor(quadKey(q)))
	f.Add(o.cursor(key{"", "", "", ""}))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		k, err := o.parse("after", cursor, 4)
		if err != nil {
			if !errors.Is(err, ErrInvalidArgument) {
				t.Fatalf("parse(%q): error %v, want ErrInvalidArgument", cursor, err)
			}
			// The same bytes with a right sum: as far as a forger gets.
			b, err := base64.RawURLEncoding.DecodeString(cursor)
			if err != nil || len(b) < 8 {
				return
			}
			n := len(b) / 4
			k = key{string(b[:n]), string(b[n : 2*n]), string(b[2*n : 3*n]), string(b[3*n:])}
			if k, err = o.parse("after", o.cursor(k), 4); err != nil {
				t.Fatalf("parse of a forged cursor: %v", err)
			}
		} else if again := o.cursor(k); again != cursor {
			t.Fatalf("cursor(parse(%q)) = %q", cursor, again)
		}
		if _, err := quadOf("after", k); err != nil && !errors.Is(err, ErrInvalidArgument) {
			t.Fatalf("quadOf(%q): error %v, want ErrInvalidArgument", k, err)
		}
	})
}

// Keys of times sort as their days do, whatever the year, and what has none comes last.
func TestTimeKey(t *testing.T) {
	list := []string{"-9999-01-01", "-0001-12-31", "0000-01-01", "1909-10-16", "1969-12-31", "1970-01-01", "2025-01-31", "Y170000002", ""}
	for _, by := range []TimeOrder{TimeAsc, TimeDesc} {
		o := order{desc: []bool{by == TimeDesc}}
		var keys []key
		for _, s := range list {
			var w *When
			if s != "" {
				d, err := parseDate("x", s)
				if err != nil {
					t.Fatal(err)
				}
				w = &When{date: d, EDTF: s}
			}
			keys = append(keys, key{timeKey(w, by)})
		}
		for i := range len(keys) - 1 {
			before := o.compare(keys[i], keys[i+1]) < 0
			if i < len(keys)-2 {
				before = before == (by == TimeAsc)
			}
			if !before {
				t.Errorf("%s: %s and %s are in the wrong order", by, fmt.Sprintf("%q", list[i]), fmt.Sprintf("%q", list[i+1]))
			}
		}
	}
}
