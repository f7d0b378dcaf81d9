package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
	"github.com/parleygraph/parley/server/explorer"
)

// A recorder makes the input of one kind of write out of JSON, as GraphQL has it, and makes the write, or within [graph.WithPreview] looks at it.
type recorder func(ctx context.Context, l *graph.Ledger, writer string, input []byte) (*graph.Recorded, error)

// recorders has one for each mutation, by its name in the SDL.
var recorders = map[string]recorder{
	"recordSource":  looked(func(p *graph.RecordSourcePayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordSource),
	"recordActor":   looked(func(p *graph.RecordActorPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordActor),
	"recordEvent":   looked(func(p *graph.RecordEventPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordEvent),
	"recordTenure":  looked(func(p *graph.RecordTenurePayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordTenure),
	"assertClaim":   looked(func(p *graph.AssertClaimPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).AssertClaim),
	"retractClaim":  looked(func(p *graph.RetractClaimPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RetractClaim),
	"mergeActors":   looked(func(p *graph.MergeActorsPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).MergeActors),
	"unmergeActors": looked(func(p *graph.UnmergeActorsPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).UnmergeActors),
}

func looked[I, P any](recorded func(P) *graph.Recorded, do func(*graph.Ledger, context.Context, string, I) (P, error)) recorder {
	return func(ctx context.Context, l *graph.Ledger, writer string, input []byte) (*graph.Recorded, error) {
		var in I
		d := json.NewDecoder(bytes.NewReader(input))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, &graph.ArgumentError{Argument: "input", Problem: "it is not what this mutation takes; see the schema", Kind: graph.ErrInvalidArgument}
		}
		p, err := do(l, ctx, writer, in)
		if err != nil {
			return nil, err
		}
		return recorded(p), nil
	}
}

// preview answers POST /record/preview: what a mutation would record, and what is wrong with it, without recording it. The body is
// {"mutation": name, "input": as in GraphQL}. It is for those who may write, as the mutation is.
func (s *service) preview() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
		defer cancel()
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(time.Now().Add(s.config.Timeout))
		_ = control.SetWriteDeadline(time.Now().Add(s.config.Timeout + writeGrace))
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if s.config.Ledger == nil || s.config.Identify == nil {
			refuse(w, r, http.StatusForbidden, resolver.CodeForbidden, "this server only answers: nobody may write to it")
			return
		}
		ctx, err := s.config.Identify(ctx, r.Header)
		writer := ""
		if err == nil {
			if writer = resolver.Writer(ctx); writer == "" {
				err = errors.New("who writes must say who they are: send the header Authorization: Bearer and the token that you were given")
			}
		}
		if err != nil {
			h.Set("WWW-Authenticate", `Bearer realm="parley"`)
			refuse(w, r, http.StatusUnauthorized, resolver.CodeUnauthenticated, err.Error())
			return
		}
		var body struct {
			Mutation string          `json:"mutation"`
			Input    json.RawMessage `json:"input"`
		}
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.config.MaxBody))
		if err == nil {
			err = json.Unmarshal(text, &body)
		}
		record := recorders[body.Mutation]
		if err != nil || record == nil {
			refuse(w, r, http.StatusBadRequest, resolver.CodeBadUserInput, `the body must be {"mutation": one of the schema's, "input": its input}`)
			return
		}
		release, busy := s.slot(ctx)
		if busy != nil {
			s.refusePicture(w, r, context.DeadlineExceeded)
			return
		}
		defer release()
		would, err := s.write(ctx, record, writer, body.Input, true)
		var answer []byte
		if err == nil {
			answer, err = previewJSON(would)
		}
		if err != nil {
			s.refusePicture(w, r, err)
			return
		}
		send(w, r, http.StatusOK, "application/json", answer)
	})
}

// A written is what the ledger answered to a write, or to a look at one.
type written struct {
	quads    string             // what would be recorded, in N-Quads; "" if it was recorded, or refused
	wrong    []*graph.UserError // why it was refused
	revision string
	id       graph.ID // of what was recorded; "" if nothing was
}

