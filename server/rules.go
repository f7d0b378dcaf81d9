package main

import (
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed"
)

// newLedger returns a ledger that holds what it records against the rules of lint: there is one set of rules, whichever way data
// comes in.
func newLedger(g *graph.Graph, now func() time.Time) *graph.Ledger {
	return graph.NewLedger(g, judge, now)
}

// judge is [graph.Rules].
func judge(quads []store.Quad, known graph.Known) []graph.Violation {
	problems := seed.Check(quads, known)
	out := make([]graph.Violation, 0, len(problems))
	for _, p := range problems {
		v := graph.Violation{Quad: p.Line - 1, Code: graph.UserInput}
		switch p.Rule {
		case seed.RuleReferenceUnknown, seed.RuleRoleUnknown, seed.RuleLabelUnknown:
			v.Code = graph.UserNotFound
		case seed.RuleTwinName, seed.RuleTwinSameAs, seed.RuleTwinTenure:
			v.Code = graph.UserConflict
		case seed.RuleIDForm, seed.RuleIDPrefix:
			v.ID = true
		}
		remedy, ok := remedies[p.Rule]
		if !ok {
			remedy = p.Remedy
		}
		v.Message = p.Wrong + ": " + remedy
		out = append(out, v)
	}
	return out
}

// remedies say what to do to those who write no quads.
var remedies = map[seed.Rule]string{
	seed.RuleReferenceUnknown: "record it first, or correct the id; search finds ids by name",
	seed.RuleRoleUnknown:      "give a role that there is, such as role:participant, role:initiator or role:recipient",
	seed.RuleDate:             "write a date in EDTF, such as 2025-01-31, 2025-02, 2025-02-27/2025-03-01 or [2025-02-27..2025-03-01]",
	seed.RuleDateTime:         "write an instant in RFC 3339, such as 2025-03-01T12:00:00Z",
	seed.RuleInteger:          "write a whole number",
	seed.RuleDecimal:          "write a number",
	seed.RuleLanguage:         "give the language as a BCP 47 tag, such as en or es-MX",
	seed.RuleTextBlank:        "write something, without blanks at its ends, or leave it out",
	seed.RuleClaimStatement:   "say in evidence.statement, in your words, what is claimed",
	seed.RuleUnread:           "make it REPORTED, or record first, with " + vocab.Shorten(vocab.PavRetrievedOn) + ", when you read the source",
	seed.RuleTwinTenure:       "it is recorded already: assert another claim on that one instead",
	seed.RuleTwinSameAs:       "it is recorded already: use that one, or correct the link",
	seed.RuleTwinName:         "use that one if it is the same; if they are two, tell them apart in the name, or say of both what they belong to or are the same as",
	seed.RuleDuplicate:        "leave one of the two out",
	seed.RuleWhenText:         "give the date that it is the wording of",
}
