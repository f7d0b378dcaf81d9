package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
	"github.com/parleygraph/parley/seed/synth"
)

// TestRoundTrips counts how often a question asks a database: a step of it is one round trip, however much there is. Each is asked of a server that has
// just started; about actors that it was never asked about, whose terms it has not seen either; and about those that it knows, where W1 is of events between them
// that it does not.
func TestRoundTrips(t *testing.T) {
	location := pgtest.Location(t)
	var rows strings.Builder
	for n := range 3000 {
		a, b := n%20, n/20%20
		if a != b {
			fmt.Fprintf(&rows, "Actor %c\tkind %d\tActor %c\t20%02d-%02d-01\n", 'a'+a, n%7, 'a'+b, 5+n/400, 1+n%12)
		}
	}
	var nq bytes.Buffer
	if _, err := synth.Icews(&nq, strings.NewReader(rows.String()), synth.Options{Talks: true}); err != nil {
		t.Fatal(err)
	}
	open := func() *store.Store {
		st, err := store.Open(context.Background(), location, store.Options{Model: graph.StoreModel()})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := open()
	src := store.QuadSource{store.QuadText{Name: "rows", Open: func() (io.ReadCloser, error) { return io.NopCloser(&nq), nil }}}
	if _, err := st.Load(t.Context(), src, store.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Load(t.Context(), st, seed.Files(), nil); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, query string
		most        [3]int64
	}{
		{"W1", surfaceDocuments["W1"], [3]int64{13, 3, 2}},
		{"W2", surfaceDocuments["W2"], [3]int64{21, 2, 0}},
		{"W3", surfaceDocuments["W3"], [3]int64{13, 4, 0}},
		{"W4", surfaceDocuments["W4"], [3]int64{27, 0, 0}}, // of which it keeps all ties in memory
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open()
			defer st.Close()
			server := httptest.NewServer(Handler(Config{AnswerCache: 1}, graph.New(st, ""), slog.New(slog.DiscardHandler)))
			defer server.Close()
			var got [3]int64
			for i, pair := range [3][2]int{{1, 2}, {3, 4}, {3, 1}} {
				before := st.RoundTrips()
				answer := answerTo(t, server.URL, question{query: test.query, variables: fmt.Sprintf(`{"a": "organization:icews-actor-%c", "b": "organization:icews-actor-%c", "s": "2005-01-01", "u": "2012-12-31"}`, 'a'+pair[0], 'a'+pair[1])})
				got[i] = st.RoundTrips() - before
				if bytes.Contains(answer, []byte(`"errors"`)) || len(answer) < 100 {
					t.Fatalf("%s", answer)
				}
			}
			t.Logf("round trips: %d, %d, %d", got[0], got[1], got[2])
			for i := range got {
				if got[i] > test.most[i] {
					t.Errorf("question %d took %d round trips, want at most %d", i+1, got[i], test.most[i])
				}
			}
		})
	}
}
