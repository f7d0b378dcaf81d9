package graph

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hbollon/go-edlib"
	"github.com/mozillazg/go-unidecode"
)

// A manner is how a text that is looked for fits a name: as its worst word does. A greater one is better.
type manner byte

const (
	noFit     manner = iota
	mostFit          // all but one are words of the name, or nearly
	typoFit          // one of the words is that of the name but for a typo
	prefixFit        // one is the beginning of a word
	wordFit          // all are words of the name
	sameFit          // they are the name
)

// of returns the manner as reasons have it: "typo in ", to be followed by what fits.
func (m manner) of() string {
	switch m {
	case mostFit:
		return "all words but one of "
	case typoFit:
		return "typo in "
	case prefixFit:
		return "prefix of "
	case wordFit:
		return "word of "
	}
	return ""
}

// A leniency says what may be wrong with a text that is looked for.
type leniency byte

const (
	asWritten leniency = iota
	withTypos          // words may have typos
	butOne             // and one of several words may fit nothing
)

// GuessScore is what names have at least that fit a text as it is written: those with a typo or a word too much have less.
const GuessScore = 0.6

// Scores: the bands of manners do not overlap.
const (
	sameScore   = 1
	orderScore  = 0.95 // all words of the name, in another order
	wordScore   = 0.85
	prefixScore = 0.65 // to 0.8, by how many are whole words
	wholeScore  = 0.15
	typoScore   = 0.3 // to 0.6, by how alike the words are, and whether they are as many as those of the name
	alikeScore  = 0.28
	manyScore   = 0.02
	prefixAlike = 0.9 // how alike a word and its beginning count
	mostScore   = 0.1 // to 0.28, by how alike the words are
	mostAlike   = 0.18
)

// fit tells how the words that are wanted fit those of a name, and how well, from 0 to 1: all must be found in it, in any order. Both are in the
// same form. This is the rule of search; an index finds the same by numbers of words, see [nameTable.find].
func fit(have, want []string, l leniency) (score float64, m manner) {
	if slices.Equal(have, want) {
		return sameScore, sameFit
	}
	t := fitSum{names: len(have), spare: l == butOne && len(want) > 1}
	for _, w := range want {
		m, alike := noFit, 0.0
		for _, h := range have {
			how, x := fitWord(w, h, l)
			if how > m || how == m && x > alike {
				m, alike = how, x
			}
		}
		if m == noFit && t.spare {
			alike = likest(w, have)
		}
		if !t.add(w, m, alike) {
			return 0, noFit
		}
	}
	return t.score()
}

// likest is how alike a word is to the one of a name that is most alike.
func likest(want string, have []string) (alike float64) {
	for _, h := range have {
		alike = max(alike, likeness(want, h))
	}
	return alike
}

// fitWord tells how a word that is wanted fits one of a name, and how alike they are.
func fitWord(want, have string, l leniency) (m manner, alike float64) {
	switch {
	case want == have:
		return wordFit, 1
	case strings.HasPrefix(have, want):
		return prefixFit, prefixAlike
	}
	most := maxTypos(want, l)
	if most == 0 || !isASCII(have) || len(have) > len(want)+most || len(want) > len(have)+most || edlib.OSADamerauLevenshteinDistance(want, have) > most {
		return noFit, 0
	}
	return typoFit, likeness(want, have)
}

// likeness is how alike two words are that differ by a typo, below 1.
func likeness(a, b string) float64 { return float64(edlib.JaroWinklerSimilarity(a, b)) }

// maxTypos is how many letters of a word may be wrong, missing, too much or swapped with their neighbour: none of a short one or a number,
// one of up to five letters, two of longer ones. Where another word may fit nothing, a short one must be right: "Jane Doe" is not in "juego de guerra".
func maxTypos(word string, l leniency) int {
	switch n := len(word); {
	case l == asWritten || l == butOne && n < 6 || n < 3 || n > 64 || !isASCII(word) || strings.ContainsAny(word, "0123456789"):
		return 0
	case n < 6:
		return 1
	}
	return 2
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A fitSum adds up how each of the words that are wanted fits a name.
type fitSum struct {
	names, n, whole int
	spare           bool // one word may fit nothing
	typo, missing   bool
	firm            bool // some word is not so short that it fits by chance
	alike           float64
}

// add takes in how the next word fits. It returns false if it does not.
func (t *fitSum) add(word string, m manner, alike float64) bool {
	t.n++
	t.firm = t.firm || m >= prefixFit && len(word) > 2 || m == typoFit && len(word) > 5
	t.alike += alike
	switch m {
	case noFit:
		if !t.spare {
			return false
		}
		t.spare, t.missing = false, true
	case typoFit:
		t.typo = true
	case wordFit:
		t.whole++
	}
	return true
}

// score is that of a name that is not just what is wanted.
func (t *fitSum) score() (float64, manner) {
	switch {
	case t.missing && !t.firm: // too little in common
		return 0, noFit
	case t.missing:
		return mostScore + mostAlike*t.alike/float64(t.n), mostFit
	case t.typo:
		score := typoScore + alikeScore*t.alike/float64(t.n)
		if t.n == t.names {
			score += manyScore
		}
		return score, typoFit
	case t.whole < t.n:
		return prefixScore + wholeScore*float64(t.whole)/float64(t.n), prefixFit
	case t.n == t.names:
		return orderScore, wordFit
	}
	return wordScore, wordFit
}

// latinWords returns folded words in Latin letters without marks: "Путин" as "putin". What has no letters there stays as it is.
func latinWords(folded []string) []string {
	if !slices.ContainsFunc(folded, func(w string) bool { return !isASCII(w) }) {
		return folded
	}
	out := make([]string, 0, len(folded))
	for _, w := range folded {
		if isASCII(w) {
			out = append(out, w)
			continue
		}
		latin := strings.Map(func(r rune) rune {
			if strings.ContainsRune("'`\"", r) { // of soft signs and the like
				return -1
			}
			return r
		}, strings.ToLower(unidecode.Unidecode(w)))
		if some := words(latin); len(some) > 0 { // of Chinese, several
			out = append(out, some...)
		} else {
			out = append(out, w)
		}
	}
	return out
}
