package importer

import (
	"regexp"
	"strings"
	"time"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// stateHistory reads the lists of the Office of the Historian, U.S. Department of State (HistoryAtState on GitHub), told apart by their first line:
//
//	visits.tsv        id, start, end, visitor, from, description
//	trips.tsv         id, role, name, who, start, end, country, locale, remarks
//	appointments.tsv  id, person_id, person, role, where, appointed, started, ended, ended_note, note
//
// A visit is an event from its start to its end, the visitor's; the host is the government of the country. An appointment is a tenure. Descriptions and
// remarks are not taken over. Claims and sources are named as the curated quads name them, and rows that those hold already are passed over.
type stateHistory struct {
	im      *Import
	list    string // "visits", "trips", "appointments"; "" not yet known
	curated map[string]bool
}

const (
	stateBy        = "Office of the Historian; imported by Parley"
	stateVisits    = "state-visits-by-foreign-leaders"
	statePresident = "state-travels-of-the-president"
	stateSecretary = "state-travels-of-the-secretary"
	statePocom     = "state-principal-officers-and-chiefs-of-mission"
)

var stateSources = map[string]source{
	stateVisits:    {title: "Visits by Foreign Leaders (data set HistoryAtState/visits)", url: "https://history.state.gov/departmenthistory/visits"},
	statePresident: {title: "Travels Abroad of the President (data set HistoryAtState/travels)", url: "https://history.state.gov/departmenthistory/travels/president"},
	stateSecretary: {title: "Travels Abroad of the Secretary of State (data set HistoryAtState/travels)", url: "https://history.state.gov/departmenthistory/travels/secretary"},
	statePocom:     {title: "Principal Officers and Chiefs of Mission (data set HistoryAtState/pocom)", url: "https://history.state.gov/departmenthistory/people"},
}

// presidents are those whom the lists call otherwise than the curated quads do.
var presidents = map[string]string{
	"biden-joseph-r": "Joe Biden", "bush-george-h-w": "George H. W. Bush", "bush-george-w": "George W. Bush", "carter-jimmy": "Jimmy Carter", "clinton-william-j": "Bill Clinton",
	"coolidge-calvin": "Calvin Coolidge", "eisenhower-dwight-d": "Dwight D. Eisenhower", "ford-gerald-r": "Gerald Ford", "hoover-herbert-c": "Herbert Hoover",
	"johnson-lyndon-b": "Lyndon B. Johnson", "kennedy-john-f": "John F. Kennedy", "nixon-richard-m": "Richard Nixon", "obama-barack": "Barack Obama", "reagan-ronald": "Ronald Reagan",
	"roosevelt-franklin-d": "Franklin D. Roosevelt", "taft-william-howard": "William Howard Taft", "truman-harry-s": "Harry S. Truman", "trump-donald-j": "Donald Trump",
	"harding-warren-g": "Warren G. Harding", "bush-george-herbert-walker": "George H. W. Bush", "nixon-richard-milhous": "Richard Nixon",
}

func newStateHistory(im *Import) (*stateHistory, error) {
	im.prefix, im.names = vocab.IDsEvent+":state-", vocab.IDsClaim+":state-history-names"
	s := &stateHistory{im: im, curated: map[string]bool{}}
	if !im.options.Curated {
		return s, nil
	}
	return s, eachCurated(func(q store.Quad) {
		if q.Predicate == store.IRI(vocab.RdfType) && q.Object == store.IRI(vocab.ClassClaim) {
			s.curated[store.Text(q.Subject)] = true
		}
	})
}

func (s *stateHistory) begin()      { s.list = "" }
func (s *stateHistory) known() bool { return s.list != "" }
func (s *stateHistory) wants() string {
	return "visits.tsv, trips.tsv or appointments.tsv of HistoryAtState, with its line of names"
}

func (s *stateHistory) header(cells []string) bool {
	switch {
	case headerOf(cells, "id", "start", "end", "visitor", "from"):
		s.list = "visits"
	case headerOf(cells, "id", "role", "name", "who", "start", "end", "country", "locale"):
		s.list = "trips"
	case headerOf(cells, "id", "person_id", "person", "role", "where", "appointed", "started", "ended"):
		s.list = "appointments"
	}
	return s.list != ""
}

func (s *stateHistory) row(cells []string) error {
	want := map[string]int{"visits": 6, "trips": 9, "appointments": 10}[s.list]
	switch {
	case want == 0:
		return reject("the list is unknown", "its first line names no columns of it")
	case len(cells) != want:
		return reject("the row has another number of columns", "it has %d, want %d", len(cells), want)
	}
	for i := range cells {
		cells[i] = clean(cells[i])
	}
	if s.list == "appointments" { // whose ids are not always there, and not always one row's
		return s.appointment(cells)
	}
	if !isNumber(cells[0]) {
		return reject("the row has no number", "%q", cells[0])
	}
	switch s.list {
	case "visits":
		return s.visit(cells)
	}
	return s.trip(cells)
}

// claim describes the claim of a row and what it rests on, and returns its id. The parts of the claim come without prefixes.
func (s *stateHistory) claim(c claim) string {
	names := claim{id: s.im.names, source: vocab.IDsSource + ":" + statePocom, by: stateBy, locator: "names", recorded: "1774-09-05T00:00:00Z",
		statement: "The Office of the Historian names these people, posts and places."}
	if s.im.claim(names) {
		s.source(statePocom)
	}
	s.source(c.source)
	c.id, c.source, c.by, c.recorded = vocab.IDsClaim+":"+c.id, vocab.IDsSource+":"+c.source, stateBy, c.recorded+"T00:00:00Z"
	s.im.claim(c)
	return c.id
}

func (s *stateHistory) source(list string) {
	x := stateSources[list]
	x.id, x.language = vocab.IDsSource+":"+list, "en"
	x.publisher = s.im.actor(actor{class: vocab.IDsOrganization, name: "Office of the Historian", slug: "us-office-of-the-historian"})
	s.im.source(x, s.im.names)
}

const curatedReason = "the curated quads have the row"

func (s *stateHistory) visit(cells []string) error {
	when, err := span(cells[1], cells[2])
	if err != nil {
		return err
	}
	visitors := visitorsOf(cells[3], cells[4])
	if len(visitors) == 0 {
		return reject("the visitor has no name", "%q", cells[3])
	}
	c := claim{id: stateVisits + "-visit-" + cells[0] + "-1", source: stateVisits, locator: "visit " + cells[0], recorded: cells[2],
		statement: "Listed for " + cells[1] + " to " + cells[2] + ": " + cells[3] + " of " + cells[4] + " visits the United States."}
	if s.curated[vocab.IDsClaim+":"+c.id] {
		return pass(curatedReason)
	}
	label := s.claim(c)
	us := countries["USA"]
	e := visit{id: s.im.prefix + "visit-" + cells[0], when: when, host: s.im.government(us), places: []string{s.im.place(place{name: us.name, of: us})}}
	home := ""
	if c := countryNamed(cells[4]); c != nil {
		home = s.im.government(c)
	}
	for _, v := range visitors {
		e.visitors = append(e.visitors, s.im.actor(v))
	}
	return s.write(e, home, label)
}

func (s *stateHistory) trip(cells []string) error {
	when, err := span(cells[4], cells[5])
	if err != nil {
		return err
	}
	name := cells[2]
	if known, ok := presidents[cells[3]]; ok {
		name = known
	}
	if name == "" {
		return reject("the visitor has no name", "")
	}
	list := map[string]string{"president": statePresident, "secretary": stateSecretary}[cells[1]]
	if list == "" {
		return reject("the role is unknown", "%q", cells[1])
	}
	if cells[6] == "" {
		return reject("the country has no name", "")
	}
	row := claim{id: list + "-trip-" + cells[0] + "-1", source: list, locator: "trip " + cells[0], recorded: cells[5],
		statement: "Listed for " + cells[4] + " to " + cells[5] + ": " + name + " visits " + cells[6] + "."}
	if s.curated[vocab.IDsClaim+":"+row.id] {
		return pass(curatedReason)
	}
	label := s.claim(row)
	e := visit{id: s.im.prefix + "trip-" + cells[0], when: when, visitors: []string{s.im.actor(actor{class: vocab.IDsPerson, name: name})}}
	c, country := countryNamed(cells[6]), cells[6]
	if c != nil {
		country = c.name
		e.host = s.im.government(c)
	}
	locales := strings.Split(strings.NewReplacer(", D.F.", "", "; ", ", ").Replace(cells[7]), ", ")
	for _, l := range locales {
		if l = strings.Trim(clean(l), " ,;"); l == "" {
			continue
		}
		e.places = append(e.places, s.im.place(place{name: l + ", " + country, of: c}))
	}
	if len(e.places) == 0 {
		e.places = []string{s.im.place(place{name: country, of: c})}
	}
	return s.write(e, s.im.government(countries["USA"]), label)
}

// A visit is an event that can take several days, several people and several places.
type visit struct {
	id, when, host   string
	visitors, places []string
}

// write writes a visit. The visitors act for home, if that is known.
func (s *stateHistory) write(v visit, home, label string) error {
	im, w := s.im, &s.im.out
	im.tellings++
	if err := im.events.add(v.id); err != nil {
		return err
	}
	if !im.told.first(v.id) {
		return w.err
	}
	w.iri(v.id, vocab.RdfType, vocab.ClassEvent, label)
	w.iri(v.id, vocab.SemEventType, im.kinds["042"].id, label)
	w.typed(v.id, vocab.SemHasTimeStamp, v.when, vocab.EdtfEDTF, label)
	if v.host != "" {
		w.iri(v.id, "role:host", v.host, label)
	}
	done := map[string]bool{}
	for _, p := range v.places {
		if !done[p] {
			done[p] = true
			w.iri(v.id, vocab.SemHasPlace, p, label)
		}
	}
	for _, p := range v.visitors {
		if done[p] {
			continue
		}
		done[p] = true
		w.iri(v.id, "role:visitor", p, label)
		if home != "" && p != home {
			w.iri(p, vocab.ProvActedOnBehalfOf, home, label)
		}
	}
	return w.err
}

// dayForm is a day, a month or a year.
var dayForm = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)

