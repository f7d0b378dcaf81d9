package graph

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// The inputs and payloads of writes. See the SDL.
type (
	// A LocalizedTextInput is a text in one language.
	LocalizedTextInput struct{ Text, Language string }

	// An EvidenceInput is what something rests on.
	EvidenceInput struct {
		Source       ID
		Locator      string
		Quote        *string
		Statement    *string
		AttributedTo []ID
		DerivedFrom  []ID
		Certainty    *Certainty
	}

	// A RecordSourceInput is a source to be recorded.
	RecordSourceInput struct {
		ClientKey   *string
		ID          *ID
		Title       string
		OtherTitles []*LocalizedTextInput
		Publisher   *ID
		Authors     []ID
		Published   *string
		URL         *string
		ArchivedURL *string
		Sha256      *string
		Language    *string
		RetrievedAt *string
		DerivedFrom []ID
		Reliability *Reliability
		Evidence    *EvidenceInput
	}

	// A RecordActorInput is an actor to be recorded.
	RecordActorInput struct {
		ClientKey   *string
		ID          *ID
		Type        NodeType
		Name        string
		OtherNames  []*LocalizedTextInput
		Aliases     []*LocalizedTextInput
		Description *string
		SameAs      []string
		UnitOf      []ID
		Evidence    EvidenceInput
	}

	// A ParticipationInput is one actor's part in an event to be recorded.
	ParticipationInput struct {
		Actor, Role ID
		OnBehalfOf  *ID
	}

	// A RecordEventInput is an event to be recorded.
	RecordEventInput struct {
		ClientKey      *string
		ID             *ID
		Kind           ID
		When           string
		WhenText       *string
		Summary        *string
		Status         *EventStatus
		Places         []ID
		Topics         []ID
		Count          *int
		RatePercent    *float64
		Duration       *string
		Participations []*ParticipationInput
		PartOf         *ID
		CausedBy       []ID
		Evidence       EvidenceInput
	}

	// A NewPositionInput is a position to be recorded.
	NewPositionInput struct {
		ID     *ID
		Name   string
		PostIn ID
	}

	// A RecordTenureInput is somebody's time in a position to be recorded.
	RecordTenureInput struct {
		ClientKey   *string
		ID          *ID
		Person      ID
		Position    *ID
		NewPosition *NewPositionInput
		When        string
		WhenText    *string
		Evidence    EvidenceInput
	}

	// A FactInput is one thing that a claim says.
	FactInput struct {
		Subject      ID
		Field, Value string
		Language     *string
	}

	// An AssertClaimInput is a claim to be recorded.
	AssertClaimInput struct {
		ClientKey  *string
		ID         *ID
		Stance     *Stance
		Facts      []*FactInput
		Evidence   EvidenceInput
		Supersedes *ID
		Reason     *string
		BasedOn    []ID
	}

	// A RetractClaimInput is a claim to be retracted.
	RetractClaimInput struct {
		ClientKey *string
		Claim     ID
		Reason    string
	}

	// A MergeActorsInput is two actors that are one.
	MergeActorsInput struct {
		ClientKey        *string
		Survivor, Merged ID
		Evidence         EvidenceInput
	}

	// An UnmergeActorsInput is an actor that is another again.
	UnmergeActorsInput struct {
		ClientKey *string
		Merged    ID
		Reason    string
	}

	// A RecordSourcePayload is what came of recording a source.
	RecordSourcePayload struct{ Recorded }
	// A RecordActorPayload is what came of recording an actor.
	RecordActorPayload struct{ Recorded }
	// A RecordEventPayload is what came of recording an event.
	RecordEventPayload struct{ Recorded }
	// A RecordTenurePayload is what came of recording somebody's time in a position.
	RecordTenurePayload struct{ Recorded }
	// An AssertClaimPayload is what came of asserting a claim.
	AssertClaimPayload struct{ Recorded }
	// A RetractClaimPayload is what came of retracting a claim.
	RetractClaimPayload struct{ Recorded }
	// A MergeActorsPayload is what came of merging two actors.
	MergeActorsPayload struct{ Recorded }
	// An UnmergeActorsPayload is what came of taking a merge back.
	UnmergeActorsPayload struct{ Recorded }
)

