package store

import (
	"bytes"
	"context"
	"fmt"
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

// nameWords splits a name into its words, as they are indexed and looked up: what letters, digits and marks stand together, without
// case, accents and compatibility forms, and at most maxWord bytes of each.
func nameWords(name string) []string {
	if strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		name = strings.ToLower(name) // the same, a hundred times as fast
	} else {
		t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), norm.NFC)
		if folded, _, err := transform.String(t, name); err == nil {
			name = folded
		}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	for i, w := range words {
		if len(w) > maxWord {
			words[i] = strings.ToValidUTF8(w[:maxWord], "")
		}
	}
	return words
}

func wordKey(word string, subject tid) []byte {
	b := append(make([]byte, 0, len(word)+12), tableWord)
	return appendTID(append(append(b, word...), 0), subject)
}

// A NameWord is a word of a name, folded, and whose name has it.
type NameWord struct {
	Word    string
	Subject Term
}

// NamesWith returns the words of names that begin with what a text begins with, its first word: by word, then in an order of the store's own.
// It returns at most limit of them, below 1 none, and none for a text without a word. After, if it is not nil, is the last one that is not wanted. It is one
// round trip, and one for the subjects' names.
func (v *View) NamesWith(ctx context.Context, text string, after *NameWord, limit int) ([]NameWord, error) {
	return v.namesIn(ctx, tableWord, text, after, limit)
}

// PastNamesWith is NamesWith of the names that are retracted and do not stand otherwise. Who asks for the past asks both.
func (v *View) PastNamesWith(ctx context.Context, text string, after *NameWord, limit int) ([]NameWord, error) {
	return v.namesIn(ctx, pastTable(tableWord), text, after, limit)
}

func (v *View) namesIn(ctx context.Context, table byte, text string, after *NameWord, limit int) ([]NameWord, error) {
	v.calls.Add(1)
	found, err := v.namesWith(ctx, table, text, after, limit)
	if err != nil {
		return nil, fmt.Errorf("names with %.60q: %w", text, err)
	}
	return found, nil
}

func (v *View) namesWith(ctx context.Context, table byte, text string, from *NameWord, limit int) ([]NameWord, error) {
	words := nameWords(text)
	if len(words) == 0 || limit < 1 {
		return nil, ctx.Err()
	}
	s := prefixSpan(append([]byte{table}, words[0]...))
	s.limit = limit
	if from != nil {
		tids, ok, err := v.store.dict.find(ctx, v.state, []Term{from.Subject})
		if err != nil {
			return nil, err
		}
		if !ok[0] {
			return nil, fmt.Errorf("after %v: %w", from.Subject, ErrUnknownTerm)
		}
		lower := append(wordKey(from.Word, tids[0]), 0)
		if lower[0] = table; bytes.Compare(lower, s.lower) > 0 {
			s.lower = lower
		}
		if bytes.Compare(s.lower, s.upper) >= 0 {
			return nil, ctx.Err()
		}
	}
	var found []NameWord
	var tids []tid
	err := v.entriesIn(ctx, s, func(key, _ []byte) error {
		word, rest, _ := bytes.Cut(key[1:], []byte{0})
		t, rest, err := cutTID(rest)
		if err != nil || len(rest) > 0 {
			return fmt.Errorf("key %x: %w", key, errKey)
		}
		found, tids = append(found, NameWord{Word: string(word)}), append(tids, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	for i, t := range terms {
		found[i].Subject = t
	}
	return found, err
}
