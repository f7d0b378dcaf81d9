package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/direct"
	"github.com/parleygraph/parley/graph/resolver"
)

const (
	codeBadUserInput = resolver.CodeBadUserInput

	// codePersistedNotFound is the protocol's own, of automatic persisted queries: the client then sends the document.
	codePersistedNotFound = "PERSISTED_QUERY_NOT_FOUND"
)

// An answer is what a question got, ready to be sent.
type answer struct {
	body      []byte // {"errors": […], "data": …, "extensions": {"cost": …}}, each part if it is there
	hasData   bool   // it was executed: there is a data entry, if only null
	code      string // of the first error; "" if there is none
	status    int    // the HTTP status if the media type does not decide; 0 if it does
	operation ast.Operation
	name      string // of the operation
	document  string // the SHA-256 of a query that was executed, "" of all else
	cost      int
	revision  string // of the store that it was answered from; "" if it was not executed

	kept *keptAnswer // itself in the cache, nil if it was not meant to be kept
}

// An answerer gives the one answer of a query or a mutation. It is the one way from a question to its answer, whatever
// transport it came by; whatever answers faster than gqlgen, or keeps answers, stands around it. It never returns nil, and
// does not panic. Nobody changes an answer: others may get the same one.
type answerer func(ctx context.Context, p *params) *answer

// A service answers questions from a graph. It may be used by many goroutines at once.
type service struct {
	config    Config
	graph     *graph.Graph
	log       *slog.Logger
	exec      *executor.Executor
	costs     *costs
	documents *documentCache
	answers   *answerCache
	slots     chan struct{} // one element an execution under way
	waiting   atomic.Int64
	panics    atomic.Int64
	internal  func(ctx context.Context, err error)
	metrics   *metrics
	answer    answerer
}

func newService(c Config, g *graph.Graph, es graphql.ExecutableSchema, log *slog.Logger, m *metrics) *service {
	s := &service{
		config: c, graph: g, log: log, exec: executor.New(es), costs: newCosts(es.Schema()), metrics: m,
		documents: newDocumentCache(c.DocumentCache), answers: newAnswerCache(c.AnswerCache), slots: make(chan struct{}, c.MaxConcurrent),
	}
	s.internal = func(ctx context.Context, err error) {
		var caught *resolver.PanicError
		if !errors.As(err, &caught) { // those are logged where their stack is
			message := "internal error"
			if errors.Is(err, graph.ErrUnreachable) {
				message = "the store cannot be reached"
			}
			log.ErrorContext(ctx, message, "operation", noteOf(ctx).operation(), "path", graphql.GetPath(ctx).String(), "error", err)
		}
	}
	s.exec.Use(extension.Introspection{})
	if c.Traces != nil {
		s.exec.Use(operationTraces(c.Traces))
	}
	s.exec.SetQueryCache(s.documents)
	s.exec.SetParserTokenLimit(c.MaxTokens)
	s.exec.SetDisableSuggestion(true)
	s.exec.SetDefaultRulesFn(rulesWithoutSuggestions)
	s.exec.SetErrorPresenter(resolver.Present(s.internal))
	s.exec.SetRecoverFunc(s.recovered)
	s.answer = s.remember(s.execute)
	return s
}

// recovered logs a panic, counts it, and makes an error of it.
func (s *service) recovered(ctx context.Context, value any) error {
	noteOf(ctx).setCode(resolver.CodeInternal)
	s.metrics.panics.Inc()
	s.log.ErrorContext(ctx, "panic", "operation", noteOf(ctx).operation(), "value", value, "since_start", s.panics.Add(1), "stack", string(debug.Stack()))
	return resolver.Recover(ctx, value)
}

// An operation is what is left of params once it is known that they may be executed.
type operation struct {
	*graphql.OperationContext
	document string // its SHA-256
	cost     int
}

// prepare finds out what params ask and whether that may be executed: document, guard, validation, variables, cost. It returns
// the operation or the answer that refuses it.
func (s *service) prepare(ctx context.Context, p *params) (*operation, *answer) {
	query, refused := s.document(p)
	if refused != nil {
		return nil, refused
	}
	n := noteOf(ctx)
	var hash string
	if kept := s.documents.find(query); kept != nil {
		hash = kept.hash
		n.setDocument(hash)
	} else {
		hash = hashOf(query)
		n.setDocument(hash)
		if problem := s.config.guard(query); problem != nil {
			return nil, s.refuse(ctx, 0, problem)
		}
	}
	raw := &graphql.RawParams{Query: query, OperationName: p.operationName, Headers: p.header}
	if raw.Variables = p.values; raw.Variables == nil && p.variables != nil {
		if values, depth := countJSON(p.variables, s.config.MaxValues, s.config.MaxDepth); values > s.config.MaxValues {
			return nil, s.refuse(ctx, 0, tooComplex("the variables hold more than %d values; ask for less at once", s.config.MaxValues))
		} else if depth > s.config.MaxDepth {
			return nil, s.refuse(ctx, 0, tooComplex("values in the variables nest deeper than %d", s.config.MaxDepth))
		}
		var err error
		if raw.Variables, err = readValues(p.variables); err != nil {
			return nil, s.refuse(ctx, 0, userError("the variables could not be read"))
		}
	}
	oc, errs := s.exec.CreateOperationContext(graphql.StartOperationTrace(ctx), raw)
	if len(errs) > 0 {
		return nil, s.refuse(ctx, 0, errs...)
	}
	op := &operation{oc, hash, s.costs.of(oc.Operation, oc.Variables)}
	n.setOperation(oc.Operation.Name)
	n.setCost(op.cost)
	if op.cost > s.config.MaxCost {
		return nil, s.refuse(ctx, op.cost, tooComplex("the answer would cost %d, and %d is allowed; ask for fewer rows, or for less of each", op.cost, s.config.MaxCost))
	}
	if p.hash() != "" && p.query != "" && s.config.Documents == nil {
		s.documents.register(query)
	}
	return op, nil
}

