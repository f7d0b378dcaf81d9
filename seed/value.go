package seed

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// checkValue holds a fact's value against the range of its field.
func (l *linter) checkValue(f *fact, field *vocab.Field) {
	if field.Range == vocab.Node {
		l.checkReference(f, field)
		return
	}
	if rule, wrong := misfit(f.Object, field); wrong != "" {
		l.report(f, rule, "write "+wants(field), "%s %s: %s", vocab.Shorten(field.Predicate), name(f.Object), wrong)
		return
	}
	l.checkText(f)
	if form, ok := forms[field.Predicate]; ok {
		if text := store.Text(f.Object); form.applies(text) && !form.pattern.MatchString(text) {
			l.report(f, RuleForm, "write "+form.want, "%s %s: not of its form", vocab.Shorten(field.Predicate), name(f.Object))
		}
	}
}

// wants says what the values of a field are.
func wants(field *vocab.Field) string {
	switch field.Range {
	case vocab.Localized:
		return `text with its language: "…"@en`
	case vocab.EDTF:
		return `a date in EDTF: "2025-01-31"^^<` + vocab.EdtfEDTF + `>`
	case vocab.IRI:
		return "the IRI of something outside the graph: <http://www.wikidata.org/entity/Q96>"
	case vocab.DateTime:
		return `an instant: "2026-11-23T00:00:00Z"^^<` + vocab.XsdDateTime + `>`
	case vocab.Integer:
		return `a whole number: "29"^^<` + vocab.XsdInteger + `>`
	case vocab.Decimal:
		return `a number: "25"^^<` + vocab.XsdDecimal + `>`
	case vocab.Code:
		return `a code: "041"^^<` + vocab.ParleyCameo + `>, or of <` + vocab.ParleyPlover + `>`
	case vocab.Enum:
		return `one of "` + strings.Join(field.Values, `" "`) + `"`
	case vocab.Node:
		return "the id of a record of class " + strings.Join(field.Classes, ", ")
	}
	return `text without a language: "…"`
}

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$`)
	decimal     = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)
)

// misfit says what is wrong with a value, and by which rule; "" if nothing is.
func misfit(t store.Term, field *vocab.Field) (Rule, string) {
	switch field.Range {
	case vocab.Text:
		if _, ok := t.(store.String); !ok {
			return RuleText, "not a plain text"
		}
	case vocab.Localized:
		text, ok := t.(store.LangString)
		switch {
		case !ok:
			return RuleLanguage, "not a text with a language"
		case !languageTag.MatchString(text.Lang):
			return RuleLanguage, fmt.Sprintf("%q is no BCP 47 tag as it should be written", text.Lang)
		}
	case vocab.EDTF:
		text, ok := typed(t, vocab.EdtfEDTF)
		if !ok {
			return RuleDate, "not a literal of datatype edtf:EDTF"
		}
		if _, err := edtf.Parse(text); err != nil {
			return RuleDate, edtfReason(err)
		}
	case vocab.IRI:
		iri, ok := t.(store.IRI)
		switch {
		case !ok:
			return RuleIRI, "not an IRI"
		case classOfID(string(iri)) != nil:
			return RuleIRI, "an id of this graph"
		}
	case vocab.DateTime:
		text, ok := typed(t, vocab.XsdDateTime)
		if !ok {
			return RuleDateTime, "not a literal of datatype xsd:dateTime"
		}
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return RuleDateTime, "not an instant in RFC 3339"
		}
	case vocab.Integer:
		text, ok := typed(t, vocab.XsdInteger)
		if _, err := strconv.ParseInt(text, 10, 32); !ok || err != nil { // GraphQL's Int has 32 bits
			return RuleInteger, "not a whole number of datatype xsd:integer, from -2147483648 to 2147483647"
		}
	case vocab.Decimal:
		text, ok := typed(t, vocab.XsdDecimal)
		if !ok || !decimal.MatchString(text) {
			return RuleDecimal, "not a number of datatype xsd:decimal"
		}
	case vocab.Code:
		_, cameo := typed(t, vocab.ParleyCameo)
		_, plover := typed(t, vocab.ParleyPlover)
		if !cameo && !plover {
			return RuleCode, "not a code of datatype parley:cameo or parley:plover"
		}
	case vocab.Enum:
		text, ok := t.(store.String)
		if !ok || !slices.Contains(field.Values, string(text)) {
			return RuleEnum, "not one of its values"
		}
	}
	return "", ""
}

// typed returns the text of a literal of a datatype.
func typed(t store.Term, datatype store.IRI) (string, bool) {
	text, ok := t.(store.TypedString)
	return string(text.Value), ok && text.Type == datatype
}

// edtfReason returns edtf's reason, without the date, which the problem names already.
func edtfReason(err error) string {
	var parse *edtf.ParseError
	if errors.As(err, &parse) {
		return fmt.Sprintf("position %d: %s", parse.Pos, parse.Reason)
	}
	return err.Error()
}

// A form is what the texts of a predicate look like, where the range does not say it.
type form struct {
	pattern *regexp.Regexp
	only    string // for values with this in them
	want    string
}

func (f form) applies(text string) bool { return strings.Contains(text, f.only) }

var forms = map[string]form{
	vocab.SchemaSha256:    {regexp.MustCompile(`^[0-9a-f]{64}$`), "", "64 lower-case hexadecimal digits, as sha256sum prints them"},
	vocab.SchemaDuration:  {regexp.MustCompile(`^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$`), "", "an ISO 8601 duration such as PT3H"},
	vocab.DctermsLanguage: {languageTag, "", "a BCP 47 tag such as en or es-MX"},
	vocab.OwlSameAs:       {regexp.MustCompile(`^http://www\.wikidata\.org/entity/Q[1-9][0-9]*$`), "wikidata.org", "Wikidata's own IRI, such as <http://www.wikidata.org/entity/Q96>"},
}

