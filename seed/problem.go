package seed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing wrong with curated quads.
type Problem struct {
	File    string
	Line    int    // of the quad that is wrong; of the record's first quad, if something is missing
	Subject string // the record, or the column in a line that does not parse
	Rule    Rule
	Wrong   string
	Remedy  string // what to do
}

// String returns "file:line: subject: what is wrong: what to do".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: %s", p.File, p.Line, p.Subject, p.Wrong, p.Remedy)
}

func compareProblems(a, b Problem) int {
	return cmp.Or(
		strings.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		strings.Compare(string(a.Rule), string(b.Rule)),
		strings.Compare(a.Subject, b.Subject),
		strings.Compare(a.Wrong, b.Wrong),
	)
}

// A LintError holds all problems of the files that were to be loaded.
type LintError struct{ Problems []Problem }

// Error returns the number of problems, and then each on a line of its own.
func (e *LintError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems in the data, nothing loaded", len(e.Problems))
	if len(e.Problems) == 1 {
		b.Reset()
		b.WriteString("1 problem in the data, nothing loaded")
	}
	for _, p := range e.Problems {
		b.WriteString("\n" + p.String())
	}
	return b.String()
}

// A Rule is the short, stable name of what a problem breaks.
type Rule string

// The rules.
const (
	RuleSyntax Rule = "syntax"

	RuleNoLabel        Rule = "no-label"
	RuleLabelForm      Rule = "label-form"
	RuleLabelUnknown   Rule = "label-unknown"
	RuleClaimSelf      Rule = "claim-self"
	RuleClaimSource    Rule = "claim-source"
	RuleClaimStatement Rule = "claim-statement"
	RuleClaimField     Rule = "claim-field"
	RuleClaimEmpty     Rule = "claim-empty"
	RuleUnread         Rule = "certainty-unread"

	RuleTypeMissing Rule = "type-missing"
	RuleTypeSeveral Rule = "type-several"
	RuleTypeAlso    Rule = "type-also"
	RuleTypeUnknown Rule = "type-unknown"
	RuleIDForm      Rule = "id-form"
	RuleIDPrefix    Rule = "id-prefix"

	RulePredicateUnknown Rule = "predicate-unknown"
	RulePredicateClass   Rule = "predicate-class"
	RuleRequired         Rule = "required"
	RuleEnglish          Rule = "english"
	RuleSingle           Rule = "single-value"
	RuleWhenText         Rule = "when-text"
	RuleDuplicate        Rule = "duplicate"

	RuleText             Rule = "value-text"
	RuleLanguage         Rule = "value-language"
	RuleDate             Rule = "value-date"
	RuleDateTime         Rule = "value-datetime"
	RuleInteger          Rule = "value-integer"
	RuleDecimal          Rule = "value-decimal"
	RuleCode             Rule = "value-code"
	RuleEnum             Rule = "value-enum"
	RuleIRI              Rule = "value-iri"
	RuleNode             Rule = "value-node"
	RuleForm             Rule = "value-form"
	RuleReferenceUnknown Rule = "reference-unknown"
	RuleReferenceClass   Rule = "reference-class"
	RuleTextBlank        Rule = "text-blank"
	RuleTextControl      Rule = "text-control"
	RuleTextNFC          Rule = "text-nfc"

	RuleRoleUnknown Rule = "role-unknown"
	RuleRoleDirect  Rule = "role-direct"
	RuleRoleRoot    Rule = "role-root"
	RuleEventEmpty  Rule = "event-empty"
	RuleBehalf      Rule = "behalf"
	RuleCycle       Rule = "cycle"

	RuleTwinTenure Rule = "twin-tenure"
	RuleTwinSameAs Rule = "twin-same-as"
	RuleTwinName   Rule = "twin-name"
)

// A RuleDoc says what a rule demands.
type RuleDoc struct {
	Rule Rule
	Doc  string
}

// Rules lists every rule, in the order in which one learns them.
func Rules() []RuleDoc { return slices.Clone(ruleDocs) }

var ruleDocs = []RuleDoc{
	{RuleSyntax, "Every line is N-Quads, a comment or blank."},

	{RuleNoLabel, "Every quad has a label."},
	{RuleLabelForm, "A label is the id of a claim."},
	{RuleLabelUnknown, "The claim is described."},
	{RuleClaimSelf, "What describes a claim is labelled with that claim."},
	{RuleClaimSource, "A claim names its source."},
	{RuleClaimStatement, "A claim has a statement in the curator's words."},
	{RuleClaimField, "A claim has a locator, a certainty, a stance, and when and by whom it was recorded."},
	{RuleClaimEmpty, "A claim has facts: quads with its label and another subject."},
	{RuleUnread, "A claim from a source that nobody read (without pav:retrievedOn) is at most REPORTED."},

	{RuleTypeMissing, "A record has a class."},
	{RuleTypeSeveral, "A record has one class only."},
	{RuleTypeAlso, "A record has the further types that its class demands."},
	{RuleTypeUnknown, "A class is one of the vocabulary."},
	{RuleIDForm, "An id is a class's prefix, a colon, and lower-case letters, digits and hyphens."},
	{RuleIDPrefix, "The prefix of an id is that of the record's class."},

	{RulePredicateUnknown, "A predicate is one of the vocabulary, or a role."},
	{RulePredicateClass, "The record's class has the predicate."},
	{RuleRequired, "A record has the fields that its class requires."},
	{RuleEnglish, "What has a name has an English one."},
	{RuleSingle, "A single-valued field has one value in a claim; a text, one in each language."},
	{RuleWhenText, "A date's wording stands in the claim that has the date."},
	{RuleDuplicate, "No quad stands twice."},

	{RuleText, "A text without a language is a plain string."},
	{RuleLanguage, "A text with a language has a BCP 47 tag."},
	{RuleDate, "A date is EDTF, with its datatype."},
	{RuleDateTime, "An instant is RFC 3339, with datatype xsd:dateTime."},
	{RuleInteger, "A whole number has datatype xsd:integer."},
	{RuleDecimal, "A number has datatype xsd:decimal."},
	{RuleCode, "A code has datatype parley:cameo or parley:plover."},
	{RuleEnum, "A value of an enumeration is one that the vocabulary lists."},
	{RuleIRI, "An IRI points outside the graph."},
	{RuleNode, "A value that is a record is written as its id."},
	{RuleForm, "A check sum, a duration, a language tag and a Wikidata link have their forms."},
	{RuleReferenceUnknown, "A record that is referred to exists."},
	{RuleReferenceClass, "A record that is referred to is of a class that the field takes."},
	{RuleTextBlank, "A text is not empty and has no blanks at its ends."},
	{RuleTextControl, "A text has no control characters, line ends and replacement characters among them."},
	{RuleTextNFC, "A text is in Unicode's normal form C."},

	{RuleRoleUnknown, "A role is a record."},
	{RuleRoleDirect, "Who was part of an event is said by a role, not by sem:hasActor."},
	{RuleRoleRoot, "A role is under role:participant, or directly under sem:hasActor."},
	{RuleEventEmpty, "An event has a participation."},
	{RuleBehalf, "Who acted on behalf of another took part in something, in the same claim."},
	{RuleCycle, "What is broader, around or before is so in a tree, without going around."},

	{RuleTwinTenure, "Two tenures differ in person, position or time."},
	{RuleTwinSameAs, "Two records of a class are not the same as one thing elsewhere."},
	{RuleTwinName, "Two records of a class differ in name, or visibly in what they belong to."},
}
