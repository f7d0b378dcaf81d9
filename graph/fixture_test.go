package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed"
)

// A fixture is a small graph that a test writes down. Each line says one thing,
//
//	line = id " " field " " value [" by " claim]
//
// and what a record must have and no line gives is added, so that a fixture is valid by default (TestFixtureIsValid) and a
// case writes only what it is about. Facts rest on claim:default of source:default unless a line says by which claim. The
// kinds and roles are the curated ones.
type fixture struct {
	quads []store.Quad
	said  map[string]bool // "id field"
	ids   map[string]bool
}

// fields are the fields of the SDL that fixtures use, with the form of their values: i for an id or IRI, d for a date, n for an
// integer, t for an instant, s for a plain text, l for an English text; "name@es" is a text in another language.
var fields = map[string]struct{ predicate, form string }{
	"kind": {vocab.SemEventType, "i"}, "when": {vocab.SemHasTimeStamp, "d"}, "whenText": {vocab.ParleyWhenText, "s"},
	"status": {vocab.SchemaEventStatus, "s"}, "partOf": {vocab.SemSubEventOf, "i"}, "causedBy": {vocab.ParleyCausedBy, "i"},
	"place": {vocab.SemHasPlace, "i"}, "topic": {vocab.DctermsSubject, "i"}, "summary": {vocab.DctermsDescription, "l"},
	"count": {vocab.ParleyCount, "n"}, "name": {vocab.SchemaName, "l"}, "alias": {vocab.SchemaAlternateName, "l"},
	"description": {vocab.SchemaDescription, "l"}, "sameAs": {vocab.OwlSameAs, "i"}, "unitOf": {vocab.OrgUnitOf, "i"},
	"onBehalfOf": {vocab.ProvActedOnBehalfOf, "i"}, "member": {vocab.OrgMember, "i"}, "position": {vocab.ParleyPosition, "i"},
	"postIn": {vocab.OrgPostIn, "i"}, "title": {vocab.DctermsTitle, "l"}, "publisher": {vocab.DctermsPublisher, "i"},
	"author": {vocab.DctermsCreator, "i"}, "published": {vocab.DctermsIssued, "d"}, "derivedFrom": {vocab.ProvWasDerivedFrom, "i"},
	"within": {vocab.SchemaContainedInPlace, "i"}, "broader": {vocab.SkosBroader, "i"}, "label": {vocab.SkosPrefLabel, "l"},
	"narrows": {vocab.RdfsSubPropertyOf, "i"}, "roleLabel": {vocab.RdfsLabel, "l"},
	"source": {vocab.DctermsSource, "i"}, "locator": {vocab.BiboLocator, "s"}, "certainty": {vocab.ParleyCertainty, "s"},
	"stance": {vocab.ParleyStance, "s"}, "recordedAt": {vocab.ProvGeneratedAtTime, "t"}, "recordedBy": {vocab.ParleyRecordedBy, "s"},
	"statement": {vocab.DctermsDescription, "l"}, "attributedTo": {vocab.ProvWasAttributedTo, "i"},
	"retractedAt": {vocab.ProvInvalidatedAtTime, "t"}, "retractedBy": {vocab.ParleyRetractedBy, "s"}, "retraction": {vocab.ParleyRetraction, "s"},
	"supersedes": {vocab.ProvWasRevisionOf, "i"},
	"cameo":      {vocab.SkosNotation, "c"}, "plover": {vocab.SkosNotation, "p"},
}

// defaults are what the records of a class must have: "%" stands for the id made a name.
var defaults = map[string][]string{
	"person": {"name %"}, "government": {"name %"}, "agency": {"name %"}, "organization": {"name %"}, "group": {"name %"}, "place": {"name %"},
	"topic": {"label %"}, "position": {"name %", "postIn government:default"}, "source": {"title %"},
	"event":  {"kind kind:call", "when 2025-01-01"},
	"tenure": {"member person:default", "position position:default", "when 2000/.."},
	"role":   {"roleLabel %", "narrows role:participant"}, "kind": {"label %", "broader kind:communication"},
	"claim": {"source source:default", "locator paragraph 1", "statement %", "certainty REPORTED", "stance ASSERTS",
		"recordedAt 2025-01-01T00:00:00Z", "recordedBy a test"},
}

const defaultClaim = "claim:default"

func newFixture() *fixture { return &fixture{said: map[string]bool{}, ids: map[string]bool{}} }

// say adds lines; blank ones are passed over.
func (f *fixture) say(lines string) *fixture {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			f.line(line)
		}
	}
	return f
}

