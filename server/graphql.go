package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
)

// revisionHeader names the state of the store that an answer was given from.
const revisionHeader = "Parley-Revision"

// newExecutor returns what answers the requests that guardRequest lets through. Each operation is answered from one view of g.
func newExecutor(g *graph.Graph, es graphql.ExecutableSchema, log *slog.Logger) http.Handler {
	s := handler.New(es)
	// No multipart: a form of another site could send it. No automatic persisted queries: they would let strangers fill a cache.
	s.AddTransport(transport.GET{})
	s.AddTransport(transport.POST{})
	s.Use(extension.Introspection{})
	s.SetQueryCache(documentCache{lru.New[*ast.QueryDocument](maxCachedDocuments)})
	s.SetParserTokenLimit(maxTokens)
	s.SetDisableSuggestion(true)
	s.SetValidationRulesFn(rulesWithoutSuggestions)

	s.SetErrorPresenter(resolver.Present(func(ctx context.Context, err error) {
		var caught *resolver.PanicError
		if !errors.As(err, &caught) { // those are logged where their stack is
			log.ErrorContext(ctx, "internal error", "operation", noteOf(ctx).operation(), "path", graphql.GetPath(ctx).String(), "error", err)
		}
	}))
	var panics atomic.Int64
	s.SetRecoverFunc(func(ctx context.Context, value any) error {
		noteOf(ctx).setCode(resolver.CodeInternal)
		log.ErrorContext(ctx, "panic", "operation", noteOf(ctx).operation(), "value", value, "since_start", panics.Add(1), "stack", string(debug.Stack()))
		return resolver.Recover(ctx, value)
	})
	s.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		v := g.View()
		n := noteOf(ctx)
		n.setOperation(graphql.GetOperationContext(ctx).Operation.Name)
		n.setHeader(revisionHeader, v.Revision())
		return closing(v, answerInTime(next(resolver.WithView(ctx, v))))
	})
	s.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		response := next(ctx)
		if response != nil && len(response.Errors) > 0 {
			code, _ := response.Errors[0].Extensions["code"].(string)
			noteOf(ctx).setCode(code)
		}
		return response
	})
	return s
}

// closing closes the view when the answer has been made: an operation has one answer, and all of it is in the response.
func closing(v *graph.View, answer graphql.ResponseHandler) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		defer v.Close()
		return answer(ctx)
	}
}

// rulesWithoutSuggestions returns the rules that documents must keep. A suggestion compares a wrong name with all others, and
// a document can have many wrong names. gqlgen's own setting leaves three rules that suggest.
func rulesWithoutSuggestions() *rules.Rules {
	set := rules.NewDefaultRules()
	for name, rule := range map[string]core.Rule{
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.RemoveRule(name)
		set.AddRule(rule.Name, rule.RuleFunc)
	}
	return set
}

// answerInTime makes an error of the answer that gqlgen leaves out if the request's time is over before it begins: its
// transports would write null.
func answerInTime(next graphql.ResponseHandler) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		if response := next(ctx); response != nil || ctx.Err() == nil {
			return response
		}
		err := resolver.Present(func(context.Context, error) {})(ctx, ctx.Err())
		noteOf(ctx).setCode(resolver.CodeTimeout)
		return &graphql.Response{Errors: gqlerror.List{err}}
	}
}

// A documentCache keeps parsed documents that are short enough; see maxCachedDocument.
type documentCache struct {
	graphql.Cache[*ast.QueryDocument]
}

func (c documentCache) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	if len(text) <= maxCachedDocument {
		c.Cache.Add(ctx, text, doc)
	}
}
