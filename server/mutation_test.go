package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

// A desk is a server over the curated quads that one may write to, with a token.
type desk struct {
	*httptest.Server
	surface *Surface
	store   *store.Store
	graph   *graph.Graph
	token   string

	mu    sync.Mutex
	clock time.Time
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = d.clock.Add(by)
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	st, err := store.Open(context.Background(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Load(context.Background(), st, seed.Files(), nil); err != nil {
		t.Fatal(err)
	}
	d := &desk{store: st, graph: graph.New(st, ""), clock: time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)}
	token, hash := newToken()
	_, other := newToken()
	d.token = token
	c := Config{Ledger: newLedger(d.graph, d.now), Identify: identifyWriters([]writer{{"somebody else", other}, {"Night desk", hash}})}
	surface := Handler(c, d.graph, slog.New(slog.DiscardHandler))
	d.Server, d.surface = httptest.NewServer(surface), surface
	t.Cleanup(func() {
		if err := surface.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		d.Server.Close()
		if err := st.Check(context.Background(), nil); err != nil {
			t.Errorf("the store after the test: %v", err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

type fields = map[string]any

// send sends a document and returns the whole answer.
func (d *desk) send(t testing.TB, document string, variables fields, token string) fields {
	t.Helper()
	out, err := post(d.URL, fields{"query": document, "variables": variables}, token)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type raw = json.RawMessage

// post sends a request as JSON and reads its answer.
func post(url string, body fields, token string) (out fields, err error) {
	r, err := http.NewRequest("POST", url+"/graphql", bytes.NewReader(mustMarshal(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	text, err := fetch(r)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(text, &out)
}

func fetch(r *http.Request) ([]byte, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func decoded(t testing.TB, text string) (out fields) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// entities are the fields of payloads that have what was made.
var entities = map[string]string{"recordSource": "source { id title root { id } }", "recordTenure": "tenure { id when { edtf text } position { id name postIn { id } } }", "recordActor": "actor { id name __typename }",
	"mergeActors": "actor { id redirectedFrom }", "unmergeActors": "actor { id redirectedFrom }",
	"recordEvent": "event { id when { edtf } kind { id } participations { actor { id } role { id } onBehalfOf { id } } }"}

const writePayload = ` entity { id } claim { id recordedBy recordedAt retractedAt retractedBy retraction supersedes { id } } userErrors { code message path } revision } }`

func writeDocument(name string) string {
	typ := strings.ToUpper(name[:1]) + name[1:] + "Input!"
	return "mutation ($input: " + typ + ") { " + name + "(input: $input) { " + entities[name] + writePayload
}

// write sends one mutation and returns its payload.
func (d *desk) write(t testing.TB, name string, input fields) fields {
	t.Helper()
	out := d.send(t, writeDocument(name), fields{"input": input}, d.token)
	data, _ := out["data"].(fields)
	payload, _ := data[name].(fields)
	if payload == nil {
		t.Fatalf("%s(%v) answers %v", name, input, out)
	}
	return payload
}

// must is write, which must succeed.
func (d *desk) must(t testing.TB, name string, input fields) fields {
	t.Helper()
	p := d.write(t, name, input)
	if errs := p["userErrors"].([]any); len(errs) > 0 {
		t.Fatalf("%s(%v): %v", name, input, errs)
	}
	return p
}

// ask asks and returns the data as JSON.
func (d *desk) ask(t testing.TB, query string) string {
	t.Helper()
	out := d.send(t, query, nil, "")
	if out["errors"] != nil {
		t.Fatalf("%s\n%v", query, out["errors"])
	}
	return string(mustMarshal(out["data"]))
}

func get(o fields, path ...string) any {
	var v any = o
	for _, p := range path {
		m, _ := v.(fields)
		v = m[p]
	}
	return v
}

const article = "source:hegseth-warns-mexico"

func evidence(statement string) fields {
	return fields{"source": article, "locator": "paragraph 40", "statement": statement}
}

// with returns a copy of an input with a value at a path: names with dots between them, numbers for places.
func with(o fields, path string, value any) fields {
	var out fields
	if err := json.Unmarshal(mustMarshal(o), &out); err != nil {
		panic(err)
	}
	parts := strings.Split(path, ".")
	at := any(out)
	for _, p := range parts[:len(parts)-1] {
		switch x := at.(type) {
		case fields:
			at = x[p]
		case []any:
			at = x[int(p[0]-'0')]
		}
	}
	m := at.(fields)
	if m[parts[len(parts)-1]] = value; value == nil {
		delete(m, parts[len(parts)-1])
	}
	return out
}

// What is valid; a case of bad input changes one thing.
var (
	validSource = fields{"title": "The Night Desk", "url": "https://example.org/night", "published": "2027-01-01", "language": "en", "authors": []any{"person:pete-hegseth"}}
	validActor  = fields{"type": "PERSON", "name": "José Peña-Ortiz", "otherNames": []any{fields{"text": "José Peña Ortiz", "language": "es"}},
		"aliases": []any{fields{"text": "Pepe", "language": "es"}}, "description": "A diplomat.", "sameAs": []any{"http://www.wikidata.org/entity/Q999999999"},
		"unitOf": []any{"government:mexico"}, "evidence": evidence("He is a diplomat.")}
	validEvent = fields{"kind": "kind:call", "when": "2027-01-01", "whenText": "on New Year's Day", "summary": "Hegseth called Bessent.", "duration": "PT1H", "count": 2,
		"topics": []any{"topic:fentanyl"}, "participations": []any{fields{"actor": "person:pete-hegseth", "role": "role:initiator", "onBehalfOf": "government:united-states"},
			fields{"actor": "person:scott-bessent", "role": "role:recipient"}},
		"evidence": fields{"source": article, "locator": "paragraph 41", "quote": "Hello.", "certainty": "REPORTED", "attributedTo": []any{"person:scott-bessent"}}}
	validClaim  = fields{"facts": []any{fields{"subject": "event:2025-01-31-hegseth-call", "field": "when", "value": "2025-02-01"}}, "evidence": evidence("The call was a day later.")}
	validTenure = fields{"person": "person:pete-hegseth", "newPosition": fields{"name": "Keeper of the Night Desk", "postIn": "government:united-states"}, "when": "2026-12/..",
		"whenText": "since December", "evidence": evidence("Hegseth keeps the night desk.")}
	validRetraction = fields{"claim": "claim:hegseth-warns-mexico-p2-1", "reason": "It was misread."}
	validMerge      = fields{"survivor": "person:pete-hegseth", "merged": "person:scott-bessent", "evidence": evidence("They are one.")}
	validUnmerge    = fields{"merged": "person:scott-bessent", "reason": "They are two."}
)

func TestRecord(t *testing.T) {
	d := newDesk(t)
	source := d.must(t, "recordSource", validSource)
	if got := get(source, "entity", "id"); got != "source:the-night-desk" || got != get(source, "source", "id") {
		t.Errorf("the source's id is %v", got)
	}
	if got := get(source, "claim", "recordedBy"); got != "Night desk" {
		t.Errorf("it was recorded by %v", got)
	}
	actor := d.must(t, "recordActor", validActor)
	if got := get(actor, "actor", "id"); got != "person:jose-pena-ortiz" {
		t.Errorf("the actor's id is %v", got)
	}
	first, second := d.must(t, "recordEvent", validEvent), d.must(t, "recordEvent", validEvent)
	want := `{"id":"event:2027-01-01-call-pete-hegseth-scott-bessent","kind":{"id":"kind:call"},"participations":[` +
		`{"actor":{"id":"person:pete-hegseth"},"onBehalfOf":{"id":"government:united-states"},"role":{"id":"role:initiator"}},` +
		`{"actor":{"id":"person:scott-bessent"},"onBehalfOf":null,"role":{"id":"role:recipient"}}],"when":{"edtf":"2027-01-01"}}`
	if diff := cmp.Diff(want, string(mustMarshal(first["event"]))); diff != "" {
		t.Error(diff)
	}
	if got := get(second, "event", "id"); got != "event:2027-01-01-call-pete-hegseth-scott-bessent-2" {
		t.Errorf("the second event's id is %v", got)
	}
	tenure := d.must(t, "recordTenure", validTenure)
	if got, want := string(mustMarshal(tenure["tenure"])), `{"id":"tenure:pete-hegseth-keeper-of-the-night-desk","position":{"id":"position:keeper-of-the-night-desk","name":"Keeper of the Night Desk",`+
		`"postIn":{"id":"government:united-states"}},"when":{"edtf":"2026-12/..","text":"since December"}}`; got != want {
		t.Errorf("the tenure is %s, want %s", got, want)
	}
	if a, b := get(first, "claim", "recordedAt").(string), get(second, "claim", "recordedAt").(string); a >= b {
		t.Errorf("the clock stood still, and the claims were recorded at %s and %s", a, b)
	}
	for i := range 8 {
		d.must(t, "recordEvent", with(validEvent, "whenText", fmt.Sprint("call ", i)))
	}
	got := d.ask(t, `{ interactions(where: {from: "person:pete-hegseth", to: "person:scott-bessent", during: {from: "2027"}}) { totalCount } coverage(actors: ["person:pete-hegseth"]) { sources } stats { revision } }`)
	if !strings.Contains(got, `"interactions":{"totalCount":10}`) {
		t.Errorf("the events cannot be found: %s", got)
	}
}

// TestTwoDates is the story of two sources that give two dates.
func TestTwoDates(t *testing.T) {
	d := newDesk(t)
	d.must(t, "recordSource", fields{"id": "source:wire", "title": "A wire story"})
	facts := `{ event(id: "event:2025-01-31-hegseth-call"%s) { when { edtf } whenFact { value rule claims { id } rivals { value rule } } } }`
	now := fmt.Sprintf(facts, "")
	was := d.ask(t, now)
	revised := d.must(t, "assertClaim", with(with(validClaim, "evidence.source", "source:wire"), "evidence.certainty", "REPORTED"))
	claim, at := get(revised, "claim", "id").(string), get(revised, "claim", "recordedAt").(string)
	if got, want := d.ask(t, now), `{"event":{"when":{"edtf":"2025-02-01"},"whenFact":{"claims":[{"id":"`+claim+`"}],"rivals":[{"rule":"LATER","value":"2025-01-31"}],"rule":"LATER","value":"2025-02-01"}}}`; got != want {
		t.Errorf("with two dates:\n%s\nwant\n%s", got, want)
	}
	both := d.ask(t, now)
	d.pass(time.Hour)
	gone := d.must(t, "retractClaim", fields{"claim": claim, "reason": "The wire took it back."})
	if get(gone, "claim", "retractedBy") != "Night desk" || get(gone, "claim", "retraction") != "The wire took it back." {
		t.Errorf("the retraction is %v", gone)
	}
	if got := d.ask(t, now); !strings.Contains(got, `"when":{"edtf":"2025-01-31"}`) || !strings.Contains(got, `"rule":"NOT_RETRACTED"`) {
		t.Errorf("after the retraction: %s", got)
	}
	if got := d.ask(t, fmt.Sprintf(facts, `, asOf: {knownAt: "`+at+`"}`)); got != both {
		t.Errorf("as of then:\n%s\nand then it was\n%s", got, both)
	}
	if got := d.ask(t, fmt.Sprintf(facts, `, asOf: {knownAt: "2026-12-01T00:00:00Z"}`)); got != was {
		t.Errorf("as of before:\n%s\nand then it was\n%s", got, was)
	}
	// A correction retracts what it corrects, in one write.
	other := d.must(t, "assertClaim", with(with(validClaim, "supersedes", "claim:hegseth-warns-mexico-p2-1"), "reason", "A slip."))
	if get(other, "claim", "supersedes", "id") != "claim:hegseth-warns-mexico-p2-1" {
		t.Errorf("the correction is %v", other)
	}
	got := d.ask(t, `{ nodes(ids: ["claim:hegseth-warns-mexico-p2-1"]) { ... on Claim { retraction retractedAt supersededBy { id } } } }`)
	if want := fmt.Sprintf(`{"nodes":[{"retractedAt":"%s","retraction":"A slip.","supersededBy":{"id":"%s"}}]}`, get(other, "claim", "recordedAt"), get(other, "claim", "id")); got != want {
		t.Errorf("the corrected claim is %s, want %s", got, want)
	}
}

// TestMerge merges two actors and takes it back: the merged id answers with the survivor, who has what was said of both; as of before they are two, and so
// they are afterwards.
func TestMerge(t *testing.T) {
	d := newDesk(t)
	const question = `{
		old: node(id: "person:scott-bessent") { id ... on Actor { name redirectedFrom } }
		actor(id: "person:scott-bessent") { id redirectedFrom events(first: 100) { totalCount nodes { id } } tenures { id } }
		interactions(where: {actor: "person:scott-bessent"}) { totalCount nodes { from { id } to { id } event { id } } }
		contacts(of: "person:scott-bessent") { totalCount nodes { actor { id } } }
		search(text: "Bessent") { nodes { id } }
	}`
	before := d.ask(t, question)
	if !strings.Contains(before, `"old":{"id":"person:scott-bessent","name":"Scott Bessent","redirectedFrom":[]}`) {
		t.Fatalf("before the merge: %s", before)
	}
	p := d.must(t, "mergeActors", validMerge)
	if got, want := string(mustMarshal(p["actor"])), `{"id":"person:pete-hegseth","redirectedFrom":["person:scott-bessent"]}`; got != want {
		t.Errorf("mergeActors answers with %s, want %s", got, want)
	}
	merged := d.ask(t, question)
	if !strings.Contains(merged, `"old":{"id":"person:pete-hegseth",`) || strings.Contains(merged, `{"id":"person:scott-bessent"}`) {
		t.Errorf("the merged id answers: %s", merged)
	}
	if survivor := d.ask(t, strings.ReplaceAll(question, "person:scott-bessent", "person:pete-hegseth")); survivor != merged {
		t.Errorf("the survivor answers otherwise than the merged id:\n%s", cmp.Diff(survivor, merged))
	}
	d.pass(time.Minute)
	if got, want := d.ask(t, `{ diff(knownFrom: "2026-12-31T00:00:00Z", knownTo: "2030-01-01T00:00:00Z") { nodes { what claim { id } } } }`), fmt.Sprintf(`{"diff":{"nodes":[{"claim":{"id":"%s"},"what":"MERGED"}]}}`, get(p, "claim", "id")); got != want {
		t.Errorf("what changed is %s, want %s", got, want)
	}
	if got := d.ask(t, `{ quads(predicate: "dcterms:isReplacedBy") { nodes { subject { value } object { value } label { value } } } }`); !strings.Contains(got, `"person:scott-bessent"`) || !strings.Contains(got, get(p, "claim", "id").(string)) {
		t.Errorf("the quads say %s", got)
	}
	recorded := get(p, "claim", "recordedAt").(string)
	asOf := func(at string) string {
		return d.ask(t, `{ actor(id: "person:scott-bessent", asOf: {knownAt: "`+at+`"}) { id redirectedFrom events(first: 100) { totalCount } } }`)
	}
	if got := asOf("2026-12-31T00:00:00Z"); !strings.Contains(got, `"id":"person:scott-bessent","redirectedFrom":[]`) {
		t.Errorf("as of before the merge: %s", got)
	}
	u := d.must(t, "unmergeActors", validUnmerge)
	if got, want := string(mustMarshal(u["actor"])), `{"id":"person:scott-bessent","redirectedFrom":[]}`; got != want || get(u, "claim", "retraction") != "They are two." {
		t.Errorf("unmergeActors answers with %s and %v, want %s", got, u["claim"], want)
	}
	if after := d.ask(t, question); after != before {
		t.Errorf("after the merge was taken back:\n%s", cmp.Diff(before, after))
	}
	if got := asOf(recorded); !strings.Contains(got, `"id":"person:pete-hegseth","redirectedFrom":["person:scott-bessent"]`) {
		t.Errorf("as of the merge: %s", got)
	}
}

func TestBadInput(t *testing.T) {
	d := newDesk(t)
	d.must(t, "retractClaim", fields{"claim": "claim:hegseth-warns-mexico-p1-1", "reason": "A test."})
	long := func(n int) string { return strings.Repeat("x", n) }
	many := make([]any, 101)
	for i := range many {
		many[i] = fmt.Sprint("person:x", i)
	}
	type bad struct {
		name, mutation string
		input          fields
		code           string
		path           string // with dots
		says           string
	}
	cases := []bad{
		{"an interval that ends before it starts", "recordEvent", with(validEvent, "when", "2027-02/2027-01"), "BAD_USER_INPUT", "when", "the end begins before the start"},
		{"a date that cannot be", "recordEvent", with(validEvent, "when", "2027-02-30"), "BAD_USER_INPUT", "when", "no day 30 in 2027-02"},
		{"no date", "recordEvent", with(validEvent, "when", "soon"), "BAD_USER_INPUT", "when", "write a date in EDTF"},
		{"wording without end", "recordEvent", with(validEvent, "whenText", long(501)), "BAD_USER_INPUT", "whenText", "501 characters, and 500 are allowed"},
		{"an oversized summary", "recordEvent", with(validEvent, "summary", long(4001)), "BAD_USER_INPUT", "summary", "shorten it"},
		{"an oversized quote", "recordEvent", with(validEvent, "evidence.quote", long(8001)), "BAD_USER_INPUT", "evidence.quote", "shorten it"},
		{"a line end in a text", "recordEvent", with(validEvent, "summary", "one\ntwo"), "BAD_USER_INPUT", "summary", "U+000A"},
		{"an unknown kind", "recordEvent", with(validEvent, "kind", "kind:no-such"), "NOT_FOUND", "kind", "there is no such record"},
		{"an actor as kind", "recordEvent", with(validEvent, "kind", "person:pete-hegseth"), "BAD_USER_INPUT", "kind", "class Person"},
		{"an unknown actor", "recordEvent", with(validEvent, "participations.1.actor", "person:nobody-at-all"), "NOT_FOUND", "participations.1.actor", "record it first"},
		{"a place as actor", "recordEvent", with(validEvent, "participations.1.actor", "place:el-paso"), "BAD_USER_INPUT", "participations.1.actor", "class Place"},
		{"an unknown role", "recordEvent", with(validEvent, "participations.1.role", "role:onlooker"), "NOT_FOUND", "participations.1.actor", "there is no role"},
		{"no role", "recordEvent", with(validEvent, "participations.1.role", "initiator"), "BAD_USER_INPUT", "participations.1.role", "is no role"},
		{"nobody there", "recordEvent", with(validEvent, "participations", []any{}), "BAD_USER_INPUT", "participations", "nobody is part of the event"},
		{"an unknown source", "recordEvent", with(validEvent, "evidence.source", "source:no-such"), "NOT_FOUND", "evidence.source", "there is no such record"},
		{"an id as nobody writes it", "recordEvent", with(validEvent, "id", "event:No Such"), "BAD_USER_INPUT", "id", "is no id"},
		{"an id of another class", "recordEvent", with(validEvent, "id", "person:new"), "BAD_USER_INPUT", "id", `begin with "event:"`},
		{"an id that is taken", "recordEvent", with(validEvent, "id", "event:2025-01-31-hegseth-call"), "CONFLICT", "id", "is there already"},
		{"no locator", "recordEvent", with(validEvent, "evidence.locator", ""), "BAD_USER_INPUT", "evidence.locator", "the text is empty"},
		{"certainty without reading", "recordEvent", with(with(validEvent, "evidence.source", "source:the-unread"), "evidence.certainty", "CONFIRMED"), "BAD_USER_INPUT", "evidence.certainty", "nobody has read"},
		{"a duration of words", "recordEvent", with(validEvent, "duration", "an hour"), "BAD_USER_INPUT", "duration", "PT3H"},
		{"one place twice", "recordEvent", with(validEvent, "topics", []any{"topic:fentanyl", "topic:fentanyl"}), "BAD_USER_INPUT", "topics.1", "leave one of the two out"},
		{"an event that is part of a person", "recordEvent", with(validEvent, "partOf", "person:pete-hegseth"), "BAD_USER_INPUT", "partOf", "class Person"},
		{"no actor's type", "recordActor", with(validActor, "type", "EVENT"), "BAD_USER_INPUT", "type", "no type of actors"},
		{"a second of that name", "recordActor", with(validActor, "name", "Pete Hegseth"), "CONFLICT", "name", "use that one"},
		{"an oversized name", "recordActor", with(validActor, "name", long(501)), "BAD_USER_INPUT", "name", "shorten it"},
		{"a name of blanks", "recordActor", with(validActor, "name", " "), "BAD_USER_INPUT", "name", "blanks"},
		{"no language", "recordActor", with(validActor, "otherNames.0.language", "Spanish"), "BAD_USER_INPUT", "otherNames.0", "BCP 47"},
		{"a link that is none", "recordActor", with(validActor, "sameAs", []any{"Q42"}), "BAD_USER_INPUT", "sameAs.0", "cannot be kept"},
		{"far too many", "recordActor", with(validActor, "unitOf", many), "BAD_USER_INPUT", "unitOf", "101 items, and 100 are allowed"},
		{"no check sum", "recordSource", with(validSource, "sha256", "abc"), "BAD_USER_INPUT", "sha256", "64 lower-case"},
		{"no instant", "recordSource", with(validSource, "retrievedAt", "yesterday"), "BAD_USER_INPUT", "retrievedAt", "RFC 3339"},
		{"a person as publisher", "recordSource", with(validSource, "publisher", "person:pete-hegseth"), "BAD_USER_INPUT", "publisher", "class Person"},
		{"a tenure that ends before it starts", "recordTenure", with(validTenure, "when", "2026-12/2026-11"), "BAD_USER_INPUT", "when", "the end begins before the start"},
		{"an unknown position", "recordTenure", with(with(validTenure, "newPosition", nil), "position", "position:no-such"), "NOT_FOUND", "position", "there is no such record"},
		{"no position", "recordTenure", with(validTenure, "newPosition", nil), "BAD_USER_INPUT", "position", "one of the two"},
		{"two positions", "recordTenure", with(validTenure, "position", "position:us-secretary-of-defense"), "BAD_USER_INPUT", "position", "one of the two"},
		{"a post in a person", "recordTenure", with(validTenure, "newPosition.postIn", "place:el-paso"), "BAD_USER_INPUT", "newPosition.postIn", "class Place"},
		{"a position's id as nobody writes it", "recordTenure", with(validTenure, "newPosition.id", "position:No Such"), "BAD_USER_INPUT", "newPosition.id", "is no id"},
		{"a government's tenure", "recordTenure", with(validTenure, "person", "government:mexico"), "BAD_USER_INPUT", "person", "class Government"},
		{"a tenure that is there already", "recordTenure", with(with(with(with(validTenure, "newPosition", nil), "position", "position:us-secretary-of-defense"), "when", "2025-01-25/.."), "whenText", nil), "CONFLICT", "", "it is recorded already"},
		{"a claim from nobody's", "assertClaim", with(validClaim, "evidence.derivedFrom", []any{"claim:no-such"}), "NOT_FOUND", "evidence.derivedFrom.0", "there is no such record"},
		{"a claim about nothing", "assertClaim", with(validClaim, "facts", []any{}), "BAD_USER_INPUT", "facts", "about nothing"},
		{"no statement", "assertClaim", with(validClaim, "evidence.statement", nil), "BAD_USER_INPUT", "evidence.statement", "no statement"},
		{"a field that there is not", "assertClaim", with(validClaim, "facts.0.field", "colour"), "BAD_USER_INPUT", "facts.0.field", "give one of kind, summary, "},
		{"a field that is derived", "assertClaim", with(validClaim, "facts.0.field", "parts"), "BAD_USER_INPUT", "facts.0.field", "has no field"},
		{"a date of no calendar", "assertClaim", with(validClaim, "facts.0.value", "2025-13"), "BAD_USER_INPUT", "facts.0.value", "no month 13"},
		{"of no id", "assertClaim", with(validClaim, "facts.0.subject", "the call"), "BAD_USER_INPUT", "facts.0.subject", "is no id"},
		{"a claim of a claim", "assertClaim", with(validClaim, "facts.0.subject", "claim:hegseth-warns-mexico-p2-1"), "BAD_USER_INPUT", "facts.0.subject", "says nothing of claims"},
		{"a denial of what is not", "assertClaim", with(with(validClaim, "stance", "DENIES"), "facts.0.subject", "event:no-such"), "NOT_FOUND", "facts.0.subject", "search finds ids"},
		{"a new event without anybody", "assertClaim", with(validClaim, "facts.0.subject", "event:new-one"), "BAD_USER_INPUT", "facts.0.subject", "has no kind"},
		{"a correction of nothing", "assertClaim", with(validClaim, "supersedes", "claim:no-such"), "NOT_FOUND", "supersedes", "there is no claim"},
		{"a correction of what was retracted", "assertClaim", with(validClaim, "supersedes", "claim:hegseth-warns-mexico-p1-1"), "CONFLICT", "supersedes", "was retracted by Night desk"},
		{"a claim that rests on what was retracted", "assertClaim", with(validClaim, "basedOn", []any{"claim:hegseth-warns-mexico-p1-1"}), "CONFLICT", "basedOn.0", "was retracted"},
		{"a reason for nothing", "assertClaim", with(validClaim, "reason", "so"), "BAD_USER_INPUT", "reason", "name that as supersedes"},
		{"an unknown claim", "retractClaim", with(validRetraction, "claim", "claim:no-such"), "NOT_FOUND", "claim", "there is no claim"},
		{"no claim at all", "retractClaim", with(validRetraction, "claim", "person:pete-hegseth"), "BAD_USER_INPUT", "claim", "is no claim"},
		{"a retraction of a retraction", "retractClaim", with(validRetraction, "claim", "claim:hegseth-warns-mexico-p1-1"), "CONFLICT", "claim", "cannot be taken back"},
		{"no reason", "retractClaim", with(validRetraction, "reason", ""), "BAD_USER_INPUT", "reason", "the text is empty"},
		{"an oversized reason", "retractClaim", with(validRetraction, "reason", long(4001)), "BAD_USER_INPUT", "reason", "shorten it"},
		{"a merge with itself", "mergeActors", with(validMerge, "merged", "person:pete-hegseth"), "BAD_USER_INPUT", "merged", "another actor"},
		{"a merge of nobody", "mergeActors", with(validMerge, "merged", "person:no-such"), "NOT_FOUND", "merged", "search finds ids"},
		{"a merge into nobody", "mergeActors", with(validMerge, "survivor", "person:no-such"), "NOT_FOUND", "survivor", "search finds ids"},
		{"a merge of an event", "mergeActors", with(validMerge, "merged", "event:2025-01-31-hegseth-call"), "BAD_USER_INPUT", "merged", "only actors"},
		{"a merge of two types", "mergeActors", with(validMerge, "merged", "government:mexico"), "BAD_USER_INPUT", "merged", "of one type"},
		{"a merge of who was merged", "mergeActors", with(validMerge, "merged", "person:gustavo-diaz-ordaz"), "CONFLICT", "merged", "was merged into person:lyndon-b-johnson"},
		{"a merge into who was merged", "mergeActors", with(validMerge, "survivor", "person:gustavo-diaz-ordaz"), "CONFLICT", "survivor", "give that one"},
		{"a merge without evidence", "mergeActors", with(validMerge, "evidence.source", "source:no-such"), "NOT_FOUND", "evidence.source", "there is no such record"},
		{"a ring of merges", "assertClaim", with(validClaim, "facts", []any{fields{"subject": "person:lyndon-b-johnson", "field": "isReplacedBy", "value": "person:gustavo-diaz-ordaz"}}), "BAD_USER_INPUT", "facts.0.value", "goes around"},
		{"an oversized id", "mergeActors", with(validMerge, "merged", long(201)), "BAD_USER_INPUT", "merged", "shorten it"},
		{"an un-merge of who was not merged", "unmergeActors", validUnmerge, "CONFLICT", "merged", "is not merged"},
		{"an un-merge of nobody", "unmergeActors", with(validUnmerge, "merged", "person:no-such"), "NOT_FOUND", "merged", "there is no actor"},
		{"an un-merge of what is said beside other things", "unmergeActors", with(validUnmerge, "merged", "person:claudia-sheinbaum"), "CONFLICT", "merged", "says that, and more"},
		{"an un-merge without a reason", "unmergeActors", fields{"merged": "person:gustavo-diaz-ordaz", "reason": ""}, "BAD_USER_INPUT", "reason", "the text is empty"},
		{"an empty key", "retractClaim", with(validRetraction, "clientKey", ""), "BAD_USER_INPUT", "clientKey", "leave it out"},
		{"an oversized key", "retractClaim", with(validRetraction, "clientKey", long(201)), "BAD_USER_INPUT", "clientKey", "shorten it"},
	}
	d.must(t, "recordSource", fields{"id": "source:the-unread", "title": "An unread source"})
	d.must(t, "assertClaim", with(validClaim, "facts", []any{
		fields{"subject": "person:claudia-sheinbaum", "field": "isReplacedBy", "value": "person:lyndon-b-johnson"},
		fields{"subject": "person:lyndon-b-johnson", "field": "description", "value": "A president, twice over."},
	}))
	d.must(t, "mergeActors", fields{"survivor": "person:lyndon-b-johnson", "merged": "person:gustavo-diaz-ordaz", "evidence": evidence("They are one.")})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := d.ask(t, `{ stats { revision quads } }`)
			p := d.write(t, c.mutation, c.input)
			var list []string
			found := false
			for _, e := range p["userErrors"].([]any) {
				var path []string
				for _, s := range e.(fields)["path"].([]any) {
					path = append(path, s.(string))
				}
				at := strings.TrimPrefix(strings.TrimPrefix(strings.Join(path, "."), "input"), ".")
				list = append(list, fmt.Sprint(at, ": ", get(e.(fields), "code"), ": ", get(e.(fields), "message")))
				found = found || at == c.path && get(e.(fields), "code") == c.code && strings.Contains(get(e.(fields), "message").(string), c.says)
			}
			if !found {
				t.Errorf("want %s at %s that says %q, and got\n%s", c.code, c.path, c.says, strings.Join(list, "\n"))
			}
			if p["claim"] != nil {
				t.Errorf("it has a claim all the same: %v", p["claim"])
			}
			if after := d.ask(t, `{ stats { revision quads } }`); after != before {
				t.Errorf("the store changed from %s to %s", before, after)
			}
		})
	}
	for name, input := range map[string]fields{"recordSource": validSource, "recordActor": validActor, "recordEvent": validEvent, "recordTenure": validTenure, "assertClaim": validClaim, "retractClaim": validRetraction} {
		d.must(t, name, input) // what the cases change is valid
	}
	d.must(t, "mergeActors", validMerge)
	d.must(t, "unmergeActors", validUnmerge)
}

func TestClientKey(t *testing.T) {
	d := newDesk(t)
	inputs := map[string]fields{"recordSource": validSource, "recordActor": validActor, "recordEvent": validEvent, "recordTenure": validTenure, "assertClaim": validClaim, "retractClaim": validRetraction,
		"mergeActors": validMerge, "unmergeActors": validUnmerge}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		input := with(inputs[name], "clientKey", "key of "+name)
		first := d.must(t, name, input)
		revision := d.ask(t, `{ stats { revision } }`)
		d.pass(time.Minute)
		if diff := cmp.Diff(first, d.write(t, name, input)); diff != "" {
			t.Errorf("%s, sent again, is answered differently (-first +again):\n%s", name, diff)
		}
		if got := d.ask(t, `{ stats { revision } }`); got != revision {
			t.Errorf("%s, sent again, made revision %s of %s", name, got, revision)
		}
	}
	for _, c := range []struct {
		name  string
		input fields
	}{
		{"recordEvent", with(validEvent, "when", "2027-01-02")},
		{"recordSource", validSource},
		{"retractClaim", validRetraction},
	} {
		p := d.write(t, c.name, with(c.input, "clientKey", "key of recordEvent"))
		if errs := string(mustMarshal(p["userErrors"])); !strings.Contains(errs, `"CONFLICT"`) || !strings.Contains(errs, `["input","clientKey"]`) {
			t.Errorf("%s with the key of another write: %s", c.name, errs)
		}
	}
}

// TestRace lets writers race on one claim: one wins, the others are told, and no write is lost.
func TestRace(t *testing.T) {
	d := newDesk(t)
	const n = 8
	answers := make([]fields, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if i%2 == 0 {
				answers[i] = d.write(t, "retractClaim", with(validRetraction, "reason", fmt.Sprint("reason ", i)))
			} else {
				answers[i] = d.write(t, "assertClaim", with(with(validClaim, "supersedes", validRetraction["claim"]), "reason", fmt.Sprint("reason ", i)))
			}
		})
	}
	wg.Wait()
	won := 0
	for _, a := range answers {
		errs := string(mustMarshal(a["userErrors"]))
		switch {
		case errs == "[]":
			won++
		case !strings.Contains(errs, `"CONFLICT"`):
			t.Errorf("a writer that lost got %s", errs)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d writers won, want one", won, n)
	}
	if got := d.ask(t, `{ node(id: "claim:hegseth-warns-mexico-p2-1") { ... on Claim { retraction } history(first: 10) { totalCount } } }`); !strings.Contains(got, "reason ") {
		t.Errorf("the claim is %s", got)
	}
}

func TestAuthority(t *testing.T) {
	d := newDesk(t)
	const retract = `mutation { retractClaim(input: {claim: "claim:hegseth-warns-mexico-p2-1", reason: "x"}) { revision } }`
	code := func(answer fields) any {
		errs, _ := answer["errors"].([]any)
		if len(errs) == 0 {
			return nil
		}
		return get(errs[0].(fields), "extensions", "code")
	}
	before := d.ask(t, `{ stats { revision } }`)
	if got := code(d.send(t, retract, nil, "")); got != "UNAUTHENTICATED" {
		t.Errorf("without a token: %v", got)
	}
	for _, wrong := range []string{"x", d.token + "x", strings.TrimPrefix(d.token, tokenPrefix), strings.ToUpper(d.token)} {
		if got := code(d.send(t, retract, nil, wrong)); got != "UNAUTHENTICATED" {
			t.Errorf("with the token %q: %v", wrong, got)
		}
	}
	reader := httptest.NewServer(Handler(Config{}, d.graph, slog.New(slog.DiscardHandler)))
	defer reader.Close()
	readOnly := &desk{Server: reader}
	if got := code(readOnly.send(t, retract, nil, d.token)); got != "FORBIDDEN" {
		t.Errorf("on a server that only reads: %v", got)
	}
	if got := d.ask(t, `{ stats { revision } }`); got != before {
		t.Errorf("somebody wrote: revision %s of %s", got, before)
	}
	r := newRequest(t, "GET", d.URL+"/graphql?query="+strings.ReplaceAll(retract, " ", "%20"), nil)
	r.Header.Set("Authorization", "Bearer "+d.token)
	if answer, body := do(t, r); answer.StatusCode != 405 {
		t.Errorf("a mutation by GET: %s %s", answer.Status, body)
	}
	if got := code(d.send(t, retract, nil, d.token)); got != nil {
		t.Errorf("with the token: %v", got)
	}
}

// TestMutationHeader sees to it that who wrote reads the revision of that write, not of before.
func TestMutationHeader(t *testing.T) {
	d := newDesk(t)
	r := postRequest(t, d.Server, fields{"query": `mutation { retractClaim(input: {claim: "claim:hegseth-warns-mexico-p2-1", reason: "x"}) { revision } }`}, "Authorization", "Bearer "+d.token)
	answer, body := do(t, r)
	if got := answer.Header.Get(revisionHeader); got == "" || !strings.Contains(body, `"revision":"`+got+`"`) {
		t.Errorf("%s: %q, and the body is %s", revisionHeader, got, body)
	}
}

func TestWriters(t *testing.T) {
	token, hash := newToken()
	if len(token) != len(tokenPrefix)+43 {
		t.Errorf("the token %q is not 256 bits long", token)
	}
	line := writer{"Night desk", hash}.line()
	got, err := parseWriters([]byte("# who may write\n\n" + line + "\n"))
	if err != nil || len(got) != 1 || got[0] != (writer{"Night desk", hash}) {
		t.Errorf("%v, %v", got, err)
	}
	for name, text := range map[string]string{
		"nobody": "# nobody\n", "no hash": "Night desk\n", "a short hash": "Night desk:abcd\n", "a token": "Night desk:" + token + "\n", "no name": line[len("Night desk"):],
		"a name of two parts": "Night:" + line, "one twice": line + "\n" + line, "a control character": "Night\x01" + line,
	} {
		if _, err := parseWriters([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestToken makes tokens as one does, and writes by them.
func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "writers")
	token := func(args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		p := &program{stdout: &out, stderr: &problems, getenv: func(string) (string, bool) { return "", false }}
		if status := p.run(t.Context(), append([]string{"token"}, args...)); status != exitOK {
			t.Fatalf("token %q: status %d, %s", args, status, problems.String())
		}
		return strings.TrimSpace(out.String())
	}
	a, b := token("-writers", file, "ann"), token("ben", "-writers", file)
	alone := strings.Fields(token("night desk"))
	if len(alone) != 5 || alone[0] != "token" || alone[2] != "line" {
		t.Fatalf("token prints %q", alone)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), a) {
		t.Errorf("the file holds %s, %v: no token may stand there", data, err)
	}
	if err := os.WriteFile(file, append(data, alone[3]+" "+alone[4]...), 0o600); err != nil {
		t.Fatal(err)
	}
	writers, err := readWriters(file)
	if err != nil || len(writers) != 3 || writers[0].name != "ann" || writers[1].name != "ben" || writers[2].name != "night desk" {
		t.Fatalf("the file reads as %v, %v", writers, err)
	}
	identify := identifyWriters(writers)
	for _, token := range []string{a, b, alone[1]} {
		if _, err := identify(t.Context(), http.Header{"Authorization": {"bearer " + token}}); err != nil {
			t.Errorf("by a token that was made: %v", err)
		}
	}
	for name, h := range map[string]http.Header{
		"another scheme": {"Authorization": {"Basic " + a}}, "nothing": {"Authorization": {""}}, "half": {"Authorization": {"Bearer " + a[:40]}},
		"its hash": {"Authorization": {"Bearer " + writers[0].line()[4:]}}, "two": {"Authorization": {"Bearer " + a, "Bearer " + a}},
	} {
		if _, err := identify(t.Context(), h); err == nil {
			t.Errorf("by %s: no error", name)
		}
	}
	if ctx, err := identify(t.Context(), http.Header{}); err != nil || ctx != t.Context() {
		t.Errorf("without a token: %v", err)
	}
}

func FuzzWriters(f *testing.F) {
	_, hash := newToken()
	f.Add([]byte(writer{"Night desk", hash}.line()))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parseWriters(data)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, w := range list {
			b.WriteString(w.line() + "\n")
		}
		again, err := parseWriters([]byte(b.String()))
		if err != nil || !slices.Equal(list, again) {
			t.Errorf("%q reads as %v, which is written as %q and read as %v, %v", data, list, b.String(), again, err)
		}
	})
}

// TestAnswersOfMutations is TestAnswersOfThen of what mutations record: every golden query as of every write gives, byte for byte, the answer
// that was given right after it.
func TestAnswersOfMutations(t *testing.T) {
	d := newDesk(t)
	golden := goldenQueries(t)
	type moment struct {
		at      string
		answers []string
	}
	var then []moment
	look := func(at string) {
		m := moment{at: at}
		for _, q := range golden {
			answer := string(answerTo(t, d.URL, q))
			if strings.Contains(answer, `"errors"`) && !strings.Contains(answer, `"NOT_FOUND"`) {
				t.Fatalf("%s\nanswers %s", q.query, answer)
			}
			m.answers = append(m.answers, answer)
		}
		then = append(then, m)
	}
	look("2026-12-31T00:00:00Z")
	made := map[string]fields{}
	write := func(name, mutation string, input fields) {
		t.Helper()
		d.pass(time.Minute)
		p := d.must(t, mutation, input)
		made[name] = p
		at := get(p, "claim", "recordedAt")
		if mutation == "retractClaim" || mutation == "unmergeActors" {
			at = get(p, "claim", "retractedAt")
		}
		look(at.(string))
	}
	claim := func(name string) string { return get(made[name], "claim", "id").(string) }
	const call, hegseth, bessent = "event:2025-01-31-hegseth-call", "person:pete-hegseth", "person:scott-bessent"
	says := func(subject, field, value, certainty string) fields {
		return fields{"facts": []any{fields{"subject": subject, "field": field, "value": value}},
			"evidence": fields{"source": article, "locator": "paragraph 2", "statement": "So it is.", "certainty": certainty}}
	}
	write("source", "recordSource", with(validSource, "derivedFrom", []any{article}))
	write("actor", "recordActor", validActor)
	write("event", "recordEvent", with(validEvent, "when", "[2025-02-27..2025-03-01]"))
	write("tenure", "recordTenure", with(validTenure, "when", "2025-01/2025-02"))
	write("date", "assertClaim", says(call, "when", "2025-02-01", "CONFIRMED"))
	write("participant", "assertClaim", says(call, "role:participant", bessent, "REPORTED"))
	write("denial", "assertClaim", with(says(call, "role:participant", bessent, "CONFIRMED"), "stance", "DENIES"))
	write("name", "assertClaim", says(hegseth, "name", "Peter Hegseth", "CONFIRMED"))
	write("merged", "mergeActors", validMerge)
	write("of the merged one", "assertClaim", says(bessent, "aliases", "The Secretary", "CONFIRMED"))
	write("gone", "retractClaim", fields{"claim": claim("date"), "reason": "It was wrong."})
	write("corrected", "assertClaim", with(with(says(call, "role:subject", bessent, "CONFIRMED"), "supersedes", claim("participant")), "reason", "He was spoken of."))
	write("two again", "unmergeActors", validUnmerge)
	write("curated", "retractClaim", validRetraction)
	write("unnamed", "retractClaim", fields{"claim": claim("name"), "reason": "It was wrong."})
	write("undenied", "retractClaim", fields{"claim": claim("denial"), "reason": "It was wrong."})
	write("no event", "retractClaim", fields{"claim": claim("event"), "reason": "It was wrong."})
	write("no tenure", "retractClaim", fields{"claim": claim("tenure"), "reason": "It was wrong."})

	different := 0
	for n, m := range then {
		for i, q := range golden {
			q.query = knownAt(t, q.query, m.at)
			if diff := cmp.Diff(m.answers[i], string(answerTo(t, d.URL, q))); diff != "" {
				t.Errorf("as of write %d, at %s, %s\ndiffers from then (-then +as of):\n%s", n, m.at, q.query, diff)
			}
			if m.answers[i] != then[len(then)-1].answers[i] {
				different++
			}
		}
	}
	if different < 20 {
		t.Errorf("only %d answers of then differ from those of now: the script changes too little to show anything", different)
	}
}
