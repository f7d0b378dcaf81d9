package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/cayleygraph/quad"
)

// maxText is how long a text may be and stand in a key itself. Ids and names are shorter; paragraphs are not.
const maxText = 200

// A dictionary gives terms their tids and back. It only grows: a tid means the same term in every state of the store, so
// what has been read can be kept, and it is kept up to a bound. Its methods may be called by many goroutines at once.
type dictionary struct {
	terms cache[tid, Term]
	tids  cache[Term, tid]

	// The prefixes of numbered IRIs, both ways: they are few, and ids by the million have them.
	prefixes cache[uint64, string]
	numbers  cache[string, uint64]

	absent absentTexts
}

// cachePrefixes is how many prefixes are kept.
const cachePrefixes = 10_000

// prefix keeps a prefix.
func (d *dictionary) prefix(number uint64, text string) {
	d.prefixes.put(number, text)
	d.numbers.put(text, number)
}

// cacheTerms is how many terms are kept in memory, both ways: some 200 bytes each, so 100 MB when full. A long text counts as
// many.
const cacheTerms = 250_000

// maxKept is the most terms of one question that are kept: a load would push out what readers ask for.
const maxKept = 10_000

// weight is what a term counts as.
func weight(t Term) int { return 1 + len(Text(t))/200 }

func newDictionary() *dictionary {
	d := &dictionary{}
	d.terms.limit, d.tids.limit = cacheTerms, cacheTerms
	d.terms.weigh = func(_ tid, t Term) int { return weight(t) }
	d.tids.weigh = func(t Term, _ tid) int { return weight(t) }
	d.prefixes.limit, d.numbers.limit = cachePrefixes, cachePrefixes
	d.prefixes.weigh = func(_ uint64, t string) int { return 1 + len(t)/200 }
	d.numbers.weigh = func(t string, _ uint64) int { return 1 + len(t)/200 }
	return d
}

// A cache keeps the values that were asked for last, roughly: it forgets half of them when it is full.
type cache[K comparable, V any] struct {
	mu       sync.RWMutex
	limit    int // of the weight of all
	weigh    func(K, V) int
	new, old map[K]V
	weight   int // of the new ones
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.RLock()
	v, ok := c.new[k]
	old := false
	if !ok {
		v, old = c.old[k]
	}
	c.mu.RUnlock()
	if old {
		c.put(k, v)
	}
	return v, ok || old
}

// recent puts those values that need not be looked for into out. It locks once for all.
func (c *cache[K, V]) recent(keys []K, out []V) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for i, k := range keys {
		if v, ok := c.new[k]; ok {
			out[i] = v
		}
	}
}

func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.new == nil {
		c.new = map[K]V{}
	}
	if _, ok := c.new[k]; ok {
		return
	}
	w := c.weigh(k, v)
	if c.weight+w > c.limit/2 {
		c.old, c.new, c.weight = c.new, map[K]V{}, 0
	}
	if w <= c.limit/2 {
		c.new[k] = v
		c.weight += w
	}
}

// absentTexts are texts of which the dictionary has no entry, as was found out lately: a predicate that no quad has yet is asked for by every
// question and every write, and a new id is looked for before it is made. What it says holds for every state up to the newest, since entries
// never go, and each write forgets the texts that it makes entries of before any view shows them.
type absentTexts struct {
	mu       sync.RWMutex
	revision uint64 // of the newest write that it was told of
	texts    map[string]bool
}

// maxAbsent bounds how many texts are kept; each has at most maxText bytes.
const maxAbsent = 10_000

func (a *absentTexts) has(text []byte) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.texts[string(text)]
}

// put keeps texts that a state of a revision has no entries of. It keeps nothing if there is a newer one, which may have made some.
func (a *absentTexts) put(revision uint64, texts []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if revision != a.revision {
		return
	}
	if a.texts == nil || len(a.texts)+len(texts) > maxAbsent {
		a.texts = map[string]bool{}
	}
	for _, t := range texts {
		if len(t) <= maxText && len(a.texts) < maxAbsent {
			a.texts[t] = true
		}
	}
}

// forget is told of the entries that a write makes before any view shows them.
func (a *absentTexts) forget(revision uint64, made map[string]uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revision = revision
	for t := range made {
		delete(a.texts, t)
	}
}

// reset forgets all, unless it knows of the revision.
func (a *absentTexts) reset(revision uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.revision != revision {
		a.revision, a.texts = revision, nil
	}
}

// entryKey is the key of a text in the dictionary.
func entryKey(text []byte) []byte {
	if len(text) > maxText {
		sum := sha256.Sum256(text)
		return append([]byte{tableEntry, '#'}, sum[:]...)
	}
	return append([]byte{tableEntry}, text...)
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{tableNumber}, n) }

