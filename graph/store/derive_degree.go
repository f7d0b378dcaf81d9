package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// degreeKey is the key of how many events an actor is part of, from the head of the actor's entries.
func degreeKey(head []byte) []byte { return append([]byte{tableDegree}, head[1:]...) }

// counts reports whether an entry is the one by which its event is counted.
func counts(value []byte) bool { return len(value) > 0 && value[0]&flagCounts != 0 }

// degree counts an entry of an actor, which comes after all others of actors before.
func (s *summer) degree(head, value []byte) error {
	if !bytes.Equal(head, s.actor) {
		if err := s.flushDegree(); err != nil {
			return err
		}
		s.actor = append(s.actor[:0], head...)
	}
	if counts(value) {
		s.events++
	}
	return nil
}

func (s *summer) flushDegree() error {
	if s.events == 0 {
		return nil
	}
	n := s.events
	s.events = 0
	return s.emit(write{degreeKey(s.actor), binary.AppendUvarint(nil, n)})
}

// degrees writes the degrees that change, by the heads of the actors' entries.
func (x *redo) degrees(ctx context.Context, change map[string]int64) error {
	heads := slices.Sorted(maps.Keys(change))
	heads = slices.DeleteFunc(heads, func(h string) bool { return change[h] == 0 })
	keys := make([][]byte, len(heads))
	for i, h := range heads {
		keys[i] = degreeKey([]byte(h))
	}
	values, err := x.view.state.get(ctx, keys)
	if err != nil {
		return err
	}
	for i, h := range heads {
		n, err := parseDegree(values[i])
		if err != nil {
			return err
		}
		if n = uint64(int64(n) + change[h]); n == 0 {
			x.delete(keys[i])
		} else {
			x.set(keys[i], binary.AppendUvarint(nil, n))
		}
		if t, _, err := cutTID([]byte(h[1:])); err == nil {
			x.counted = append(x.counted, t)
		}
	}
	return nil
}

// parseDegree reads a degree; what is not there is 0.
func parseDegree(value []byte) (uint64, error) {
	if value == nil {
		return 0, nil
	}
	n, size := binary.Uvarint(value)
	if size <= 0 || size != len(value) {
		return 0, fmt.Errorf("degree %x: %w", value, errKey)
	}
	return n, nil
}

// Degrees returns how many events actors are part of, in whatever roles, in the order of the actors. It is one call to the store, and
// one key an actor.
func (v *View) Degrees(ctx context.Context, actors []Ref) ([]int, error) {
	v.calls.Add(1)
	keys := make([][]byte, len(actors))
	for i, r := range actors {
		keys[i] = appendTID([]byte{tableDegree}, r.tid())
	}
	values, err := v.state.get(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("degrees of %d actors: %w", len(actors), err)
	}
	out := make([]int, len(actors))
	for i, value := range values {
		n, err := parseDegree(value)
		if err != nil {
			return nil, fmt.Errorf("degrees of %d actors: %w", len(actors), err)
		}
		out[i] = int(n)
	}
	return out, nil
}
