package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A traceCollector takes traces by OTLP over HTTP.
type traceCollector struct {
	*httptest.Server
	mu      sync.Mutex
	service string
	spans   []*tracepb.Span
}

func newTraceCollector(t *testing.T) *traceCollector {
	c := &traceCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			var err error
			if body, err = gzip.NewReader(body); err != nil {
				t.Error(err)
				return
			}
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		var got collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(text, &got); err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, rs := range got.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				if a.Key == "service.name" {
					c.service = a.Value.GetStringValue()
				}
			}
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// TestTraces starts the program with a collector, asks it, and stops it: spans have arrived, and say nothing of what was asked.
func TestTraces(t *testing.T) {
	c := newTraceCollector(t)
	s := startServe(t, t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.URL}, "-store", "mem:")
	r := postRequest(t, &httptest.Server{URL: s.url}, map[string]any{
		"query":     `query Secret($id: ID!) { actor(id: $id) { name } a: actor(id: "person:in-the-document") { name } }`,
		"variables": map[string]any{"id": "person:in-the-variables"},
	})
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	do(t, r)
	do(t, newRequest(t, "GET", s.url+"/graphql?query={in_the_url}", nil))
	do(t, newRequest(t, "GET", s.url+"/healthz", nil))
	if got := s.stop(t); got != exitOK {
		t.Fatalf("status %d:\n%s", got, strings.Join(s.log.lines(), "\n"))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.service != "parley" {
		t.Errorf("service %q", c.service)
	}
	spans := map[string]*tracepb.Span{}
	for _, span := range c.spans {
		spans[span.Name] = span
		if text := span.String(); strings.Contains(text, "in-the-") || strings.Contains(text, "in_the_url") {
			t.Errorf("a span tells what was asked: %s", text)
		}
	}
	for _, name := range []string{"POST graphql", "Secret", "GET graphql", "GET healthz"} {
		if spans[name] == nil {
			t.Errorf("no span %q of %d", name, len(c.spans))
		}
	}
	if t.Failed() {
		return
	}
	request, operation := spans["POST graphql"], spans["Secret"]
	if string(operation.ParentSpanId) != string(request.SpanId) {
		t.Errorf("the operation's span is no part of the request's")
	}
	if len(request.ParentSpanId) > 0 {
		t.Errorf("a stranger's trace is the parent")
	}
	if text := request.String(); !strings.Contains(text, "parley.cost") || !strings.Contains(text, "parley.document") {
		t.Errorf("no cost or document: %s", text)
	}
	if text := spans["GET graphql"].String(); !strings.Contains(text, codeBadUserInput) {
		t.Errorf("no code: %s", text)
	}
}

// TestNoTraces asks for traces where there are none to be sent.
func TestNoTraces(t *testing.T) {
	for _, env := range []map[string]string{
		{},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"},
	} {
		got, err := newTraces(t.Context(), func(name string) (string, bool) { v, ok := env[name]; return v, ok })
		if got != nil || err != nil {
			t.Errorf("%v: %v, %v, want none", env, got, err)
		}
	}
}