func (f *fixture) line(line string) {
	line, claim, ok := cutLast(line, " by ")
	if !ok {
		claim = defaultClaim
	}
	id, rest, _ := strings.Cut(line, " ")
	field, value, ok := strings.Cut(rest, " ")
	if !ok {
		panic(fmt.Sprintf("fixture: no value in %q", line))
	}
	f.mention(id)
	f.said[id+" "+field] = true
	if strings.HasPrefix(id, "claim:") {
		claim = id
	}
	f.mention(claim)
	predicate, object := term(field, value)
	if iri, ok := object.(store.IRI); ok {
		f.mention(string(iri))
	}
	f.add(id, predicate, object, claim)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func term(field, value string) (predicate string, object store.Term) {
	if strings.HasPrefix(field, "role:") {
		return field, store.IRI(value)
	}
	name, lang, _ := strings.Cut(field, "@")
	x, ok := fields[name]
	if !ok {
		panic("fixture: no field " + field)
	}
	typed := func(datatype string) store.Term {
		return store.TypedString{Value: store.String(value), Type: store.IRI(datatype)}
	}
	switch x.form {
	case "i":
		return x.predicate, store.IRI(value)
	case "d":
		return x.predicate, typed(vocab.EdtfEDTF)
	case "n":
		return x.predicate, typed(vocab.XsdInteger)
	case "t":
		return x.predicate, typed(vocab.XsdDateTime)
	case "c":
		return x.predicate, typed(vocab.ParleyCameo)
	case "p":
		return x.predicate, typed(vocab.ParleyPlover)
	case "s":
		return x.predicate, store.String(value)
	}
	if lang == "" {
		lang = "en"
	}
	return x.predicate, store.LangString{Value: store.String(value), Lang: lang}
}

func (f *fixture) add(id, predicate string, object store.Term, claim string) {
	f.quads = append(f.quads, store.Quad{Subject: store.IRI(id), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(claim)})
}

// mention gives an id of a class its type. Curated kinds and roles have theirs.
func (f *fixture) mention(id string) {
	prefix, _, _ := strings.Cut(id, ":")
	if _, ok := defaults[prefix]; !ok || f.ids[id] || curatedIDs()[id] {
		return
	}
	f.ids[id] = true
	claim := defaultClaim
	if prefix == "claim" {
		claim = id
	} else {
		f.mention(claim)
	}
	for _, c := range vocab.Classes {
		if c.IDs == prefix {
			for _, class := range append(slices.Clone(c.Also), c.IRI) {
				f.add(id, vocab.RdfType, store.IRI(class), claim)
			}
		}
	}
}

// complete adds what is missing.
func (f *fixture) complete() []store.Quad {
	for done := false; !done; {
		done = true
		for id := range f.ids {
			prefix, local, _ := strings.Cut(id, ":")
			for _, line := range defaults[prefix] {
				field, value, _ := strings.Cut(line, " ")
				if !f.said[id+" "+field] {
					f.line(id + " " + field + " " + strings.ReplaceAll(value, "%", title(local)))
					done = false
				}
			}
		}
	}
	return f.quads
}

func title(local string) string {
	words := strings.Split(local, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// view opens a store with the fixture and the curated kinds and roles in it.
func (f *fixture) view(t rapid.TB) *graph.View { return f.graph(t).View() }

func (f *fixture) graph(t rapid.TB) *graph.Graph {
	g, _ := open(t, slices.Concat(f.complete(), vocabulary()))
	return g
}

// world is the view of a fixture.
func world(t rapid.TB, lines string) *graph.View { return newFixture().say(lines).view(t) }

func open(t rapid.TB, quads []store.Quad) (*graph.Graph, *store.Store) {
	t.Helper()
	s, err := store.Open(context.Background(), pgtest.Fresh(t.(pgtest.TB)), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.(pgtest.TB).Cleanup(func() { s.Close() })
	if _, err := s.Add(context.Background(), quads); err != nil {
		t.Fatal(err)
	}
	return graph.New(s, ""), s
}

// curated reads the curated quads of the files whose names have one of the suffixes; of all for none.
func curated(suffixes ...string) []store.Quad {
	var out []store.Quad
	for _, f := range seed.Files() {
		if len(suffixes) > 0 && !slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(f.Name, s) }) {
			continue
		}
		for r := store.NewQuadReader(bytes.NewReader(f.Data)); ; {
			q, _, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				panic(err)
			}
			out = append(out, q)
		}
	}
	return out
}

// vocabulary is the curated kinds and roles that tests need: the whole tree down to the second level, and no codes, since a
// property opens a store a hundred times.
var vocabulary = sync.OnceValue(func() []store.Quad {
	roots := map[string]bool{"kind:communication": true, "kind:statement": true, "kind:action": true, "kind:exercise": true}
	kept := map[store.Term]bool{}
	all := curated("/kinds.nq", "/roles.nq")
	for _, q := range all {
		id := store.Text(q.Subject)
		if roots[id] || store.Text(q.Predicate) == vocab.SkosBroader && roots[store.Text(q.Object)] || strings.HasPrefix(id, "role:") {
			kept[q.Subject], kept[q.Label] = true, true
		}
		if strings.HasPrefix(id, "source:") {
			kept[q.Subject] = true
		}
	}
	return slices.DeleteFunc(all, func(q store.Quad) bool {
		p := store.Text(q.Predicate)
		return !kept[q.Subject] || p == vocab.SkosNotation || p == vocab.SkosDefinition
	})
})

var curatedIDs = sync.OnceValue(func() map[string]bool {
	ids := map[string]bool{}
	for _, q := range vocabulary() {
		ids[store.Text(q.Subject)] = true
	}
	return ids
})

func ptr[T any](x T) *T { return &x }

// The page that has as many rows as one may.
var all = graph.Page{First: ptr(graph.MaxPage)}
