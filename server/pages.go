package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parleygraph/parley/graph/resolver"
	"github.com/parleygraph/parley/server/explorer"
)

// addExplorer serves the pages of the explorer, and the files that they load.
func (s *service) addExplorer(mux *http.ServeMux) {
	pages := explorer.New(time.Now, s.config.Ledger != nil)
	// The same URL at the same revision has the same page, as long as the program is the same.
	build := strconv.FormatInt(time.Now().UnixNano(), 36)
	for _, pattern := range explorer.Patterns() {
		mux.Handle(pattern, s.pages(pages, build))
	}
	mux.Handle("POST /record/form", s.recordForm(pages))
	for _, f := range explorer.Files() {
		mux.Handle("GET "+f.URL, asset{body: f.Body, contentType: f.ContentType, etag: etag(f.Body)})
	}
}

// pages answers with the pages of the explorer, as [service.pictures] does: within the deadline of a question, in a place among the
// executions under way, from one view, and not at all if the client has it.
func (s *service) pages(pages *explorer.Pages, build string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.config.Timeout + writeGrace))
		h := w.Header()
		h.Set("Content-Security-Policy", explorer.Policy+"; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-cache")
		h.Add("Vary", "Accept-Encoding, Accept-Language")
		release, busy := s.slot(ctx)
		if busy != nil {
			s.refusePage(w, r, pages, context.DeadlineExceeded)
			return
		}
		defer release()
		v := s.graph.View()
		defer v.Close()
		h.Set(revisionHeader, v.Revision())
		tag := etag([]byte(build + v.Revision() + "\n" + r.Host + r.URL.RequestURI() + "\n" + r.Header.Get("Accept-Language")))
		if hasTag(r.Header.Values("If-None-Match"), tag) {
			h.Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		a, err := s.page(ctx, func() (*explorer.Answer, error) { return pages.Answer(ctx, v, r) })
		if err != nil {
			s.refusePage(w, r, pages, err)
			return
		}
		if a.Status == http.StatusNotFound {
			noteOf(ctx).setCode(resolver.CodeNotFound)
		}
		if a.Location != "" {
			http.Redirect(w, r, a.Location, a.Status)
			return
		}
		if a.Status == http.StatusOK {
			h.Set("ETag", tag)
		}
		if a.Filename != "" {
			h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(a.Filename))
		}
		if a.Policy != "" {
			h.Set("Content-Security-Policy", a.Policy)
		}
		if a.Framed {
			h.Set("Content-Security-Policy", explorer.Policy+"; frame-ancestors *")
			h.Del("X-Frame-Options")
		}
		send(w, r, a.Status, a.ContentType, a.Body)
	})
}

// page makes a page. A panic becomes an error that says nothing to a client.
func (s *service) page(ctx context.Context, make func() (*explorer.Answer, error)) (a *explorer.Answer, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = s.recovered(ctx, value)
		}
	}()
	return make()
}

// refusePage answers with the page of an error, by the codes of GraphQL's answers.
func (s *service) refusePage(w http.ResponseWriter, r *http.Request, pages *explorer.Pages, err error) {
	shown := resolver.Present(s.internal)(r.Context(), err)
	code, _ := shown.Extensions["code"].(string)
	noteOf(r.Context()).setCode(code)
	a := pages.Problem(r, statusOf(code), shown.Message)
	send(w, r, a.Status, a.ContentType, a.Body)
}

// statusOf returns the status of HTTP for a code, of surfaces that are no GraphQL.
func statusOf(code string) int {
	switch code {
	case resolver.CodeBadUserInput:
		return http.StatusBadRequest
	case resolver.CodeNotFound:
		return http.StatusNotFound
	case resolver.CodeTimeout:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
