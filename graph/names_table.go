package graph

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/parleygraph/parley/graph/store"
)

// A nameTable is the names of some subjects by their words. It does not change.
type nameTable struct {
	words    []string // that names have, ascending
	start    []uint32 // by word: where its names begin in byWord, and the end
	byWord   []uint32 // names
	names    []tableName
	list     []uint32 // the words of names, in their order
	subjects []tableSubject
	at       map[store.Ref]uint32
	scores   sync.Pool // of []float64 by subject, all 0
}

// A tableName is a name: list[from:from+n] are its words.
type tableName struct {
	subject, from uint32
	n             uint16
	of            uint8
	past          bool
}

// A tableSubject is whose names are names[from:] up to those of the next one.
type tableSubject struct {
	id     ID
	ref    store.Ref
	typ    NodeType
	events uint32
	from   uint32
}

// newNameTable makes a table. It keeps nothing of the list but words and ids.
func newNameTable(list []*nameSubject) *nameTable {
	t := &nameTable{at: make(map[store.Ref]uint32, len(list))}
	number := map[string]uint32{}
	for _, s := range list {
		for _, n := range s.names {
			for _, w := range n.words {
				number[w] = 0
			}
		}
	}
	t.words = make([]string, 0, len(number))
	for w := range number {
		t.words = append(t.words, strings.Clone(w)) // and not the text that it was cut from
	}
	slices.Sort(t.words)
	for i, w := range t.words {
		number[w] = uint32(i)
	}
	t.start = make([]uint32, len(t.words)+1)
	for i, s := range list {
		t.at[s.ref] = uint32(i)
		t.subjects = append(t.subjects, tableSubject{s.id, s.ref, s.typ, s.events, uint32(len(t.names))})
		for _, n := range s.names {
			n.words = n.words[:min(len(n.words), 1<<16-1)]
			t.names = append(t.names, tableName{uint32(i), uint32(len(t.list)), uint16(len(n.words)), n.of, n.past})
			for _, w := range n.words {
				t.list = append(t.list, number[w])
				t.start[number[w]+1]++
			}
		}
	}
	for i := range t.words {
		t.start[i+1] += t.start[i]
	}
	t.byWord = make([]uint32, len(t.list))
	next := slices.Clone(t.start)
	for i, n := range t.names {
		for _, w := range t.list[n.from : n.from+uint32(n.n)] {
			t.byWord[next[w]] = uint32(i)
			next[w]++
		}
	}
	t.scores.New = func() any { s := make([]float64, len(t.subjects)); return &s }
	return t
}

// events returns how many events each subject is part of.
func (t *nameTable) events() []uint32 {
	out := make([]uint32, len(t.subjects))
	for i, s := range t.subjects {
		out[i] = s.events
	}
	return out
}

// subject returns what a table was made of.
func (t *nameTable) subject(i uint32) *nameSubject {
	s := t.subjects[i]
	out := &nameSubject{id: s.id, ref: s.ref, typ: s.typ, events: s.events}
	end := len(t.names)
	if int(i)+1 < len(t.subjects) {
		end = int(t.subjects[i+1].from)
	}
	for _, n := range t.names[s.from:end] {
		w := wordedName{of: n.of, past: n.past}
		for _, word := range t.list[n.from : n.from+uint32(n.n)] {
			w.words = append(w.words, t.words[word])
		}
		out.names = append(out.names, w)
	}
	return out
}

// A tableWord is what a word that is wanted can be in a table.
type tableWord struct {
	same   int    // the number of the same word, -1 if there is none
	lo, hi uint32 // those that begin with it, the same among them
	typos  []typo // those that differ by a typo and do not begin with it, by number
	names  int    // how many names any of these have
}

type typo struct {
	word  uint32
	alike float64
}

// word finds a word.
func (t *nameTable) word(want string, typos bool) tableWord {
	lo := sort.SearchStrings(t.words, want)
	hi := lo + sort.Search(len(t.words)-lo, func(i int) bool { return !strings.HasPrefix(t.words[lo+i], want) })
	w := tableWord{same: -1, lo: uint32(lo), hi: uint32(hi), names: int(t.start[hi] - t.start[lo])}
	if lo < hi && t.words[lo] == want {
		w.same = lo
	}
	if most := maxTypos(want); typos && most > 0 {
		t.near(want, most, func(word uint32) {
			if word < w.lo || word >= w.hi {
				w.typos = append(w.typos, typo{word, likeness(want, t.words[word])})
				w.names += int(t.start[word+1] - t.start[word])
			}
		})
	}
	return w
}

// fits tells how the word fits one of a name.
func (w *tableWord) fits(word uint32) (manner, float64) {
	switch {
	case int(word) == w.same:
		return wordFit, 1
	case word >= w.lo && word < w.hi:
		return prefixFit, prefixAlike
	case len(w.typos) == 0:
		return noFit, 0
	}
	if i, ok := slices.BinarySearchFunc(w.typos, word, func(t typo, n uint32) int { return int(t.word) - int(n) }); ok {
		return typoFit, w.typos[i].alike
	}
	return noFit, 0
}

// fit is the rule of search, see the function fit, by numbers of words.
func (t *nameTable) fit(n tableName, want []tableWord) float64 {
	have := t.list[n.from : n.from+uint32(n.n)]
	if len(have) == len(want) {
		same := true
		for i := range want {
			same = same && int(have[i]) == want[i].same
		}
		if same {
			return sameScore
		}
	}
	sum := fitSum{names: len(have)}
	for i := range want {
		m, alike := noFit, 0.0
		for _, h := range have {
			how, x := want[i].fits(h)
			if how > m || how == m && x > alike {
				m, alike = how, x
			}
		}
		if !sum.add(m, alike) {
			return 0
		}
	}
	score, _ := sum.score()
	return score
}

