package seed

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/parleygraph/parley/graph/store"
)

// Known is the records that files may refer to without holding them: those of a store, or of the curated files. An
// implementation that can fail keeps its first error, answers with nothing from then on, and shows the error to whoever made
// it. [NewIndex] makes one from quads.
type Known interface {
	// Record returns the quads with this subject, in any order; none if there is no such record. They are not to be changed.
	Record(id store.IRI) []store.Quad
	// Subjects returns the subjects that have this value, each once, in any order.
	Subjects(predicate store.IRI, object store.Term) []store.IRI
	// IDs returns the ids that begin with a class's prefix, colon included, for suggestions. It may return none instead.
	IDs(prefix string) []store.IRI
}

// An Index is quads in memory as [Known]. It never changes.
type Index struct {
	records  map[store.IRI][]store.Quad
	subjects map[property][]store.IRI
}

type property struct {
	predicate store.IRI
	object    store.Term
}

// NewIndex returns an index of quads. A user's file may refer to the curated records when it is linted so:
//
//	curated, _ := seed.Lint(seed.Files(), nil)
//	_, problems := seed.Lint(files, seed.NewIndex(curated))
func NewIndex(quads []store.Quad) *Index {
	x := &Index{map[store.IRI][]store.Quad{}, map[property][]store.IRI{}}
	for _, q := range quads {
		s, ok := q.Subject.(store.IRI)
		p, _ := q.Predicate.(store.IRI)
		if !ok {
			continue
		}
		x.records[s] = append(x.records[s], q)
		key := property{p, q.Object}
		if !slices.Contains(x.subjects[key], s) && len(x.subjects[key]) < maxSubjects {
			x.subjects[key] = append(x.subjects[key], s)
		}
	}
	return x
}

// maxSubjects bounds how many records an Index keeps for one value. Only names, links and tenures are asked for, and of
// those no value has many; every event has the same few statuses.
const maxSubjects = 64

// Record implements [Known].
func (x *Index) Record(id store.IRI) []store.Quad { return x.records[id] }

// Subjects implements [Known]. Of a value that more than 64 records have, it returns 64.
func (x *Index) Subjects(predicate store.IRI, object store.Term) []store.IRI {
	return x.subjects[property{predicate, object}]
}

// IDs implements [Known].
func (x *Index) IDs(prefix string) []store.IRI {
	var ids []store.IRI
	for id := range x.records {
		if strings.HasPrefix(string(id), prefix) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Bounds of the search for what somebody may have meant: a file in which everything is unknown is no file of typing errors.
const (
	maxSuggestions = 50     // for a run of Lint
	maxCandidates  = 20_000 // ids compared for one suggestion
)

// didYouMean returns "; did you mean …?" with the id nearest to one that does not exist, or nothing if none is near.
func (l *linter) didYouMean(id string) string {
	prefix, _, ok := strings.Cut(id, ":")
	if !ok || l.suggestions == maxSuggestions {
		return ""
	}
	l.suggestions++
	prefix += ":"
	if l.ids == nil {
		l.ids = map[string][]string{}
	}
	ids, ok := l.ids[prefix]
	if !ok {
		for _, r := range l.order {
			if strings.HasPrefix(string(r.id), prefix) && r.class != nil {
				ids = append(ids, string(r.id))
			}
		}
		for _, known := range l.known.IDs(prefix) {
			ids = append(ids, string(known))
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		l.ids[prefix] = ids
	}
	if near := nearest(strings.TrimPrefix(id, prefix), prefix, ids); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// nearest returns the candidate, which begins with prefix, that differs from it least and by no more than a third; "" if
// there is none. Among equals the first wins.
func nearest(s, prefix string, candidates []string) string {
	if len(candidates) > maxCandidates {
		return ""
	}
	best, distance := "", cmp.Or(len(s)/3, 1)+1
	for _, c := range candidates {
		rest := strings.TrimPrefix(c, prefix)
		if d := len(rest) - len(s); d >= distance || -d >= distance {
			continue
		}
		if d := levenshtein.ComputeDistance(s, rest); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// nothing is what is known if nothing is.
type nothing struct{}

func (nothing) Record(store.IRI) []store.Quad              { return nil }
func (nothing) Subjects(store.IRI, store.Term) []store.IRI { return nil }
func (nothing) IDs(string) []store.IRI                     { return nil }
