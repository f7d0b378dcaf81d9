package seed

import (
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A LineCheck holds quads one by one against the rules that a line can break by itself. It is for what is too large to be held in
// memory and linted whole: it finds what is no id, no claim, no predicate of the subject's class, no value of the predicate's range, and not what
// becomes plain of several quads, such as a name that is missing or an id that nothing describes. It never changes.
type LineCheck struct {
	fields map[lineKey]*vocab.Field
	known  map[store.IRI]bool                         // predicates of any class
	dates  [1 << 12]atomic.Pointer[store.TypedString] // dates found right, each where its hash says: half a million events have few, and reading one takes a µs
	seed   maphash.Seed
}

type lineKey struct {
	ids       string // what the ids of a class begin with
	predicate store.IRI
}

// NewLineCheck returns a check against the vocabulary.
func NewLineCheck() *LineCheck {
	c := &LineCheck{fields: map[lineKey]*vocab.Field{}, known: map[store.IRI]bool{}, seed: maphash.MakeSeed()}
	for i := range vocab.Classes {
		class := &vocab.Classes[i]
		for j := range class.Fields {
			if f := &class.Fields[j]; !f.Inverse {
				c.fields[lineKey{class.IDs, store.IRI(f.Predicate)}] = f
				c.known[store.IRI(f.Predicate)] = true
			}
		}
	}
	return c
}

// Check returns what is wrong with a quad, as "subject: what is wrong: what to do", or nil. Several goroutines may call it.
func (c *LineCheck) Check(q store.Quad) error {
	bad := func(remedy, wrong string, args ...any) error {
		return fmt.Errorf("%s: %s: %s", store.Text(q.Subject), fmt.Sprintf(wrong, args...), remedy)
	}
	id, ok := q.Subject.(store.IRI)
	if !ok {
		return bad("give the record an id, such as person:pete-hegseth", "the subject is a blank node")
	}
	prefix, rest, _ := strings.Cut(string(id), ":")
	if classOfID(string(id)) == nil {
		return bad(idOfRecord, "%q is no prefix of a class's ids", prefix+":")
	}
	if !isIDRest(rest) {
		return bad(idOfRecord, "%q is no id", string(id))
	}
	label, ok := q.Label.(store.IRI)
	switch {
	case q.Label == nil:
		return bad(claimRemedy, "the quad has no label")
	case !ok || !isClaim(label):
		return bad(claimRemedy, "the label %s is no claim's id", name(q.Label))
	case isClaim(id) && label != id:
		return bad("label it <"+string(id)+">", "what describes a claim is labelled %s", name(label))
	}
	predicate, _ := q.Predicate.(store.IRI)
	switch {
	case predicate == vocab.RdfType:
		if _, isType := classOfType(q.Object); !isType {
			return bad("use one of the data dictionary in seed/README.md", "the vocabulary has no class %s", name(q.Object))
		}
		return nil
	case strings.HasPrefix(string(predicate), vocab.IDsRole+":"):
		if prefix != vocab.IDsEvent {
			return bad("make an event the subject", "a record of %s: has no %s (an event has)", prefix, name(predicate))
		}
		if _, ok := q.Object.(store.IRI); !ok {
			return bad("write the id of who was part of it", "%s %s: not an id", string(predicate), name(q.Object))
		}
		return nil
	case predicate == vocab.SemHasActor:
		return bad("say in which role: role:participant, role:initiator …", "sem:hasActor says no role")
	}
	field := c.fields[lineKey{prefix, predicate}]
	switch {
	case field == nil && !c.known[predicate]:
		return bad("use one of the data dictionary in seed/README.md", "the vocabulary has no predicate %s", name(predicate))
	case field == nil:
		return bad("drop it, or correct the subject", "a record of %s: has no %s", prefix, name(predicate))
	}
	return c.value(q, field, bad)
}

// value holds the object against the range of its field.
func (c *LineCheck) value(q store.Quad, field *vocab.Field, bad func(remedy, wrong string, args ...any) error) error {
	short := vocab.Shorten(field.Predicate)
	if field.Range == vocab.Node {
		if _, ok := q.Object.(store.IRI); !ok {
			return bad("write "+wants(field), "%s %s: not an id", short, name(q.Object))
		}
		return nil
	}
	if date, ok := q.Object.(store.TypedString); ok && field.Range == vocab.EDTF {
		place := &c.dates[maphash.String(c.seed, string(date.Value))%uint64(len(c.dates))]
		if known := place.Load(); known != nil && *known == date {
			return nil
		}
		if _, wrong := misfit(date, field); wrong == "" {
			place.Store(&date)
			return nil
		}
	}
	if _, wrong := misfit(q.Object, field); wrong != "" {
		return bad("write "+wants(field), "%s %s: %s", short, name(q.Object), wrong)
	}
	if field.Range == vocab.Text || field.Range == vocab.Localized {
		l := linter{known: nothing{}}
		l.checkText(&fact{Quad: q})
		for _, p := range l.problems {
			return bad(p.Remedy, "%s", p.Wrong)
		}
	}
	if form, ok := forms[field.Predicate]; ok {
		if text := store.Text(q.Object); form.applies(text) && !form.pattern.MatchString(text) {
			return bad("write "+form.want, "%s %s: not of its form", short, name(q.Object))
		}
	}
	return nil
}

// isIDRest is idRest, which every line of a large file would wait for.
func isIDRest(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' && i > 0 && i < len(s)-1) {
			return false
		}
	}
	return s != ""
}

// Source returns files as a source of quads, in the order given: N-Quads (.nq), or N-Quads packed (.nq.gz, .nq.zst). The path "-" is stdin,
// and its name is then stdin.
func Source(paths []string, stdin io.Reader) (store.QuadSource, error) {
	var src store.QuadSource
	for _, path := range paths {
		if path == "-" {
			src = append(src, store.QuadText{Name: "stdin", Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		if !strings.HasSuffix(path, ".nq") && !strings.HasSuffix(path, ".nq.gz") && !strings.HasSuffix(path, ".nq.zst") {
			return nil, notNQuads(path)
		}
		t, err := store.QuadFile(path)
		if err != nil {
			return nil, err
		}
		src = append(src, t)
	}
	return src, nil
}

// Small reads a source if all of it together is at most limit bytes, unpacked; small is false if it is more. What it has read is not
// lost to the source that it returns.
func Small(src store.QuadSource, limit int64) (files []File, rest store.QuadSource, small bool, err error) {
	rest = append(rest, src...)
	for i, t := range src {
		if t.Pack == "" && t.Size > limit { // as one sees without reading it
			return nil, rest, false, nil
		}
		r, err := t.Unpacked()
		if err != nil {
			return nil, nil, false, fmt.Errorf("%s: %w", t.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			r.Close()
			return nil, nil, false, fmt.Errorf("%s: %w", t.Name, err)
		}
		if t.Size == 0 { // it is read once
			again := io.MultiReader(strings.NewReader(string(data)), r)
			rest[i].Open = func() (io.ReadCloser, error) { return io.NopCloser(again), nil }
		} else {
			r.Close()
		}
		if limit -= int64(len(data)); limit < 0 {
			return nil, rest, false, nil
		}
		files = append(files, File{Name: t.Name, Data: data})
	}
	return files, rest, true, nil
}
