package main

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/ravilushqa/otelgqlgen"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// newTraces returns what sends traces to a collector by OTLP over HTTP, or nil if the environment names none. OpenTelemetry's
// own variables say where (OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT), which (OTEL_TRACES_SAMPLER) and
// under what name (OTEL_SERVICE_NAME); OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none turn them off. Its Shutdown sends
// what has not been sent.
func newTraces(ctx context.Context, getenv func(string) (string, bool)) (*sdktrace.TracerProvider, error) {
	is := func(name, want string) bool { v, _ := getenv(name); return v == want }
	if is("OTEL_EXPORTER_OTLP_ENDPOINT", "") && is("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "") ||
		is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "parley")),
		resource.WithTelemetrySDK(), resource.WithFromEnv()) // the last wins
	if err != nil {
		return nil, err
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

// traced gives each request a span. What a stranger's header says of a trace becomes a link: it must not decide what is kept.
// Sockets have none, since they live for hours.
func traced(traces trace.TracerProvider, next http.Handler) http.Handler {
	if traces == nil {
		return next
	}
	return otelhttp.NewHandler(next, "request",
		otelhttp.WithTracerProvider(traces),
		otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.Header.Get("Upgrade") == "" }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return shorten(r.Method, 16) + " " + handlerOf(r.URL.Path) }),
	)
}

// operationTraces gives each operation that is executed a span. It holds what the log does: neither variables nor the document,
// in which values may stand; fields have no spans, since those hold arguments.
func operationTraces(traces trace.TracerProvider) graphql.HandlerExtension {
	return otelgqlgen.Middleware(
		otelgqlgen.WithTracerProvider(traces),
		otelgqlgen.WithRequestVariablesAttributesBuilder(func(map[string]any) []attribute.KeyValue {
			return []attribute.KeyValue{otelgqlgen.RequestQuery("")} // in place of the document, which stands there already
		}),
		otelgqlgen.WithCreateSpanFromFields(func(*graphql.FieldContext) bool { return false }),
		otelgqlgen.WithInterceptResponseResultHandlerFunc(func(r *graphql.Response, span trace.Span) *graphql.Response {
			if r != nil && len(r.Errors) > 0 {
				code, _ := r.Errors[0].Extensions["code"].(string)
				span.SetStatus(codes.Error, code)
			}
			return r
		}),
	)
}

// describe puts what is known of a request into its span.
func (n *note) describe(span trace.Span) {
	if !span.IsRecording() {
		return
	}
	if n.name != "" {
		span.SetAttributes(attribute.String("graphql.operation.name", n.name))
	}
	if n.document != "" {
		span.SetAttributes(attribute.String("parley.document", n.document[:12]))
	}
	if n.cost >= 0 {
		span.SetAttributes(attribute.Int("parley.cost", n.cost))
	}
	if n.code != "" {
		span.SetAttributes(attribute.String("parley.code", n.code))
	}
}
