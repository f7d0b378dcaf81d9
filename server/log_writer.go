package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// logDelay is how long a line of the log may wait for others: a person does not notice it, and whoever asks from memory would wait a
	// fifth longer if each line were written by itself.
	logDelay = 100 * time.Millisecond

	// logBatch is how many bytes wait at most.
	logBatch = 32 << 10
)

// newLog returns a log that writes lines of text to w, several at once, and what writes those that wait, to be called at the end. From a
// warning on nothing waits. It may be used by many goroutines at once.
func newLog(w io.Writer) (log *slog.Logger, flush func()) {
	b := &batches{w: w}
	return slog.New(&promptHandler{slog.NewTextHandler(b, nil), b, true}), b.flush
}

// A promptHandler lets no line wait whose level is above Info.
type promptHandler struct {
	slog.Handler
	lines *batches
	bare  bool // its lines say what a record does, and nothing besides
}

func (h *promptHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level > slog.LevelInfo {
		h.lines.flush()
	}
	return err
}

func (h *promptHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &promptHandler{h.Handler.WithAttrs(attrs), h.lines, false}
}

func (h *promptHandler) WithGroup(name string) slog.Handler {
	return &promptHandler{h.Handler.WithGroup(name), h.lines, false}
}

// batches writes what it is given to w in larger pieces, each within logDelay.
type batches struct {
	w io.Writer

	mu      sync.Mutex
	waiting []byte // whole lines
	timer   *time.Timer
}

// Write implements io.Writer. What goes wrong later nobody is told: a log has no place for that.
func (b *batches) Write(line []byte) (int, error) {
	b.append(func(waiting []byte) []byte { return append(waiting, line...) })
	return len(line), nil
}

// append lets a function append a line to those that wait.
func (b *batches) append(line func(waiting []byte) []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		if b.timer == nil {
			b.timer = time.AfterFunc(logDelay, b.flush)
		} else {
			b.timer.Reset(logDelay)
		}
	}
	b.waiting = line(b.waiting)
	if len(b.waiting) >= logBatch {
		b.write()
	}
}

// flush writes what waits.
func (b *batches) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

// write is flush for who has the lock. Lines come in the order in which they were given, so nobody may write meanwhile.
func (b *batches) write() {
	if len(b.waiting) > 0 {
		_, _ = b.w.Write(b.waiting)
		b.waiting = b.waiting[:0]
	}
}
