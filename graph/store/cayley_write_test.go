package store

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"testing"
	"time"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/quad"
)

// sameness are pairs of terms that Go has as unequal and the store as one.
var sameness = []struct {
	name string
	a, b quad.Value
}{
	{"one NaN", quad.Float(math.NaN()), quad.Float(math.NaN())},
	{"two NaNs", quad.Float(math.NaN()), quad.Float(math.Float64frombits(0xfff8000000000123))},
	{"zeros", quad.Float(0), quad.Float(math.Copysign(0, -1))},
	{"zones", quad.Time(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)), quad.Time(time.Date(2020, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600)))},
	{"zones of a late time", quad.Time(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), quad.Time(time.Date(9999, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600)))},
}

// TestDeltasOfUnequalTerms applies deltas with terms that are the same and are not equal, alone and together.
func TestDeltasOfUnequalTerms(t *testing.T) {
	for _, c := range sameness {
		of := func(v quad.Value) quad.Quad {
			return quad.Quad{Subject: quad.IRI("s"), Predicate: quad.IRI("p"), Object: v}
		}
		add := func(v quad.Value) graph.Delta { return graph.Delta{Quad: of(v), Action: graph.Add} }
		remove := func(v quad.Value) graph.Delta { return graph.Delta{Quad: of(v), Action: graph.Delete} }
		for _, step := range []struct {
			name   string
			before []quad.Quad
			deltas []graph.Delta
			o      graph.IgnoreOpts
			want   error
			quads  uint64
		}{
			{name: "add", deltas: []graph.Delta{add(c.a)}, quads: 1},
			{name: "add twice", deltas: []graph.Delta{add(c.a), add(c.b)}, want: graph.ErrQuadExists},
			{name: "add twice, ignored", deltas: []graph.Delta{add(c.a), add(c.b)}, o: graph.IgnoreOpts{IgnoreDup: true}, quads: 1},
			{name: "add and delete", deltas: []graph.Delta{add(c.a), remove(c.b)}},
			{name: "add to it", before: []quad.Quad{of(c.a)}, deltas: []graph.Delta{add(c.b)}, want: graph.ErrQuadExists, quads: 1},
			{name: "delete", before: []quad.Quad{of(c.a)}, deltas: []graph.Delta{remove(c.b)}},
			{name: "delete and add", before: []quad.Quad{of(c.a)}, deltas: []graph.Delta{remove(c.b), add(c.a)}, quads: 1},
			{name: "delete twice", before: []quad.Quad{of(c.a)}, deltas: []graph.Delta{remove(c.b), remove(c.a)}, want: graph.ErrQuadNotExist, quads: 1},
		} {
			t.Run(c.name+"/"+step.name, func(t *testing.T) {
				ours, _ := sameStores(t, step.before)
				err := ours.ApplyDeltas(step.deltas, step.o)
				if !errors.Is(deltaCause(err), step.want) {
					t.Errorf("error %v, want %v", err, step.want)
				}
				checkWholeStore(t, ours, step.quads)
			})
		}
	}
}

// deltaCause returns what a DeltaError wraps, which it does not unwrap itself.
func deltaCause(err error) error {
	var d *graph.DeltaError
	if errors.As(err, &d) {
		return d.Err
	}
	return err
}

func checkWholeStore(t *testing.T, qs graph.QuadStore, quads uint64) {
	t.Helper()
	s := qs.(*quadStore).store
	v := s.View()
	defer v.Close()
	if v.state.quads != quads {
		t.Errorf("%d quads, want %d", v.state.quads, quads)
	}
	if err := s.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestWritersRefuseHalfQuads shows that what is no quad gets in by no door, and that what came with it does not either.
func TestWritersRefuseHalfQuads(t *testing.T) {
	whole := quad.MakeIRI("s", "p", "o", "")
	for name, half := range map[string]quad.Quad{
		"no subject":   {Predicate: whole.Predicate, Object: whole.Object},
		"no predicate": {Subject: whole.Subject, Object: whole.Object},
		"no object":    {Subject: whole.Subject, Predicate: whole.Predicate},
		"nothing":      {},
	} {
		t.Run(name, func(t *testing.T) {
			ours, _ := sameStores(t, nil)
			err := ours.ApplyDeltas([]graph.Delta{{Quad: whole, Action: graph.Add}, {Quad: half, Action: graph.Add}}, graph.IgnoreOpts{})
			if err == nil {
				t.Error("deltas took it")
			}
			w, err := ours.NewQuadWriter()
			if err != nil {
				t.Fatal(err)
			}
			if n, err := w.WriteQuads([]quad.Quad{whole, half}); n != 0 || err == nil {
				t.Errorf("the writer took %d, error %v", n, err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			checkWholeStore(t, ours, 0)
			if err := ours.ApplyDeltas([]graph.Delta{{Quad: half, Action: graph.Delete}}, graph.IgnoreOpts{}); !errors.Is(deltaCause(err), graph.ErrQuadNotExist) {
				t.Errorf("delete it: %v, want %v", err, graph.ErrQuadNotExist)
			}
		})
	}
}

// TestDeltasLikeModel applies random deltas to the store and to a set, and has them refused by both or by neither.
func TestDeltasLikeModel(t *testing.T) {
	for seed := range int64(50) {
		r := rand.New(rand.NewSource(seed))
		ours, _ := sameStores(t, nil)
		model := map[string]bool{}
		for range 20 {
			o := graph.IgnoreOpts{IgnoreDup: r.Intn(2) == 0, IgnoreMissing: r.Intn(2) == 0}
			next := map[string]bool{}
			for k := range model {
				next[k] = true
			}
			var deltas []graph.Delta
			var want error
			for range r.Intn(8) {
				q := quad.Quad{Subject: quad.IRI("s"), Predicate: randomPredicate(r), Object: quad.Int(r.Intn(3))}
				if pair := sameness[r.Intn(len(sameness))]; r.Intn(2) == 0 {
					q.Object = [2]quad.Value{pair.a, pair.b}[r.Intn(2)]
				}
				key := fmt.Sprint(q.Predicate, modelTerm(q.Object))
				d := graph.Delta{Quad: q, Action: graph.Add}
				if r.Intn(2) == 0 {
					d.Action = graph.Delete
				}
				deltas = append(deltas, d)
				switch {
				case want != nil:
				case d.Action == graph.Add && next[key] && !o.IgnoreDup:
					want = graph.ErrQuadExists
				case d.Action == graph.Delete && !next[key] && !o.IgnoreMissing:
					want = graph.ErrQuadNotExist
				case d.Action == graph.Add:
					next[key] = true
				default:
					delete(next, key)
				}
			}
			if err := ours.ApplyDeltas(deltas, o); !errors.Is(deltaCause(err), want) {
				t.Fatalf("seed %d: %v: error %v, want %v", seed, deltas, err, want)
			}
			if want == nil {
				model = next
			}
		}
		checkWholeStore(t, ours, uint64(len(model)))
		ours.(*quadStore).store.Close()
	}
}

// modelTerm is a text that the same values have in common.
func modelTerm(v quad.Value) string {
	switch v := v.(type) {
	case quad.Float:
		if v == 0 {
			return "0.0"
		}
	case quad.Time:
		return time.Time(v).UTC().String()
	}
	return fmt.Sprintf("%T %v", v, v)
}
