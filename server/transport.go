package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/parleygraph/parley/graph/resolver"
)

const (
	// revisionHeader names the state of the store that an answer was given from.
	revisionHeader = "Parley-Revision"

	// costHeader has what extensions.cost has, for those who do not read the body.
	costHeader = "Parley-Cost"
)

// An identifier puts into a context who sends a request; see [Config].
type identifier func(ctx context.Context, h http.Header) (context.Context, error)

// A transport answers GraphQL over HTTP as its specification says, and hands streams to those who can stream.
type transport struct {
	*service
	sockets *sockets
	mark    string // of this process: another build, or another store, may answer otherwise
}

func newTransport(s *service) *transport {
	return &transport{service: s, sockets: newSockets(s), mark: rand.Text()}
}

// ServeHTTP answers a request: who asks, by which method and in which type, is settled before its body is read; what was answered before is answered
// again as it is.
func (t *transport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.config.Identify != nil {
		ctx, err := t.config.Identify(r.Context(), r.Header)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
			refuse(w, r, http.StatusUnauthorized, resolver.CodeUnauthenticated, err.Error())
			return
		}
		r = r.WithContext(ctx)
	}
	if r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		t.sockets.ServeHTTP(w, r)
		return
	}
	begun := noteOf(r.Context()).begun
	control := http.NewResponseController(w)
	// Of a connection that cannot have deadlines, such as a test's, none is needed.
	_ = control.SetReadDeadline(begun.Add(t.config.Timeout))
	_ = control.SetWriteDeadline(begun.Add(t.config.Timeout + writeGrace))

	if h := w.Header(); h["Vary"] == nil {
		h["Vary"] = varies
	} else {
		h.Add("Vary", varies[0])
	}
	media := acceptable(r.Header)
	if media == "" {
		refuse(w, r, http.StatusNotAcceptable, codeBadUserInput, "answers are "+mediaJSON+", "+mediaResponse+", or "+mediaStream)
		return
	}
	var sent []byte
	var refused *refusal
	room := rooms.Get().(*[2 << 10]byte)
	defer rooms.Put(room)
	switch r.Method {
	case http.MethodGet:
		sent = []byte("?" + r.URL.RawQuery)
	case http.MethodPost:
		sent, refused = readBody(w, r, t.config.MaxBody, room[:])
	default:
		w.Header().Set("Allow", "GET, POST")
		refused = &refusal{http.StatusMethodNotAllowed, codeBadUserInput, "send GraphQL by POST, or a query by GET"}
	}
	if refused != nil {
		refuse(w, r, refused.status, refused.code, refused.message)
		return
	}
	readOnly := r.Method == http.MethodGet
	if readOnly {
		if tag := t.etag(r, media, t.revision()); r.Header.Get("If-None-Match") == tag {
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	var a *answer
	start := time.Now()
	if media != mediaStream {
		a = t.kept(r.Context(), sent)
	}
	if a == nil {
		sent = bytes.Clone(sent) // whoever answers may hold it for longer than the room is ours
		var p *params
		if readOnly {
			p, refused = readGet(r)
		} else {
			p, refused = readPost(r, sent)
		}
		if refused != nil {
			refuse(w, r, refused.status, refused.code, refused.message)
			return
		}
		if media == mediaStream {
			t.stream(w, r, p)
			return
		}
		p.sent = sent
		ctx, cancel := context.WithDeadline(r.Context(), begun.Add(t.config.Timeout))
		defer cancel()
		a = t.answer(ctx, p)
	}
	t.observe("http", a, start)
	noteOf(r.Context()).setCode(a.code)
	t.reply(w, r, media, a)
}

// reply sends an answer, with the headers that say of what state it is and what it cost.
func (t *transport) reply(w http.ResponseWriter, r *http.Request, media string, a *answer) {
	if h := w.Header(); a.kept != nil {
		h[revisionHeader], h[costHeader] = a.kept.atText, a.kept.costText
	} else {
		if a.revision != "" {
			h.Set(revisionHeader, a.revision)
		}
		h.Set(costHeader, strconv.Itoa(a.cost))
	}
	status := a.statusFor(media)
	switch {
	case status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", "POST")
	case status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case r.Method == http.MethodGet && a.code == "" && a.revision != "":
		w.Header().Set("ETag", t.etag(r, media, a.revision))
		w.Header().Set("Cache-Control", "no-cache") // keep it, and ask each time whether it still holds
	}
	if a.kept != nil {
		sendPacked(w, r, status, media, a.body, func(encoding int) []byte { return t.answers.pack(a.kept, encoding) })
		return
	}
	send(w, r, status, media, a.body)
}

// etag names what a GET is answered with as long as the store does not change. It is weak, since it does not tell encodings
// apart, and nobody can guess it who has not got it for this URL.
func (t *transport) etag(r *http.Request, media, revision string) string {
	sum := sha256.Sum256([]byte(t.mark + "\n" + media + "\n" + revision + "\n" + r.URL.RawQuery))
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// statusFor returns the HTTP status of an answer. As application/json, whatever is GraphQL is 200, since intermediaries answer in
// that type too; application/graphql-response+json can afford to say what happened.
func (a *answer) statusFor(media string) int {
	switch {
	case a.status != 0:
		return a.status
	case a.hasData || a.code == "" || media != mediaResponse:
		return http.StatusOK
	}
	switch a.code {
	case resolver.CodeTimeout:
		return http.StatusServiceUnavailable
	case resolver.CodeInternal:
		return http.StatusInternalServerError
	case resolver.CodeUnauthenticated:
		return http.StatusUnauthorized
	case resolver.CodeForbidden:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// send writes a whole body, compressed if that helps and is wanted.
func send(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	sendPacked(w, r, status, contentType, body, func(encoding int) []byte { return compress(encodings[encoding], body) })
}

// sendPacked is send for a body that may have been compressed before: pack returns it, compressed in one of the encodings.
func sendPacked(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte, pack func(encoding int) []byte) {
	h := w.Header()
	if contentType == mediaJSON {
		h["Content-Type"] = jsonType
	} else {
		h["Content-Type"] = []string{contentType}
	}
	if len(body) >= compressFrom {
		if e := encoding(r.Header); e >= 0 {
			h["Content-Encoding"] = []string{encodings[e]}
			body = pack(e)
		}
	}
	if len(body) > countedByServer {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// countedByServer is how long a body may be for net/http to say its length by itself. A ninth header would make the map of all of them, and
// its copy, hash tables: they took a seventh of the time of an answer from memory.
const countedByServer = 2 << 10

// Values of headers that nobody changes.
var (
	varies   = []string{"Accept, Accept-Encoding"}
	jsonType = []string{mediaJSON}
)

var (
	gzips = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}
	// zstds has one encoder: EncodeAll may be called by many goroutines at once.
	zstds = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(128<<10))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
)

func compress(encoding string, body []byte) []byte {
	if encoding == "zstd" {
		return zstds().EncodeAll(body, make([]byte, 0, len(body)/4))
	}
	out := &sliceWriter{make([]byte, 0, len(body)/4)}
	z := gzips.Get().(*gzip.Writer)
	defer gzips.Put(z)
	z.Reset(out)
	_, _ = z.Write(body) // memory takes everything
	_ = z.Close()
	return out.b
}

type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// refuse answers what is no question with one error, in the words that GraphQL clients understand.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	noteOf(r.Context()).setCode(code)
	media := acceptable(r.Header)
	if media != mediaResponse {
		media = mediaJSON
	}
	type problem struct {
		Message    string            `json:"message"`
		Extensions map[string]string `json:"extensions"`
	}
	body := mustMarshal(map[string][]problem{"errors": {{message, map[string]string{"code": code}}}})
	send(w, r, status, media, append(body, '\n'))
}
