package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testUpdate(t *testing.T, open opener) {
	s := open(t)
	q := func(n int) Quad { return quadOf(IRI("a:s"), IRI("a:p"), String(fmt.Sprint(n)), IRI("a:l")) }
	update := func(c Change) uint64 {
		t.Helper()
		n, err := s.Update(t.Context(), func(*View) (Change, error) { return c, nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	notes := func(after uint64, limit int) []Note {
		t.Helper()
		n, err := viewOf(t, s).Notes(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	update(Change{Add: []Quad{q(1)}, Note: []byte("one"), Key: "k"})
	addTo(t, s, q(2))
	update(Change{Add: []Quad{q(3)}, Note: []byte("three")})
	old := viewOf(t, s)
	if n := update(Change{Add: []Quad{q(3)}, Note: []byte("nothing new")}); n != 3 {
		t.Errorf("adding nothing new made revision %d, want 3 as before", n)
	}
	update(Change{Add: []Quad{q(4)}, Note: []byte("four"), Key: "k"})
	one, three, four := Note{1, []byte("one")}, Note{3, []byte("three")}, Note{4, []byte("four")}
	for _, c := range []struct {
		after uint64
		limit int
		want  []Note
	}{
		{0, 9, []Note{one, three, four}}, {0, 2, []Note{one, three}}, {1, 9, []Note{three, four}}, {2, 9, []Note{three, four}}, {3, 1, []Note{four}}, {4, 9, nil}, {99, 9, nil}, {0, 0, nil},
	} {
		if diff := cmp.Diff(c.want, notes(c.after, c.limit)); diff != "" {
			t.Errorf("Notes(%d, %d) differs (-want +got):\n%s", c.after, c.limit, diff)
		}
	}
	if got, ok, err := viewOf(t, s).Noted(t.Context(), "k"); err != nil || !ok || !cmp.Equal(got, four) {
		t.Errorf("Noted(k) = %v, %v, %v, want the last", got, ok, err)
	}
	if got, ok, err := old.Noted(t.Context(), "k"); err != nil || !ok || !cmp.Equal(got, one) {
		t.Errorf("Noted(k) of an old view = %v, %v, %v, want the one of then", got, ok, err)
	}
	if got, ok, err := viewOf(t, s).Noted(t.Context(), "other"); err != nil || ok {
		t.Errorf("Noted(other) = %v, %v, %v", got, ok, err)
	}

	refused := errors.New("refused")
	if _, err := s.Update(t.Context(), func(*View) (Change, error) { return Change{Add: []Quad{q(5)}}, refused }); !errors.Is(err, refused) {
		t.Errorf("Update with an error of look: %v", err)
	}
	var bad *QuadError
	if _, err := s.Update(t.Context(), func(*View) (Change, error) { return Change{Add: []Quad{q(5), {}}}, nil }); !errors.As(err, &bad) || bad.Index != 1 {
		t.Errorf("Update with a quad that is none: %v", err)
	}
	if _, err := s.Update(t.Context(), func(*View) (Change, error) {
		return Change{Add: []Quad{q(5)}, Note: []byte(strings.Repeat("x", maxNote+1))}, nil
	}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Update with a note that is too long: %v", err)
	}
	if v := viewOf(t, s); v.Revision() != 4 || len(quadsOf(t, v)) != 4 {
		t.Errorf("after refused updates: revision %d, %d quads", v.Revision(), len(quadsOf(t, v)))
	}
	for i, want := range []uint64{5, 0} { // the second is nothing new
		begun := uint64(0)
		if n := update(Change{Add: []Quad{q(5)}, Begun: func(n uint64) { begun = n }}); n != 5 || begun != want {
			t.Errorf("update %d has begun %d and made %d, want %d and 5", i, begun, n, want)
		}
	}
}

// Each of several writers sees, when it looks, all that was written before it, and readers see whole writes.
func testUpdateTogether(t *testing.T, open opener) {
	s := open(t)
	const writers, each = 8, 25
	q := func(n uint64, half string) Quad {
		return quadOf(IRI(fmt.Sprint("a:", n)), IRI("a:p"), String(half), IRI("a:l"))
	}
	stop := make(chan struct{})
	var readers, wg sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			v := s.View()
			quads, err := v.Count(t.Context(), Pattern{Predicate: IRI("a:p")})
			if err != nil || uint64(quads) != 2*v.Revision() {
				t.Errorf("at revision %d there are %d quads, %v", v.Revision(), quads, err)
			}
			v.Close()
			time.Sleep(time.Millisecond)
		}
	})
	var mu sync.Mutex
	made := map[uint64]bool{}
	for range writers {
		wg.Go(func() {
			for range each {
				var looked uint64
				n, err := s.Update(t.Context(), func(v *View) (Change, error) {
					looked = v.Revision()
					if found, err := v.Has(t.Context(), IRI(fmt.Sprint("a:", looked-1))); err != nil || found != (looked > 0) {
						t.Errorf("a look at revision %d finds what the last write made: %v, %v", looked, found, err)
					}
					return Change{Add: []Quad{q(looked, "one"), q(looked, "two")}, Note: fmt.Append(nil, looked)}, nil
				})
				if err != nil || n != looked+1 {
					t.Errorf("a look at revision %d made revision %d, %v", looked, n, err)
				}
				if v := s.View(); v.Revision() < n {
					t.Errorf("after Update returned %d a view is of revision %d", n, v.Revision())
					v.Close()
				} else {
					v.Close()
				}
				mu.Lock()
				if made[n] {
					t.Errorf("two writes made revision %d", n)
				}
				made[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(stop)
	readers.Wait()
	list, err := viewOf(t, s).Notes(t.Context(), 0, writers*each+1)
	if err != nil || len(list) != writers*each {
		t.Fatalf("%d notes, %v", len(list), err)
	}
	for i, n := range list {
		if n.Revision != uint64(i+1) || string(n.Text) != fmt.Sprint(i) {
			t.Errorf("note %d is %d %s", i, n.Revision, n.Text)
		}
	}
}

func testChanged(t *testing.T, open opener) {
	s := open(t)
	select {
	case <-s.Changed(0):
		t.Error("an empty store has changed since revision 0")
	default:
	}
	waiting := []<-chan struct{}{s.Changed(0), s.Changed(0), s.Changed(7)}
	addTo(t, s, quadOf(IRI("a:s"), IRI("a:p"), IRI("a:o"), nil))
	for _, w := range waiting {
		<-w // a test that hangs here fails
	}
	<-s.Changed(0)
	select {
	case <-s.Changed(1):
		t.Error("it has changed since its own revision")
	default:
	}
}
