package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// A question is a file of seed/questions: the question in words, the query that asks it, and the data of the answer.
type question struct {
	words, query, variables string
	answer                  *txtar.File
}

func parseQuestion(t *testing.T, a *txtar.Archive) question {
	t.Helper()
	var q question
	for i := range a.Files {
		f := &a.Files[i]
		switch f.Name {
		case "question":
			q.words = strings.TrimSpace(string(f.Data))
		case "query.graphql":
			q.query = string(f.Data)
		case "variables.json":
			q.variables = string(f.Data)
		case "answer.json":
			q.answer = f
		default:
			t.Fatalf("section %q is none of question, query.graphql, variables.json, answer.json", f.Name)
		}
	}
	if q.words == "" || q.query == "" || q.answer == nil {
		t.Fatal("it must have the sections question, query.graphql and answer.json; -update fills the answer")
	}
	return q
}

// TestQuestions asks each question of seed/questions over HTTP and compares the data of the answer. With -update it writes
// the answers; then they must be read.
func TestQuestions(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	scripts(t, "../seed/questions/*.txtar", func(t *testing.T, a *txtar.Archive) {
		q := parseQuestion(t, a)
		body := answerTo(t, server.URL, q)
		var answer struct{ Errors, Data json.RawMessage }
		if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil {
			t.Fatalf("%s\nthe answer has errors: %s", q.words, body)
		}
		got := decode(t, "the answer", answer.Data)
		if *update {
			var b bytes.Buffer
			if err := json.Indent(&b, answer.Data, "", "  "); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
			q.answer.Data = b.Bytes()
			return
		}
		if diff := cmp.Diff(decode(t, "answer.json", q.answer.Data), got); diff != "" {
			t.Errorf("%s\nanswer (-want +got; go test ./server -update takes over what came):\n%s", q.words, diff)
		}
	})
}

// answerTo asks a question and returns the body of the answer.
func answerTo(t testing.TB, url string, q question) []byte {
	t.Helper()
	request := map[string]any{"query": q.query}
	if q.variables != "" {
		request["variables"] = json.RawMessage(q.variables)
	}
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	r := newRequest(t, "POST", url+"/graphql", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func decode(t *testing.T, what string, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v:\n%s", what, err, text)
	}
	return v
}

// minPairs is how many questions the README must show.
const minPairs = 3

// TestReadme checks that the README shows questions as they are asked and answered: behind <!-- question: NAME --> stand a
// fenced graphql block and a fenced json block, which are the query and the answer of seed/questions/NAME.txtar.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if os.IsNotExist(err) {
		t.Skip("there is no README.md yet, so there are no questions in it to check")
	}
	if err != nil {
		t.Fatal(err)
	}
	marker := regexp.MustCompile(`(?m)^<!-- question: (\S+) -->$`)
	places := marker.FindAllSubmatchIndex(text, -1)
	if len(places) < minPairs {
		t.Fatalf("README.md has %d questions behind <!-- question: NAME -->, want at least %d", len(places), minPairs)
	}
	for i, p := range places {
		name := string(text[p[2]:p[3]])
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		part := string(text[p[1]:end])
		t.Run(name, func(t *testing.T) {
			file, err := txtar.ParseFile("../seed/questions/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			q := parseQuestion(t, file)
			if diff := cmp.Diff(strings.TrimSpace(q.query), fenced(t, part, "graphql")); diff != "" {
				t.Errorf("query (-seed/questions +README):\n%s", diff)
			}
			shown := decode(t, "the README's answer", []byte(fenced(t, part, "json")))
			if diff := cmp.Diff(decode(t, "answer.json", q.answer.Data), shown); diff != "" {
				t.Errorf("answer (-seed/questions +README):\n%s", diff)
			}
		})
	}
}

// fenced returns the first fenced block in a language.
func fenced(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n```"+language+"\n")
	block, _, closed := strings.Cut(rest, "\n```")
	if !ok || !closed {
		t.Fatalf("there is no fenced %s block before the next question", language)
	}
	return strings.TrimSpace(block)
}