func isDate(s string) bool {
	if !dayForm.MatchString(s) {
		return false
	}
	_, err := time.Parse(time.DateOnly[:len(s)], s)
	return err == nil
}

// span returns the time from one day to another in EDTF.
func span(start, end string) (string, error) {
	for _, s := range []string{start, end} {
		if len(s) != 10 || !isDate(s) {
			return "", reject("the date is no day", "%q", s)
		}
	}
	switch {
	case start == end:
		return start, nil
	case start > end:
		return "", reject("the visit ends before it begins", "%s, %s", start, end)
	}
	return start + "/" + end, nil
}

// titles are what stands before a visitor's name; they are no part of it.
var titles = regexp.MustCompile(`^(?i)((Provisional|Interim|Acting|Former|Vice|Deputy|First|Federal|Crown|Transitional|Head of|Chairman of the|State|Junta|Supreme) )*` +
	`(President[ -]?[Ee]lect|President- ?elect|President-designate|Prime Minister[ -][Dd]esignate|Chancellor-elect|President|Prime Minister|Premier|Chancellor|Chairman|Taoiseach|Governor|Governor General|Chief Minister|Chief Executive|Vice Premier|` +
	`Foreign Minister|Lieutenant General|Brigadier General|Head of State|Chief of State|Regent|Minister) (of the [A-Z][a-z]+ )?`)

