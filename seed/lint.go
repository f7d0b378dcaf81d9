package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// Lint holds files against the vocabulary and the rules of curation ([Rules]). It returns the quads of all lines that
// parse, in the order of the files, and every problem of every file, sorted by file and line. The files refer to one
// another freely; what they refer to and do not hold is looked up in known, which may be nil for nothing.
//
// A record may be described in part by the files and in part by what is known: it is judged whole, and problems are given
// for the files only. Quads that are known already are no problem. Lint keeps all quads in memory, about 300 bytes each.
func Lint(files []File, known Known) ([]store.Quad, []Problem) {
	l := newLinter(known)
	for _, f := range files {
		l.read(f)
	}
	l.judge()
	quads := make([]store.Quad, len(l.facts))
	for i, f := range l.facts {
		quads[i] = f.Quad
	}
	return quads, l.problems
}

// Check is [Lint] of quads that stand in no file: what a program is about to record. The line of a problem is the number of the quad
// among them, from 1.
func Check(quads []store.Quad, known Known) []Problem {
	l := newLinter(known)
	facts := make([]fact, len(quads))
	l.facts = make([]*fact, len(quads))
	for i, q := range quads {
		facts[i] = fact{q, "quads", i + 1}
		l.facts[i] = &facts[i]
	}
	l.judge()
	return l.problems
}

func newLinter(known Known) *linter {
	if known == nil {
		known = nothing{}
	}
	return &linter{known: known, records: map[store.IRI]*record{}, labelled: map[store.Term][]*fact{}}
}

// judge finds all problems of the facts that were read, and sorts them.
func (l *linter) judge() {
	l.describe()
	for _, f := range l.facts {
		l.checkLabel(f)
		l.checkFact(f)
	}
	for _, r := range l.order {
		l.checkRecord(r)
	}
	l.checkTrees()
	l.checkTwins()
	slices.SortStableFunc(l.problems, compareProblems)
}

type linter struct {
	known    Known
	facts    []*fact                // of the files, in order
	labelled map[store.Term][]*fact // of the files, by label
	records  map[store.IRI]*record  // of the files, and of known as far as asked for; nil: there is none
	order    []*record              // of the files, as they first appear
	problems []Problem

	unknownLabels map[store.IRI]bool  // complained of already
	ids           map[string][]string // by prefix, for suggestions
	suggestions   int
}

// A fact is a quad in its place. One that is only known has no file.
type fact struct {
	store.Quad
	file string
	line int
}

func (f *fact) predicate() store.IRI { return f.Predicate.(store.IRI) } // the grammar allows nothing else

// A record is the facts with one subject.
type record struct {
	id    store.IRI
	class *vocab.Class // nil if it has none, or no single one
	facts []*fact      // those of the files first
	own   bool         // the files have a fact of it
}

// read takes in the quads of a file.
func (l *linter) read(f File) {
	for r := store.NewQuadReader(bytes.NewReader(f.Data)); ; {
		q, line, err := r.Read()
		var syntax *store.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &syntax):
			l.problem(Problem{f.Name, line, fmt.Sprintf("column %d", syntax.Column), RuleSyntax, syntax.Wrong, syntax.Remedy})
			continue
		case err != nil: // bytes in memory give no other error
			l.problem(Problem{f.Name, line, "file", RuleSyntax, err.Error(), "check the file"})
			return
		}
		l.facts = append(l.facts, &fact{q, f.Name, line})
	}
}

// describe gathers facts into records, and gives each record its class.
func (l *linter) describe() {
	seen := make(map[store.Quad]*fact, len(l.facts))
	facts := l.facts
	l.facts = l.facts[:0]
	for _, f := range facts {
		if first, ok := seen[f.Quad]; ok {
			l.report(f, RuleDuplicate, "delete one of the two", "the same quad as in %s:%d", first.file, first.line)
			continue
		}
		seen[f.Quad] = f
		l.facts = append(l.facts, f)
		l.labelled[f.Label] = append(l.labelled[f.Label], f)
		id, ok := f.Subject.(store.IRI)
		if !ok {
			l.report(f, RuleIDForm, "give the record an id, such as person:pete-hegseth", "the subject is a blank node")
			continue
		}
		r := l.records[id]
		if r == nil {
			r = &record{id: id, own: true}
			l.records[id] = r
			l.order = append(l.order, r)
		}
		r.facts = append(r.facts, f)
	}
	for _, r := range l.order {
		for _, q := range l.known.Record(r.id) {
			if seen[q] == nil {
				r.facts = append(r.facts, &fact{Quad: q})
			}
		}
		l.classify(r)
	}
}

// find returns the record with an id, nil if there is none. One that is only known is fetched once.
func (l *linter) find(id store.IRI) *record {
	r, ok := l.records[id]
	if !ok {
		if quads := l.known.Record(id); len(quads) > 0 {
			r = &record{id: id, facts: make([]*fact, len(quads))}
			facts := make([]fact, len(quads))
			for i, q := range quads {
				facts[i].Quad = q
				r.facts[i] = &facts[i]
			}
			l.classify(r)
		}
		l.records[id] = r
	}
	return r
}

// values returns the facts of a record with a predicate.
func (r *record) values(predicate store.IRI) []*fact {
	var list []*fact
	for _, f := range r.facts {
		if f.Predicate == predicate {
			list = append(list, f)
		}
	}
	return list
}

func (l *linter) problem(p Problem) { l.problems = append(l.problems, p) }

// report adds a problem with a fact of the files.
func (l *linter) report(f *fact, rule Rule, remedy, wrong string, args ...any) {
	l.problem(Problem{f.file, f.line, name(f.Subject), rule, fmt.Sprintf(wrong, args...), remedy})
}

// reportRecord adds a problem with a record of the files, at its first fact.
func (l *linter) reportRecord(r *record, rule Rule, remedy, wrong string, args ...any) {
	l.report(r.facts[0], rule, remedy, wrong, args...)
}

// name returns a term as problems name it: ids bare, terms of the vocabulary with their prefix, literals as N-Quads has
// them, cut after 60 characters.
func name(t store.Term) string {
	if text, ok := t.(store.TypedString); ok {
		return name(text.Value) + "^^" + name(text.Type)
	}
	iri, ok := t.(store.IRI)
	if !ok {
		text := []rune(string(store.AppendTerm(nil, t)))
		if len(text) > 60 {
			text = append(text[:60], '…')
		}
		return string(text)
	}
	if short := vocab.Shorten(string(iri)); short != string(iri) {
		return short
	}
	if classOfID(string(iri)) != nil {
		return string(iri)
	}
	return iri.String()
}

// classOfID returns the class whose ids begin as this one does, nil if there is none.
func classOfID(id string) *vocab.Class {
	prefix, _, _ := strings.Cut(id, ":")
	for i := range vocab.Classes {
		if vocab.Classes[i].IDs == prefix {
			return &vocab.Classes[i]
		}
	}
	return nil
}