// Entity returns what the write is about, nil if there are errors.
func (r *Recorded) Entity() Node { return r.entity }

// Source returns the source, nil if there are errors.
func (p *RecordSourcePayload) Source() *Source { s, _ := p.entity.(*Source); return s }

// Actor returns the actor, nil if there are errors.
func (p *RecordActorPayload) Actor() Actor { a, _ := p.entity.(Actor); return a }

// Event returns the event, nil if there are errors.
func (p *RecordEventPayload) Event() *Event { e, _ := p.entity.(*Event); return e }

// Tenure returns the tenure, nil if there are errors.
func (p *RecordTenurePayload) Tenure() *Tenure { t, _ := p.entity.(*Tenure); return t }

// Actor returns the survivor, nil if there are errors.
func (p *MergeActorsPayload) Actor() Actor { a, _ := p.entity.(Actor); return a }

// Actor returns the actor that was merged, nil if there are errors.
func (p *UnmergeActorsPayload) Actor() Actor { a, _ := p.entity.(Actor); return a }

// RecordSource records a source, by a writer's name. Errors of the input are in the payload, and then nothing was recorded.
func (l *Ledger) RecordSource(ctx context.Context, writer string, in RecordSourceInput) (*RecordSourcePayload, error) {
	r, err := l.write(ctx, writer, "recordSource", in, in.ClientKey, func(d *draft) {
		d.checkID(in.ID)
		d.text(maxName, in.Title, "title")
		d.checkTexts(in.OtherTitles, "otherTitles")
		d.ids(in.Authors, "authors")
		d.ids(in.DerivedFrom, "derivedFrom")
		d.optional(maxName, in.Published, "published")
		d.optional(maxIRI, in.URL, "url")
		d.optional(maxIRI, in.ArchivedURL, "archivedUrl")
		d.optional(maxID, in.Sha256, "sha256")
		d.optional(maxID, in.Language, "language")
		d.optional(maxID, in.RetrievedAt, "retrievedAt")
		if in.Evidence != nil {
			d.checkEvidence(in.Evidence)
		}
	}, func(ctx context.Context, d *draft) error {
		id, err := d.newID(ctx, in.ID, vocab.IDsSource, in.Title)
		if err != nil {
			return err
		}
		e := in.Evidence
		if e == nil { // a source speaks for itself
			e = &EvidenceInput{Source: id, Locator: "title"}
		}
		if err := d.newClaim(ctx, e, nil, `The source is "`+in.Title+`".`); err != nil {
			return err
		}
		d.isA(at(), id, classWithIDs(vocab.IDsSource))
		d.english(at("title"), id, vocab.DctermsTitle, in.Title)
		d.localized(id, vocab.DctermsTitle, in.OtherTitles, "otherTitles")
		d.node(at("publisher"), id, vocab.DctermsPublisher, in.Publisher)
		d.nodes(id, vocab.DctermsCreator, in.Authors, "authors")
		d.typed(at("published"), id, vocab.DctermsIssued, in.Published, vocab.EdtfEDTF)
		d.iri(at("url"), id, vocab.SchemaUrl, in.URL)
		d.iri(at("archivedUrl"), id, vocab.SchemaArchivedAt, in.ArchivedURL)
		d.plain(at("sha256"), id, vocab.SchemaSha256, in.Sha256)
		d.plain(at("language"), id, vocab.DctermsLanguage, in.Language)
		d.typed(at("retrievedAt"), id, vocab.PavRetrievedOn, in.RetrievedAt, vocab.XsdDateTime)
		d.nodes(id, vocab.ProvWasDerivedFrom, in.DerivedFrom, "derivedFrom")
		d.plain(at("reliability"), id, vocab.ParleyReliability, (*string)(in.Reliability))
		d.note.Entity = id
		return nil
	})
	return &RecordSourcePayload{r}, err
}

