package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/parleygraph/parley/graph/resolver"
)

// guardRequest lets through to next what is a GraphQL request over HTTP, complete and of a size that c allows, and gives it
// until c.Timeout. All else it refuses, in the words that GraphQL clients understand: {"errors": […]}, with a code.
//
// gqlgen's transports would refuse most of it too, but they quote the body in the message, answer 200 to a body that is too
// large, and give no codes.
func guardRequest(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), c.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		// Of a connection that cannot have a deadline, such as a test's, none is needed.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(c.Timeout + writeGrace))

		var err *refusal
		switch r.Method {
		case http.MethodGet:
			err = checkGet(r)
		case http.MethodPost:
			err = checkPost(w, r, c.MaxBody)
		default:
			w.Header().Set("Allow", "GET, POST")
			err = &refusal{http.StatusMethodNotAllowed, "send GraphQL by POST, or a query by GET"}
		}
		if err != nil {
			refuse(w, r, err.status, resolver.CodeBadUserInput, err.message)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// A refusal is why a request goes no further.
type refusal struct {
	status  int
	message string
}

func badRequest(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// checkGet checks the parameters of a URL.
func checkGet(r *http.Request) *refusal {
	if r.Header.Get("Upgrade") != "" {
		return badRequest("only plain HTTP is answered here")
	}
	p := r.URL.Query()
	if strings.TrimSpace(p.Get("query")) == "" {
		return badRequest("there is no query; give one as ?query=…, or open /playground")
	}
	for _, name := range []string{"variables", "extensions"} {
		if text := p.Get(name); text != "" {
			if err := checkObject([]byte(text)); err != nil {
				return badRequest("%s: %v", name, err)
			}
		}
	}
	return nil
}

// checkPost reads the body, checks it, and puts it back.
func checkPost(w http.ResponseWriter, r *http.Request, limit int64) *refusal {
	if r.Header.Get("Upgrade") != "" {
		return badRequest("only plain HTTP is answered here")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &refusal{http.StatusUnsupportedMediaType, "send the request as JSON, with Content-Type: application/json"}
	}
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes; ask for less at once", limit)}
	if r.ContentLength > limit {
		return tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge
	case err != nil:
		return badRequest("the body could not be read to its end")
	}
	if refused := checkBody(body); refused != nil {
		return refused
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// checkBody checks that a body is what GraphQL over HTTP asks for: an object with a query.
func checkBody(body []byte) *refusal {
	if err := checkObject(body); err != nil {
		return badRequest("the body: %v", err)
	}
	var p struct {
		Query         *string         `json:"query"`
		OperationName *string         `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return badRequest("%s: it must be a string", kind.Field)
		}
		return badRequest("the body: %v", err)
	}
	if p.Query == nil || strings.TrimSpace(*p.Query) == "" {
		return badRequest(`there is no query; send {"query": "{ … }"}`)
	}
	for _, part := range []struct {
		name  string
		value json.RawMessage
	}{{"variables", p.Variables}, {"extensions", p.Extensions}} {
		if len(part.value) > 0 && string(part.value) != "null" {
			if err := checkObject(part.value); err != nil {
				return badRequest("%s: %v", part.name, err)
			}
		}
	}
	return nil
}

// checkObject reports why a text is no JSON object, and quotes nothing of it.
func checkObject(text []byte) error {
	var object map[string]json.RawMessage
	err := json.Unmarshal(text, &object)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON: %v, at byte %d", syntax, syntax.Offset)
	case err != nil || object == nil:
		return errors.New("it must be a JSON object")
	}
	return nil
}

// refuse answers with one error.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	noteOf(r.Context()).setCode(code)
	type answer struct {
		Message    string            `json:"message"`
		Extensions map[string]string `json:"extensions"`
	}
	body, err := json.Marshal(map[string][]answer{"errors": {{message, map[string]string{"code": code}}}})
	if err != nil {
		panic(err) // strings can be marshalled
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that has gone needs no answer
}
