package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clientModules installs what package-lock.json of clients names, once, and reports why it could not.
var clientModules = sync.OnceValue(func() (skip string) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "there is no " + tool + " here; .ci/run installs it"
		}
	}
	lock, err := os.ReadFile("clients/package-lock.json")
	if err != nil {
		return err.Error()
	}
	installed := filepath.Join("clients", "node_modules", ".parley")
	if was, err := os.ReadFile(installed); err == nil && string(was) == hashOf(string(lock)) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	npm.Dir = "clients"
	if out, err := npm.CombinedOutput(); err != nil {
		return "npm ci: " + err.Error() + ": " + strings.TrimSpace(string(out))
	}
	if err := os.WriteFile(installed, []byte(hashOf(string(lock))), 0o644); err != nil {
		return err.Error()
	}
	return ""
})

// clientCommand returns a command that runs Node in clients, or skips the test with a reason.
func clientCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("this runs Node; run without -short")
	}
	if why := clientModules(); why != "" {
		t.Skip(why)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	node := exec.CommandContext(ctx, "node", args...)
	node.Dir = "clients"
	return node
}

// runClient runs a script of clients against a server and returns what it printed.
func runClient(t *testing.T, script, url string) string {
	t.Helper()
	out, err := clientCommand(t, script, url).CombinedOutput()
	if err != nil {
		t.Errorf("node %s: %v:\n%s", script, err, out)
	}
	return string(out)
}

// TestAudits runs the audits of the npm package graphql-http: what the specification of GraphQL over HTTP asks for.
func TestAudits(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	out := runClient(t, "audit.mjs", server.URL+"/graphql")
	if want := "61/61 audits passed\n"; !strings.HasSuffix(out, want) {
		t.Errorf("it printed\n%s\nwant at its end %s", out, want)
	}
}

// TestClients asks with the clients that front ends use.
func TestClients(t *testing.T) {
	s := newStreamServer(t, Config{})
	out := runClient(t, "clients.mjs", s.URL+"/graphql")
	if want := "10/10 clients answered\n"; !strings.HasSuffix(out, want) {
		t.Errorf("it printed\n%s\nwant at its end %s", out, want)
	}
}
