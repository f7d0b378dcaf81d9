package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// params are what one request asks, whatever brought it here.
type params struct {
	query         string
	operationName string
	variables     json.RawMessage // an object, or nil
	extensions    json.RawMessage // an object, or nil
	document      string          // the id of a listed document; "" for none
	readOnly      bool            // a GET must not write
	header        http.Header     // of the request

	values map[string]any // the variables once they were read within the limits, or nil

	sent []byte // all bytes that they were read from, as the cache of answers wants them, or nil
}

// A refusal is why a request goes no further: an HTTP status, a code of the table of errors, and words.
type refusal struct {
	status        int
	code, message string
}

func badRequest(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, codeBadUserInput, fmt.Sprintf(format, args...)}
}

// readGet reads the parameters of a URL.
func readGet(r *http.Request) (*params, *refusal) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the parameters of the URL cannot be read; each must be URL-encoded")
	}
	p := &params{query: q.Get("query"), operationName: q.Get("operationName"), document: q.Get("documentId"), readOnly: true, header: r.Header}
	for _, part := range []struct {
		name string
		to   *json.RawMessage
	}{{"variables", &p.variables}, {"extensions", &p.extensions}} {
		text := json.RawMessage(q.Get(part.name))
		if len(text) == 0 {
			continue
		}
		if !json.Valid(text) {
			return nil, badRequest("%s: %v", part.name, syntaxOf(text))
		}
		if *part.to, err = object(text); err != nil {
			return nil, badRequest("%s: %v", part.name, err)
		}
	}
	if refused := p.complete("there is no query; give one as ?query=…, or open /playground"); refused != nil {
		return nil, refused
	}
	return p, nil
}

// readPost reads the parameters of a body.
func readPost(r *http.Request, body []byte) (*params, *refusal) {
	p, refused := parseParams(body, "the body")
	if refused != nil {
		return nil, refused
	}
	p.header = r.Header
	return p, p.complete(`there is no query; send {"query": "{ … }"}`)
}

// readBody reads a body of at most limit bytes. If there is room for it, it lies there.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, room []byte) ([]byte, *refusal) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, codeBadUserInput, "send the request as JSON, with Content-Type: application/json"}
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, &refusal{http.StatusUnsupportedMediaType, codeBadUserInput, "send the request as it is, without Content-Encoding"}
	}
	var body []byte
	var err error
	switch n := r.ContentLength; {
	case n > limit:
		err = &http.MaxBytesError{Limit: limit}
	case n > 0 && n <= smallBody: // room for what is announced, after which net/http lets nothing be read
		if body = room; n > int64(len(room)) {
			body = make([]byte, n)
		}
		body = body[:n]
		_, err = io.ReadFull(r.Body, body)
	default: // what is much has to come first
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	}
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, &refusal{http.StatusRequestEntityTooLarge, codeBadUserInput, fmt.Sprintf("the body has more than %d bytes; ask for less at once", limit)}
	case err != nil:
		return nil, badRequest("the body could not be read to its end")
	}
	return body, nil
}

// smallBody is how many bytes a body may announce and be given room for before they come.
const smallBody = 16 << 10

// rooms have room for bodies that are read: most ask less than that.
var rooms = sync.Pool{New: func() any { return new([2 << 10]byte) }}

