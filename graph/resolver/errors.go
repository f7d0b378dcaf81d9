package resolver

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/parleygraph/parley/graph"
)

// The codes that errors carry in extensions.code. This is the one table:
//
//	BAD_USER_INPUT   the document or an argument is wrong; extensions.argument names the argument
//	NOT_FOUND        an argument names something that does not exist; extensions.argument names the argument
//	UNAUTHENTICATED  who may do this must say who they are, and did not
//	FORBIDDEN        whoever asks may not do this
//	CONFLICT         it does not go together with what is recorded
//	TOO_COMPLEX      it would take too much; nothing was done
//	TIMEOUT          the answer was not ready in time, the server had no time to begin it, or its store cannot be reached: try again
//	INTERNAL         the program's own fault; the message says nothing, the log has it
//
// Beside these, the protocol of automatic persisted queries has PERSISTED_QUERY_NOT_FOUND, which asks the client to send the
// document.
const (
	CodeBadUserInput    = "BAD_USER_INPUT"
	CodeNotFound        = "NOT_FOUND"
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeForbidden       = "FORBIDDEN"
	CodeConflict        = "CONFLICT"
	CodeTooComplex      = "TOO_COMPLEX"
	CodeTimeout         = "TIMEOUT"
	CodeInternal        = "INTERNAL"
)

// Present turns an error into what a client may see. Each error that is the program's own fault, or its store's, is given to
// internal, which must not be nil, and leaves nothing of itself in the answer.
func Present(internal func(ctx context.Context, err error)) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var argument *graph.ArgumentError
		var parsed *gqlerror.Error
		switch {
		case errors.As(err, &argument):
			code := CodeBadUserInput
			if errors.Is(argument, graph.ErrNotFound) {
				code = CodeNotFound
			}
			return answer(ctx, err, argument.Error(), map[string]any{"code": code, "argument": argument.Argument})
		case errors.Is(err, errReadOnly):
			return answer(ctx, err, errReadOnly.Error(), map[string]any{"code": CodeForbidden})
		case errors.Is(err, errNobody):
			return answer(ctx, err, errNobody.Error(), map[string]any{"code": CodeUnauthenticated})
		case errors.Is(err, graph.ErrUnreachable):
			internal(ctx, err) // for the operator
			message := "the store cannot be reached; ask again in a moment"
			if errors.Is(err, graph.ErrRefused) {
				message = "the store did not take it, and nothing was recorded; ask again in a moment"
			} else if writes(ctx) {
				message += "; it may have been recorded: the same clientKey records nothing twice"
			}
			return answer(ctx, err, message, map[string]any{"code": CodeTimeout})
		case errors.Is(err, graph.ErrOutdated):
			return answer(ctx, err, "the state that this was answered from is gone; ask again", map[string]any{"code": CodeTimeout})
		case errors.Is(err, context.DeadlineExceeded):
			return answer(ctx, err, "the answer was not ready in time; ask for less", map[string]any{"code": CodeTimeout})
		case errors.Is(err, context.Canceled):
			return answer(ctx, err, "the request was cancelled", map[string]any{"code": CodeTimeout})
		case errors.As(err, &parsed) && parsed.Err == nil && byDocument(parsed):
			parsed.Extensions = map[string]any{"code": CodeBadUserInput}
			if name := variable(parsed.Path); name != "" {
				parsed.Message = name + ": " + parsed.Message
				parsed.Extensions["argument"] = name
			}
			return parsed
		}
		internal(ctx, err)
		return answer(ctx, err, "internal error", map[string]any{"code": CodeInternal})
	}
}

// writes reports whether an operation is a mutation.
func writes(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) {
		return false
	}
	op := graphql.GetOperationContext(ctx).Operation
	return op != nil && op.Operation == ast.Mutation
}

// byDocument reports whether an error is one of parsing or validating the document or its variables, which gqlgen makes
// itself and whose text is meant for the client.
func byDocument(err *gqlerror.Error) bool {
	code, _ := err.Extensions["code"].(string)
	return err.Rule != "" || code == errcode.ParseFailed || code == errcode.ValidationFailed
}

// variable returns the name of the variable that a path of gqlparser's leads to, $where.during.from; "" for other paths.
func variable(path ast.Path) string {
	if len(path) < 2 || path[0] != ast.PathName("variable") {
		return ""
	}
	return "$" + strings.TrimPrefix(path.String(), "variable.")
}

// answer keeps the place in the document and the path in the answer that gqlgen knows.
func answer(ctx context.Context, err error, message string, extensions map[string]any) *gqlerror.Error {
	out := &gqlerror.Error{Message: message, Extensions: extensions, Path: graphql.GetPath(ctx)}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		out.Locations = located.Locations
		if located.Path != nil {
			out.Path = located.Path
		}
	}
	if fc := graphql.GetFieldContext(ctx); fc != nil && fc.Field.Field != nil && fc.Field.Position != nil && out.Locations == nil {
		out.Locations = []gqlerror.Location{{Line: fc.Field.Position.Line, Column: fc.Field.Position.Column}}
	}
	return out
}

// Recover turns a panic into an error that says where it came from, for the log alone.
func Recover(ctx context.Context, p any) error { return &PanicError{p} }

// A PanicError is a panic that was caught.
type PanicError struct{ Value any }

func (e *PanicError) Error() string { return "panic in a resolver" }