// visitorsOf returns the people in the column of visitors: "President Francesco Cossiga and Prime Minister Giulio Andreotti" are two.
func visitorsOf(text, from string) []actor {
	text = separators.ReplaceAllString(text, "\n$2")
	var list []actor
	for part := range strings.SplitSeq(text, "\n") {
		name := strings.Trim(titles.ReplaceAllString(part, ""), " ,;")
		for { // General, then what he was too
			rest := titles.ReplaceAllString(name, "")
			if rest == name || rest == "" {
				break
			}
			name = rest
		}
		if name == "" {
			continue
		}
		if where := from; where != "" && (!strings.Contains(name, " ") || monarch.MatchString(name) || titles.ReplaceAllString(name+" ", "") == "") {
			if c := countryNamed(from); c != nil {
				where = c.name
			}
			name += " (" + where + ")" // there was more than one Menzies, and King Abdullah
		}
		list = append(list, actor{class: vocab.IDsPerson, name: name})
	}
	return list
}

var (
	separators = regexp.MustCompile(`(, and |, | and )((President|Prime Minister|Crown Prince|Prince|Premier|Chancellor|Queen|King|Foreign Minister) )`)
	monarch    = regexp.MustCompile(`^(King|Queen|Emperor|Sultan|Shah|Amir|Emir|Prince|Crown Prince|Grand Duke|Grand Duchess|Sheikh|Pope) `)
)

