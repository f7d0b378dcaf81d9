package explorer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/parleygraph/parley/graph"
)

type recordData struct {
	frame
	Writable bool
	Module   string // the script that sends the forms
	Kinds    []kindOption
	Source   string // to begin with
	Claim    string // to retract, or to correct
	Subject  string
	Sent     *Sent // nil if no form was sent

	action string
}

// A Sent is a form of the page that was sent by a browser without a script, and what came of it.
type Sent struct {
	Mutation string
	Values   url.Values // of its fields
	Wrong    []Wrong
	Quads    string // what it would record, in N-Quads
}

// A Wrong is what is wrong with a field; with none if no field has the name.
type Wrong struct{ Name, Message string }

// recordPage has the forms by which those record who have a token. They are sent as mutations by the page's script, which keeps the token
// as long as the tab is open, or, without a script, to /record/form, for which the browser asks for the token itself: it stands in no page, no
// URL, no body and no cookie, only in a header.
func recordPage(r *request) (*Answer, error) { return r.recordForms(nil) }

// Record returns the page of the forms with one as it was sent, and what came of it.
func (p *Pages) Record(ctx context.Context, v *graph.View, h *http.Request, sent *Sent) (*Answer, error) {
	r, err := p.request(ctx, v, h)
	if err != nil {
		return nil, err
	}
	r.url = &url.URL{Path: "/record", RawQuery: h.URL.RawQuery}
	return r.recordForms(sent)
}

func (r *request) recordForms(sent *Sent) (*Answer, error) {
	d := &recordData{frame: r.frame(word(r.lang, "record")), Writable: r.pages.writable, Module: staticURL("record.js"), Sent: sent,
		Source: r.values.Get("source"), Claim: r.values.Get("claim"), Subject: r.values.Get("subject"), action: r.link([]string{"record", "form"})}
	all, err := r.view.Kinds(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		d.Kinds = append(d.Kinds, kindOption{ID: string(k.ID()), Label: k.Label(&r.lang)})
	}
	return r.render("record", d, d)
}

// A form is one of the forms. A field's name is the path of what it is in the mutation's input; with [] behind it, it is a list, with commas between.
type form struct {
	Mutation, Action string
	Quads            string
	page             *recordData
	sent             *Sent // nil if another was sent
	used             map[string]bool
}

// Form returns the form of a mutation.
func (d *recordData) Form(mutation string) *form {
	f := &form{Mutation: mutation, Action: d.action, page: d, used: map[string]bool{}}
	if d.Sent != nil && d.Sent.Mutation == mutation {
		f.sent, f.Quads = d.Sent, d.Sent.Quads
	}
	return f
}

// A formField is a field of a form.
type formField struct {
	Mutation, Name, Label, Value, Types                 string
	Required, Whole, Find, Alike, Source, Hint, Example bool
	Wrong                                               []string
	Options                                             []kindOption
}

// Field returns a field. Its options are what is set of a formField, in lower case; others are the types that are found for it.
func (f *form) Field(name, label string, options ...string) formField {
	x := formField{Mutation: f.Mutation, Name: name, Label: label, Value: f.value(name), Wrong: f.wrong(name)}
	for _, o := range options {
		switch o {
		case "required":
			x.Required = true
		case "whole":
			x.Whole = true
		case "find":
			x.Find = true
		case "alike":
			x.Alike = true
		case "source":
			x.Source = true
		case "hint":
			x.Hint = true
		case "example":
			x.Example = true
		default:
			x.Types = o
		}
	}
	return x
}

// value is what a field begins with: what was sent, or what the page was asked for.
func (f *form) value(name string) string {
	if f.sent != nil {
		return f.sent.Values.Get(name)
	}
	switch name {
	case "input.evidence.source":
		return f.page.Source
	case "input.claim":
		return f.page.Claim
	case "input.facts.0.subject":
		return f.page.Subject
	case "input.merged":
		if f.Mutation == "mergeActors" {
			return f.page.Subject
		}
	case "input.evidence.certainty":
		return string(graph.Reported)
	}
	return ""
}

func (f *form) wrong(name string) (list []string) {
	f.used[name] = true
	if f.sent != nil {
		for _, w := range f.sent.Wrong {
			if w.Name == name {
				list = append(list, w.Message)
			}
		}
	}
	return list
}

// Rest is what is wrong with no field of the form.
func (f *form) Rest() (list []string) {
	if f.sent != nil {
		for _, w := range f.sent.Wrong {
			if !f.used[w.Name] {
				list = append(list, w.Message)
			}
		}
	}
	return list
}

// Choice returns a field with some values to choose from; prefix and value are the key of what each is called, or without a prefix it is called
// what it is.
func (f *form) Choice(name, label, prefix string, values ...string) formField {
	x := f.Field(name, label)
	for _, v := range values {
		o := kindOption{ID: v, Label: v, Selected: v == x.Value}
		if v == string(graph.Occurred) { // what is left out
			o.ID, o.Selected = "", x.Value == ""
		}
		if prefix != "" {
			o.Label = word(f.page.Lang, prefix+v)
		}
		x.Options = append(x.Options, o)
	}
	return x
}

// Kind returns the field for a kind.
func (f *form) Kind() formField {
	x := f.Field("input.kind", "kind", "required")
	x.Options = append([]kindOption{{}}, f.page.Kinds...)
	for i, o := range x.Options {
		x.Options[i].Selected = o.ID == x.Value
	}
	return x
}