// find calls each for every subject with a name that fits, once, with its best score. With past, names count that are retracted or denied.
func (t *nameTable) find(ctx context.Context, latin []string, typos, past bool, wants func(subject uint32) bool, each func(subject uint32, score float64)) error {
	want := make([]tableWord, len(latin))
	rarest := 0
	for i, w := range latin {
		if want[i] = t.word(w, typos); want[i].names == 0 {
			return ctx.Err()
		}
		if want[i].names < want[rarest].names {
			rarest = i
		}
	}
	best := t.scores.Get().(*[]float64)
	defer t.scores.Put(best)
	scores := *best
	var found []uint32
	looked := 0
	look := func(names []uint32) error {
		for _, i := range names {
			if looked++; looked%65536 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			n := t.names[i]
			if n.past && !past || !wants(n.subject) {
				continue
			}
			score := round(t.fit(n, want) * searched[n.of].weight)
			if score == 0 {
				continue
			}
			if scores[n.subject] == 0 {
				found = append(found, n.subject)
			}
			scores[n.subject] = max(scores[n.subject], score)
		}
		return nil
	}
	w := want[rarest]
	err := look(t.byWord[t.start[w.lo]:t.start[w.hi]])
	for _, x := range w.typos {
		if err == nil {
			err = look(t.byWord[t.start[x.word]:t.start[x.word+1]])
		}
	}
	for _, s := range found {
		if err == nil {
			each(s, scores[s])
		}
		scores[s] = 0
	}
	return err
}

// near calls each for every word that differs from another by at most so many typos, ascending. It walks the words as a tree of their
// beginnings, keeps for each letter how far its beginning is from those of the wanted word (the rows of the usual table of distances), and
// leaves out all words with a beginning that is too far from any.
func (t *nameTable) near(want string, most int, each func(word uint32)) {
	const size = 64 + 2 + 2
	var rows [size + 1][size + 1]uint8
	for j := range len(want) + 1 {
		rows[0][j] = uint8(j)
	}
	depth := 0 // how many letters of the last word have rows
	last := ""
	for i := 0; i < len(t.words); {
		w := t.words[i]
		shared := 0
		for shared < depth && shared < len(w) && w[shared] == last[shared] {
			shared++
		}
		d := shared
		far := false
		for d < len(w) && !far {
			if d == len(want)+most {
				far = true // too long
				break
			}
			d++
			row, up := &rows[d], &rows[d-1]
			row[0] = uint8(d)
			least := row[0]
			for j := 1; j <= len(want); j++ {
				cost := uint8(1)
				if w[d-1] == want[j-1] {
					cost = 0
				}
				x := min(up[j-1]+cost, up[j]+1, row[j-1]+1)
				if d > 1 && j > 1 && w[d-1] == want[j-2] && w[d-2] == want[j-1] {
					x = min(x, rows[d-2][j-2]+1)
				}
				row[j] = x
				least = min(least, x)
			}
			far = int(least) > most
		}
		depth, last = d, w
		if !far {
			if int(rows[d][len(want)]) <= most && isASCII(w) {
				each(uint32(i))
			}
			i++
			continue
		}
		// All words that begin like this one are too far; of those that are too long, this one and those that begin with it.
		head := w[:d]
		if d == len(want)+most {
			i++
			continue
		}
		i += sort.Search(len(t.words)-i, func(n int) bool { return !strings.HasPrefix(t.words[i+n], head) })
	}
}

// find finds the nodes that fit now.
func (x *nameIndex) find(ctx context.Context, s *search) ([]hit, error) {
	hits, err := x.look(ctx, s, false)
	if err == nil && len(hits) < enoughHits {
		hits, err = x.look(ctx, s, true)
	}
	return hits, err
}

func (x *nameIndex) look(ctx context.Context, s *search, typos bool) (hits []hit, err error) {
	types := typeSet{}
	err = x.main.find(ctx, s.latin, typos, false, func(i uint32) bool { return !x.gone[i] && types.has(s, x.main.subjects[i].typ) }, func(i uint32, score float64) {
		hits = append(hits, hit{score, int(x.events[i]), x.main.subjects[i].id})
	})
	if err == nil && x.more != nil {
		err = x.more.find(ctx, s.latin, typos, false, func(i uint32) bool { return types.has(s, x.more.subjects[i].typ) }, func(i uint32, score float64) {
			hits = append(hits, hit{score, int(x.more.subjects[i].events), x.more.subjects[i].id})
		})
	}
	return hits, err
}

// candidates finds the nodes that fit, or may have at some time. Their records must tell.
func (x *nameIndex) candidates(ctx context.Context, s *search) (ids []ID, err error) {
	err = x.main.find(ctx, s.latin, true, true, func(i uint32) bool { return !x.gone[i] }, func(i uint32, _ float64) {
		ids = append(ids, x.main.subjects[i].id)
	})
	if err == nil && x.more != nil {
		err = x.more.find(ctx, s.latin, true, true, func(uint32) bool { return true }, func(i uint32, _ float64) {
			ids = append(ids, x.more.subjects[i].id)
		})
	}
	slices.Sort(ids)
	return ids, err
}

// A typeSet remembers which types a search wants: the last answer serves most.
type typeSet struct {
	typ  NodeType
	want bool
}

func (t *typeSet) has(s *search, typ NodeType) bool {
	if typ != t.typ {
		t.typ, t.want = typ, s.wants(typ)
	}
	return t.want
}
