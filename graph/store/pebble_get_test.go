package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"testing"
)

// TestGetManyLikeGet asks for keys one at a time and many at once: keys that are there, that never were, that were deleted, keys that
// begin with others, keys twice, in no order; from memory, and from files.
func TestGetManyLikeGet(t *testing.T) {
	for name, location := range map[string]string{"memory": "mem:", "folder": t.TempDir() + "/store"} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), location, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			e := s.engine.(*pebbleEngine)
			r := rand.New(rand.NewSource(1))
			key := func() []byte { return fmt.Appendf([]byte("e"), "%0*d", 1+r.Intn(3), r.Intn(3000)) }
			for round := range 4 {
				var writes []write
				for range 1000 {
					w := write{key(), fmt.Append(nil, round)}
					switch r.Intn(3) {
					case 0:
						w.value = nil
					case 1:
						w.value = []byte{}
					}
					writes = append(writes, w)
				}
				if err := e.apply(t.Context(), writes); err != nil {
					t.Fatal(err)
				}
				if round == 2 {
					if err := e.db.Flush(); err != nil {
						t.Fatal(err)
					}
				}
			}
			snap := e.snapshot()
			defer snap.close()
			for _, n := range []int{manyKeys - 1, manyKeys, 500} {
				var keys [][]byte
				for range n {
					keys = append(keys, key())
				}
				got, err := snap.get(t.Context(), keys)
				if err != nil {
					t.Fatal(err)
				}
				for i, k := range keys {
					want, err := snap.get(t.Context(), [][]byte{k})
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got[i], want[0]) || (got[i] == nil) != (want[0] == nil) {
						t.Fatalf("%d keys: %s = %q, want %q", n, k, got[i], want[0])
					}
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := snap.get(ctx, make([][]byte, manyKeys)); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}