func (s *stateHistory) appointment(cells []string) error {
	person, role, where := cells[2], cells[3], cells[4]
	if known, ok := presidents[cells[1]]; ok {
		person = known
	}
	if person == "" || role == "" {
		return reject("the row names no person or no post", "")
	}
	for _, d := range cells[5:8] {
		if d != "" && !isDate(d) {
			return reject("the date is no day, month or year", "%q", d)
		}
	}
	start, end := cells[6], cells[7]
	var when, recorded string
	switch {
	case start == "" && end == "":
		return pass("the post was not taken up: no start and no end")
	case start != "" && end != "" && start[:min(len(start), len(end))] > end[:min(len(start), len(end))]:
		return reject("the tenure ends before it begins", "%s, %s", start, end)
	case start == end:
		when = start
	default:
		when = start + "/" + end // an end that is not given is unknown
	}
	if recorded = end; recorded == "" {
		recorded = start
	}
	recorded = (recorded + "-01-01")[:10]
	position, name := positionOf(role, where)
	since := start
	if since == "" {
		since = "until-" + end
	}
	id := slug(cells[1]) + strings.TrimPrefix(position, vocab.IDsPosition+":us") + "-" + since
	if !s.im.seen.first(id) {
		return pass("another row has the person, the post and the start")
	}
	locator := "appointment " + cells[0]
	if cells[0] == "" {
		locator = "appointment of " + cells[1] + ", " + since
	}
	label := s.claim(claim{id: statePocom + "-" + id + "-1", source: statePocom, locator: locator, recorded: recorded,
		statement: "Listed: " + person + " held the post of " + name + "."})
	im, w := s.im, &s.im.out
	if im.seen.first(position) {
		w.iri(position, vocab.RdfType, vocab.ClassPosition, im.names)
		w.english(position, vocab.SchemaName, name, im.names)
		w.iri(position, vocab.OrgPostIn, im.actor(actor{class: vocab.IDsAgency, name: "United States Department of State", slug: "us-department-of-state", of: countries["USA"]}), im.names)
	}
	id = vocab.IDsTenure + ":state-" + id
	w.iri(id, vocab.RdfType, vocab.ClassTenure, label)
	w.iri(id, vocab.OrgMember, im.actor(actor{class: vocab.IDsPerson, name: person}), label)
	w.iri(id, vocab.ParleyPosition, position, label)
	w.typed(id, vocab.SemHasTimeStamp, when, vocab.EdtfEDTF, label)
	if w.err != nil {
		return w.err
	}
	return errTenure
}

// posts are the posts whose codes do not read as their names.
var posts = map[string]string{
	"ambassador-e-p": "Ambassador Extraordinary and Plenipotentiary", "charge-daffaires-ad-interim": "Chargé d'Affaires ad interim", "charge-daffaires": "Chargé d'Affaires",
	"envoy-extraordinary-minister-plenipotentiary": "Envoy Extraordinary and Minister Plenipotentiary", "minister-resident": "Minister Resident",
	"minister-resident-consul-general": "Minister Resident and Consul General", "secretary": "United States Secretary of State", "secretary-ad-interim": "United States Secretary of State ad interim",
}

// positionOf returns the id and the name of a post: at a mission abroad, or in the department.
func positionOf(role, where string) (id, name string) {
	role = slug(role)
	name, ok := posts[role]
	if !ok {
		name = title(strings.ReplaceAll(role, "-", " "))
	}
	if where = slug(where); where == "" || where == role {
		if role == "secretary" {
			return vocab.IDsPosition + ":us-secretary-of-state", name
		}
		if !ok {
			name += ", United States Department of State"
		}
		return vocab.IDsPosition + ":us-state-" + role, name
	}
	to := title(strings.ReplaceAll(where, "-", " "))
	if c := countries[where]; c != nil {
		to = c.name
	}
	return vocab.IDsPosition + ":us-" + role + "-to-" + where, name + " of the United States to " + to
}
