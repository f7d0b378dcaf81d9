package main

import (
	"fmt"
	"testing"
)

// TestAttribution records a story that another source passes on: the second corroborates nothing, and says whom it has it from.
func TestAttribution(t *testing.T) {
	d := newDesk(t)
	d.must(t, "recordSource", fields{"id": "source:wire", "title": "A wire story"})
	d.must(t, "recordSource", fields{"id": "source:paper", "title": "A paper"})
	first := get(d.must(t, "assertClaim", with(validClaim, "evidence.source", "source:wire")), "claim", "id").(string)
	paper := with(validClaim, "evidence.source", "source:paper")
	second := get(d.must(t, "assertClaim", with(paper, "evidence.derivedFrom", []any{first})), "claim", "id").(string)

	const fact = `{ event(id: "event:2025-01-31-hegseth-call") { whenFact { value corroboration } } }`
	if got, want := d.ask(t, fact), `{"event":{"whenFact":{"corroboration":1,"value":"2025-02-01"}}}`; got != want {
		t.Errorf("two claims of which one has it from the other: %s, want %s", got, want)
	}
	got := d.ask(t, fmt.Sprintf(`{ nodes(ids: [%q]) { ... on Claim { derivedFrom { id } attribution { depth claim { id source { id } } } } } }`, second))
	want := fmt.Sprintf(`{"nodes":[{"attribution":[{"claim":{"id":%[1]q,"source":{"id":"source:paper"}},"depth":0},{"claim":{"id":%[2]q,"source":{"id":"source:wire"}},"depth":1}],"derivedFrom":[{"id":%[2]q}]}]}`, second, first)
	if got != want {
		t.Errorf("its attribution is\n%s\nwant\n%s", got, want)
	}
	d.must(t, "assertClaim", with(paper, "evidence.locator", "page 2"))
	if got, want := d.ask(t, fact), `{"event":{"whenFact":{"corroboration":2,"value":"2025-02-01"}}}`; got != want {
		t.Errorf("with one that has it from nobody: %s, want %s", got, want)
	}
	for _, c := range []struct{ id, code string }{{"claim:no-such", "NOT_FOUND"}, {"person:pete-hegseth", "BAD_USER_INPUT"}} {
		errs := d.write(t, "assertClaim", with(paper, "evidence.derivedFrom", []any{c.id}))["userErrors"].([]any)
		if len(errs) != 1 || errs[0].(fields)["code"] != c.code || fmt.Sprint(errs[0].(fields)["path"]) != "[input evidence derivedFrom 0]" {
			t.Errorf("derived from %s: %v, want %s", c.id, errs, c.code)
		}
	}
}
