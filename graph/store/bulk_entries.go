package store

import (
	"bytes"
	"context"
)

// An entries is keys and values in ascending order of the keys, each key once.
type entries interface {
	// next returns the next entry; ok is false after the last. The bytes are good until the next call.
	next() (key, value []byte, ok bool, err error)
}

// merge returns the entries of all lists; of equal keys one.
func merge(list []entries) entries {
	if len(list) == 1 {
		return list[0]
	}
	return &merged{all: list}
}

type merged struct {
	all   []entries
	heap  []mergeHead // by key, the least first
	begun bool
	last  []byte
}

type mergeHead struct {
	list       entries
	key, value []byte
}

func (m *merged) next() (key, value []byte, ok bool, err error) {
	if !m.begun {
		m.begun = true
		for _, list := range m.all {
			c := mergeHead{list: list}
			if c.key, c.value, ok, err = list.next(); err != nil {
				return nil, nil, false, err
			}
			if ok {
				m.heap = append(m.heap, c)
			}
		}
		for i := len(m.heap)/2 - 1; i >= 0; i-- {
			m.down(i)
		}
	} else if len(m.heap) > 0 {
		m.last = append(m.last[:0], m.heap[0].key...)
		for len(m.heap) > 0 {
			if err := m.advance(); err != nil {
				return nil, nil, false, err
			}
			if len(m.heap) > 0 && !bytes.Equal(m.heap[0].key, m.last) {
				break
			}
		}
	}
	if len(m.heap) == 0 {
		return nil, nil, false, nil
	}
	return m.heap[0].key, m.heap[0].value, true, nil
}

// advance goes on in the list that is first.
func (m *merged) advance() (err error) {
	c := &m.heap[0]
	var ok bool
	if c.key, c.value, ok, err = c.list.next(); err != nil {
		return err
	}
	if !ok {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap = m.heap[:last]
	}
	m.down(0)
	return nil
}

func (m *merged) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(m.heap); c++ {
			if bytes.Compare(m.heap[c].key, m.heap[least].key) < 0 {
				least = c
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// none is no entries.
type none struct{}

func (none) next() (key, value []byte, ok bool, err error) { return nil, nil, false, nil }

// scannedEntries is the entries of a span of a store, of which some thousand are read at once.
type scannedEntries struct {
	ctx   context.Context
	s     snapshot
	span  span
	page  []write
	arena []byte
	ended bool
}

const scanPage = 4096

func (e *scannedEntries) next() (key, value []byte, ok bool, err error) {
	if len(e.page) == 0 {
		if e.ended {
			return nil, nil, false, nil
		}
		e.page, e.arena, e.span.limit = e.page[:0], e.arena[:0], scanPage
		cut := func(b []byte) []byte {
			start := len(e.arena)
			e.arena = append(e.arena, b...)
			return e.arena[start:len(e.arena):len(e.arena)]
		}
		err := e.s.scan(e.ctx, []span{e.span}, func(_ int, key, value []byte) bool {
			e.page = append(e.page, write{cut(key), cut(value)})
			return true
		})
		if err != nil {
			return nil, nil, false, err
		}
		if e.ended = len(e.page) < scanPage; len(e.page) == 0 {
			return nil, nil, false, nil
		}
		e.span.lower = append(bytes.Clone(e.page[len(e.page)-1].key), 0)
	}
	w := e.page[0]
	e.page = e.page[1:]
	return w.key, w.value, true, nil
}

// compare goes through two lists at once, in the order of their keys. It calls onlyOld for those entries that only the old one has, and
// each for all of the new one, known if the old one has the key too.
func compare(old, list entries, onlyOld func(key, value []byte) error, each func(key, value []byte, known bool) error) error {
	a, av, aok, err := old.next()
	if err != nil {
		return err
	}
	for {
		b, bv, bok, err := list.next()
		if err != nil {
			return err
		}
		known := false
		for aok && !known && (!bok || bytes.Compare(a, b) <= 0) {
			if known = bok && bytes.Equal(a, b); !known {
				if err := onlyOld(a, av); err != nil {
					return err
				}
			}
			if a, av, aok, err = old.next(); err != nil {
				return err
			}
		}
		if !bok {
			return nil
		}
		if err := each(b, bv, known); err != nil {
			return err
		}
	}
}
