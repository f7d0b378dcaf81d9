package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Ledger records claims in a store, one write at a time. Every write rests on a look at the state that it changes, is durable
// when its method returns, and is all there or not at all. A program has at most one ledger for a store; of a store that programs share, each may
// have one. Its methods may be called by many goroutines at once.
//
// A write goes so:
//
//  1. What can be judged without the store is: the sizes of texts and lists.
//  2. Within [store.Store.Update], where nobody else writes: what a client key names is looked up; ids are chosen; the input becomes
//     quads, each with the path of the input that it comes from; the rules judge them beside what is known.
//  3. The quads are written, with a note: who wrote, when, which claims were recorded or retracted, and what the client calls it.
//     Notes are what [Graph.Changes] reads.
//
// Claims get the ledger's time, which never stands still and never goes back, so that what was known at an instant is what
// the writes up to then made of it.
type Ledger struct {
	graph *Graph
	rules Rules
	now   func() time.Time

	// Both are only used within Update.
	last  time.Time // of the last write; zero before the first
	wrote uint64    // the last revision that this ledger made: there is no time after last in it. 0 before the first
}

// NewLedger returns a ledger that writes to g's store. rules judges what is to be recorded, and now tells the time.
func NewLedger(g *Graph, rules Rules, now func() time.Time) *Ledger {
	return &Ledger{graph: g, rules: rules, now: now}
}

// Rules judge quads that are to be recorded beside what is known already, and return what is wrong, in the order of the quads. They are
// those by which files are judged: the domain knows what it can answer, and not what may be said.
type Rules func(quads []store.Quad, known Known) []Violation

// Known is what is recorded, for [Rules] to look at. After an error it knows nothing, and the write fails of that error.
type Known interface {
	// Record returns the quads with this subject, in any order; none if there is no such record. They are not to be changed.
	Record(id store.IRI) []store.Quad
	// Subjects returns the subjects that have this value, each once, in any order.
	Subjects(predicate store.IRI, object store.Term) []store.IRI
	// IDs returns ids that begin with a prefix, for suggestions. It may return none instead.
	IDs(prefix string) []store.IRI
}

// A Violation is what is wrong with one quad, or with the record that it begins.
type Violation struct {
	Quad    int  // its place
	ID      bool // it is the record's id that is wrong
	Code    UserErrorCode
	Message string // what is wrong, and what to do
}

// A UserError says what kept something from being recorded. See the SDL.
type UserError struct {
	Code    UserErrorCode
	Message string
	Path    []string
}

// A UserErrorCode is a kind of [UserError]. See the SDL.
type UserErrorCode string

// The kinds.
const (
	UserInput    UserErrorCode = "BAD_USER_INPUT"
	UserNotFound UserErrorCode = "NOT_FOUND"
	UserConflict UserErrorCode = "CONFLICT"
)

// A Recorded is what every write answers. Embedding it, a payload has these fields.
type Recorded struct {
	Claim      *Claim // nil if there are errors
	UserErrors []*UserError
	Revision   string

	view   *View
	entity Node
}

// View returns the view that the payload's nodes are answered from. The caller must close it.
func (r *Recorded) View() *View { return r.view }

// The bounds of what one write holds. They are far beyond what a source says in one place.
const (
	maxName      = 500   // characters of a name, a title, a locator, a date, a word for a date
	maxStatement = 4_000 // of a statement, a summary, a description, a reason
	maxQuote     = 8_000
	maxIRI       = 2_000
	maxID        = 200 // of an id or a client's key
	maxItems     = 100 // of a list
	maxErrors    = 20  // of one answer
)

// A draft is a write before it is one.
type draft struct {
	writer string
	at     string // when it is recorded
	claim  ID     // on which its facts rest
	quads  []store.Quad
	paths  [][]string // of each quad, where in the input it comes from
	errs   []*UserError
	note   note
	view   *View       // of the state that it changes
	free   map[ID]bool // the ids of new records
}

