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
	spelling spelling
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
	t.spelling = newSpelling(t.words)
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
	text   string
	same   int    // the number of the same word, -1 if there is none
	lo, hi uint32 // those that begin with it, the same among them
	typos  []typo // those that differ by a typo and do not begin with it, by number
	names  int    // how many names any of these have
}

type typo struct {
	word  uint32
	alike float64 // unknown until it is asked for
}

const unknown = -1

// word finds a word.
func (t *nameTable) word(want string, l leniency) tableWord {
	lo := sort.SearchStrings(t.words, want)
	hi := lo + sort.Search(len(t.words)-lo, func(i int) bool { return !strings.HasPrefix(t.words[lo+i], want) })
	w := tableWord{text: want, same: -1, lo: uint32(lo), hi: uint32(hi), names: int(t.start[hi] - t.start[lo])}
	if lo < hi && t.words[lo] == want {
		w.same = lo
	}
	if most := maxTypos(want, l); most > 0 {
		for _, word := range t.spelling.near(t.words, want, most) {
			if word < w.lo || word >= w.hi {
				w.typos = append(w.typos, typo{word, unknown})
				w.names += int(t.start[word+1] - t.start[word])
			}
		}
	}
	return w
}

// fitWord tells how a word that is wanted fits one of a name.
func (t *nameTable) fitWord(w *tableWord, word uint32) (manner, float64) {
	switch {
	case int(word) == w.same:
		return wordFit, 1
	case word >= w.lo && word < w.hi:
		return prefixFit, prefixAlike
	case len(w.typos) == 0:
		return noFit, 0
	}
	if i, ok := slices.BinarySearchFunc(w.typos, word, func(t typo, n uint32) int { return int(t.word) - int(n) }); ok {
		x := &w.typos[i]
		if x.alike == unknown {
			x.alike = likeness(w.text, t.words[word])
		}
		return typoFit, x.alike
	}
	return noFit, 0
}

// fit is the rule of search, see the function fit, by numbers of words.
func (t *nameTable) fit(n tableName, want []tableWord, l leniency) float64 {
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
	sum := fitSum{names: len(have), spare: l == butOne && len(want) > 1}
	for i := range want {
		m, alike := noFit, 0.0
		for _, h := range have {
			how, x := t.fitWord(&want[i], h)
			if how > m || how == m && x > alike {
				m, alike = how, x
			}
		}
		if m == noFit && sum.spare {
			for _, h := range have {
				alike = max(alike, likeness(want[i].text, t.words[h]))
			}
		}
		if !sum.add(want[i].text, m, alike) {
			return 0
		}
	}
	score, _ := sum.score()
	return score
}

// find calls each for every subject with a name that fits, once, with its best score. With past, names count that are retracted or denied.
func (t *nameTable) find(ctx context.Context, latin []string, l leniency, past bool, wants func(subject uint32) bool, each func(subject uint32, score float64)) error {
	want := make([]tableWord, len(latin))
	for i, w := range latin {
		want[i] = t.word(w, l)
	}
	rarest := slices.Clone(want)
	slices.SortStableFunc(rarest, func(a, b tableWord) int { return a.names - b.names })
	if l == butOne && len(rarest) > 1 {
		rarest = rarest[:2] // of any two, one must fit
	} else {
		rarest = rarest[:1]
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
			score := round(t.fit(n, want, l) * searched[n.of].weight)
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
	var err error
	for _, w := range rarest {
		if err == nil {
			err = look(t.byWord[t.start[w.lo]:t.start[w.hi]])
		}
		for _, x := range w.typos {
			if err == nil {
				err = look(t.byWord[t.start[x.word]:t.start[x.word+1]])
			}
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

// find finds the nodes that fit now.
func (x *nameIndex) find(ctx context.Context, s *search, l leniency) (hits []hit, err error) {
	types := typeSet{}
	err = x.main.find(ctx, s.latin, l, false, func(i uint32) bool { return !x.gone[i] && types.has(s, x.main.subjects[i].typ) }, func(i uint32, score float64) {
		hits = append(hits, hit{score, int(x.events[i]), x.main.subjects[i].id})
	})
	if err == nil && x.more != nil {
		err = x.more.find(ctx, s.latin, l, false, func(i uint32) bool { return types.has(s, x.more.subjects[i].typ) }, func(i uint32, score float64) {
			hits = append(hits, hit{score, int(x.more.subjects[i].events), x.more.subjects[i].id})
		})
	}
	return hits, err
}

// candidates finds the nodes that fit, or may have at some time. Their records must tell.
func (x *nameIndex) candidates(ctx context.Context, s *search, l leniency) (ids []ID, err error) {
	err = x.main.find(ctx, s.latin, l, true, func(i uint32) bool { return !x.gone[i] }, func(i uint32, _ float64) {
		ids = append(ids, x.main.subjects[i].id)
	})
	if err == nil && x.more != nil {
		err = x.more.find(ctx, s.latin, l, true, func(uint32) bool { return true }, func(i uint32, _ float64) {
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

// same returns the nodes that have or had a name of these words, in their order.
func (x *nameIndex) same(latin []string) []ID {
	ids := x.main.same(latin, func(i uint32) bool { return !x.gone[i] })
	if x.more != nil {
		ids = append(ids, x.more.same(latin, func(uint32) bool { return true })...)
	}
	return ids
}

func (t *nameTable) same(latin []string, wants func(subject uint32) bool) (ids []ID) {
	want := make([]uint32, len(latin))
	rarest := 0
	count := func(w uint32) uint32 { return t.start[w+1] - t.start[w] }
	for i, w := range latin {
		at, ok := slices.BinarySearch(t.words, w)
		if !ok {
			return nil
		}
		if want[i] = uint32(at); count(want[i]) < count(want[rarest]) {
			rarest = i
		}
	}
	for _, i := range t.byWord[t.start[want[rarest]]:t.start[want[rarest]+1]] {
		n := t.names[i]
		if wants(n.subject) && slices.Equal(t.list[n.from:n.from+uint32(n.n)], want) {
			ids = append(ids, t.subjects[n.subject].id)
		}
	}
	return ids
}
