package graph

import (
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A LocalizedText is a text in one language.
type LocalizedText struct{ Text, Language string }

// A TextFilter is a set of conditions on a text. Case and accents do not count. See the SDL.
type TextFilter struct{ Eq, StartsWith, Contains *string }

// matches reports whether one of several texts meets all conditions.
func (f *TextFilter) matches(texts ...string) bool {
	if f == nil {
		return true
	}
	return slices.ContainsFunc(texts, func(t string) bool {
		t = fold(t)
		return (f.Eq == nil || t == fold(*f.Eq)) &&
			(f.StartsWith == nil || strings.HasPrefix(t, fold(*f.StartsWith))) &&
			(f.Contains == nil || strings.Contains(t, fold(*f.Contains)))
	})
}

// fold makes texts equal that differ in case, accents or compatibility forms only, as the store's index of words does.
func fold(s string) string { return store.Fold(s) }

// words splits a folded text, as the store's index of words does, which knows only the beginning of a long word.
func words(folded string) []string { return store.SplitWords(folded) }

// hasWords reports whether a text has all of these folded words, as they are or as beginnings.
func hasWords(text string, want []string) bool { return haveWords(words(fold(text)), want) }

// haveWords reports the same of a text's folded words.
func haveWords(have, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}

// localized returns the preferred text of a predicate in a language: in exactly it, in the language that it is a variety of
// (es for es-MX), in English, in any. It returns nil if there is no text at all. A nil language is English.
// The caller must not change it.
func (r *record) localized(predicate string, language *string) *string {
	if last := r.label.Load(); last != nil && language == nil && last.predicate == predicate {
		return &last.text
	}
	f, ok := r.localizedFact(predicate, language)
	if !ok {
		return nil
	}
	c := &called{predicate, store.Text(f.object)}
	if language == nil {
		r.label.Store(c)
	}
	return &c.text
}

// called is a text of a record by one of its predicates, as English has it.
type called struct{ predicate, text string }

// localizedFact is localized with what it rests on.
func (r *record) localizedFact(predicate string, language *string) (best fact, ok bool) {
	want := "en"
	if language != nil {
		want = *language
	}
	short, _, _ := strings.Cut(want, "-")
	rank := 4
	for _, f := range r.all(predicate) {
		lang := languageOf(f.object)
		n := 3
		switch {
		case strings.EqualFold(lang, want):
			n = 0
		case strings.EqualFold(lang, short):
			n = 1
		case strings.EqualFold(lang, "en"):
			n = 2
		}
		if n < rank {
			best, rank = f, n
		}
	}
	return best, rank < 4
}

// languageOf returns the language of a text, "" if it has none.
func languageOf(t store.Term) string {
	l, _ := t.(store.LangString)
	return l.Lang
}

// texts returns the preferred text of a predicate in every language, English first, then by language. With every, it
// returns all texts and not only the preferred ones.
func (r *record) texts(predicate string, every bool) []*LocalizedText {
	list := []*LocalizedText{}
	for _, f := range r.all(predicate) {
		if l, ok := f.object.(store.LangString); ok {
			t := &LocalizedText{string(l.Value), l.Lang}
			if !slices.ContainsFunc(list, func(o *LocalizedText) bool { return o.Language == t.Language && (!every || o.Text == t.Text) }) {
				list = append(list, t)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *LocalizedText) int {
		if (a.Language == "en") != (b.Language == "en") {
			if a.Language == "en" {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Language, b.Language)
	})
	return list
}

// named is a node that has a schema:name in each of several languages.
type named struct{ node }

// Name returns the name in a language, or in the nearest one that there is; see the SDL. Nil is English.
func (n *named) Name(language *string) string {
	if s := n.rec.localized(vocab.SchemaName, language); s != nil {
		return *s
	}
	return string(n.rec.id) // data that was not checked; an id is better than nothing
}

// Names returns the name in every language.
func (n *named) Names() []*LocalizedText { return n.rec.texts(vocab.SchemaName, false) }

// SameAs returns the IRIs of the same in other data sets.
func (n *named) SameAs() []string { return n.rec.iris(vocab.OwlSameAs) }

func (r *record) iris(predicate string) []string {
	out := []string{}
	for _, id := range r.ids(predicate) {
		out = append(out, string(id))
	}
	return out
}

// labelled is a SKOS concept: a node with skos:prefLabel and skos:definition.
type labelled struct{ node }

// Label returns the label in a language, or in the nearest one that there is. Nil is English.
func (n *labelled) Label(language *string) string {
	if s := n.rec.localized(vocab.SkosPrefLabel, language); s != nil {
		return *s
	}
	return string(n.rec.id)
}

// Definition returns what is meant, nil if nobody wrote it down.
func (n *labelled) Definition(language *string) *string {
	return n.rec.localized(vocab.SkosDefinition, language)
}

// SameAs returns the IRIs of the same in other data sets.
func (n *labelled) SameAs() []string { return n.rec.iris(vocab.OwlSameAs) }

var nouns = map[NodeType]string{
	TypePerson: "person", TypeGovernment: "government", TypeAgency: "agency", TypeOrganization: "organization", TypeGroup: "group",
	TypeEvent: "event", TypePlace: "place", TypeTopic: "topic", TypePosition: "position", TypeTenure: "tenure",
	TypeClaim: "claim", TypeSource: "source", TypeEventKind: "kind", TypeRole: "role",
}

func noun(t NodeType) string { return nouns[t] }