// write makes a write, or with look only sees what it would be. A panic becomes an error that says nothing to a client.
func (s *service) write(ctx context.Context, record recorder, writer string, input []byte, look bool) (w *written, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = s.recovered(ctx, value)
		}
	}()
	var p graph.Preview
	if look {
		ctx = graph.WithPreview(ctx, &p)
	}
	r, err := record(ctx, s.config.Ledger, writer, input)
	if err != nil {
		return nil, err
	}
	defer r.View().Close()
	w = &written{wrong: r.UserErrors, revision: r.Revision}
	if w.quads, err = p.NQuads(); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	if !look && len(r.UserErrors) == 0 {
		w.id = r.Entity().ID()
	}
	return w, nil
}

// previewJSON makes the answer of POST /record/preview.
func previewJSON(w *written) ([]byte, error) {
	type userError struct {
		Code    graph.UserErrorCode `json:"code"`
		Message string              `json:"message"`
		Path    []string            `json:"path"`
	}
	errs := []userError{}
	for _, e := range w.wrong {
		errs = append(errs, userError{e.Code, e.Message, e.Path})
	}
	return json.Marshal(map[string]any{"quads": w.quads, "userErrors": errs, "revision": w.revision})
}

// recordForm answers POST /record/form: a form of the page /record as a browser sends it that runs no script. Such a browser can send a token in
// one header only, by asking for a name and a password: the password is the token, and the name is not looked at. It sends that again
// by itself, to what is below /record/, so that forms of other sites are refused here whatever other sites may ask elsewhere. What is recorded
// leads to its page; what is wrong, or only to be looked at, is the page again.
func (s *service) recordForm(pages *explorer.Pages) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(time.Now().Add(s.config.Timeout))
		_ = control.SetWriteDeadline(time.Now().Add(s.config.Timeout + writeGrace))
		h := w.Header()
		h.Set("Content-Security-Policy", explorer.Policy+"; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		problem := func(status int, code, message string) {
			noteOf(ctx).setCode(code)
			a := pages.Problem(r, status, message)
			send(w, r, a.Status, a.ContentType, a.Body)
		}
		if s.config.Ledger == nil || s.config.Identify == nil {
			problem(http.StatusForbidden, resolver.CodeForbidden, "this server only answers: nobody may write to it")
			return
		}
		as := r.Header.Clone()
		if _, token, ok := r.BasicAuth(); ok {
			as.Set("Authorization", "Bearer "+token)
		}
		known, err := s.config.Identify(ctx, as)
		writer := ""
		if err == nil {
			writer = resolver.Writer(known)
		}
		if writer == "" {
			h.Set("WWW-Authenticate", `Basic realm="parley", charset="UTF-8"`)
			problem(http.StatusUnauthorized, resolver.CodeUnauthenticated, "who writes must say who they are: give any name, and as the password the token that you were given")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.config.MaxBody)
		if err := r.ParseForm(); err != nil {
			problem(http.StatusBadRequest, resolver.CodeBadUserInput, "this is no form of the page /record, or it is too long")
			return
		}
		sent := &explorer.Sent{Mutation: r.PostForm.Get("mutation"), Values: r.PostForm}
		record := recorders[sent.Mutation]
		if record == nil {
			problem(http.StatusBadRequest, resolver.CodeBadUserInput, "this is no form of the page /record")
			return
		}
		release, busy := s.slot(ctx)
		if busy != nil {
			s.refusePage(w, r, pages, context.DeadlineExceeded)
			return
		}
		defer release()
		id, err := s.recordSent(known, record, writer, sent, r.PostForm.Get("do") != "save")
		if err != nil {
			s.refusePage(w, r, pages, err)
			return
		}
		if id != "" {
			next := "/node/" + url.PathEscape(string(id))
			if lang := r.URL.Query().Get("lang"); lang != "" { // and no time: then it was not known yet
				next += "?" + url.Values{"lang": {lang}}.Encode()
			}
			http.Redirect(w, r, next, http.StatusSeeOther)
			return
		}
		v := s.graph.View()
		defer v.Close()
		a, err := s.page(ctx, func() (*explorer.Answer, error) { return pages.Record(ctx, v, r, sent) })
		if err != nil {
			s.refusePage(w, r, pages, err)
			return
		}
		send(w, r, a.Status, a.ContentType, a.Body)
	}))
}

