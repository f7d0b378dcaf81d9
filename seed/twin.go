package seed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// checkTwins looks for two records of one thing.
func (l *linter) checkTwins() {
	t := twins{l: l, tenures: map[tenure]*record{}, links: map[trait]*record{}, names: map[trait][]*record{}}
	for _, r := range l.order {
		switch {
		case r.class == nil:
		case r.class.Name == "Tenure":
			t.checkTenure(r)
		default:
			t.checkLinks(r)
			t.checkNames(r)
		}
	}
}

type twins struct {
	l       *linter
	tenures map[tenure]*record
	links   map[trait]*record
	names   map[trait][]*record
}

type tenure struct{ person, position, when store.Term }

// A trait is a link or a folded name, and the class of whoever has it.
type trait struct{ class, text string }

func (t *twins) checkTenure(r *record) {
	for _, person := range r.values(vocab.OrgMember) {
		for _, position := range r.values(vocab.ParleyPosition) {
			for _, when := range r.values(vocab.SemHasTimeStamp) {
				key := tenure{person.Object, position.Object, when.Object}
				other := t.tenures[key]
				if other == nil {
					t.tenures[key] = r
					other = t.known(r, vocab.OrgMember, person.Object, func(o *record) bool {
						return o.has(vocab.ParleyPosition, position.Object) && o.has(vocab.SemHasTimeStamp, when.Object)
					})
				}
				if other != nil && other != r {
					t.l.reportRecord(r, RuleTwinTenure, "delete one of the two", "the same person, position and time as in %s", name(other.id))
					return
				}
			}
		}
	}
}

func (t *twins) checkLinks(r *record) {
	for _, f := range r.values(vocab.OwlSameAs) {
		key := trait{r.class.Name, store.Text(f.Object)}
		other := t.links[key]
		if other == nil {
			t.links[key] = r
			other = t.known(r, vocab.OwlSameAs, f.Object, func(*record) bool { return true })
		}
		if other != nil && other != r && f.file != "" {
			t.l.report(f, RuleTwinSameAs, "make them one record, or correct the link", "the same as %s, and so is %s", name(f.Object), name(other.id))
		}
	}
}

// checkNames compares English names. Sources are left out: titles come again.
func (t *twins) checkNames(r *record) {
	predicate := nameOf(r.class)
	if predicate == "" || r.class.Name == "Source" {
		return
	}
	for _, f := range r.values(predicate) {
		text, ok := f.Object.(store.LangString)
		if !ok || text.Lang != "en" || f.file == "" {
			continue
		}
		key := trait{r.class.Name, fold(string(text.Value))}
		other := t.known(r, predicate, f.Object, func(o *record) bool { return !toldApart(r, o) })
		for _, o := range t.names[key] {
			if o != r && !toldApart(r, o) {
				other = o
				break
			}
		}
		t.names[key] = append(t.names[key], r)
		if other != nil {
			t.l.report(f, RuleTwinName, "make them one record; if they are two, tell them apart in the name, or say of both what they belong to or are the same as",
				"the %s %s has the English name %s too", r.class.Name, name(other.id), name(f.Object))
			return
		}
	}
}

// known returns another record of r's class that is only known, has a value and is like r; nil if there is none.
func (t *twins) known(r *record, predicate store.IRI, value store.Term, like func(*record) bool) *record {
	for _, id := range t.l.known.Subjects(predicate, value) {
		o := t.l.find(id)
		if o != nil && o != r && !o.own && o.class == r.class && like(o) {
			return o
		}
	}
	return nil
}

// tellingPredicates are those by which two records of one name are seen to be two: Springfield in two states.
var tellingPredicates = []store.IRI{vocab.OwlSameAs, vocab.SchemaContainedInPlace, vocab.OrgPostIn, vocab.OrgUnitOf, vocab.SkosBroader}

// toldApart reports whether both records have values of a telling predicate, and none in common.
func toldApart(a, b *record) bool {
	for _, p := range tellingPredicates {
		as, bs := a.values(p), b.values(p)
		if len(as) == 0 || len(bs) == 0 {
			continue
		}
		common := false
		for _, f := range as {
			common = common || b.has(p, f.Object)
		}
		if !common {
			return true
		}
	}
	return false
}

func (r *record) has(predicate store.IRI, value store.Term) bool {
	for _, f := range r.facts {
		if f.Predicate == predicate && f.Object == value {
			return true
		}
	}
	return false
}

// nameOf returns the predicate of a class's name: its required text; "" if it has none.
func nameOf(c *vocab.Class) store.IRI {
	for _, f := range c.Fields {
		if f.Required && f.Range == vocab.Localized {
			return store.IRI(f.Predicate)
		}
	}
	return ""
}

// fold makes names equal that differ only in case, accents and blanks.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