// parseParams reads a JSON object as GraphQL over HTTP has it. What it is called in messages is what.
func parseParams(text []byte, what string) (*params, *refusal) {
	var body struct {
		Query         *string         `json:"query"`
		OperationName *string         `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
		DocumentID    *string         `json:"documentId"`
	}
	err := json.Unmarshal(text, &body)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return nil, badRequest("%s: %v", what, syntaxOf(text))
	case errors.As(err, &kind) && kind.Field != "":
		return nil, badRequest("%s: it must be a string", kind.Field)
	case err != nil:
		return nil, badRequest("%s: it must be a JSON object", what)
	}
	if _, err := object(text); err != nil || first(text) == 'n' {
		return nil, badRequest("%s: it must be a JSON object", what)
	}
	p := &params{query: deref(body.Query), operationName: deref(body.OperationName), document: deref(body.DocumentID)}
	if p.variables, err = object(body.Variables); err != nil {
		return nil, badRequest("variables: %v", err)
	}
	if p.extensions, err = object(body.Extensions); err != nil {
		return nil, badRequest("extensions: %v", err)
	}
	return p, nil
}

// A valueReader reads the variables of one question after the other: a decoder's buffer is larger than what most of them hold.
type valueReader struct {
	text    bytes.Reader
	decoder *json.Decoder
}

var valueReaders = sync.Pool{New: func() any {
	r := &valueReader{}
	r.decoder = json.NewDecoder(&r.text)
	r.decoder.UseNumber()
	return r
}}

// readValues reads a JSON object, its numbers as [json.Number]; of null it makes nil. What comes behind it is not looked at.
func readValues(text []byte) (values map[string]any, err error) {
	const most = 64 << 10 // of which a buffer is worth keeping
	r := valueReaders.Get().(*valueReader)
	r.text.Reset(text)
	begun := r.decoder.InputOffset()
	err = r.decoder.Decode(&values)
	if err == nil && r.decoder.InputOffset()-begun == int64(len(text)) && len(text) <= most { // nothing is left in it for the next
		r.text.Reset(nil)
		valueReaders.Put(r)
	}
	return values, err
}

// complete refuses params that name no document in any way.
func (p *params) complete(without string) *refusal {
	if strings.TrimSpace(p.query) == "" && p.document == "" && p.hash() == "" {
		return badRequest("%s", without)
	}
	return nil
}

// hash returns the SHA-256 that stands for the document by the protocol of automatic persisted queries, "" if none does.
func (p *params) hash() string {
	var x struct {
		PersistedQuery struct {
			Sha256Hash string `json:"sha256Hash"`
		} `json:"persistedQuery"`
	}
	if p.extensions == nil || json.Unmarshal(p.extensions, &x) != nil {
		return ""
	}
	return strings.ToLower(x.PersistedQuery.Sha256Hash)
}

// seen returns the revision that the extensions say was seen, as it is written, which may be as a number; "" if they say none.
func (p *params) seen() string {
	var x map[string]json.RawMessage
	if p.extensions == nil || json.Unmarshal(p.extensions, &x) != nil || first(x[revisionHeader]) == 'n' {
		return ""
	}
	var text string
	if json.Unmarshal(x[revisionHeader], &text) != nil {
		return string(x[revisionHeader])
	}
	return text
}

// object returns a JSON value if it is an object, nil if it is null or not there, and an error otherwise.
func object(text json.RawMessage) (json.RawMessage, error) {
	switch first(text) {
	case 0, 'n':
		return nil, nil
	case '{':
		return text, nil
	}
	return nil, errors.New("it must be a JSON object")
}

// first returns the byte that a JSON value begins with, 0 if there is none.
func first(text []byte) byte {
	for _, b := range text {
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b
		}
	}
	return 0
}

// syntaxOf says what is wrong with a text that is no JSON, and quotes nothing of it.
func syntaxOf(text []byte) error {
	var v json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, &v); errors.As(err, &syntax) {
		return fmt.Errorf("it is no JSON: %v, at byte %d", syntax, syntax.Offset)
	}
	return errors.New("it is no JSON")
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// countJSON returns how many values a valid JSON text holds, itself included, and how deep its lists and objects nest. It stops
// as soon as one of them is over its limit.
func countJSON(text []byte, maxValues, maxDepth int) (values, depth int) {
	level, quoted, scalar := 0, false, false
	for i := 0; i < len(text) && values <= maxValues && depth <= maxDepth; i++ {
		switch b := text[i]; {
		case quoted:
			if b == '\\' {
				i++
			} else if b == '"' {
				quoted = false
			}
		case b == '"':
			quoted = true
			if !scalar {
				values++ // a key counts as one, too: it takes as much memory
			}
			scalar = false
		case b == '{' || b == '[':
			level++
			values++
			depth = max(depth, level)
			scalar = false
		case b == '}' || b == ']':
			level--
			scalar = false
		case b == ',' || b == ':' || b == ' ' || b == '\t' || b == '\n' || b == '\r':
			scalar = false
		case !scalar: // the first byte of a number, true, false or null
			scalar = true
			values++
		}
	}
	return values, depth
}