// RecordActor records an actor; see [Ledger.RecordSource].
func (l *Ledger) RecordActor(ctx context.Context, writer string, in RecordActorInput) (*RecordActorPayload, error) {
	r, err := l.write(ctx, writer, "recordActor", in, in.ClientKey, func(d *draft) {
		d.checkID(in.ID)
		if !in.Type.isActor() {
			d.fail(UserInput, at("type"), "%s is no type of actors: give PERSON, GOVERNMENT, AGENCY, ORGANIZATION or GROUP", in.Type)
		}
		d.text(maxName, in.Name, "name")
		d.checkTexts(in.OtherNames, "otherNames")
		d.checkTexts(in.Aliases, "aliases")
		d.optional(maxStatement, in.Description, "description")
		d.iris(in.SameAs, "sameAs")
		d.ids(in.UnitOf, "unitOf")
		d.checkEvidence(&in.Evidence)
	}, func(ctx context.Context, d *draft) error {
		class := classOfType(in.Type)
		id, err := d.newID(ctx, in.ID, class.IDs, in.Name)
		if err != nil {
			return err
		}
		if err := d.newClaim(ctx, &in.Evidence, nil, in.Name+" is "+article(noun(in.Type))+"."); err != nil {
			return err
		}
		d.isA(at("type"), id, class)
		d.english(at("name"), id, vocab.SchemaName, in.Name)
		d.localized(id, vocab.SchemaName, in.OtherNames, "otherNames")
		d.localized(id, vocab.SchemaAlternateName, in.Aliases, "aliases")
		if in.Description != nil {
			d.english(at("description"), id, vocab.SchemaDescription, *in.Description)
		}
		for i, iri := range in.SameAs {
			d.iri(at("sameAs", strconv.Itoa(i)), id, vocab.OwlSameAs, &iri)
		}
		d.nodes(id, vocab.OrgUnitOf, in.UnitOf, "unitOf")
		d.note.Entity = id
		return nil
	})
	return &RecordActorPayload{r}, err
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// RecordEvent records an event; see [Ledger.RecordSource].
func (l *Ledger) RecordEvent(ctx context.Context, writer string, in RecordEventInput) (*RecordEventPayload, error) {
	r, err := l.write(ctx, writer, "recordEvent", in, in.ClientKey, func(d *draft) {
		d.checkID(in.ID)
		d.text(maxID, string(in.Kind), "kind")
		d.text(maxName, in.When, "when")
		d.optional(maxName, in.WhenText, "whenText")
		d.optional(maxStatement, in.Summary, "summary")
		d.optional(maxID, in.Duration, "duration")
		d.ids(in.Places, "places")
		d.ids(in.Topics, "topics")
		d.ids(in.CausedBy, "causedBy")
		if len(in.Participations) == 0 {
			d.fail(UserInput, at("participations"), "nobody is part of the event: say who was, and in which role")
		}
		list(d, in.Participations, "participations", func(p *ParticipationInput, path ...string) {
			d.text(maxID, string(p.Actor), append(path, "actor")...)
			d.text(maxID, string(p.Role), append(path, "role")...)
			if !strings.HasPrefix(string(p.Role), vocab.IDsRole+":") {
				d.fail(UserInput, at(append(path, "role")...), "%.60q is no role: give one such as role:participant, role:initiator or role:recipient", p.Role)
			}
		})
		d.checkEvidence(&in.Evidence)
	}, func(ctx context.Context, d *draft) error {
		id, err := d.newID(ctx, in.ID, vocab.IDsEvent, eventName(&in))
		if err != nil {
			return err
		}
		statement := ""
		if in.Summary != nil {
			statement = *in.Summary
		}
		if err := d.newClaim(ctx, &in.Evidence, nil, statement); err != nil {
			return err
		}
		d.isA(at(), id, classWithIDs(vocab.IDsEvent))
		d.node(at("kind"), id, vocab.SemEventType, &in.Kind)
		d.typed(at("when"), id, vocab.SemHasTimeStamp, &in.When, vocab.EdtfEDTF)
		d.plain(at("whenText"), id, vocab.ParleyWhenText, in.WhenText)
		if in.Summary != nil {
			d.english(at("summary"), id, vocab.DctermsDescription, *in.Summary)
		}
		d.plain(at("status"), id, vocab.SchemaEventStatus, (*string)(in.Status))
		d.nodes(id, vocab.SemHasPlace, in.Places, "places")
		d.nodes(id, vocab.DctermsSubject, in.Topics, "topics")
		if in.Count != nil {
			d.add(at("count"), id, vocab.ParleyCount, typedTerm(strconv.Itoa(*in.Count), vocab.XsdInteger))
		}
		if in.RatePercent != nil {
			d.add(at("ratePercent"), id, vocab.ParleyRatePercent, typedTerm(strconv.FormatFloat(*in.RatePercent, 'f', -1, 64), vocab.XsdDecimal))
		}
		d.plain(at("duration"), id, vocab.SchemaDuration, in.Duration)
		for i, p := range in.Participations {
			at := func(field string) []string { return at("participations", strconv.Itoa(i), field) }
			d.add(at("actor"), id, string(p.Role), store.IRI(p.Actor))
			d.node(at("onBehalfOf"), p.Actor, vocab.ProvActedOnBehalfOf, p.OnBehalfOf)
		}
		d.node(at("partOf"), id, vocab.SemSubEventOf, in.PartOf)
		d.nodes(id, vocab.ParleyCausedBy, in.CausedBy, "causedBy")
		d.note.Entity = id
		return nil
	})
	return &RecordEventPayload{r}, err
}

// eventName is what an event's id is made from: "2025-01-31 call pete hegseth".
func eventName(in *RecordEventInput) string {
	day := ""
	if date, err := edtf.Parse(in.When); err == nil {
		if first, ok := dayOf(date.Earliest()); ok {
			day = first.String()
		}
	}
	local := func(id ID) string { _, name, _ := strings.Cut(string(id), ":"); return name }
	name := day + " " + local(in.Kind)
	for _, p := range in.Participations[:min(len(in.Participations), 2)] {
		name += " " + local(p.Actor)
	}
	return name
}

// RecordTenure records somebody's time in a position, and that position if it is new; see [Ledger.RecordSource].
func (l *Ledger) RecordTenure(ctx context.Context, writer string, in RecordTenureInput) (*RecordTenurePayload, error) {
	r, err := l.write(ctx, writer, "recordTenure", in, in.ClientKey, func(d *draft) {
		d.checkID(in.ID)
		d.text(maxID, string(in.Person), "person")
		d.text(maxName, in.When, "when")
		d.optional(maxName, in.WhenText, "whenText")
		switch {
		case (in.Position == nil) == (in.NewPosition == nil):
			d.fail(UserInput, at("position"), "name the position that was held, or give a new one as newPosition: one of the two")
		case in.Position != nil:
			d.text(maxID, string(*in.Position), "position")
		default:
			d.text(maxName, in.NewPosition.Name, "newPosition", "name")
			d.text(maxID, string(in.NewPosition.PostIn), "newPosition", "postIn")
			if in.NewPosition.ID != nil {
				d.text(maxID, string(*in.NewPosition.ID), "newPosition", "id")
			}
		}
		d.checkEvidence(&in.Evidence)
	}, func(ctx context.Context, d *draft) error {
		local := func(id ID) string { _, name, _ := strings.Cut(string(id), ":"); return name }
		position, err := ID(""), error(nil)
		if in.Position != nil {
			position = *in.Position
		} else if position, err = d.newIDAt(ctx, in.NewPosition.ID, vocab.IDsPosition, in.NewPosition.Name, at("newPosition", "id")); err != nil {
			return err
		}
		id, err := d.newID(ctx, in.ID, vocab.IDsTenure, local(in.Person)+" "+local(position))
		if err != nil {
			return err
		}
		if err := d.newClaim(ctx, &in.Evidence, nil, ""); err != nil {
			return err
		}
		d.isA(at(), id, classWithIDs(vocab.IDsTenure))
		d.node(at("person"), id, vocab.OrgMember, &in.Person)
		d.node(at("position"), id, vocab.ParleyPosition, &position)
		d.typed(at("when"), id, vocab.SemHasTimeStamp, &in.When, vocab.EdtfEDTF)
		d.plain(at("whenText"), id, vocab.ParleyWhenText, in.WhenText)
		if p := in.NewPosition; p != nil {
			d.isA(at("newPosition"), position, classWithIDs(vocab.IDsPosition))
			d.english(at("newPosition", "name"), position, vocab.SchemaName, p.Name)
			d.node(at("newPosition", "postIn"), position, vocab.OrgPostIn, &p.PostIn)
		}
		d.note.Entity = id
		return nil
	})
	return &RecordTenurePayload{r}, err
}

// AssertClaim records a claim; see [Ledger.RecordSource].
func (l *Ledger) AssertClaim(ctx context.Context, writer string, in AssertClaimInput) (*AssertClaimPayload, error) {
	r, err := l.write(ctx, writer, "assertClaim", in, in.ClientKey, func(d *draft) {
		d.checkID(in.ID)
		if len(in.Facts) == 0 {
			d.fail(UserInput, at("facts"), "the claim is about nothing: say what it claims, with at least one fact")
		}
		list(d, in.Facts, "facts", func(f *FactInput, path ...string) {
			d.text(maxID, string(f.Subject), append(path, "subject")...)
			d.text(maxIRI, f.Field, append(path, "field")...)
			d.text(maxStatement, f.Value, append(path, "value")...)
			d.optional(maxID, f.Language, append(path, "language")...)
		})
		d.checkEvidence(&in.Evidence)
		if in.Evidence.Statement == nil {
			d.fail(UserInput, at("evidence", "statement"), "the claim has no statement: say in your words, in English, what is claimed")
		}
		d.ids(in.BasedOn, "basedOn")
		d.optional(maxStatement, in.Reason, "reason")
		if in.Reason != nil && in.Supersedes == nil {
			d.fail(UserInput, at("reason"), "there is no claim that it would be the reason to retract: name that as supersedes, or leave this out")
		}
	}, func(ctx context.Context, d *draft) error {
		for i, id := range in.BasedOn {
			if _, err := d.standing(ctx, id, at("basedOn", strconv.Itoa(i))); err != nil {
				return err
			}
		}
		denies := in.Stance != nil && *in.Stance == Denies
		if err := d.newClaim(ctx, &in.Evidence, in.ID, ""); err != nil {
			return err
		}
		if denies {
			for i, q := range d.quads {
				if q.Predicate == store.IRI(vocab.ParleyStance) {
					d.quads[i].Object = store.String(Denies)
				}
			}
		}
		described := map[ID]bool{}
		for i, f := range in.Facts {
			if err := d.fact(ctx, f, denies, described, func(field string) []string { return at("facts", strconv.Itoa(i), field) }); err != nil {
				return err
			}
		}
		if in.Supersedes == nil {
			return nil
		}
		ok, err := d.standing(ctx, *in.Supersedes, at("supersedes"))
		if err != nil || !ok {
			return err
		}
		d.say(at("supersedes"), d.claim, vocab.ProvWasRevisionOf, store.IRI(*in.Supersedes))
		reason := "It was corrected by " + string(d.claim) + "."
		if in.Reason != nil {
			reason = *in.Reason
		}
		d.retract(*in.Supersedes, reason, at("supersedes"), at("reason"))
		d.note.Changes[0].What = Corrected
		return nil
	})
	return &AssertClaimPayload{r}, err
}

// fact adds a fact of a claim. described has the subjects whose class the draft has said already.
func (d *draft) fact(ctx context.Context, f *FactInput, denies bool, described map[ID]bool, at func(field string) []string) error {
	prefix, _, _ := strings.Cut(string(f.Subject), ":")
	class := classWithIDs(prefix)
	switch {
	case class == nil:
		d.fail(UserInput, at("subject"), "%.60q is no id: give one such as person:pete-hegseth or event:2025-01-31-hegseth-call", f.Subject)
		return nil
	case class.Name == "Claim":
		d.fail(UserInput, at("subject"), "a claim says nothing of claims: correct one with supersedes, or retract it")
		return nil
	}
	predicate, field := f.Field, (*vocab.Field)(nil)
	if !strings.HasPrefix(f.Field, vocab.IDsRole+":") {
		if field = fieldNamed(class, f.Field); field == nil {
			d.fail(UserInput, at("field"), "%s has no field %.60q that could be recorded: give one of %s", article(strings.ToLower(class.Name)), f.Field, fieldsOf(class))
			return nil
		}
		predicate = field.Predicate
	}
	if !described[f.Subject] {
		described[f.Subject] = true
		there, err := d.view.store.Match(ctx, store.Pattern{Subject: store.IRI(f.Subject)})
		switch {
		case err != nil:
			return err
		case len(there[0]) == 0 && denies:
			d.fail(UserNotFound, at("subject"), "there is no %s, of which something could be denied: search finds ids by name", f.Subject)
			return nil
		case len(there[0]) == 0:
			d.isA(at("subject"), f.Subject, class)
		}
	}
	d.add(at("value"), f.Subject, predicate, objectOf(field, f))
	return nil
}

// objectOf returns a fact's value as the field, nil for a role, keeps it. Whether it is one is for the rules to say.
func objectOf(field *vocab.Field, f *FactInput) store.Term {
	if field == nil {
		return store.IRI(f.Value)
	}
	switch field.Range {
	case vocab.Localized:
		language := "en"
		if f.Language != nil {
			language = *f.Language
		}
		return store.LangString{Value: store.String(f.Value), Lang: language}
	case vocab.EDTF:
		return typedTerm(f.Value, vocab.EdtfEDTF)
	case vocab.DateTime:
		return typedTerm(f.Value, vocab.XsdDateTime)
	case vocab.Integer:
		return typedTerm(f.Value, vocab.XsdInteger)
	case vocab.Decimal:
		return typedTerm(f.Value, vocab.XsdDecimal)
	case vocab.Code:
		if strings.Trim(f.Value, "0123456789") == "" {
			return typedTerm(f.Value, vocab.ParleyCameo)
		}
		return typedTerm(f.Value, vocab.ParleyPlover)
	case vocab.IRI, vocab.Node:
		return store.IRI(f.Value)
	}
	return store.String(f.Value)
}

// fieldNamed returns the field of a class that the SDL, or the vocabulary, calls so; nil if there is none that records keep.
func fieldNamed(c *vocab.Class, name string) *vocab.Field {
	for i := range c.Fields {
		f := &c.Fields[i]
		if !f.Inverse && f.Predicate != vocab.SemHasActor && (f.Name == name || f.Predicate == name || vocab.Shorten(f.Predicate) == name) {
			return f
		}
	}
	return nil
}

func fieldsOf(c *vocab.Class) string {
	var names []string
	for _, f := range c.Fields {
		if !f.Inverse && f.Predicate != vocab.SemHasActor {
			names = append(names, f.Name)
		}
	}
	if c.Name == "Event" {
		names = append(names, "role:…")
	}
	return strings.Join(names, ", ")
}

// RetractClaim retracts a claim; see [Ledger.RecordSource].
func (l *Ledger) RetractClaim(ctx context.Context, writer string, in RetractClaimInput) (*RetractClaimPayload, error) {
	r, err := l.write(ctx, writer, "retractClaim", in, in.ClientKey, func(d *draft) {
		d.text(maxID, string(in.Claim), "claim")
		d.text(maxStatement, in.Reason, "reason")
	}, func(ctx context.Context, d *draft) error {
		ok, err := d.standing(ctx, in.Claim, at("claim"))
		if err != nil || !ok {
			return err
		}
		d.retract(in.Claim, in.Reason, at("claim"), at("reason"))
		d.note.Claim = in.Claim
		d.note.Changes = []noteChange{{Retracted, in.Claim}}
		return nil
	})
	return &RetractClaimPayload{r}, err
}

// standing reports whether a claim is there and was not retracted. If not, the draft has the error.
func (d *draft) standing(ctx context.Context, id ID, path []string) (bool, error) {
	records, err := d.view.load(ctx, []ID{id})
	if err != nil {
		return false, err
	}
	switch r := records[0]; {
	case !r.exists():
		d.fail(UserNotFound, path, "there is no claim %.60q: the field claims of what it is about lists them", id)
	case r.typ != TypeClaim:
		d.fail(UserInput, path, "%s is no claim: give a claim's id; the field claims of what it is about lists them", id)
	case r.retracted():
		by := ""
		if s := r.text(vocab.ParleyRetractedBy); s != nil {
			by = " by " + *s
		}
		d.fail(UserConflict, path, "%s was retracted%s at %s, and that cannot be taken back: look at it again, and assert anew what it said if it is so after all",
			id, by, r.instant(vocab.ProvInvalidatedAtTime))
	default:
		return true, nil
	}
	return false, nil
}

// retract adds the quads of a retraction.
func (d *draft) retract(claim ID, reason string, path, reasonPath []string) {
	d.say(path, claim, vocab.ProvInvalidatedAtTime, typedTerm(d.at, vocab.XsdDateTime))
	d.say(path, claim, vocab.ParleyRetractedBy, store.String(d.writer))
	d.say(reasonPath, claim, vocab.ParleyRetraction, store.String(reason))
}

func (d *draft) checkID(id *ID) {
	if id != nil {
		d.text(maxID, string(*id), "id")
	}
}

func (d *draft) checkTexts(texts []*LocalizedTextInput, path string) {
	list(d, texts, path, func(t *LocalizedTextInput, path ...string) {
		d.text(maxName, t.Text, append(path, "text")...)
		d.text(maxID, t.Language, append(path, "language")...)
	})
}

func (d *draft) checkEvidence(e *EvidenceInput) {
	at := func(field string) []string { return []string{"evidence", field} }
	d.text(maxID, string(e.Source), at("source")...)
	d.text(maxName, e.Locator, at("locator")...)
	d.optional(maxQuote, e.Quote, at("quote")...)
	d.optional(maxStatement, e.Statement, at("statement")...)
	for _, l := range []struct {
		field string
		ids   []ID
	}{{"attributedTo", e.AttributedTo}, {"derivedFrom", e.DerivedFrom}} {
		if len(l.ids) > maxItems {
			d.fail(UserInput, []string{"input", "evidence", l.field}, "it has %d items, and %d are allowed", len(l.ids), maxItems)
		}
		for i, id := range l.ids[:min(len(l.ids), maxItems)] {
			d.text(maxID, string(id), "evidence", l.field, strconv.Itoa(i))
		}
	}
}

// newClaim begins the claim that the draft's facts rest on. statement stands in where the evidence has none.
func (d *draft) newClaim(ctx context.Context, e *EvidenceInput, given *ID, statement string) error {
	_, source, _ := strings.Cut(string(e.Source), ":")
	id, err := d.newID(ctx, given, vocab.IDsClaim, cut(source, 60)+" "+cut(e.Locator, 30))
	if err != nil {
		return err
	}
	d.claim, d.note.Claim = id, id
	d.note.Changes = []noteChange{{Added, id}}
	evidence := func(field string) []string { return at("evidence", field) }
	d.say(at("evidence"), id, vocab.RdfType, store.IRI(vocab.ClassClaim))
	d.say(evidence("source"), id, vocab.DctermsSource, store.IRI(e.Source))
	d.say(evidence("locator"), id, vocab.BiboLocator, store.String(e.Locator))
	if e.Quote != nil {
		d.say(evidence("quote"), id, vocab.OaExact, store.String(*e.Quote))
	}
	if e.Statement != nil {
		statement = *e.Statement
	}
	if e.Statement != nil || statement != "" {
		d.say(evidence("statement"), id, vocab.DctermsDescription, store.LangString{Value: store.String(statement), Lang: "en"})
	}
	for i, a := range e.AttributedTo {
		d.say(at("evidence", "attributedTo", strconv.Itoa(i)), id, vocab.ProvWasAttributedTo, store.IRI(a))
	}
	for i, c := range e.DerivedFrom {
		d.say(at("evidence", "derivedFrom", strconv.Itoa(i)), id, vocab.ProvWasDerivedFrom, store.IRI(c))
	}
	certainty := Reported
	if e.Certainty != nil {
		certainty = *e.Certainty
	}
	d.say(evidence("certainty"), id, vocab.ParleyCertainty, store.String(certainty))
	d.say(at("stance"), id, vocab.ParleyStance, store.String(Asserts))
	d.say(at(), id, vocab.ProvGeneratedAtTime, typedTerm(d.at, vocab.XsdDateTime))
	d.say(at(), id, vocab.ParleyRecordedBy, store.String(d.writer))
	return nil
}

// newID returns the id of a new record: the one that is given, if it is free, or one made from a name. A name that is taken gets a
// number, up to 4, and then the time, since many events have one date, kind and pair.
func (d *draft) newID(ctx context.Context, given *ID, prefix, name string) (ID, error) {
	return d.newIDAt(ctx, given, prefix, name, at("id"))
}

func (d *draft) newIDAt(ctx context.Context, given *ID, prefix, name string, path []string) (ID, error) {
	if given != nil {
		is, err := d.view.store.Has(ctx, store.IRI(*given))
		if err == nil && is {
			d.fail(UserConflict, path, "%s is there already: add to it with assertClaim, or leave the id out to have another made", *given)
		} else if err == nil {
			d.free[*given] = true
		}
		return *given, err
	}
	base := ID(prefix + ":" + slug(name))
	numbered := make([]store.Term, 0, 3)
	for n := 2; n <= 4; n++ {
		numbered = append(numbered, store.IRI(base+ID("-"+strconv.Itoa(n))))
	}
	for _, ids := range [][]store.Term{{store.IRI(base)}, numbered} { // most are free as they are
		taken, err := d.view.store.HasEach(ctx, ids...)
		if err != nil {
			return "", err
		}
		if n := slices.Index(taken, false); n >= 0 {
			id := ID(ids[n].(store.IRI))
			d.free[id] = true
			return id, nil
		}
	}
	return base + ID("-"+strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, d.at)), nil
}

// slug makes an id's part behind the colon from a name: "Peña Nieto" is pena-nieto. Of a name without a letter or a digit of ASCII it is "x".
func slug(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(fold(name), func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') }) {
		if b.Len()+len(word) > 100 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(word)
	}
	if b.Len() == 0 {
		return "x"
	}
	return b.String()
}

// cut returns at most the first n bytes of a text that is ASCII in what matters.
func cut(s string, n int) string { return s[:min(len(s), n)] }

func classWithIDs(prefix string) *vocab.Class {
	i := slices.IndexFunc(vocab.Classes, func(c vocab.Class) bool { return c.IDs == prefix })
	if i < 0 {
		return nil
	}
	return &vocab.Classes[i]
}

func classOfType(t NodeType) *vocab.Class {
	i := slices.IndexFunc(vocab.Classes, func(c vocab.Class) bool { return typeNames[c.Name] == t })
	return &vocab.Classes[i]
}