// checkText looks at how a literal is written.
func (l *linter) checkText(f *fact) {
	if _, isIRI := f.Object.(store.IRI); isIRI {
		return
	}
	text := store.Text(f.Object)
	short := vocab.Shorten(string(f.predicate()))
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar || r == '\uFEFF'
	}
	switch i := strings.IndexFunc(text, bad); {
	case i >= 0:
		l.report(f, RuleTextControl, "delete it, or put a blank there", "%s: the text holds %U", short, []rune(text[i:])[0])
	case text == "":
		l.report(f, RuleTextBlank, "leave the quad out if there is nothing to say", "%s: the text is empty", short)
	case strings.TrimSpace(text) != text:
		l.report(f, RuleTextBlank, "delete them", "%s %s: blanks at the ends of the text", short, name(f.Object))
	case !norm.NFC.IsNormalString(text):
		l.report(f, RuleTextNFC, fmt.Sprintf("write %q, with letters and their accents as one character", norm.NFC.String(text)),
			"%s: the text is not in Unicode's normal form C", short)
	}
}

// checkReference holds a value that is a record against the classes that its field takes.
func (l *linter) checkReference(f *fact, field *vocab.Field) {
	predicate := vocab.Shorten(field.Predicate)
	if isRole := strings.HasPrefix(string(f.predicate()), vocab.IDsRole+":"); isRole {
		predicate = string(f.predicate())
	}
	id, ok := f.Object.(store.IRI)
	if !ok {
		l.report(f, RuleNode, "write "+wants(field), "%s %s: not an id", predicate, name(f.Object))
		return
	}
	if field.Predicate == vocab.RdfsSubPropertyOf && id == vocab.SemHasActor {
		return // the roles that are under no other
	}
	switch r := l.find(id); {
	case r == nil:
		l.report(f, RuleReferenceUnknown, "add the record, or correct the id"+l.didYouMean(string(id)),
			"%s %s: there is no such record", predicate, name(id))
	case r.class != nil && !slices.Contains(field.Classes, r.class.Name):
		l.report(f, RuleReferenceClass, "write "+wants(field), "%s %s: the record is of class %s", predicate, name(id), r.class.Name)
	}
}
