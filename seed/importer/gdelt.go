package importer

import (
	"net/url"
	"strings"
	"time"

	"github.com/parleygraph/parley/schema/vocab"
)

// gdelt reads GDELT's event files: 57 columns (1.0, up to March 2013), 58 (1.0, with the address of an article) or 61 (2.0). One file may
// have rows of several forms. The columns, from 0, with those of 2.0 behind a slash:
//
//	 0 GLOBALEVENTID   1 SQLDATE 20140131
//	 5 Actor1Code   6 Actor1Name   7 Actor1CountryCode   8 Actor1KnownGroupCode   12 Actor1Type1Code; of Actor2 ten further on
//	26 EventCode
//	49/51 ActionGeo_Type   50/52 ActionGeo_FullName   53/56 ActionGeo_Lat   54/57 ActionGeo_Long
//	56/59 DATEADDED 20140131 or 20140131143000   57/60 SOURCEURL, or where the story is from if that is not on the Web
type gdelt struct {
	im     *Import
	sure   bool
	actors *seen // ids by code, name and country
}

const (
	gdeltBy     = "GDELT; imported by Parley"
	gdeltSource = vocab.IDsSource + ":gdelt"
	gdeltNames  = vocab.IDsClaim + ":gdelt-names"
)

func newGdelt(im *Import) *gdelt {
	im.prefix, im.names = vocab.IDsEvent+":gdelt-", gdeltNames
	return &gdelt{im: im, actors: newSeen()}
}

func (g *gdelt) begin()      { g.sure = false }
func (g *gdelt) known() bool { return g.sure }
func (g *gdelt) header(cells []string) bool {
	g.sure = headerOf(cells, "GLOBALEVENTID", "SQLDATE")
	return g.sure
}

func (g *gdelt) wants() string {
	return "GDELT events of 57, 58 (1.0) or 61 columns (2.0), with no line of names"
}

