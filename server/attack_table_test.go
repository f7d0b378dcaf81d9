package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	gqlgenhttp "github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/parleygraph/parley/graph/resolver"
)

var (
	attackTable = flag.Bool("attack-table", false, "print the table of attacks in README.md: what each costs gqlgen's own handler, and Parley's")
	attackOn    = flag.String("attack", "", "STOCK or PARLEY and the number of an attack, for one row of the table")
)

// request returns what an attack sends.
func (a attack) request() []byte {
	if a.body != "" {
		return []byte(a.body)
	}
	request := map[string]any{"query": a.query}
	if a.variables != "" {
		request["variables"] = json.RawMessage(a.variables)
	}
	body, err := json.Marshal(request)
	if err != nil { // what is too deep for it is put together
		body = fmt.Appendf(nil, `{"query":%s,"variables":%s}`, mustMarshal(a.query), a.variables)
	}
	return body
}

// stockHandler is what gqlgen's documentation has one write: its own transport, introspection, its limit of complexity.
func stockHandler(t *testing.T) http.Handler {
	h := handler.New(resolver.New())
	h.AddTransport(gqlgenhttp.POST{})
	h.Use(extension.Introspection{})
	h.Use(extension.FixedComplexityLimit((Config{}).withDefaults().MaxCost))
	g := curatedGraph(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := g.View()
		defer v.Close()
		h.ServeHTTP(w, r.WithContext(resolver.WithView(r.Context(), v)))
	})
}

// TestAttackOne sends one attack in a process of its own, which can be ended when it takes too long.
func TestAttackOne(t *testing.T) {
	if *attackOn == "" {
		t.Skip("this is for -attack-table")
	}
	var which string
	var i int
	if _, err := fmt.Sscan(*attackOn, &which, &i); err != nil {
		t.Fatal(err)
	}
	var h http.Handler = Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler))
	if which == "STOCK" {
		h = stockHandler(t)
	}
	send := func(body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	send([]byte(`{"query": "{ stats { quads } }"}`)) // what is made once is made
	body := attacks()[i].request()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := processTime(t)
	w := send(body)
	cpu = processTime(t) - cpu
	runtime.ReadMemStats(&after)
	var got struct {
		Errors []struct{ Message string }
	}
	said := "answered"
	if json.Unmarshal(w.Body.Bytes(), &got); len(got.Errors) > 0 {
		said = shorten(got.Errors[0].Message, 90)
	}
	fmt.Printf("ROW %v | %.1f MB | %s\n", cpu.Round(100*time.Microsecond), float64(after.TotalAlloc-before.TotalAlloc)/1e6, said)
}

// TestAttackTable prints what each attack costs, before and after: go test ./server -run TestAttackTable -attack-table -v
func TestAttackTable(t *testing.T) {
	if !*attackTable {
		t.Skip("this takes minutes; run with -attack-table")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	one := func(which string, i int) []string {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		child := exec.CommandContext(ctx, self, "-test.run=^TestAttackOne$", fmt.Sprintf("-attack=%s %d", which, i))
		child.Env = append(os.Environ(), "GOMEMLIMIT=3GiB")
		out, err := child.CombinedOutput()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return []string{"> 20 s, ended", "?", "nothing"}
		}
		for line := range strings.SplitSeq(string(out), "\n") {
			if row, ok := strings.CutPrefix(line, "ROW "); ok {
				return strings.Split(row, " | ")
			}
		}
		t.Fatalf("%v: %.500s", err, out)
		return nil
	}
	fmt.Println("| attack | bytes | gqlgen's handler: CPU | allocated | Parley: CPU | allocated | what it says |\n|---|---:|---:|---:|---:|---:|---|")
	for i, a := range attacks() {
		stock, own := one("STOCK", i), one("PARLEY", i)
		fmt.Printf("| %s | %d | %s | %s | %s | %s | %s |\n", a.name, len(a.request()), stock[0], stock[1], own[0], own[1], own[2])
	}
}
