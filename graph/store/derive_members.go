package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// maxClasses is how many classes a model may have: a set of them is 64 bits.
const maxClasses = 64

// A census counts subjects by the set of those classes of the model that any quad gives them; those without one are not counted.
type census map[uint64]int64

// class returns the set of a quad's class: empty if the quad gives none of the model's.
func (d *deriver) class(q tquad, term func(tid) Term) uint64 {
	if d.useOf(q[1], term) != useType {
		return 0
	}
	iri, ok := term(q[2]).(IRI)
	if !ok {
		return 0
	}
	if i := slices.Index(d.model.Classes, iri); i >= 0 {
		return 1 << i
	}
	return 0
}

// census counts the subjects of quads, of which those of each subject stand together, so many times each.
func (d *deriver) census(c census, quads []tquad, times int64, term func(tid) Term) {
	for i := 0; i < len(quads); {
		set := uint64(0)
		for j := i; i < len(quads) && quads[i][0] == quads[j][0]; i++ {
			set |= d.class(quads[i], term)
		}
		c.add(set, times)
	}
}

func (c census) add(set uint64, times int64) {
	if set != 0 {
		c[set] += times
	}
}

// writes returns the entries of a census, by key.
func (c census) writes() []write {
	var ws []write
	for _, set := range slices.Sorted(maps.Keys(c)) {
		ws = append(ws, write{membersKey(set), binary.AppendVarint(nil, c[set])})
	}
	return ws
}

// members adds the writes by which the table of members follows a change of it.
func (x *redo) members(change census) {
	for set, by := range change {
		key := membersKey(set)
		switch n := x.view.state.census[set] + by; {
		case by == 0:
		case n == 0:
			x.delete(key)
		default:
			x.set(key, binary.AppendVarint(nil, n))
		}
	}
}

func membersKey(set uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tableMembers}, set)
}

// take takes in an entry of the table of members.
func (c census) take(key, value []byte) error {
	n, size := binary.Varint(value)
	if len(key) != 9 || size != len(value) {
		return fmt.Errorf("key %x: %w", key, errKey)
	}
	c[binary.BigEndian.Uint64(key[1:])] = n
	return nil
}

// Members returns how many different subjects some quad gives one of some classes, be its claim denied or retracted. The classes must be among those
// that the store's [Model] counts; otherwise it is an error. It reads nothing: the store keeps the numbers.
func (v *View) Members(classes ...IRI) (n int, err error) {
	var any uint64
	for _, c := range classes {
		i := -1
		if d := v.store.derive; d != nil {
			i = slices.Index(d.model.Classes, c)
		}
		if i < 0 {
			return 0, fmt.Errorf("members of %s: the store does not count them: open it with a model that has the class", c)
		}
		any |= 1 << i
	}
	for set, members := range v.state.census {
		if set&any != 0 {
			n += int(members)
		}
	}
	return n, nil
}