// A note is what the store keeps beside a write, as JSON.
type note struct {
	At      string       `json:"at"`
	By      string       `json:"by"`
	Changes []noteChange `json:"changes"`
	Entity  ID           `json:"entity,omitempty"`  // what the write made, if that is not the claim
	Claim   ID           `json:"claim"`             // on which it rests, or which it retracts
	Content string       `json:"content,omitempty"` // the hash of the input, of writes with a client's key
}

type noteChange struct {
	What  ChangeKind `json:"what"`
	Claim ID         `json:"claim"`
}

func at(path ...string) []string { return append([]string{"input"}, path...) }

func (d *draft) fail(code UserErrorCode, path []string, format string, args ...any) {
	d.errs = append(d.errs, &UserError{code, fmt.Sprintf(format, args...), path})
}

// text bounds a text.
func (d *draft) text(limit int, s string, path ...string) {
	if n := utf8.RuneCountInString(s); n > limit {
		d.fail(UserInput, at(path...), "it has %d characters, and %d are allowed: shorten it, or split it into several", n, limit)
	}
}

func (d *draft) optional(limit int, s *string, path ...string) {
	if s != nil {
		d.text(limit, *s, path...)
	}
}

// list bounds a list and each of its items.
func list[T any](d *draft, items []T, path string, each func(item T, path ...string)) {
	if len(items) > maxItems {
		d.fail(UserInput, at(path), "it has %d items, and %d are allowed: split the write into several", len(items), maxItems)
		return
	}
	for i, item := range items {
		each(item, path, strconv.Itoa(i))
	}
}

func (d *draft) ids(ids []ID, path string) {
	list(d, ids, path, func(id ID, path ...string) { d.text(maxID, string(id), path...) })
}

func (d *draft) iris(iris []string, path string) {
	list(d, iris, path, func(iri string, path ...string) { d.text(maxIRI, iri, path...) })
}

// add adds a fact that rests on the draft's claim.
func (d *draft) add(path []string, subject ID, predicate string, object store.Term) {
	d.quads = append(d.quads, store.Quad{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(d.claim)})
	d.paths = append(d.paths, path)
}

// say adds what a claim says of itself.
func (d *draft) say(path []string, claim ID, predicate string, object store.Term) {
	d.quads = append(d.quads, store.Quad{Subject: store.IRI(claim), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(claim)})
	d.paths = append(d.paths, path)
}

// isA adds the types of a new record, which by its id is of a class.
func (d *draft) isA(path []string, id ID, class *vocab.Class) {
	d.add(path, id, vocab.RdfType, store.IRI(class.IRI))
	for _, also := range class.Also {
		d.add(path, id, vocab.RdfType, store.IRI(also))
	}
}

func (d *draft) english(path []string, id ID, predicate, text string) {
	d.add(path, id, predicate, store.LangString{Value: store.String(text), Lang: "en"})
}

func (d *draft) localized(id ID, predicate string, texts []*LocalizedTextInput, path string) {
	for i, t := range texts {
		d.add(at(path, strconv.Itoa(i)), id, predicate, store.LangString{Value: store.String(t.Text), Lang: t.Language})
	}
}

func (d *draft) plain(path []string, id ID, predicate string, text *string) {
	if text != nil {
		d.add(path, id, predicate, store.String(*text))
	}
}

func (d *draft) typed(path []string, id ID, predicate string, text *string, datatype string) {
	if text != nil {
		d.add(path, id, predicate, typedTerm(*text, datatype))
	}
}

func typedTerm(text, datatype string) store.Term {
	return store.TypedString{Value: store.String(text), Type: store.IRI(datatype)}
}

func (d *draft) node(path []string, id ID, predicate string, to *ID) {
	if to != nil {
		d.add(path, id, predicate, store.IRI(*to))
	}
}

func (d *draft) nodes(id ID, predicate string, to []ID, path string) {
	for i, t := range to {
		d.add(at(path, strconv.Itoa(i)), id, predicate, store.IRI(t))
	}
}

func (d *draft) iri(path []string, id ID, predicate string, iri *string) {
	if iri != nil {
		d.add(path, id, predicate, store.IRI(*iri))
	}
}