// find returns the tids of terms, in their order; ok is false for those that no quad ever had. It is one round trip for the
// terms and one for the prefixes of numbered ones.
func (d *dictionary) find(ctx context.Context, s *state, terms []Term) (tids []tid, ok []bool, err error) {
	tids, ok = make([]tid, len(terms)), make([]bool, len(terms))
	var keys [][]byte
	var texts []string
	var at []int
	var numbers []uint64         // of keys that are prefixes, +1; 0 for others
	prefixes := map[string]int{} // which of keys they are: thousands of ids have the same few
	var of []int                 // which of keys each of at has
	for i, t := range terms {
		if tids[i], ok[i] = inline(t); ok[i] {
			continue
		}
		if tids[i], ok[i] = d.tids.get(t); ok[i] {
			continue
		}
		text, number, err := entryText(t)
		if err != nil {
			return nil, nil, err
		}
		if d.absent.has(text) {
			continue
		}
		k, known := len(keys), false
		if number > 0 {
			if n, have := d.numbers.get(string(text)); have {
				tids[i], ok[i] = entryTID(n, number), true
				continue
			}
			if k, known = prefixes[string(text)]; !known {
				k = len(keys)
				prefixes[string(text)] = k
			}
		}
		if !known {
			keys, texts = append(keys, entryKey(text)), append(texts, string(text))
		}
		at, of, numbers = append(at, i), append(of, k), append(numbers, number)
	}
	if len(keys) == 0 && !slices.Contains(ok, false) {
		return tids, ok, nil
	}
	values, err := s.get(ctx, keys) // even of no keys, so that who asks a closed view for what is absent is told so
	if err != nil {
		return nil, nil, err
	}
	var absent []string
	for k, v := range values {
		if v == nil {
			absent = append(absent, texts[k])
		}
	}
	if len(absent) > 0 && len(absent) <= maxKept {
		d.absent.put(s.revision, absent)
	}
	for j, i := range at {
		v := values[of[j]]
		if v == nil {
			continue
		}
		if len(v) != 8 {
			return nil, nil, fmt.Errorf("entry %q: %w", keys[of[j]], errKey)
		}
		n := binary.BigEndian.Uint64(v)
		tids[i], ok[i] = entryTID(n, numbers[j]), true
		if numbers[j] > 0 {
			d.prefix(n, texts[of[j]])
		}
		if len(at) > maxKept {
			continue
		}
		d.tids.put(terms[i], tids[i])
		if _, is := terms[i].(quad.Time); !is { // of which each zone has its own
			d.terms.put(tids[i], terms[i])
		}
	}
	return tids, ok, nil
}

// made keeps the new entries of a write that stands, by text, and the terms that have them.
func (d *dictionary) made(revision uint64, entries map[string]uint64, terms map[tid]Term, fresh map[tid]bool) {
	d.absent.forget(revision, entries)
	if len(fresh) > maxKept {
		return
	}
	for text, n := range entries {
		if text[0] == 'N' {
			d.prefix(n, text)
		}
	}
	for t := range fresh {
		d.tids.put(terms[t], t)
		if _, is := terms[t].(quad.Time); !is { // of which each zone has its own
			d.terms.put(t, terms[t])
		}
	}
}

// entryText returns the text by which the dictionary has a term. Of a numbered IRI that is the text of its prefix, and number
// is the number plus one; otherwise it is 0.
func entryText(t Term) (text []byte, number uint64, err error) {
	if iri, is := t.(IRI); is {
		if prefix, width, n, ok := splitNumber(iri); ok {
			return append([]byte{'N', byte(width)}, prefix...), n + 1, nil
		}
	}
	text, err = appendText1(nil, t)
	return text, 0, err
}

func entryTID(entry, number uint64) tid {
	if number > 0 {
		return tid{kindNumbered, entry<<32 | (number - 1)}
	}
	return tid{kindEntry, entry}
}

// names returns the terms of tids, in their order, in one round trip.
func (d *dictionary) names(ctx context.Context, s snapshot, tids []tid) ([]Term, error) {
	out := make([]Term, len(tids))
	d.terms.recent(tids, out)
	var keys [][]byte
	var at []int
	for i, t := range tids {
		if out[i] != nil {
			continue
		}
		switch t.kind {
		case kindEntry, kindNumbered:
			if term, ok := d.terms.get(t); ok {
				out[i] = term
				continue
			}
			n := t.n
			if t.kind == kindNumbered {
				n >>= 32
				if text, ok := d.prefixes.get(n); ok {
					term, err := entryTerm(t, []byte(text))
					if err != nil {
						return nil, err
					}
					out[i] = term
					d.terms.put(t, term)
					d.tids.put(term, t)
					continue
				}
			}
			keys, at = append(keys, numberKey(n)), append(at, i)
		default:
			out[i] = t.value()
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	values, err := s.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	for j, v := range values {
		i := at[j]
		t, err := entryTerm(tids[i], v)
		if err != nil {
			return nil, err
		}
		out[i] = t
		d.terms.put(tids[i], t)
		d.tids.put(t, tids[i])
		if tids[i].kind == kindNumbered {
			d.prefix(tids[i].n>>32, string(v))
		}
	}
	return out, nil
}

// entryTerm makes a term of a tid and the text of its entry.
func entryTerm(t tid, text []byte) (Term, error) {
	if t.kind == kindNumbered {
		if len(text) < 3 || text[0] != 'N' {
			return nil, fmt.Errorf("entry %d: %w", t.n>>32, errKey)
		}
		return joinNumber(string(text[2:]), int(text[1]), t.n&0xffffffff), nil
	}
	term, err := parseText(text)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", t.n, err)
	}
	return term, nil
}