func (g *gdelt) row(cells []string) error {
	var place, added int // where these begin
	switch len(cells) {
	case 57, 58:
		place, added = 49, 56
	case 61:
		place, added = 51, 59
	default:
		return reject("the row has another number of columns", "it has %d, want 57, 58 or 61", len(cells))
	}
	e := event{row: cells[0]}
	if !isNumber(e.row) {
		return reject("the event has no number", "%q", e.row)
	}
	g.sure = true
	var err error
	if e.day, err = packedDay(cells[1]); err != nil {
		return err
	}
	recorded, err := packedTime(cells[added])
	if err != nil {
		return err
	}
	code := cells[26]
	if err := g.im.kindOf(&e, code); err != nil {
		return err
	}
	a, b := cells[5:15], cells[15:25]
	if blank(a) && blank(b) {
		return pass("the row names no actor")
	}
	if g.im.claim(claim{id: gdeltNames, source: gdeltSource, by: gdeltBy, locator: "actors and places", recorded: "1979-01-01T00:00:00Z",
		statement: "GDELT names these actors and places."}) {
		g.im.source(source{id: gdeltSource, title: "GDELT, coded event data", url: "https://www.gdeltproject.org/", language: "en"}, gdeltNames)
	}
	e.from, e.to = g.actor(a), g.actor(b)
	if code == hostVisit {
		e.from, e.to = e.to, e.from
	}
	article := ""
	if len(cells) > added+1 {
		article = clean(cells[added+1])
	}
	e.claim = g.claim(article, cells[added], recorded)
	lat := place + 4 // behind type, name, country and first division
	if len(cells) == 61 {
		lat++
	}
	e.place = g.place(cells[place], clean(cells[place+1]), cells[lat], cells[lat+1])
	return g.im.event(e)
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// claim describes the claim of an article, or of the data set if the row names none, and of the time at which GDELT took it in.
func (g *gdelt) claim(article, added, recorded string) string {
	c := claim{id: vocab.IDsClaim + ":gdelt-" + added, source: gdeltSource, by: gdeltBy, recorded: recorded,
		locator: "events added " + added, statement: "GDELT coded these events from news."}
	if article == "" {
		g.im.claim(c)
		return c.id
	}
	key := hash(article)
	s := source{id: gdeltSource + "-article-" + key, title: article}
	c.id, c.source, c.locator = vocab.IDsClaim+":gdelt-"+key+"-"+added, s.id, "whole text"
	if u := webAddress(article); u != nil {
		host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		s.url, s.publisher = u.String(), g.im.actor(actor{class: vocab.IDsOrganization, name: host})
		s.title = "Article at " + host
		c.statement = "GDELT coded these events from an article at " + host + "."
	}
	if g.im.claim(c) {
		g.im.source(s, c.id)
	}
	return c.id
}

// webAddress returns an address as an IRI may be written, nil if it is none.
func webAddress(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(u.String(), "<>\"{}|^`\\ ") {
		return nil
	}
	return u
}

// roleClass is what CAMEO's codes for roles speak for. Those that are not here are of people.
var roleClass = map[string]string{
	"GOV": vocab.IDsAgency, "MIL": vocab.IDsAgency, "COP": vocab.IDsAgency, "JUD": vocab.IDsAgency, "SPY": vocab.IDsAgency, "LEG": vocab.IDsAgency,
	"IGO": vocab.IDsOrganization, "NGO": vocab.IDsOrganization, "IMG": vocab.IDsOrganization, "NGM": vocab.IDsOrganization, "MNC": vocab.IDsOrganization,
	"INT": vocab.IDsOrganization, "PTY": vocab.IDsOrganization,
}

// roleNames are what people with a role are called if their name is only that of their country.
var roleNames = map[string]string{
	"GOV": "Government", "MIL": "Military", "COP": "Police", "JUD": "Judiciary", "SPY": "Intelligence", "LEG": "Legislature", "CVL": "Civilians", "OPP": "Opposition",
	"BUS": "Business", "MED": "Media", "EDU": "Education", "REL": "Religious people", "REB": "Rebels", "REF": "Refugees", "LAB": "Workers", "CRM": "Criminals",
	"HLH": "Health care", "ELI": "Elites", "AGR": "Agriculture", "DEV": "Development", "ENV": "Environment", "HRI": "Human rights", "INS": "Insurgents", "MOD": "Moderates",
	"RAD": "Radicals", "SEP": "Separatists", "SET": "Settlers", "UAF": "Unidentified armed forces", "UIS": "Unidentified state actors", "NGO": "Non-governmental organizations",
}

// actor returns the id of an actor by its ten columns, "" for none. CAMEO's code alone names a state; all else is named by the words that the
// article has, with its country behind it: "Police (United Kingdom)", as ICEWS has it.
func (g *gdelt) actor(cells []string) string {
	if blank(cells) {
		return ""
	}
	code, name, of, role := cells[0], clean(cells[1]), cells[2], cells[7]
	key := code + "\t" + name + "\t" + of + "\t" + role
	if id, ok := g.actors.get(key); ok {
		return id
	}
	id := g.im.actor(gdeltActor(code, name, of, role))
	g.actors.put(key, id)
	return id
}

func gdeltActor(code, name, of, role string) actor {
	c := countries[of]
	if c != nil && (code == of || role == "" && countryNamed(name) == c) {
		return actor{class: vocab.IDsGovernment, name: c.name, slug: c.slug}
	}
	switch {
	case name == "":
		name = code
	case name == strings.ToUpper(name):
		name = title(name)
	}
	if name == "" {
		name = "Unnamed"
	}
	hint := vocab.IDsGroup
	if class, ok := roleClass[role]; ok {
		hint = class
	}
	words := strings.Fields(name)
	if len(words) > 1 && classOfWords(name) == "" && !compass[words[0]] && (role == "GOV" || role == "MIL" || role == "OPP" || role == "LEG" || role == "JUD" || role == "ELI" || role == "SPY") {
		hint = vocab.IDsPerson // HILLARY CLINTON, USAGOV
	}
	if c == nil {
		a := typed(name, hint, nil)
		if a.class == vocab.IDsGovernment && role != "" { // the name of a country for something in it
			a = typed(roleName(role)+" ("+a.name+")", hint, nil)
		}
		return a
	}
	if hint == vocab.IDsPerson {
		return actor{class: vocab.IDsPerson, name: name, of: c}
	}
	if countryNamed(name) == c || len(words) == 1 && len(name) > 4 && strings.HasPrefix(strings.ToLower(c.name), strings.ToLower(name[:4])) { // CHILEAN
		name = roleName(role)
	}
	return typed(name+" ("+c.name+")", hint, c)
}

// compass words begin names of places: NEW JERSEY, USAGOV is nobody's name.
var compass = map[string]bool{"New": true, "North": true, "South": true, "East": true, "West": true, "The": true}

func roleName(role string) string {
	if name, ok := roleNames[role]; ok {
		return name
	}
	return "People of role " + clean(role)
}

// place returns the id of where the event was, "" if GDELT does not say.
func (g *gdelt) place(kind, name, lat, long string) string {
	if kind == "0" || kind == "" || name == "" {
		return ""
	}
	parts := strings.Split(name, ", ")
	p := place{name: name, of: countryNamed(parts[len(parts)-1])}
	if kind == "3" || kind == "4" { // of cities; larger places have their middle
		p.lat, p.long = degrees(lat, 90), degrees(long, 180)
	}
	return g.im.place(p)
}

// packedDay returns 20140131 as 2014-01-31.
func packedDay(s string) (string, error) {
	if len(s) == 8 {
		if t, err := time.Parse("20060102", s); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", reject("the date is no day", "%q", s)
}

// packedTime returns 20140131 or 20140131143000 as an instant.
func packedTime(s string) (string, error) {
	form := "20060102150405"
	if len(s) == 8 {
		form = form[:8]
	}
	t, err := time.Parse(form, s)
	if err != nil || !isNumber(s) {
		return "", reject("the time at which the row was added is none", "%q", s)
	}
	return t.Format(time.RFC3339), nil
}
