package graph

import (
	"slices"
)

// A spelling finds words despite typos. Two words that differ by k typos become the same if at most k letters are taken out of each; so it keeps,
// for each word, what is left when up to two letters are taken out of its beginning, and looks up what is left of the
// word that is wanted. That is the way of SymSpell, with hashes in place of what is left: some thirty of four bytes a word.
type spelling struct {
	start []uint32 // by hash: where its words begin, and the end
	words []uint32
	mask  uint32
}

// The beginnings of words that count, and the fewest letters that may be left: see maxTypos.
const (
	spellingPrefix = 7
	spellingLeft   = 2
	spellingTypos  = 2
)

func newSpelling(words []string) spelling {
	n := 0
	for _, w := range words {
		eachLeft(w, spellingTypos, func(uint32) { n++ })
	}
	s := spelling{mask: 1}
	for int(s.mask) < n {
		s.mask = s.mask<<1 | 1
	}
	s.start, s.words = make([]uint32, int(s.mask)+2), make([]uint32, n)
	for _, w := range words {
		eachLeft(w, spellingTypos, func(h uint32) { s.start[h&s.mask+1]++ })
	}
	for i := range s.start[1:] {
		s.start[i+1] += s.start[i]
	}
	next := slices.Clone(s.start)
	for i, w := range words {
		eachLeft(w, spellingTypos, func(h uint32) {
			s.words[next[h&s.mask]] = uint32(i)
			next[h&s.mask]++
		})
	}
	return s
}

// near returns the words that differ from another by at most so many typos, one or two, ascending. It finds none of those that are not ASCII.
func (s *spelling) near(words []string, want string, most int) []uint32 {
	var found []uint32
	eachLeft(want, most, func(h uint32) {
		for _, w := range s.words[s.start[h&s.mask]:s.start[h&s.mask+1]] {
			if word := words[w]; len(word) <= len(want)+most && len(want) <= len(word)+most {
				found = append(found, w)
			}
		}
	})
	slices.Sort(found)
	found = slices.Compact(found)
	return slices.DeleteFunc(found, func(w uint32) bool { return !withinTypos(want, words[w], most) })
}

// eachLeft calls each with the hash of what is left of a word's beginning when up to most letters are taken out, at most two; of some more
// than once. Words that are not ASCII have nothing left.
func eachLeft(word string, most int, each func(uint32)) {
	if !isASCII(word) {
		return
	}
	word = word[:min(len(word), spellingPrefix)]
	n := len(word)
	hash := func(i, j int) { // without these letters; n is none
		h := uint32(2166136261) // FNV-1a
		for k := range n {
			if k != i && k != j {
				h = (h ^ uint32(word[k])) * 16777619
			}
		}
		each(h ^ h>>15)
	}
	if n >= spellingLeft {
		hash(n, n)
	}
	for i := 0; i < n && n > spellingLeft; i++ {
		hash(i, n)
		for j := i + 1; j < n && most > 1 && n > spellingLeft+1; j++ {
			hash(i, j)
		}
	}
}

// withinTypos reports whether two ASCII words differ by at most so many typos: by the distance of Damerau and Levenshtein in which no
// letter is changed twice. It looks only at that part of the table of distances which can be within them.
func withinTypos(a, b string, most int) bool {
	if len(a) > 64 || len(b) > len(a)+most || len(a) > len(b)+most {
		return false
	}
	const far = 100
	var rows [3][64 + 1 + 4]uint8
	for j := range len(a) + 1 {
		rows[0][j] = uint8(j)
	}
	for i := 1; i <= len(b); i++ {
		row, up, above := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		from, to := max(1, i-most), min(len(a), i+most)
		row[from-1] = far
		if from == 1 {
			row[0] = uint8(i)
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			x := up[j-1]
			if b[i-1] != a[j-1] {
				x++
			}
			if j < i+most { // otherwise there is nothing above
				x = min(x, up[j]+1)
			}
			x = min(x, row[j-1]+1)
			if i > 1 && j > 1 && b[i-1] == a[j-2] && b[i-2] == a[j-1] && j-2 >= i-2-most {
				x = min(x, above[j-2]+1)
			}
			row[j] = x
			least = min(least, x)
		}
		if int(least) > most {
			return false
		}
	}
	return int(rows[len(b)%3][len(a)]) <= most
}
