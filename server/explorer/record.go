package explorer

import (
	"errors"
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
}

// recordPage has the forms by which those record who have a token. They are sent as mutations by the page's script, which keeps the token
// as long as the tab is open: it stands in no page, no URL and no cookie.
func recordPage(r *request) (*Answer, error) {
	d := &recordData{frame: r.frame(word(r.lang, "record")), Writable: r.pages.writable, Module: staticURL("record.js"),
		Source: r.values.Get("source"), Claim: r.values.Get("claim"), Subject: r.values.Get("subject")}
	all, err := r.view.Kinds(r.ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		d.Kinds = append(d.Kinds, kindOption{ID: string(k.ID()), Label: k.Label(&r.lang)})
	}
	return r.render("record", d, d)
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