// prepareMasked is prepare for transports that stream; it does not panic.
func (s *service) prepareMasked(ctx context.Context, p *params) (_ *operation, refused *answer) {
	defer s.masked(ctx, &refused)
	return s.prepare(ctx, p)
}

// document returns the text of the document that params ask for.
func (s *service) document(p *params) (string, *answer) {
	hash := p.hash()
	switch {
	case s.config.Documents != nil:
		if text := s.config.Documents.find(p); text != "" {
			return text, nil
		}
		return "", s.refuseAs(http.StatusForbidden, resolver.CodeForbidden, "this server answers the documents of its list only, and this is none of them")
	case p.query != "" && hash != "" && hashOf(p.query) != hash:
		return "", s.refuseAs(http.StatusBadRequest, codeBadUserInput, "extensions.persistedQuery.sha256Hash is not the SHA-256 of the query")
	case p.query != "":
		return p.query, nil
	case hash != "":
		if text := s.documents.registered(hash); text != "" {
			return text, nil
		}
		return "", s.refuseAs(0, codePersistedNotFound, "PersistedQueryNotFound")
	}
	return "", s.refuseAs(http.StatusNotFound, resolver.CodeNotFound, "documentId: this server keeps no list of documents; send the query")
}

func userError(format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": codeBadUserInput}}
}

// refuse answers what is not executed.
func (s *service) refuse(ctx context.Context, cost int, errs ...*gqlerror.Error) *answer {
	if len(errs) > maxErrors {
		errs = errs[:maxErrors]
	}
	list := make(gqlerror.List, len(errs))
	for i, err := range errs {
		list[i] = err
		switch code, _ := err.Extensions["code"].(string); code {
		case "", errcode.ParseFailed, errcode.ValidationFailed: // gqlgen's; all others are ours already
			list[i] = resolver.Present(s.internal)(ctx, err)
		}
	}
	return newAnswer(&graphql.Response{Errors: list}, cost)
}

func (s *service) refuseAs(status int, code, message string) *answer {
	a := newAnswer(&graphql.Response{Errors: gqlerror.List{{Message: message, Extensions: map[string]any{"code": code}}}}, 0)
	a.status = status
	return a
}

// execute is the answerer that is gqlgen.
func (s *service) execute(ctx context.Context, p *params) (a *answer) {
	defer s.masked(ctx, &a)
	op, refused := s.prepare(ctx, p)
	switch {
	case p.readOnly && (refused != nil && s.config.guard(p.query) == nil && mutates(p) || refused == nil && op.Operation.Operation == ast.Mutation):
		a := s.refuseAs(http.StatusMethodNotAllowed, codeBadUserInput, "a mutation must be sent by POST")
		a.operation = ast.Mutation
		return a
	case refused != nil:
		return refused
	case op.Operation.Operation == ast.Subscription:
		return s.refuseAs(http.StatusBadRequest, codeBadUserInput, "subscribe over WebSocket, or with Accept: text/event-stream")
	}
	release, refused := s.slot(ctx)
	if refused != nil {
		return refused
	}
	defer release()

	v := s.graph.View()
	defer v.Close()
	if !strings.Contains(op.RawQuery, "ursor") { // the fields are cursor, startCursor and endCursor, and whoever asks for them writes them down
		v.OmitCursors()
	}
	ctx = graphql.StartOperationTrace(resolver.WithLedger(resolver.WithView(ctx, v), s.config.Ledger))
	responses, ctx := s.exec.DispatchOperation(ctx, op.OperationContext)
	response := responses(ctx)
	if response == nil { // gqlgen says nothing if the time was over before it began
		return s.timedOut(ctx, op)
	}
	a = newAnswer(response, op.cost)
	direct.Release(response.Data)
	a.operation, a.name, a.document, a.revision = op.Operation.Operation, op.Operation.Name, op.document, v.Newest()
	return a
}

// mutates reports whether params that were refused asked for a mutation: one that is wrong must not come by GET either. The
// guard has let the document through.
func mutates(p *params) bool {
	doc, err := parser.ParseQuery(&ast.Source{Input: p.query})
	if err != nil {
		return false
	}
	op := doc.Operations.ForName(p.operationName)
	return op != nil && op.Operation == ast.Mutation
}

