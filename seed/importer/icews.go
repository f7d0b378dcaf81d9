package importer

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/parleygraph/parley/schema/vocab"
)

// icews reads the two forms of ICEWS's event data. As files of the Dataverse have it, with a line of names:
//
//	Event ID, Event Date, Source Name, Source Sectors, Source Country, Event Text, CAMEO Code, Intensity, Target Name, Target Sectors,
//	Target Country, Story ID, Sentence Number, Publisher, City, District, Province, Country, Latitude, Longitude
//
// and as research on temporal graphs passes it on: actor, event text, actor, date. NA and an empty cell are nothing.
type icews struct {
	im      *Import
	columns int
	actors  *seen // ids by name, sectors and country
}

const (
	icewsBy     = "ICEWS; imported by Parley"
	icewsSource = vocab.IDsSource + ":icews"
	icewsNames  = vocab.IDsClaim + ":icews-names"
)

func newIcews(im *Import) *icews {
	im.prefix, im.names = vocab.IDsEvent+":icews-", icewsNames
	return &icews{im: im, actors: newSeen()}
}

func (f *icews) begin()      { f.columns = 0 }
func (f *icews) known() bool { return f.columns > 0 }
func (f *icews) header(cells []string) bool {
	if headerOf(cells, "Event ID", "Event Date", "Source Name") {
		f.columns = 20
		return true
	}
	return false
}

func (f *icews) wants() string {
	return "ICEWS events of 20 columns, or of four: actor, event text, actor, date"
}

func (f *icews) row(cells []string) error {
	if f.columns == 0 && (len(cells) == 4 || len(cells) == 20) {
		f.columns = len(cells)
	}
	switch {
	case f.columns == 0:
		return reject("the row has another number of columns", "it has %d, want 4 or 20", len(cells))
	case len(cells) != f.columns:
		return reject("the row has another number of columns", "it has %d, want %d", len(cells), f.columns)
	case f.columns == 4:
		return f.short(cells)
	}
	return f.long(cells)
}

// describe describes the data set and the claim that names rest on.
func (f *icews) describe() {
	if f.im.claim(claim{id: icewsNames, source: icewsSource, by: icewsBy, locator: "actors and places", recorded: "1995-01-01T00:00:00Z",
		statement: "ICEWS names these actors and places."}) {
		f.im.source(source{id: icewsSource, title: "Integrated Crisis Early Warning System (ICEWS), coded event data", language: "en"}, icewsNames)
	}
}

func (f *icews) short(cells []string) error {
	day, err := dashedDay(cells[3])
	if err != nil {
		return err
	}
	code, ok := cameoCodes[strings.ToLower(clean(cells[1]))]
	if !ok {
		return reject("the event text is unknown", "%q", cells[1])
	}
	e := event{day: day}
	if err := f.im.kindOf(&e, code); err != nil {
		return err
	}
	from, to := clean(cells[0]), clean(cells[2])
	if from == "" || to == "" {
		return reject("an actor has no name", "")
	}
	f.describe()
	f.set(&e, code, f.actor(from, "", ""), f.actor(to, "", ""))
	year := day[:4]
	e.claim = vocab.IDsClaim + ":icews-" + year
	f.im.claim(claim{id: e.claim, source: icewsSource, by: icewsBy, locator: "events of " + year, recorded: nextYear(year) + "-01-01T00:00:00Z",
		statement: "ICEWS coded these events of " + year + " from news."})
	return f.im.event(e)
}

func (f *icews) long(cells []string) error {
	for i, c := range cells {
		if cells[i] = clean(c); cells[i] == "NA" || cells[i] == "NULL" {
			cells[i] = ""
		}
	}
	day, err := dashedDay(cells[1])
	if err != nil {
		return err
	}
	e := event{day: day, row: cells[0]}
	if !isNumber(e.row) {
		return reject("the event has no number", "%q", e.row)
	}
	if err := f.im.kindOf(&e, cells[6]); err != nil {
		return err
	}
	from, to := cells[2], cells[8]
	if from == "" && to == "" {
		return pass("the row names no actor")
	}
	story, publisher := cells[11], cells[13]
	if !isNumber(story) {
		return reject("the story has no number", "%q", story)
	}
	f.describe()
	f.set(&e, cells[6], f.actor(from, cells[3], cells[4]), f.actor(to, cells[9], cells[10]))
	e.claim = vocab.IDsClaim + ":icews-" + day + "-" + story
	of := ""
	if publisher != "" {
		of = " of " + publisher
	}
	s := source{id: icewsSource + "-story-" + story, title: "Story " + story + of + ", as numbered by ICEWS"}
	if publisher != "" {
		s.publisher = f.im.actor(actor{class: vocab.IDsOrganization, name: publisher})
	}
	if f.im.claim(claim{id: e.claim, source: s.id, by: icewsBy, locator: "story " + story, recorded: day + "T00:00:00Z",
		statement: "ICEWS coded these events from a story" + of + "."}) {
		f.im.source(s, e.claim)
	}
	e.place = f.place(cells[14], cells[15], cells[16], cells[17], cells[18], cells[19])
	return f.im.event(e)
}

// kindOf finds the kind of a code.
func (im *Import) kindOf(e *event, code string) error {
	if e.kind = im.kinds[code]; e.kind == nil {
		return reject("the CAMEO code is unknown", "%q", code)
	}
	return nil
}

// set puts actors into their roles.
func (f *icews) set(e *event, code, from, to string) {
	if code == hostVisit {
		from, to = to, from
	}
	e.from, e.to = from, to
}

// actor returns the id of an actor, "" for none.
func (f *icews) actor(name, sectors, of string) string {
	if name == "" {
		return ""
	}
	key := name
	if of != "" || sectors != "" {
		key = name + "\t" + sectors + "\t" + of
	}
	if id, ok := f.actors.get(key); ok {
		return id
	}
	c := countryNamed(of)
	a := typed(name, sectorClass(sectors), c)
	if a.class == vocab.IDsPerson && c != nil && strings.Contains(sectors, "Government") {
		a.of = c // who belongs to a government
	}
	id := f.im.actor(a)
	f.actors.put(key, id)
	return id
}

func (f *icews) place(city, district, province, of, lat, long string) string {
	c := countryNamed(of)
	country := of
	if c != nil {
		country = c.name
	}
	var parts []string
	for _, p := range []string{city, province, country} {
		if p != "" && (len(parts) == 0 || parts[len(parts)-1] != p) {
			parts = append(parts, p)
		}
	}
	if city == "" && district != "" {
		parts = append([]string{district}, parts...)
	}
	if len(parts) == 0 {
		return ""
	}
	p := place{name: strings.Join(parts, ", "), of: c}
	if city != "" {
		p.lat, p.long = degrees(lat, 90), degrees(long, 180)
	}
	return f.im.place(p)
}

var (
	decimalForm = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{1,12})?$`)
	numberForm  = regexp.MustCompile(`^[0-9]{1,18}$`)
)

func isNumber(s string) bool { return numberForm.MatchString(s) }

func parseFloat(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

func nextYear(year string) string {
	n, _ := strconv.Atoi(year) // of a date that was parsed
	return time.Date(n+1, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")
}

// dashedDay returns a day, 2014-01-31, if it is one.
func dashedDay(s string) (string, error) {
	if s = strings.TrimSpace(s); len(s) == 10 {
		if _, err := time.Parse(time.DateOnly, s); err == nil {
			return s, nil
		}
	}
	return "", reject("the date is no day", "%q", s)
}