// A formRow is the fields of one participant.
type formRow struct{ Actor, Role, Behalf formField }

// Participants is for how many the form of an event has room; a script makes more.
const Participants = 3

// Rows returns the participants' fields.
func (f *form) Rows() []formRow {
	roles := []string{"initiator", "recipient", "participant", "host", "visitor", "mediator", "signatory", "subject"}
	rows := make([]formRow, Participants)
	for i := range rows {
		at := fmt.Sprintf("input.participations.%d.", i)
		rows[i] = formRow{f.Field(at+"actor", "who", "find"), f.Field(at+"role", "role"), f.Field(at+"onBehalfOf", "on behalf of", "find")}
		chosen := rows[i].Role.Value
		if chosen == "" {
			chosen = "role:" + roles[i]
		}
		for _, r := range roles {
			rows[i].Role.Options = append(rows[i].Role.Options, kindOption{ID: "role:" + r, Label: r, Selected: "role:"+r == chosen})
		}
	}
	return rows
}

type mentionsData struct {
	frame
	Text   string
	Actors []Ref
}

// mentionsMost is how many names a text is searched for.
const mentionsMost = 150

// mentionsPage tells which actors that are known here a text names.
func mentionsPage(r *request) (*Answer, error) {
	d := &mentionsData{frame: r.frame(word(r.lang, "mentions")), Text: r.values.Get("text")}
	m := &mentions{request: r, left: mentionsMost, asked: map[string]graph.Actor{}, seen: map[graph.ID]bool{}}
	for _, run := range namesIn(d.Text) {
		if err := m.find(run); err != nil {
			return nil, err
		}
	}
	for _, a := range m.list {
		d.Actors = append(d.Actors, r.actor(a))
	}
	return r.render("mentions", d, d)
}

// mentions are the actors that a text names, as they are found.
type mentions struct {
	*request
	left  int                    // searches
	asked map[string]graph.Actor // nil for who is not known
	seen  map[graph.ID]bool
	list  []graph.Actor
}

// find takes the longest names out of words that have capitals and stand beside each other: "On Tuesday Ann Ash" names one.
func (m *mentions) find(words []string) error {
	for n := len(words); n > 0; n-- {
		for i := 0; i+n <= len(words); i++ {
			a, err := m.called(strings.Join(words[i:i+n], " "))
			if err != nil {
				return err
			}
			if a == nil {
				continue
			}
			if !m.seen[a.ID()] {
				m.seen[a.ID()] = true
				m.list = append(m.list, a)
			}
			if err := m.find(words[:i]); err != nil {
				return err
			}
			return m.find(words[i+n:])
		}
	}
	return nil
}

// called returns the actor with a name in full, or the only one who has it as a part of a name; nil if there is none.
func (m *mentions) called(name string) (graph.Actor, error) {
	if a, ok := m.asked[name]; ok {
		return a, nil
	}
	if m.left == 0 || len([]rune(name)) < 3 {
		return nil, nil
	}
	m.left--
	two := 2
	found, err := m.view.Search(m.ctx, name, []graph.NodeType{graph.TypePerson, graph.TypeGovernment, graph.TypeAgency, graph.TypeOrganization, graph.TypeGroup}, graph.Page{First: &two})
	if err != nil && !errors.Is(err, graph.ErrInvalidArgument) {
		return nil, err
	}
	m.asked[name] = nil
	if err != nil {
		return nil, nil
	}
	var parts []graph.Actor
	for _, n := range found.Nodes() {
		a, ok := n.(graph.Actor)
		if ok && isCalled(a, name) {
			m.asked[name] = a
			return a, nil
		}
		if ok && isPartOf(a, name) {
			parts = append(parts, a)
		}
	}
	if len(parts) == 1 {
		m.asked[name] = parts[0]
	}
	return m.asked[name], nil
}

func namesOf(a graph.Actor) (list []string) {
	for _, n := range a.Names() {
		list = append(list, n.Text)
	}
	for _, n := range a.Aliases() {
		list = append(list, n.Text)
	}
	return list
}

func isCalled(a graph.Actor, name string) bool {
	for _, n := range namesOf(a) {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// isPartOf reports whether all words of a text stand in one of the actor's names.
func isPartOf(a graph.Actor, text string) bool {
	for _, n := range namesOf(a) {
		have := map[string]bool{}
		for _, w := range strings.Fields(n) {
			have[strings.ToLower(strings.Trim(w, ".,'’"))] = true
		}
		all := true
		for _, w := range strings.Fields(text) {
			all = all && have[strings.ToLower(w)]
		}
		if all {
			return true
		}
	}
	return false
}

// namesIn returns what may be or hold names in a text, in its order: words with a capital beside each other, at most six.
func namesIn(text string) (list [][]string) {
	var run []string
	end := func() {
		if len(run) > 0 {
			list = append(list, run)
		}
		run = nil
	}
	for _, field := range strings.Fields(text) {
		w := strings.TrimFunc(field, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		first := []rune(w + " ")[0]
		if !unicode.IsUpper(first) && !unicode.In(first, unicode.Lo) { // scripts without capitals have names too
			end()
			continue
		}
		run = append(run, w)
		if len(run) == 6 || !strings.HasSuffix(field, w) { // a comma or a full stop ends a name
			end()
		}
	}
	end()
	return list
}
