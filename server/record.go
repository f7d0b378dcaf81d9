package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
)

// A previewer makes the input of one kind of write out of JSON, as GraphQL has it, and looks at the write.
type previewer func(ctx context.Context, l *graph.Ledger, writer string, input []byte) (*graph.Recorded, error)

// previews has one for each mutation, by its name in the SDL.
var previews = map[string]previewer{
	"recordSource":  looked(func(p *graph.RecordSourcePayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordSource),
	"recordActor":   looked(func(p *graph.RecordActorPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordActor),
	"recordEvent":   looked(func(p *graph.RecordEventPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordEvent),
	"recordTenure":  looked(func(p *graph.RecordTenurePayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RecordTenure),
	"assertClaim":   looked(func(p *graph.AssertClaimPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).AssertClaim),
	"retractClaim":  looked(func(p *graph.RetractClaimPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).RetractClaim),
	"mergeActors":   looked(func(p *graph.MergeActorsPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).MergeActors),
	"unmergeActors": looked(func(p *graph.UnmergeActorsPayload) *graph.Recorded { return &p.Recorded }, (*graph.Ledger).UnmergeActors),
}

func looked[I, P any](recorded func(P) *graph.Recorded, do func(*graph.Ledger, context.Context, string, I) (P, error)) previewer {
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
		look := previews[body.Mutation]
		if err != nil || look == nil {
			refuse(w, r, http.StatusBadRequest, resolver.CodeBadUserInput, `the body must be {"mutation": one of the schema's, "input": its input}`)
			return
		}
		release, busy := s.slot(ctx)
		if busy != nil {
			s.refusePicture(w, r, context.DeadlineExceeded)
			return
		}
		defer release()
		answer, err := s.look(ctx, look, writer, body.Input)
		if err != nil {
			s.refusePicture(w, r, err)
			return
		}
		send(w, r, http.StatusOK, "application/json", answer)
	})
}

// look asks the ledger. A panic becomes an error that says nothing to a client.
func (s *service) look(ctx context.Context, look previewer, writer string, input []byte) (text []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = s.recovered(ctx, value)
		}
	}()
	var p graph.Preview
	r, err := look(graph.WithPreview(ctx, &p), s.config.Ledger, writer, input)
	if err != nil {
		return nil, err
	}
	defer r.View().Close()
	quads, err := p.NQuads()
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	type userError struct {
		Code    graph.UserErrorCode `json:"code"`
		Message string              `json:"message"`
		Path    []string            `json:"path"`
	}
	errs := []userError{}
	for _, e := range r.UserErrors {
		errs = append(errs, userError{e.Code, e.Message, e.Path})
	}
	return json.Marshal(map[string]any{"quads": quads, "userErrors": errs, "revision": r.Revision})
}
