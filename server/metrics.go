package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/vektah/gqlparser/v2/ast"
)

// metrics is what the program counts. Labels have few values, none of which a stranger chooses.
type metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec   // of HTTP: by handler and status
	answers       *prometheus.CounterVec   // by transport, operation, code
	duration      *prometheus.HistogramVec // by transport, operation
	cost          prometheus.Histogram
	inFlight      prometheus.Gauge
	sockets       prometheus.Gauge
	subscriptions prometheus.Gauge
	panics        prometheus.Counter

	// Those of a query over HTTP that goes well, which need not be looked for each time.
	graphqlOK, queryOK prometheus.Counter
	queryDuration      prometheus.Observer
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_http_requests_total", Help: "Requests over HTTP, by what they asked for and the status they got."},
			[]string{"handler", "status"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_answers_total", Help: "Answers, and events of subscriptions, by transport (http, sse, ws), operation, and code of the first error (OK if none)."},
			[]string{"transport", "operation", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "parley_answer_duration_seconds", Help: "How long queries and mutations took to answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"transport", "operation"}),
		cost: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "parley_answer_cost", Help: "What answers cost, in fields, refused ones included.",
			Buckets: prometheus.ExponentialBuckets(1, 4, 10)}),
		inFlight:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "parley_answers_in_flight", Help: "Queries and mutations being answered."}),
		sockets:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "parley_sockets", Help: "Open WebSockets."}),
		subscriptions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "parley_subscriptions", Help: "Subscriptions under way."}),
		panics:        prometheus.NewCounter(prometheus.CounterOpts{Name: "parley_panics_total", Help: "Panics that were caught."}),
	}
	m.graphqlOK, m.queryOK = m.requests.WithLabelValues("graphql", "200"), m.answers.WithLabelValues("http", string(ast.Query), "OK")
	m.queryDuration = m.duration.WithLabelValues("http", string(ast.Query))
	m.registry.MustRegister(m.requests, m.answers, m.duration, m.cost, m.inFlight, m.sockets, m.subscriptions, m.panics,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return m
}

// watch adds what is read from a service when somebody looks.
func (m *metrics) watch(s *service) {
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	counter := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
	}
	m.registry.MustRegister(
		gauge("parley_store_revision", "The revision of the store.", func() float64 {
			n, _ := strconv.ParseFloat(s.revision(), 64) // a revision is a number
			return n
		}),
		gauge("parley_document_cache_bytes", "What parsed documents take, by estimate.", func() float64 { bytes, _, _, _ := s.documents.stats(); return float64(bytes) }),
		gauge("parley_document_cache_documents", "How many parsed documents are kept.", func() float64 { _, n, _, _ := s.documents.stats(); return float64(n) }),
		counter("parley_document_cache_hits_total", "Documents that had been parsed before.", func() float64 { _, _, hits, _ := s.documents.stats(); return float64(hits) }),
		counter("parley_document_cache_misses_total", "Documents that had not.", func() float64 { _, _, _, misses := s.documents.stats(); return float64(misses) }),
		gauge("parley_answer_cache_bytes", "What kept answers take, by estimate.", func() float64 { bytes, _, _, _ := s.answers.stats(); return float64(bytes) }),
		gauge("parley_answer_cache_answers", "How many answers are kept.", func() float64 { _, n, _, _ := s.answers.stats(); return float64(n) }),
		counter("parley_answer_cache_hits_total", "Questions that had been answered before, at the same revision.", func() float64 { _, _, hits, _ := s.answers.stats(); return float64(hits) }),
		counter("parley_answer_cache_misses_total", "Questions that had not.", func() float64 { _, _, _, misses := s.answers.stats(); return float64(misses) }),
	)
}

// requested counts a request over HTTP.
func (m *metrics) requested(handler string, status int) {
	if status == http.StatusOK && handler == "graphql" {
		m.graphqlOK.Inc()
		return
	}
	m.requests.WithLabelValues(handler, strconv.Itoa(status)).Inc()
}

// answered counts an answer. One without a duration is an event of a subscription.
func (m *metrics) answered(transport string, a *answer, took time.Duration) {
	operation, code := string(a.operation), a.code
	if operation == "" {
		operation = "none"
	}
	if code == "" {
		code = "OK"
	}
	usual := transport == "http" && a.operation == ast.Query
	if usual && a.code == "" {
		m.queryOK.Inc()
	} else {
		m.answers.WithLabelValues(transport, operation, code).Inc()
	}
	if took > 0 {
		duration := m.queryDuration
		if !usual {
			duration = m.duration.WithLabelValues(transport, operation)
		}
		duration.Observe(took.Seconds())
		m.cost.Observe(float64(a.cost))
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
