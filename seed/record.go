package seed

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// classify finds the one class that a record's types name, and complains if there is none.
func (l *linter) classify(r *record) {
	complain := func(f *fact, rule Rule, remedy, wrong string, args ...any) {
		if f.file != "" {
			l.report(f, rule, remedy, wrong, args...)
		}
	}
	types := r.values(vocab.RdfType)
	var classes []*vocab.Class
	unknown := false
	for _, f := range types {
		c, isType := classOfType(f.Object)
		if !isType {
			unknown = true
			complain(f, RuleTypeUnknown, "use one of the data dictionary in seed/README.md", "the vocabulary has no class %s", name(f.Object))
		}
		if c != nil && !slices.Contains(classes, c) {
			classes = append(classes, c)
		}
	}
	// A further type of one of the classes is no class of its own here: a kind is a skos:Concept, and no topic.
	classes = slices.DeleteFunc(classes, func(c *vocab.Class) bool {
		return slices.ContainsFunc(classes, func(other *vocab.Class) bool { return slices.Contains(other.Also, c.IRI) })
	})
	switch {
	case len(classes) == 0 && !unknown:
		remedy := "say what it is with rdf:type"
		if c := classOfID(string(r.id)); c != nil {
			remedy += "; by its id it is " + vocab.Shorten(c.IRI)
		}
		complain(r.facts[0], RuleTypeMissing, remedy, "the record has no class")
	case len(classes) > 1:
		f := types[len(types)-1]
		complain(f, RuleTypeSeveral, "keep one of them; make two records of what are two things",
			"the record is of the classes %s and %s", classes[0].Name, classes[1].Name)
	case len(classes) == 1:
		r.class = classes[0]
		for _, also := range r.class.Also {
			if !slices.ContainsFunc(types, func(f *fact) bool { return f.Object == store.IRI(also) }) {
				complain(types[0], RuleTypeAlso, "add it", "every %s is of rdf:type %s too", r.class.Name, vocab.Shorten(also))
			}
		}
	}
}

// classOfType returns the class whose rdf:type this is; nil and true for a type that only goes with a class's own.
func classOfType(t store.Term) (c *vocab.Class, isType bool) {
	iri, _ := t.(store.IRI)
	for i := range vocab.Classes {
		switch c := &vocab.Classes[i]; {
		case c.IRI == string(iri):
			return c, true
		case slices.Contains(c.Also, string(iri)):
			isType = true
		}
	}
	return nil, isType
}

var (
	idRest     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	idOfRecord = "write a class's prefix and then lower-case letters, digits and hyphens, as in person:pete-hegseth"
)

// checkRecord holds a record against its class.
func (l *linter) checkRecord(r *record) {
	prefix, rest, _ := strings.Cut(string(r.id), ":")
	switch {
	case classOfID(string(r.id)) == nil:
		l.reportRecord(r, RuleIDForm, idOfRecord, "%q is no prefix of a class's ids", prefix+":")
	case !idRest.MatchString(rest):
		l.reportRecord(r, RuleIDForm, idOfRecord, "%q is no id", string(r.id))
	case r.class != nil && r.class.IDs != prefix:
		l.reportRecord(r, RuleIDPrefix, "rename it, or correct its rdf:type", "ids of the class %s begin with %q", r.class.Name, r.class.IDs+":")
	}
	if r.class == nil {
		return
	}
	for i := range r.class.Fields {
		if f := &r.class.Fields[i]; !f.Inverse {
			l.checkField(r, f)
		}
	}
	switch r.class.Name {
	case "Claim":
		l.checkClaim(r)
	case "Event":
		if !slices.ContainsFunc(r.facts, isParticipation) {
			l.reportRecord(r, RuleEventEmpty, "say who was part of it, as in <"+string(r.id)+"> <role:participant> <person:…>",
				"nobody is part of the event")
		}
	case "Role":
		l.checkRole(r)
	}
}

// checkField holds all values of one field of a record together.
func (l *linter) checkField(r *record, field *vocab.Field) {
	values := r.values(store.IRI(field.Predicate))
	if field.Required {
		l.checkRequired(r, field, values)
	}
	if !field.Many {
		l.checkSingle(field, values)
	}
	if outer, _, ok := strings.Cut(field.Name, "."); ok {
		date := fieldNamed(r.class, outer)
		for _, f := range values {
			sameClaim := func(d *fact) bool { return d.Label == f.Label }
			if f.file != "" && !slices.ContainsFunc(r.values(store.IRI(date.Predicate)), sameClaim) {
				l.report(f, RuleWhenText, "label it with the claim that has the date, or add the date",
					"%s stands without %s in its claim", vocab.Shorten(field.Predicate), vocab.Shorten(date.Predicate))
			}
		}
	}
}

