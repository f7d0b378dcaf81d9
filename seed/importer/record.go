package importer

import (
	"io"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A quadWriter writes quads as N-Quads. Ids and IRIs are written as they are: their makers see to it that they have the characters of
// IRIs only. It keeps its first error.
type quadWriter struct {
	w   io.Writer
	buf []byte
	err error
}

const quadBuffer = 60 << 10

func (w *quadWriter) begin(subject, predicate string) {
	w.buf = append(append(append(append(append(w.buf, '<'), subject...), "> <"...), predicate...), "> "...)
}

func (w *quadWriter) end(label string) {
	w.buf = append(append(append(w.buf, " <"...), label...), "> .\n"...)
	if len(w.buf) >= quadBuffer {
		w.flush()
	}
}

func (w *quadWriter) flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

// iri writes a quad whose object is an id or another IRI.
func (w *quadWriter) iri(subject, predicate, object, label string) {
	w.begin(subject, predicate)
	w.buf = append(append(append(w.buf, '<'), object...), '>')
	w.end(label)
}

// term writes a quad whose object is a literal.
func (w *quadWriter) term(subject, predicate string, object store.Term, label string) {
	w.begin(subject, predicate)
	w.buf = store.AppendTerm(w.buf, object)
	w.end(label)
}

func (w *quadWriter) text(subject, predicate, text, label string) {
	w.term(subject, predicate, store.String(text), label)
}

func (w *quadWriter) english(subject, predicate, text, label string) {
	w.term(subject, predicate, store.LangString{Value: store.String(text), Lang: "en"}, label)
}

// typed writes a quad whose object is a literal of a datatype, in characters that need no escape.
func (w *quadWriter) typed(subject, predicate, value, datatype, label string) {
	w.begin(subject, predicate)
	w.buf = append(append(append(append(append(w.buf, '"'), value...), `"^^<`...), datatype...), '>')
	w.end(label)
}

// seen remembers what was written, for as long as there is room. What it has forgotten is written again, and the store passes it over:
// the same quads say the same.
type seen struct {
	now, before map[string]string
	max         int
}

const seenRecords = 1 << 18 // of each of two generations: some 60 MB at most

func newSeen() *seen { return &seen{now: map[string]string{}, max: seenRecords} }

// get returns what is known of a key.
func (s *seen) get(key string) (string, bool) {
	v, ok := s.now[key]
	if !ok {
		if v, ok = s.before[key]; ok {
			s.put(key, v)
		}
	}
	return v, ok
}

func (s *seen) put(key, value string) {
	if len(s.now) >= s.max {
		s.before, s.now = s.now, make(map[string]string, s.max/4)
	}
	s.now[key] = value
}

// first reports whether a key is new, and remembers it.
func (s *seen) first(key string) bool {
	if _, ok := s.get(key); ok {
		return false
	}
	s.put(key, "")
	return true
}

// A claim is what the facts of one source document rest on.
type claim struct {
	id, source string
	statement  string
	locator    string
	recorded   string // RFC 3339
	by         string
}

// claim describes a claim, and reports whether it did so for the first time.
func (im *Import) claim(c claim) bool {
	if !im.seen.first(c.id) {
		return false
	}
	w := &im.out
	w.iri(c.id, vocab.RdfType, vocab.ClassClaim, c.id)
	w.iri(c.id, vocab.DctermsSource, c.source, c.id)
	w.english(c.id, vocab.DctermsDescription, c.statement, c.id)
	w.text(c.id, vocab.BiboLocator, c.locator, c.id)
	w.text(c.id, vocab.ParleyCertainty, "REPORTED", c.id)
	w.text(c.id, vocab.ParleyStance, "ASSERTS", c.id)
	w.typed(c.id, vocab.ProvGeneratedAtTime, c.recorded, vocab.XsdDateTime, c.id)
	w.text(c.id, vocab.ParleyRecordedBy, c.by, c.id)
	return true
}

// A source is a source document.
type source struct {
	id, title     string
	publisher     string // an id, or ""
	url, language string
}

// source describes a source, the first time.
func (im *Import) source(s source, label string) {
	if !im.seen.first(s.id) {
		return
	}
	w := &im.out
	w.iri(s.id, vocab.RdfType, vocab.ClassSource, label)
	w.english(s.id, vocab.DctermsTitle, s.title, label)
	if s.publisher != "" {
		w.iri(s.id, vocab.DctermsPublisher, s.publisher, label)
	}
	if s.url != "" {
		w.iri(s.id, vocab.SchemaUrl, s.url, label)
	}
	if s.language != "" {
		w.text(s.id, vocab.DctermsLanguage, s.language, label)
	}
}

// An actor is somebody whom a row names.
type actor struct {
	class string // vocab.IDsPerson and so on
	name  string // as the rules allow it
	slug  string // of its id; "" is that of the name
	of    *country
}

// actor describes an actor, the first time, and returns the id.
func (im *Import) actor(a actor) string {
	if a.slug == "" {
		a.slug = slug(a.name)
	}
	id := a.class + ":" + a.slug
	w := &im.out
	name, known := im.seen.get(id)
	switch {
	case !known:
		w.iri(id, vocab.RdfType, classIRIs[a.class], im.names)
		w.english(id, vocab.SchemaName, a.name, im.names)
		im.seen.put(id, a.name)
	case name != a.name && im.seen.first(id+"\t"+a.name):
		w.english(id, vocab.SchemaAlternateName, a.name, im.names)
	}
	if a.of != nil && (!known || im.seen.first(id+"\t"+a.of.slug)) {
		w.iri(id, vocab.OrgUnitOf, im.government(a.of), im.names)
		im.seen.put(id+"\t"+a.of.slug, "")
	}
	return id
}

func (im *Import) government(c *country) string {
	return im.actor(actor{class: vocab.IDsGovernment, name: c.name, slug: c.slug})
}

var classIRIs = map[string]string{
	vocab.IDsPerson: vocab.ClassPerson, vocab.IDsGovernment: vocab.ClassGovernment, vocab.IDsAgency: vocab.ClassAgency,
	vocab.IDsOrganization: vocab.ClassOrganization, vocab.IDsGroup: vocab.ClassGroup,
}

// A place is where a row says that something happened.
type place struct {
	name      string // with what it lies in: "Ankara, Turkey"
	of        *country
	lat, long string // decimal degrees, both or none
}

// place describes a place, the first time, and returns the id. A country has no coordinates: sources give it those of anything in it.
func (im *Import) place(p place) string {
	if p.of != nil && slug(p.name) == p.of.slug {
		p.name, p.lat, p.long = p.of.name, "", ""
	}
	id := vocab.IDsPlace + ":" + slug(p.name)
	if !im.seen.first(id) {
		return id
	}
	w := &im.out
	w.iri(id, vocab.RdfType, vocab.ClassPlace, im.names)
	w.english(id, vocab.SchemaName, p.name, im.names)
	if p.lat != "" && p.long != "" {
		w.typed(id, vocab.SchemaLatitude, p.lat, vocab.XsdDecimal, im.names)
		w.typed(id, vocab.SchemaLongitude, p.long, vocab.XsdDecimal, im.names)
	}
	if p.of != nil && p.name != p.of.name {
		w.iri(id, vocab.SchemaContainedInPlace, im.place(place{name: p.of.name, of: p.of}), im.names)
	}
	return id
}

// degrees returns a coordinate as a decimal number in its range, "" if it is none.
func degrees(s string, most float64) string {
	if !decimalForm.MatchString(s) {
		return ""
	}
	if x, err := parseFloat(s); err != nil || x < -most || x > most {
		return ""
	}
	return s
}

// An event is what a row tells.
type event struct {
	row      string // the source's own id of the row; "" if it has none
	day      string // 2014-01-31
	kind     *kind
	from, to string // ids of actors; one of them may be ""
	place    string // an id, or ""
	claim    string
}

// event writes an event. It is named by the row, if rows have ids, and by what it is if they have none or if it is one of those
// that stand twice: by a hash of its kind and of who took part, and by the day.
func (im *Import) event(e event) error {
	if e.kind.symmetric && e.to != "" && e.to < e.from {
		e.from, e.to = e.to, e.from
	}
	id := im.prefix + e.row
	if e.row == "" || e.kind.mirrored && e.from != "" && e.to != "" {
		id = im.prefix + hash(e.kind.id, e.from, e.to) + "-" + e.day[:4] + e.day[5:7] + e.day[8:]
	}
	im.tellings++
	if err := im.events.add(id); err != nil {
		return err
	}
	w := &im.out
	if im.told.first(id + "\t" + e.claim) {
		w.iri(id, vocab.RdfType, vocab.ClassEvent, e.claim)
		w.iri(id, vocab.SemEventType, e.kind.id, e.claim)
		w.typed(id, vocab.SemHasTimeStamp, e.day, vocab.EdtfEDTF, e.claim)
		if e.from != "" {
			w.iri(id, e.kind.from, e.from, e.claim)
		}
		if e.to != "" {
			w.iri(id, e.kind.to, e.to, e.claim)
		}
	}
	if e.place != "" && im.told.first(id+"\t"+e.claim+"\t"+e.place) {
		w.iri(id, vocab.SemHasPlace, e.place, e.claim)
	}
	return w.err
}
