package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A writeCounter counts how often it is written to.
type writeCounter struct {
	lockedBuffer
	writes int
}

func (w *writeCounter) Write(p []byte) (int, error) {
	w.writes++ // batches writes one after the other
	return w.lockedBuffer.Write(p)
}

// TestLogBatches logs from many goroutines: all lines come, whole, each goroutine's in its order, in few writes.
func TestLogBatches(t *testing.T) {
	const loggers, lines = 8, 500
	var w writeCounter
	log, flush := newLog(&w)
	var wg sync.WaitGroup
	for i := range loggers {
		wg.Go(func() {
			for n := range lines {
				log.Info("x", "logger", i, "n", n)
			}
		})
	}
	wg.Wait()
	flush()
	next := make([]int, loggers)
	for _, line := range w.lines() {
		var i, n int
		_, rest, _ := strings.Cut(line, " level=INFO msg=x ")
		if _, err := fmt.Sscanf(rest, "logger=%d n=%d", &i, &n); err != nil || n != next[i] {
			t.Fatalf("%v: line %q, want number %d", err, line, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != lines {
			t.Errorf("%d lines of logger %d, want %d", n, i, lines)
		}
	}
	if most := loggers*lines*100/logBatch + 2; w.writes > most && w.writes > int(time.Minute/logDelay) {
		t.Errorf("%d writes, want at most %d", w.writes, most)
	}
}

// TestLogWaits logs lines of all levels: those of what is wrong are there at once, with those before them, and the others soon.
func TestLogWaits(t *testing.T) {
	var w lockedBuffer
	log, _ := newLog(&w)
	log = log.With("a", 1).WithGroup("g")
	log.Info("first")
	log.Warn("second", "b", 2)
	if got := w.lines(); len(got) != 2 || !strings.HasSuffix(got[0], "msg=first a=1") || !strings.HasSuffix(got[1], "msg=second a=1 g.b=2") {
		t.Errorf("after a warning there is %q", got)
	}
	log.Info("third")
	eventually(t, "the third line is there", func() bool { return len(w.lines()) == 3 })
}

// TestRequestLine compares a line as it is written to slog's own: of texts that are plain, and of those that are not.
func TestRequestLine(t *testing.T) {
	at := time.Date(2027, 1, 1, 12, 0, 0, 7_000_000, time.FixedZone("", 3600))
	valid := requestLine{time: at, method: "POST", path: "/graphql", status: 200, duration: 123 * time.Microsecond, operation: "Stats", document: strings.Repeat("0a", 32), cost: 44,
		code: "NOT_FOUND", trace: "4bf92f3577b34da6a3ce929d0e0e4736"}
	for name, change := range map[string]func(*requestLine){
		"all":                func(*requestLine) {},
		"little":             func(l *requestLine) { *l = requestLine{time: at, method: "GET", path: "/", status: 404, cost: -1} },
		"free":               func(l *requestLine) { l.cost = 0 },
		"slow":               func(l *requestLine) { l.duration = 61*time.Second + time.Millisecond },
		"no time":            func(l *requestLine) { l.duration = 0 },
		"UTC":                func(l *requestLine) { l.time = at.UTC() },
		"a whole second":     func(l *requestLine) { l.time = at.Truncate(time.Second) },
		"under a thousandth": func(l *requestLine) { l.time = at.Add(999_999) },
		"a path with spaces": func(l *requestLine) { l.path = "/a b" },
		"a path with quotes": func(l *requestLine) { l.path = `/"x"=\` },
		"a path with a line": func(l *requestLine) { l.path = "/x\nlevel=ERROR" },
		"a path in Greek":    func(l *requestLine) { l.path = "/α" },
		"a long method":      func(l *requestLine) { l.method = "A…" },
		"no method":          func(l *requestLine) { l.method = "" },
		"no path":            func(l *requestLine) { l.path = "" },
	} {
		l := valid
		change(&l)
		var want, got bytes.Buffer
		if err := slog.NewTextHandler(&want, nil).Handle(t.Context(), l.record()); err != nil {
			t.Fatal(err)
		}
		log, flush := newLog(&got)
		logLine(t.Context(), log, &l)
		flush()
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%s: the line is otherwise than slog's (-want +got):\n%s", name, diff)
		}
	}
}
