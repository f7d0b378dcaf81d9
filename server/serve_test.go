package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A served is a running program.
type served struct {
	cmd    *exec.Cmd
	url    string
	said   string // on stdout, up to where it waits
	log    *lockedBuffer
	waited chan error
}

// startServe starts the program and waits until it says that it listens.
func startServe(t testing.TB, dir string, env []string, args ...string) *served {
	t.Helper()
	s, listens := beginServe(t, dir, env, args...)
	listens()
	return s
}

// beginServe starts the program; listens waits until it says that it listens.
func beginServe(t testing.TB, dir string, env []string, args ...string) (s *served, listens func()) {
	t.Helper()
	s = &served{cmd: parley(dir, env, append([]string{"serve", "-addr", "127.0.0.1:0"}, args...)...), log: &lockedBuffer{}, waited: make(chan error, 1)}
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
	return s, func() {
		t.Helper()
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			s.said += lines.Text() + "\n"
			if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "GraphQL" {
				s.url = strings.TrimSuffix(fields[1], "/graphql")
			}
			if strings.Contains(lines.Text(), "Ctrl+C") {
				break
			}
		}
		go func() { s.waited <- s.cmd.Wait() }()
		if s.url == "" {
			t.Fatalf("it said no URL:\n%s%s", s.said, strings.Join(s.log.lines(), "\n"))
		}
	}
}

// stop sends SIGTERM and returns the exit status.
func (s *served) stop(t *testing.T) int {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return s.wait(t)
}

func (s *served) wait(t *testing.T) int {
	t.Helper()
	select {
	case err := <-s.waited:
		return status(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("it has not stopped after 20 s")
		return 0
	}
}

// ask returns the answer without its extensions.
func (s *served) ask(t *testing.T, query string) string {
	t.Helper()
	return withoutCost(answerTo(t, s.url, question{query: query}))
}

var costEntry = regexp.MustCompile(`,"extensions":\{"cost":\d+\}\}$`)

func withoutCost(body []byte) string { return costEntry.ReplaceAllString(string(body), "}") }

// TestServe starts the program as a newcomer does, asks it something, and stops it; and starts it again on what it kept.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	start := time.Now()
	s := startServe(t, dir, []string{"PARLEY_TIMEOUT=9s"})
	first := s.ask(t, `{ contacts(of: "person:pete-hegseth") { totalCount } }`)
	t.Logf("from start to first answer: %v, with the store made and filled", time.Since(start).Round(time.Millisecond))
	if want := `{"data":{"contacts":{"totalCount":1}}}`; first != want {
		t.Errorf("answer %s, want %s", first, want)
	}
	for _, want := range []string{
		"explorer    " + s.url + "/\n", "playground  " + s.url + "/playground\n", "GraphQL     " + s.url + "/graphql\n", "schema      " + s.url + "/schema.graphql\n",
		"store       ./parley-data, revision 1: ", "-addr       127.0.0.1:0, as a flag; default 127.0.0.1:8080\n",
		"-timeout    9s, from PARLEY_TIMEOUT; default 10s\n",
	} {
		if !strings.Contains(s.said, want) {
			t.Errorf("it did not say %q:\n%s", want, s.said)
		}
	}
	if got := s.stop(t); got != exitOK {
		t.Errorf("status %d after SIGTERM, want 0:\n%s", got, strings.Join(s.log.lines(), "\n"))
	}

	start = time.Now()
	again := startServe(t, dir, nil)
	answer := again.ask(t, `{ stats { revision } }`)
	t.Logf("from start to first answer: %v, with the store there", time.Since(start).Round(time.Millisecond))
	if want := `{"data":{"stats":{"revision":"1"}}}`; answer != want {
		t.Errorf("answer %s, want %s: seeding again must change nothing", answer, want)
	}
	if got := again.stop(t); got != exitOK {
		t.Errorf("status %d after SIGTERM, want 0", got)
	}
}

// TestServeUnseeded serves a store with nothing in it.
func TestServeUnseeded(t *testing.T) {
	s := startServe(t, t.TempDir(), nil, "-store", "mem:", "-seed=false", "-base", "https://example.org/id/")
	if got, want := s.ask(t, `{ stats { quads revision } events { totalCount } }`), `{"data":{"stats":{"quads":0,"revision":"0"},"events":{"totalCount":0}}}`; got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
	if got := s.stop(t); got != exitOK {
		t.Errorf("status %d, want 0", got)
	}
}

// TestServeDrain stops the program while a request is on its way: it is answered if it comes within the drain, and cut off
// otherwise.
func TestServeDrain(t *testing.T) {
	const body = `{"query": "{ stats { quads } }"}` // it needs the store, which gives nothing to who is cancelled
	begin := func(t *testing.T, s *served, accept string) (net.Conn, *bufio.Reader) {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		fmt.Fprintf(c, "POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", accept, len(body))
		// The server asks for the body when the handler reads it: the request is under way.
		in := bufio.NewReader(c)
		for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
			if line, err := in.ReadString('\n'); line != want {
				t.Fatalf("%q, %v, want %q", line, err, want)
			}
		}
		return c, in
	}
	inTime := func(t *testing.T, accept string) {
		s := startServe(t, t.TempDir(), nil, "-store", "mem:")
		c, in := begin(t, s, accept)
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for { // until it listens no more
			probe, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				break
			}
			probe.Close()
			time.Sleep(5 * time.Millisecond)
		}
		if _, err := io.WriteString(c, body); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if text, _ := io.ReadAll(r.Body); !strings.Contains(string(text), `{"data":{"stats":{"quads":`) || strings.Contains(string(text), "errors") {
			t.Errorf("answer %s: %s", r.Status, text)
		}
		if got := s.wait(t); got != exitOK {
			t.Errorf("status %d, want 0", got)
		}
	}
	t.Run("in time", func(t *testing.T) { inTime(t, "*/*") })
	t.Run("in time, as an event", func(t *testing.T) { inTime(t, "text/event-stream") })
	t.Run("too late", func(t *testing.T) {
		s := startServe(t, t.TempDir(), nil, "-store", "mem:", "-drain", "50ms")
		begin(t, s, "*/*")
		if got := s.stop(t); got != exitFailed {
			t.Errorf("status %d, want 1", got)
		}
		if log := strings.Join(s.log.lines(), "\n"); !strings.Contains(log, "parley: serve: requests that still ran after 50ms were cut off") {
			t.Errorf("it did not say that requests were cut off:\n%s", log)
		}
	})
}