// recordSent records a form, or with look only sees what would be recorded. It returns the id of what was recorded, "" if nothing was: then
// sent says why, or what would be.
func (s *service) recordSent(ctx context.Context, record recorder, writer string, sent *explorer.Sent, look bool) (id graph.ID, err error) {
	input, names := formInput(sent.Values)
	if sent.Mutation == "recordEvent" && input["participations"] == nil {
		input["participations"] = []any{}
	}
	text, err := json.Marshal(input)
	if err != nil {
		return "", fmt.Errorf("a form: %w", err)
	}
	w, err := s.write(ctx, record, writer, text, look)
	if err != nil {
		return "", err
	}
	for _, e := range w.wrong {
		sent.Wrong = append(sent.Wrong, explorer.Wrong{Name: names.of(e.Path), Message: e.Message})
	}
	sent.Quads = w.quads
	return w.id, nil
}

// fieldNames are the names of a form's fields, by the paths of what they say in the input.
type fieldNames map[string]string

// of returns the name of the field that says what is at a path, or what that is in; "" if there is none.
func (n fieldNames) of(path []string) string {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if name := n[strings.Join(path, ".")]; name != "" {
			return name
		}
	}
	return ""
}

// formInput makes the input of a mutation of a form's fields, whose names are paths in it: input.evidence.source, input.facts.0.field; with []
// behind it, a list with commas between. What is empty is left out, and so is a participant without an id; those behind move up.
func formInput(values url.Values) (map[string]any, fieldNames) {
	names, input := fieldNames{}, map[string]any{}
	moved := map[string]int{} // of the participants that are named, their places
	for i := range explorer.Participants {
		if strings.TrimSpace(values.Get(fmt.Sprintf("input.participations.%d.actor", i))) != "" {
			moved[strconv.Itoa(i)] = len(moved)
		}
	}
	var participations [explorer.Participants]map[string]any
	var fact map[string]any
	set := func(in map[string]any, key, text string, list bool) {
		if !list {
			in[key] = text
			return
		}
		items := []string{}
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		in[key] = items
	}
	for _, name := range slices.Sorted(maps.Keys(values)) { // of a text and a field within it, the field counts: it is refused
		text := strings.TrimSpace(values.Get(name))
		path, ok := strings.CutPrefix(name, "input.")
		if !ok {
			continue
		}
		path, list := strings.CutSuffix(path, "[]")
		parts := strings.Split(path, ".")
		switch {
		case len(parts) == 3 && parts[0] == "participations":
			n, ok := moved[parts[1]]
			if !ok {
				continue
			}
			names[fmt.Sprintf("input.participations.%d.%s", n, parts[2])] = name
			if text != "" {
				if participations[n] == nil {
					participations[n] = map[string]any{}
				}
				set(participations[n], parts[2], text, list)
			}
		case len(parts) == 3 && parts[0] == "facts" && parts[1] == "0":
			names["input."+path] = name
			if text != "" {
				if fact == nil {
					fact = map[string]any{}
				}
				set(fact, parts[2], text, list)
			}
		case len(parts) <= 2:
			names["input."+path] = name
			if text == "" {
				continue
			}
			in := input
			if len(parts) == 2 {
				inner, ok := input[parts[0]].(map[string]any)
				if !ok {
					inner = map[string]any{}
					input[parts[0]] = inner
				}
				in = inner
			}
			set(in, parts[len(parts)-1], text, list)
		}
	}
	if len(moved) > 0 {
		input["participations"] = participations[:len(moved)]
	}
	if fact != nil {
		input["facts"] = []any{fact}
	}
	return input, names
}
