package seed

import (
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

const claimRemedy = "end the line with the claim that the fact rests on, <claim:…>"

// checkLabel holds a quad's label against the claims.
func (l *linter) checkLabel(f *fact) {
	label, ok := f.Label.(store.IRI)
	subject, _ := f.Subject.(store.IRI)
	r := l.records[subject]
	switch {
	case f.Label == nil:
		l.report(f, RuleNoLabel, claimRemedy, "the quad has no label")
	case !ok || !isClaim(label):
		l.report(f, RuleLabelForm, claimRemedy, "the label %s is no claim's id", name(f.Label))
	case r != nil && isClaim(subject) && label != subject:
		l.report(f, RuleClaimSelf, "label it <"+string(subject)+">", "what describes a claim is labelled %s", name(label))
	case l.find(label) == nil && !l.unknownLabels[label]:
		if l.unknownLabels == nil {
			l.unknownLabels = map[store.IRI]bool{}
		}
		l.unknownLabels[label] = true // once is enough: one description mends all
		l.report(f, RuleLabelUnknown, "describe it in quads labelled with itself, or correct the label"+l.didYouMean(string(label)),
			"nothing describes %s", name(label))
	}
}

func isClaim(id store.IRI) bool { return strings.HasPrefix(string(id), vocab.IDsClaim+":") }

// checkClaim holds a claim against what curation demands beyond the vocabulary.
func (l *linter) checkClaim(r *record) {
	if len(r.values(vocab.BiboLocator)) == 0 {
		l.reportRecord(r, RuleClaimField, `add bibo:locator, as in "paragraph 2"`, "the claim has no locator")
	}
	if len(r.values(vocab.DctermsDescription)) == 0 {
		l.reportRecord(r, RuleClaimStatement, `add dcterms:description "…"@en: what is claimed, in your words`, "the claim has no statement")
	}
	isFact := func(f *fact) bool { return f.Subject != store.Term(r.id) }
	if !slices.ContainsFunc(l.labelled[r.id], isFact) && len(l.known.Record(r.id)) == 0 {
		l.reportRecord(r, RuleClaimEmpty, "label the quads that it stands for with it, or delete it", "the claim has no facts")
	}
	for _, f := range r.values(vocab.ParleyCertainty) {
		if f.file == "" || f.Object != store.String("CONFIRMED") {
			continue
		}
		for _, s := range r.values(vocab.DctermsSource) {
			id, _ := s.Object.(store.IRI)
			if source := l.find(id); source != nil && len(source.values(vocab.PavRetrievedOn)) == 0 {
				l.report(f, RuleUnread, "make it REPORTED; or read the source, and say when with pav:retrievedOn",
					"CONFIRMED, but nobody has read %s", name(id))
			}
		}
	}
}

// checkParticipation holds a quad whose predicate is a role.
func (l *linter) checkParticipation(r *record, f *fact) {
	role := f.predicate()
	if found := l.find(role); found == nil || found.class != nil && found.class.Name != "Role" {
		l.report(f, RuleRoleUnknown, "use a role of seed/data/roles.nq, or add it there"+l.didYouMean(string(role)), "there is no role %s", name(role))
		return
	}
	if r.class == nil {
		return
	}
	if r.class.Name != "Event" {
		l.report(f, RulePredicateClass, "make an event the subject", "the class %s has no %s (Event has)", r.class.Name, name(role))
		return
	}
	l.checkReference(f, fieldNamed(r.class, "participations"))
}

func isParticipation(f *fact) bool {
	return strings.HasPrefix(string(f.predicate()), vocab.IDsRole+":")
}

// checkBehalf looks for the participation in which somebody acted on behalf of another.
func (l *linter) checkBehalf(f *fact) {
	tookPart := func(other *fact) bool { return isParticipation(other) && other.Object == f.Subject }
	if !slices.ContainsFunc(l.labelled[f.Label], tookPart) {
		l.report(f, RuleBehalf, "label it with the claim that has the part of "+name(f.Subject)+" in an event",
			"prov:actedOnBehalfOf %s: in this claim %s is part of nothing", name(f.Object), name(f.Subject))
	}
}

// checkRole looks for role:participant, or sem:hasActor right above the role.
func (l *linter) checkRole(r *record) {
	const participant = store.IRI(vocab.IDsRole + ":participant")
	seen := map[store.IRI]bool{}
	for todo := []store.IRI{r.id}; len(todo) > 0; todo = todo[1:] {
		id := todo[0]
		if id == participant || id == vocab.SemHasActor {
			return
		}
		found := l.find(id)
		if seen[id] || found == nil {
			continue
		}
		seen[id] = true
		for _, f := range found.values(vocab.RdfsSubPropertyOf) {
			if above, ok := f.Object.(store.IRI); ok && (above != vocab.SemHasActor || id == r.id) {
				todo = append(todo, above)
			}
		}
	}
	l.reportRecord(r, RuleRoleRoot, "put it under one with rdfs:subPropertyOf: whoever takes part, under role:participant; whoever does not, under sem:hasActor",
		"the role is neither under role:participant nor directly under sem:hasActor")
}
