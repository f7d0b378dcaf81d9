package store

import "bytes"

// largeChunk is how many large events of each of two actors are read at once to find those that they have in common.
const largeChunk = 4096

// A meeting finds the large events of one class of dates that two actors have in common, in chunks.
type meeting struct {
	chunk int
	class [2]span // what is left to read, of each actor
	head  [2]int
	first map[string][]byte // the first actor's entries, by date and event
	n     [2]int            // how many entries were read
	last  [2][]byte         // and the last of them, from the date on
	both  []pairing
	rival bool // says of all that they have rivals
}

// A pairing is an entry that both actors have.
type pairing struct {
	dated []byte
	value []byte // as byPair's
}

// common adds the large events of two actors to a listing.
func (l *listing) common(a, b tid) {
	l.commonIn(tableLarge, tableLarge, a, b)
	if past := pastTable(tableLarge); l.Past {
		l.commonIn(tableLarge, past, a, b)
		l.commonIn(past, tableLarge, a, b)
		l.commonIn(past, past, a, b)
	}
}

// commonIn adds those that one has in one table and the other in another.
func (l *listing) commonIn(tableA, tableB byte, a, b tid) {
	classes := l.view.state.classes.of[tableA]
	of := [2][]byte{appendTID([]byte{tableA}, a), appendTID([]byte{tableB}, b)}
	for _, class := range classes {
		m := &meeting{chunk: l.view.store.derive.chunk, head: [2]int{len(of[0]), len(of[1])}, rival: l.Past}
		var ok bool
		for i := range of {
			m.class[i], _, ok = l.span(of[i], class)
			m.class[i].limit, m.class[i].backwards = m.chunk, l.Backwards
		}
		if ok {
			l.large = append(l.large, m)
		}
	}
}

func (m *meeting) spans() []span {
	m.first, m.n, m.both = map[string][]byte{}, [2]int{}, nil
	return m.class[:]
}

// take takes in an entry of one of the actors; all of the first come before those of the second.
func (m *meeting) take(actor int, key, value []byte) error {
	dated := key[m.head[actor]:]
	if len(value) == 0 {
		return errKey
	}
	m.n[actor]++
	m.last[actor] = append(m.last[actor][:0], dated...)
	if actor == 0 {
		m.first[string(dated)] = bytes.Clone(value)
		return nil
	}
	of, ok := m.first[string(dated)]
	if !ok {
		return nil
	}
	i, err := rolesAt(value)
	if err != nil {
		return err
	}
	of = append(append(of, tidEnd), value[i:]...)
	if m.rival {
		of[0] |= flagRival
	}
	m.both = append(m.both, pairing{bytes.Clone(dated), of})
	return nil
}

// rolesAt returns where, in the value of an entry of an actor, the roles begin.
func rolesAt(value []byte) (int, error) {
	for i := 1; i < len(value); {
		if value[i] == tidEnd {
			return i + 1, nil
		}
		_, rest, err := cutTID(value[i:])
		if err != nil {
			return 0, err
		}
		i = len(value) - len(rest)
	}
	return 0, errKey
}

// meet moves what both have to the listing, as far as it is within the window and the limit. It reports whether more must be read.
func (m *meeting) meet(l *listing) bool {
	n := 0
	for _, b := range m.both {
		d, event, err := cutDated(b.dated)
		if err != nil || !d.overlaps(l.From, l.To) {
			continue
		}
		if n++; n <= l.Limit {
			l.found = append(l.found, place{d, event, l.signatures.add(b.value)})
		}
	}
	// Where the one whose chunk ended first stands, both go on.
	var at []byte
	for i := range m.n {
		if m.n[i] == m.chunk && (at == nil || bytes.Compare(m.last[i], at) < 0 != l.Backwards) {
			at = m.last[i]
		}
	}
	if at == nil || n >= l.Limit {
		return false
	}
	for i := range m.class {
		key := append(bytes.Clone(m.class[i].lower[:m.head[i]]), at...)
		if l.Backwards {
			m.class[i].upper = key
		} else {
			m.class[i].lower = append(key, 0)
		}
	}
	return true
}
