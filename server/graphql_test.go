package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestTokenLimit sends documents of about as many tokens as are allowed, and of more.
func TestTokenLimit(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	for tokens, want := range map[int]string{
		maxTokens - 10: `{"data":{"__typename":"Query"}}`,
		maxTokens + 10: fmt.Sprintf(`"message":"exceeded token limit of %d"`, maxTokens),
	} {
		got := string(answerTo(t, server.URL, question{query: "{" + strings.Repeat("__typename ", tokens-2) + "}"}))
		if !strings.Contains(got, want) {
			t.Errorf("%d tokens: %s, want %s", tokens, got, want)
		}
	}
}

// TestDocumentCache keeps short documents and no others.
func TestDocumentCache(t *testing.T) {
	c := documentCache{graphql.MapCache[*ast.QueryDocument]{}}
	for length, want := range map[int]bool{1: true, maxCachedDocument: true, maxCachedDocument + 1: false} {
		text := strings.Repeat("x", length)
		c.Add(context.Background(), text, &ast.QueryDocument{})
		if _, ok := c.Get(context.Background(), text); ok != want {
			t.Errorf("a document of %d bytes: kept %v, want %v", length, ok, want)
		}
	}
}