// timedOut answers an operation that was not begun in time.
func (s *service) timedOut(ctx context.Context, op *operation) *answer {
	a := s.refuse(ctx, op.cost, resolver.Present(s.internal)(ctx, context.DeadlineExceeded))
	a.operation = op.Operation.Operation
	return a
}

// masked turns a panic outside of resolvers into an answer that says nothing of it.
func (s *service) masked(ctx context.Context, a **answer) {
	if value := recover(); value != nil {
		*a = s.refuse(ctx, 0, resolver.Present(s.internal)(ctx, s.recovered(ctx, value)))
		(*a).status = http.StatusInternalServerError
	}
}

// slot waits for a place among the executions under way, for at most as long as ctx allows. If too many wait already it does
// not. The caller calls release when it is done.
func (s *service) slot(ctx context.Context) (release func(), refused *answer) {
	release = func() {
		<-s.slots
		s.metrics.inFlight.Dec()
	}
	select {
	case s.slots <- struct{}{}:
		s.metrics.inFlight.Inc()
		return release, nil
	default:
	}
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) <= int64(16*cap(s.slots)) {
		select {
		case s.slots <- struct{}{}:
			s.metrics.inFlight.Inc()
			return release, nil
		case <-ctx.Done():
		}
	}
	return nil, s.refuseAs(http.StatusServiceUnavailable, resolver.CodeTimeout, "the server is busy; ask again in a moment")
}

// A stream gives the answers of a subscription, one by one; nil is its end.
type stream func(ctx context.Context) *answer

// subscribe begins a subscription, or returns the answer that refuses it. It has ended when ctx is done or the stream has given
// nil; the caller calls end then, when nothing asks the stream any more. The context of a subscription has no view: what happens later
// is not in a view of now.
func (s *service) subscribe(ctx context.Context, op *operation) (_ stream, end func(), refused *answer) {
	ctx, cancel := context.WithCancel(ctx)
	ctx, running := resolver.WithStream(ctx, s.graph)
	end = func() {
		cancel()
		running.Close()
	}
	defer func() {
		if refused != nil {
			end()
		}
	}()
	defer s.masked(ctx, &refused)
	ctx = graphql.StartOperationTrace(ctx)
	responses, ctx := s.exec.DispatchOperation(ctx, op.OperationContext)
	return func(context.Context) (a *answer) {
		defer s.masked(ctx, &a)
		response := responses(ctx)
		if response == nil {
			return nil
		}
		a = newAnswer(response, op.cost)
		a.operation = ast.Subscription
		return a
	}, end, nil
}

// newAnswer writes a response down. The data is JSON already, and is copied as it is.
func newAnswer(r *graphql.Response, cost int) *answer {
	a := &answer{hasData: r.Data != nil, cost: cost}
	var b bytes.Buffer
	b.Grow(len(r.Data) + 64)
	b.WriteByte('{')
	if len(r.Errors) > 0 {
		if len(r.Errors) > maxErrors {
			r.Errors = r.Errors[:maxErrors]
		}
		a.code, _ = r.Errors[0].Extensions["code"].(string)
		b.WriteString(`"errors":`)
		b.Write(mustMarshal(r.Errors))
		b.WriteByte(',')
	}
	if a.hasData {
		b.WriteString(`"data":`)
		b.Write(r.Data)
		b.WriteByte(',')
	}
	b.WriteString(`"extensions":{"cost":`)
	b.WriteString(strconv.Itoa(cost))
	for name, value := range r.Extensions {
		b.WriteByte(',')
		b.Write(mustMarshal(name))
		b.WriteByte(':')
		b.Write(mustMarshal(value))
	}
	b.WriteString("}}")
	a.body = b.Bytes()
	return a
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // errors and extensions are made here, of what can be marshalled
	}
	return text
}

// rulesWithoutSuggestions returns the rules that documents must keep. A suggestion compares a wrong name with all others, and
// a document can have many wrong names. gqlgen's own setting leaves three rules that suggest.
func rulesWithoutSuggestions() *rules.Rules {
	set := rules.NewDefaultRules()
	for _, r := range []struct{ old, instead core.Rule }{
		{rules.KnownArgumentNamesRule, rules.KnownArgumentNamesRuleWithoutSuggestions},
		{rules.KnownTypeNamesRule, rules.KnownTypeNamesRuleWithoutSuggestions},
		{rules.ValuesOfCorrectTypeRule, rules.ValuesOfCorrectTypeRuleWithoutSuggestions},
	} {
		set.RemoveRule(r.old.Name)
		set.AddRule(r.instead.Name, r.instead.RuleFunc)
	}
	return set
}

// revision returns the store's.
func (s *service) revision() string {
	v := s.graph.View()
	defer v.Close()
	return v.Revision()
}

// observe counts an answer that was begun at start; an event of a subscription has no start.
func (s *service) observe(transport string, a *answer, start time.Time) {
	took := time.Duration(0)
	if !start.IsZero() {
		took = time.Since(start)
	}
	s.metrics.answered(transport, a, took)
}
