package graph

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestRecordCacheProperty keeps and asks for records at random, as views of several revisions do: what is found was kept for that revision,
// what was kept last is found, and what is kept has no more facts than it may.
func TestRecordCacheProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c recordCache
		kept := map[uint64]map[*record]bool{}
		latest := uint64(0)
		draw := func() (id ID, revision uint64) {
			return ID(fmt.Sprint("x:", rapid.IntRange(0, 2000).Draw(t, "id"))), rapid.Uint64Range(0, 3).Draw(t, "revision")
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				id, revision := draw()
				facts := rapid.SampledFrom([]int{0, 1, maxRecord - 1, maxRecord}).Draw(t, "facts")
				r := &record{id: id, facts: make([]fact, facts)}
				before := c.find(revision, id)
				c.put(revision, []*record{r})
				if kept[revision] == nil {
					kept[revision] = map[*record]bool{}
				}
				kept[revision][r] = true
				latest = max(latest, revision)
				got := c.find(revision, id)
				switch {
				case revision < latest || facts == maxRecord && before == nil:
					if got != nil {
						t.Errorf("a record of %d facts and revision %d is kept at %d", facts, revision, latest)
					}
				case got == nil || before != nil && got != before && got != r:
					t.Errorf("put(%d, %s) keeps %v, want it or %v", revision, id, got, before)
				}
			},
			"fill": func(t *rapid.T) {
				for i := range rapid.IntRange(1, 300).Draw(t, "records") {
					r := &record{id: ID(fmt.Sprint("fill:", i)), facts: make([]fact, maxRecord-1)}
					c.put(latest, []*record{r})
				}
			},
			"get": func(t *rapid.T) {
				id, revision := draw()
				if r := c.find(revision, id); r != nil && (!kept[revision][r] || revision != latest || r.id != id) {
					t.Errorf("get(%d, %s) = %s, which was not kept for it; the latest revision is %d", revision, id, r.id, latest)
				}
			},
			"": func(t *rapid.T) {
				weight := func(m map[ID]*record) (n int) {
					for _, r := range m {
						n += 1 + len(r.facts)
					}
					return n
				}
				if n := weight(c.new); n != c.weight || n > cachedFacts/2 || weight(c.old) > cachedFacts/2 {
					t.Errorf("%d facts and %d are kept, said to be %d, of %d", n, weight(c.old), c.weight, cachedFacts)
				}
			},
		})
	})
}

// find returns one record, nil if it is not kept.
func (c *recordCache) find(revision uint64, id ID) (r *record) {
	c.get(revision, []ID{id}, func(found *record) { r = found })
	return r
}
