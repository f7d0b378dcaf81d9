package main

import (
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"":                0,
		"López":           5,
		"Lo\u0301pez":     5, // the accent as a mark of its own
		"習近平":             6,
		"2–4":             3,
		"a\u200bb":        2, // a blank without width
		"Владимир":        8,
		"\uff21\uff22":    4, // wide letters
		"…":               1,
		"e\u0301\u0323-x": 3,
	} {
		if got := cells(text); got != want {
			t.Errorf("cells(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	in := table{{"WHO", "N", "LAST"}, {"Lo\u0301pez", "1", ""}, {"習近平", "12", "2025"}, {"Ruiz", "2–4", "1909"}}
	if err := in.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"WHO     N    LAST\n" +
		"Lo\u0301pez   1\n" +
		"習近平  12   2025\n" +
		"Ruiz    2–4  1909\n"
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
}

func TestCutCell(t *testing.T) {
	tests := []struct {
		in   string
		most int
		want string
	}{
		{"short", 10, "short"}, {"just so", 7, "just so"}, {"a long title", 7, "a long…"}, {"習近平平", 6, "習近…"}, {"Lo\u0301pez Portillo", 6, "Lo\u0301pez…"},
	}
	for _, test := range tests {
		if got := cutCell(test.in, test.most); got != test.want {
			t.Errorf("cutCell(%q, %d) = %q, want %q", test.in, test.most, got, test.want)
		}
	}
}
