package main

import (
	"embed"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestGraphiQL asks for the page as it is when GraphiQL was not built in, and for all files when it was.
func TestGraphiQL(t *testing.T) {
	mux := http.NewServeMux()
	if addGraphiQL(mux, embed.FS{}) {
		t.Error("it is built in where nothing is")
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	answer, page := do(t, newRequest(t, "GET", server.URL+"/graphiql", nil))
	policy := answer.Header.Get("Content-Security-Policy")
	if n := strings.Count(policy, "'sha256-"); n != 2 || strings.Contains(policy, "script-src 'unsafe") {
		t.Errorf("%d scripts are allowed, want the 2 in the page: %s", n, policy)
	}
	for _, url := range regexp.MustCompile(`https?://[^"]+`).FindAllString(page, -1) {
		if !strings.HasPrefix(url, elsewhere+"/") {
			t.Errorf("the page loads %s, which its policy forbids", url)
		}
	}
	if !strings.Contains(page, `"/playground"`) {
		t.Error("the page does not tell of the playground")
	}
	versions := readText(t, "graphiql/package.json")
	for _, m := range regexp.MustCompile(`esm\.sh/(graphiql|react|react-dom|graphql)@([0-9.]+)`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(versions, `"`+m[1]+`": "`+m[2]+`"`) {
			t.Errorf("the page loads %s %s, and package.json has another", m[1], m[2])
		}
	}

	mux = http.NewServeMux()
	if !addGraphiQL(mux, playgroundFiles) {
		t.Skip("GraphiQL is not built in: npm ci && npm run build in server/graphiql")
	}
	built := httptest.NewServer(mux)
	defer built.Close()
	answer, page = do(t, newRequest(t, "GET", built.URL+"/graphiql", nil))
	files := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if answer.Header.Get("Content-Security-Policy") != graphiqlPolicy || len(files) < 2 {
		t.Errorf("%s: %s", answer.Header.Get("Content-Security-Policy"), page)
	}
	for _, m := range files {
		if answer, _ := do(t, newRequest(t, "GET", built.URL+m[1], nil)); answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %s", m[1], answer.Status)
		}
	}
}