// errRefused ends a write that has errors of the user's, and errPreviewed one that was only to be looked at.
var (
	errRefused   = errors.New("refused")
	errPreviewed = errors.New("previewed")
)

// A Preview is what a write would add to the store.
type Preview struct{ quads []store.Quad }

// NQuads returns the quads in N-Quads, a line each, in the order in which they would be recorded; "" if the write was refused.
func (p *Preview) NQuads() (string, error) {
	var b strings.Builder
	for _, q := range p.quads {
		if err := store.WriteQuad(&b, q); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

type previewKey struct{}

// WithPreview returns a context within which writes are judged and not made: their answers have errors or nothing, and p what they would have
// added. What is recorded later has another time than p tells, and another id if that was taken meanwhile.
func WithPreview(ctx context.Context, p *Preview) context.Context {
	return context.WithValue(ctx, previewKey{}, p)
}

// write makes one write. check judges the input alone; build makes quads of it, with the draft's view, time and writer. It returns an error only
// if the program or the store failed.
func (l *Ledger) write(ctx context.Context, writer, operation string, input any, key *string, check func(*draft), build func(context.Context, *draft) error) (Recorded, error) {
	d := &draft{writer: writer}
	d.optional(maxID, key, "clientKey")
	if key != nil && *key == "" {
		d.fail(UserInput, at("clientKey"), "it is empty: leave it out, or give what you call this write")
	}
	if check(d); len(d.errs) > 0 {
		return l.recorded(ctx, d, 0)
	}
	name, content := "", ""
	if key != nil {
		sum := sha256.Sum256([]byte(strconv.Quote(writer) + strconv.Quote(*key)))
		name = string(sum[:16])
		text, err := json.Marshal(input)
		if err != nil {
			return Recorded{}, fmt.Errorf("%s: %w", operation, err)
		}
		sum = sha256.Sum256(append([]byte(operation+" "), text...))
		content = hex.EncodeToString(sum[:16])
	}
	var done *store.Note // of the same write before
	revision, err := l.graph.store.Update(ctx, func(v *store.View) (store.Change, error) {
		if name != "" {
			n, ok, err := v.Noted(ctx, name)
			if err != nil {
				return store.Change{}, err
			}
			if ok {
				done = &n
				return store.Change{}, nil
			}
		}
		c, err := l.draw(ctx, v, d, name, content, build)
		if p, ok := ctx.Value(previewKey{}).(*Preview); ok && err == nil {
			p.quads = c.Add
			return store.Change{}, errPreviewed
		}
		return c, err
	})
	var refused *store.QuadError
	switch {
	case errors.Is(err, errRefused), errors.Is(err, errPreviewed):
		return l.recorded(ctx, d, 0)
	case errors.As(err, &refused) && refused.Index < len(d.paths):
		d.fail(UserInput, d.paths[refused.Index], "it cannot be kept: %v", refused.Err)
		return l.recorded(ctx, d, 0)
	case err != nil:
		return Recorded{}, fmt.Errorf("%s: %w", operation, err)
	case done != nil:
		if err := json.Unmarshal(done.Text, &d.note); err != nil {
			return Recorded{}, fmt.Errorf("%s: the note of revision %d: %w", operation, done.Revision, err)
		}
		if d.note.Content != content {
			d.fail(UserConflict, at("clientKey"), "you recorded something else with this key, at revision %d: give this write a key of its own", done.Revision)
			return l.recorded(ctx, d, 0)
		}
		revision = done.Revision
	}
	return l.recorded(ctx, d, revision)
}

// draw makes the draft a change of the state that v shows, or says why not. It is called again with a newer state if another program was faster.
func (l *Ledger) draw(ctx context.Context, v *store.View, d *draft, name, content string, build func(context.Context, *draft) error) (store.Change, error) {
	d.view = &View{graph: l.graph, store: l.graph.reader(v, clock{}), records: map[ID]*record{}}
	d.quads, d.paths, d.errs, d.note = nil, nil, nil, note{}
	now, err := l.stamp(ctx, v)
	if err != nil {
		return store.Change{}, err
	}
	d.at, d.free = now.Format(time.RFC3339Nano), map[ID]bool{}
	if err := build(ctx, d); err != nil {
		return store.Change{}, err
	}
	if len(d.errs) > 0 {
		return store.Change{}, errRefused
	}
	k := known{store.NewLookup(ctx, v), d.free}
	violations := l.rules(d.quads, k)
	if err := k.Err(); err != nil {
		return store.Change{}, err
	}
	for _, x := range violations {
		path := at()
		if x.Quad >= 0 && x.Quad < len(d.paths) {
			path = d.paths[x.Quad]
		}
		if x.ID {
			switch path[len(path)-1] {
			case "subject":
			case "newPosition":
				path = at("newPosition", "id")
			default:
				path = at("id")
			}
		}
		d.errs = append(d.errs, &UserError{x.Code, x.Message, path})
	}
	if len(d.errs) > 0 {
		return store.Change{}, errRefused
	}
	d.note.At, d.note.By, d.note.Content = d.at, d.writer, content
	text, err := json.Marshal(d.note)
	if err != nil {
		return store.Change{}, err
	}
	return store.Change{Add: d.quads, Note: text, Key: name, Begun: func(revision uint64) { l.wrote = revision }}, nil
}

// maxAhead is how far the clock may have stood ahead when it wrote what the store has, to be set back since. What is dated later
// than that is no work of a ledger's and is not waited for.
const maxAhead = 24 * time.Hour

// stamp returns the time of the next write: the clock's, or, if that has not moved on since the last write, a microsecond after that. Other programs
// write too, by their own clocks: unless this ledger wrote last, it asks the store when that was.
func (l *Ledger) stamp(ctx context.Context, v *store.View) (time.Time, error) {
	now := l.now().UTC().Truncate(time.Microsecond)
	if l.wrote == 0 || v.Revision() != l.wrote {
		until := now.Add(maxAhead)
		last := func(predicate string) store.Stretch {
			return store.Stretch{Predicate: store.IRI(predicate), Until: &until, Limit: 1, Backwards: true}
		}
		found, err := v.Instants(ctx, last(vocab.ProvGeneratedAtTime), last(vocab.ProvInvalidatedAtTime))
		if err != nil {
			return time.Time{}, err
		}
		for _, quads := range found {
			for _, q := range quads {
				if t, err := time.Parse(time.RFC3339Nano, store.Text(q.Object)); err == nil && t.After(l.last) {
					l.last = t.UTC().Truncate(time.Microsecond)
				}
			}
		}
	}
	if !now.After(l.last) {
		now = l.last.Add(time.Microsecond)
	}
	l.last = now
	return now, nil
}

// recorded makes the answer of a write: of one that was made at a revision, or, with 0, of one that was refused.
func (l *Ledger) recorded(ctx context.Context, d *draft, revision uint64) (Recorded, error) {
	v := l.graph.View()
	r := Recorded{UserErrors: []*UserError{}, Revision: v.Revision(), view: v}
	if revision == 0 {
		r.UserErrors = d.errs[:min(len(d.errs), maxErrors)]
		return r, nil
	}
	r.Revision = strconv.FormatUint(revision, 10)
	ids := []ID{d.note.Claim}
	if d.note.Entity != "" {
		ids = append(ids, d.note.Entity)
	}
	nodes, err := v.Nodes(ctx, ids)
	if err != nil {
		v.Close()
		return Recorded{}, fmt.Errorf("read what was recorded at revision %d: %w", revision, err)
	}
	r.Claim, _ = nodes[0].(*Claim)
	r.entity = nodes[len(nodes)-1]
	return r, nil
}

// known is [Known] of a view.
type known struct {
	*store.Lookup
	free map[ID]bool // ids that nothing is known of
}

func (k known) Record(id store.IRI) []store.Quad {
	if k.free[ID(id)] {
		return nil
	}
	return k.Lookup.Record(id)
}
