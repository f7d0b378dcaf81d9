package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
)

// hash128 is enough of a SHA-256 that no two things have the same by chance.
func hash128(b []byte) [16]byte {
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// dictionary proves that entries and numbers are one to one, and that terms have entries. Each number's text is looked up among the
// entries: if all are found there, with that number, and there are as many entries as numbers, then nothing else is.
func (c *checker) dictionary(ctx context.Context) error {
	numbers, entries := 0, 0
	look := c.lookup(ctx, func(key, want, have []byte) {
		if !bytes.Equal(want, have) {
			c.problem("the dictionary's entry %x is number %x, and its text stands under %x", short(key), have, want)
		}
	})
	err := c.scan(ctx, func(i int, key, value []byte) {
		if i == 1 {
			if entries++; len(value) != 8 {
				c.problem("the dictionary's entry %x has a value of %d bytes, want 8", short(key), len(value))
			}
			return
		}
		numbers++
		if len(key) != 9 {
			c.problem("the dictionary's number %x has %d bytes, want 9", short(key), len(key))
			return
		}
		n := binary.BigEndian.Uint64(key[1:])
		if n == 0 || n > c.view.state.entries {
			c.problem("the dictionary's number %d is not between 1 and %d, the highest that was given", n, c.view.state.entries)
		}
		if !wellFormed(value) {
			c.problem("the dictionary's text %d, %.100q, is not as its term is written", n, value)
		}
		look(entryKey(value), bytes.Clone(key[1:]))
	}, prefixSpan([]byte{tableNumber}), prefixSpan([]byte{tableEntry}))
	look(nil, nil)
	if err == nil && entries != numbers {
		c.problem("the dictionary has %d entries and %d numbers", entries, numbers)
	}
	if err != nil {
		return err
	}
	return c.entriesOfTerms(ctx)
}

// entriesOfTerms looks up the entry of each term that needs one.
func (c *checker) entriesOfTerms(ctx context.Context) error {
	look := c.lookup(ctx, func(key, want, have []byte) {
		isPrefix := len(have) > 0 && have[0] == 'N'
		switch {
		case have == nil:
			c.problem("a term has the number %x, which is not in the dictionary", key[1:])
		case (want[0] == 'N') != isPrefix:
			c.problem("a term has the number %x, which is of another kind: %.100q", key[1:], have)
		}
	})
	last := tid{}
	err := c.scan(ctx, func(_ int, key, _ []byte) {
		t, _, err := cutTID(key[1:])
		switch {
		case err != nil: // listed already
		case t.kind == kindEntry:
			look(numberKey(t.n), []byte{'-'})
		case t.kind == kindNumbered && (last.kind != kindNumbered || last.n>>32 != t.n>>32):
			look(numberKey(t.n>>32), []byte{'N'})
		}
		last = t
	}, prefixSpan([]byte{tableTerm}))
	look(nil, nil)
	return err
}

// lookup returns what compares the values of keys with what they should be, a thousand at a time; the last when called with nil.
func (c *checker) lookup(ctx context.Context, compare func(key, want, have []byte)) func(key, want []byte) {
	var keys, wants [][]byte
	return func(key, want []byte) {
		if key != nil {
			keys, wants = append(keys, key), append(wants, want)
			if len(keys) < 1000 {
				return
			}
		}
		values, err := c.view.state.get(ctx, keys)
		if err != nil {
			if ctx.Err() == nil {
				c.problem("dictionary: %v", err)
			}
			values = nil
		}
		for i, have := range values {
			compare(keys[i], wants[i], have)
		}
		keys, wants = keys[:0], wants[:0]
	}
}

// wellFormed reports whether a text is that of a term, or of a prefix, in the one way to write it.
func wellFormed(text []byte) bool {
	if len(text) > 2 && text[0] == 'N' {
		width := int(text[1])
		if width < 1 || width > 9 {
			return false
		}
		again, _, err := entryText(joinNumber(string(text[2:]), width, 0))
		return err == nil && bytes.Equal(again, text)
	}
	term, err := parseText(text)
	if err != nil {
		return false
	}
	if _, is := inline(term); is {
		return false
	}
	again, number, err := entryText(term)
	return err == nil && number == 0 && bytes.Equal(again, text)
}
