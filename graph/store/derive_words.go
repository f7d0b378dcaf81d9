package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// maxWord is how many bytes of a word are indexed.
const maxWord = 64

// SplitWords splits a text into its words, in their order: what letters, digits and marks stand together. A text without any has none.
func SplitWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// indexedWords returns the words of a text as they are indexed and looked up: folded, and at most maxWord bytes of each.
func indexedWords(text string) []string {
	words := SplitWords(Fold(text))
	for i, w := range words {
		if len(w) > maxWord {
			words[i] = strings.ToValidUTF8(w[:maxWord], "")
		}
	}
	return words
}

// Fold makes texts equal that differ in case, accents or compatibility forms only. What is folded is its own fold.
func Fold(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(s) // the same, a hundred times as fast; a search folds every name
	}
	// A transformer has a state: each call makes its own.
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), runes.Map(cherokee), norm.NFC)
	out, _, err := transform.String(t, s)
	if err != nil { // no transformer of the chain has errors
		return strings.ToLower(s)
	}
	return out
}

// cherokee gives Cherokee letters one case, the upper one, as Unicode's folding does; cases.Fold gives each the other.
func cherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

// Words says in which texts words are.
type Words byte

// In names and in other texts, see [Model].
const (
	InNames Words = 'n'
	InTexts Words = 't'
)

// appendWords appends the words of a text, each behind where it is.
func appendWords(list []string, in Words, text string) []string {
	for _, w := range indexedWords(text) {
		list = append(list, string(rune(in))+w)
	}
	return list
}

func wordKey(in Words, word string, subject tid) []byte {
	b := append(make([]byte, 0, len(word)+13), tableWord, byte(in))
	return appendTID(append(append(b, word...), 0), subject)
}

// A WordSpan is the words in some texts that begin with what another text begins with, its first word.
type WordSpan struct {
	In   Words
	Text string
	Past bool // of the texts that are retracted, and where they do not stand otherwise; who asks for the past asks for both
}

// Worded is who has words of a span.
type Worded struct {
	Subjects []Ref // ascending, each once
	More     bool  // there are words beyond those that were read
}

// Worded returns who has words of some spans, in their order, from at most limit words of each; in the order of the words. A text without a
// word has nobody. It is one call to the store however many spans, and names nothing.
func (v *View) Worded(ctx context.Context, limit int, spans ...WordSpan) ([]Worded, error) {
	v.calls.Add(1)
	out := make([]Worded, len(spans))
	var read []span
	var of []int
	for i, s := range spans {
		words := indexedWords(s.Text)
		if len(words) == 0 || limit < 1 {
			continue
		}
		table := byte(tableWord)
		if s.Past {
			table = pastTable(tableWord)
		}
		p := prefixSpan(append([]byte{table, byte(s.In)}, words[0]...))
		p.limit = limit + 1
		read, of = append(read, p), append(of, i)
	}
	counts := make([]int, len(read))
	var bad error
	err := v.state.scan(ctx, read, func(i int, key, _ []byte) bool {
		w := &out[of[i]]
		if counts[i]++; counts[i] > limit {
			w.More = true
			return true
		}
		_, rest, _ := bytes.Cut(key[2:], []byte{0})
		t, rest, err := cutTID(rest)
		if err != nil || len(rest) > 0 {
			bad = fmt.Errorf("key %x: %w", key, errKey)
			return false
		}
		if r, ok := t.ref(); ok {
			w.Subjects = append(w.Subjects, r)
		}
		return true
	})
	if err = errors.Join(err, bad); err != nil {
		return nil, fmt.Errorf("words of %d spans: %w", len(spans), err)
	}
	for i := range out {
		slices.Sort(out[i].Subjects)
		out[i].Subjects = slices.Compact(out[i].Subjects)
	}
	return out, nil
}