func (l *linter) checkRequired(r *record, field *vocab.Field, values []*fact) {
	predicate := vocab.Shorten(field.Predicate)
	english := func(f *fact) bool {
		text, ok := f.Object.(store.LangString)
		return !ok || text.Lang == "en" // what has no language at all is a problem of its own
	}
	switch {
	case len(values) == 0 && r.class.Name == "Claim" && field.Name == "source":
		l.reportRecord(r, RuleClaimSource, "name its source with "+predicate, "the claim has no source")
	case len(values) == 0 && r.class.Name == "Claim":
		l.reportRecord(r, RuleClaimField, "add "+predicate+", "+wants(field), "the claim has no %s", field.Name)
	case len(values) == 0:
		l.reportRecord(r, RuleRequired, "add "+predicate+", "+wants(field), "the %s has no %s", r.class.Name, field.Name)
	case field.Range == vocab.Localized && !slices.ContainsFunc(values, english):
		l.reportRecord(r, RuleEnglish, "add "+predicate+` "…"@en`, "the %s has no English %s", r.class.Name, field.Name)
	}
}

func (l *linter) checkSingle(field *vocab.Field, values []*fact) {
	type slot struct {
		label    store.Term
		language string
	}
	first := map[slot]*fact{}
	fromFiles := func(f *fact) int { return min(len(f.file), 1) }
	values = slices.SortedStableFunc(slices.Values(values), func(a, b *fact) int { return cmp.Compare(fromFiles(a), fromFiles(b)) })
	for _, f := range values { // what is known already was first
		s := slot{label: f.Label}
		in := ""
		if text, ok := f.Object.(store.LangString); ok && field.Range == vocab.Localized {
			s.language, in = text.Lang, " in language "+text.Lang
		}
		switch other := first[s]; {
		case other == nil:
			first[s] = f
		case f.file != "":
			l.report(f, RuleSingle, "keep one, or give the other to a claim of its own", "a second %s%s in one claim, beside %s",
				vocab.Shorten(field.Predicate), in, name(other.Object))
		}
	}
}

// checkFact holds one fact of the files against the class of its record.
func (l *linter) checkFact(f *fact) {
	id, ok := f.Subject.(store.IRI)
	if !ok || f.Predicate == store.IRI(vocab.RdfType) {
		return
	}
	r, predicate := l.records[id], f.predicate()
	if strings.HasPrefix(string(predicate), vocab.IDsRole+":") {
		l.checkParticipation(r, f)
		return
	}
	have := classesWith(predicate)
	switch {
	case len(have) == 0:
		l.report(f, RulePredicateUnknown, "use one of the data dictionary in seed/README.md"+l.nearTerm(predicate),
			"the vocabulary has no predicate %s", name(predicate))
		return
	case r.class == nil:
		return
	case !slices.Contains(have, r.class):
		names := make([]string, len(have))
		for i, c := range have {
			names[i] = c.Name
		}
		l.report(f, RulePredicateClass, "drop it, or correct the subject or its rdf:type",
			"the class %s has no %s (%s has)", r.class.Name, name(predicate), strings.Join(names, ", "))
		return
	case predicate == vocab.SemHasActor:
		l.report(f, RuleRoleDirect, "say in which role: role:participant, role:initiator …", "sem:hasActor says no role")
		return
	}
	l.checkValue(f, fieldOf(r.class, predicate))
	if predicate == vocab.ProvActedOnBehalfOf {
		l.checkBehalf(f)
	}
}

// fieldOf returns the field of a class with a predicate, nil if it has none.
func fieldOf(c *vocab.Class, predicate store.IRI) *vocab.Field {
	for i := range c.Fields {
		if f := &c.Fields[i]; !f.Inverse && f.Predicate == string(predicate) {
			return f
		}
	}
	return nil
}

// fieldNamed returns the field of a class with a name; the vocabulary has it.
func fieldNamed(c *vocab.Class, name string) *vocab.Field {
	return &c.Fields[slices.IndexFunc(c.Fields, func(f vocab.Field) bool { return f.Name == name })]
}

// classesWith returns the classes that have a predicate.
func classesWith(predicate store.IRI) []*vocab.Class {
	var list []*vocab.Class
	for i := range vocab.Classes {
		if fieldOf(&vocab.Classes[i], predicate) != nil {
			list = append(list, &vocab.Classes[i])
		}
	}
	return list
}

// nearTerm returns "; did you mean …?" for a predicate that is nearly one of the vocabulary, such as http://schema.org/name.
func (l *linter) nearTerm(predicate store.IRI) string {
	if l.suggestions == maxSuggestions {
		return ""
	}
	l.suggestions++
	var all []string
	for _, c := range vocab.Classes {
		for _, f := range c.Fields {
			all = append(all, f.Predicate)
		}
	}
	slices.Sort(all)
	best, distance := "", 4 // few enough that a word turns into no other
	for _, iri := range slices.Compact(all) {
		if d := levenshtein.ComputeDistance(string(predicate), iri); d < distance {
			best, distance = iri, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean <" + best + ">?"
}
