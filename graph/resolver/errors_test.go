package resolver

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/parleygraph/parley/graph"
)

func TestPresent(t *testing.T) {
	type want struct {
		message    string
		extensions map[string]any
		logged     bool
	}
	argument := &graph.ArgumentError{Argument: "where.during.from", Problem: "no date", Kind: graph.ErrInvalidArgument}
	missing := &graph.ArgumentError{Argument: "of", Problem: "no such actor", Kind: graph.ErrNotFound}
	for _, c := range []struct {
		name string
		err  error
		want want
	}{
		{"argument", argument, want{"where.during.from: no date", map[string]any{"code": CodeBadUserInput, "argument": "where.during.from"}, false}},
		{"argument, wrapped by gqlgen", &gqlerror.Error{Err: argument, Message: argument.Error()}, want{"where.during.from: no date", map[string]any{"code": CodeBadUserInput, "argument": "where.during.from"}, false}},
		{"not found", fmt.Errorf("contacts: %w", missing), want{"of: no such actor", map[string]any{"code": CodeNotFound, "argument": "of"}, false}},
		{"read only", errReadOnly, want{errReadOnly.Error(), map[string]any{"code": CodeForbidden}, false}},
		{"nobody", errNobody, want{errNobody.Error(), map[string]any{"code": CodeUnauthenticated}, false}},
		{"deadline", fmt.Errorf("read 3 records: %w", context.DeadlineExceeded), want{"the answer was not ready in time; ask for less", map[string]any{"code": CodeTimeout}, false}},
		{"cancelled", context.Canceled, want{"the request was cancelled", map[string]any{"code": CodeTimeout}, false}},
		{"unreachable", fmt.Errorf("read: %w: dial tcp 10.0.0.1:5432, user secret: %w", graph.ErrUnreachable, context.DeadlineExceeded),
			want{"the store cannot be reached; ask again in a moment", map[string]any{"code": CodeTimeout}, true}},
		{"refused", fmt.Errorf("write: %w: ERROR: no space left on /secret: %w", graph.ErrUnreachable, graph.ErrRefused),
			want{"the store did not take it, and nothing was recorded; ask again in a moment", map[string]any{"code": CodeTimeout}, true}},
		{"outdated", fmt.Errorf("read 3 records: %w", graph.ErrOutdated), want{"the state that this was answered from is gone; ask again", map[string]any{"code": CodeTimeout}, false}},
		{"document", &gqlerror.Error{Message: `Cannot query field "x"`, Rule: "FieldsOnCorrectType"}, want{`Cannot query field "x"`, map[string]any{"code": CodeBadUserInput}, false}},
		{"variable", &gqlerror.Error{Message: "must be defined", Rule: "Variables", Path: ast.Path{ast.PathName("variable"), ast.PathName("where"), ast.PathName("actor")}},
			want{"$where.actor: must be defined", map[string]any{"code": CodeBadUserInput, "argument": "$where.actor"}, false}},
		{"unknown", errors.New("open /var/secret: permission denied"), want{"internal error", map[string]any{"code": CodeInternal}, true}},
		{"unknown, wrapped by gqlgen", &gqlerror.Error{Err: errors.New("secret"), Message: "secret"}, want{"internal error", map[string]any{"code": CodeInternal}, true}},
		{"unknown, made by gqlgen", &gqlerror.Error{Message: "must not be null"}, want{"internal error", map[string]any{"code": CodeInternal}, true}},
		{"panic", &PanicError{"secret"}, want{"internal error", map[string]any{"code": CodeInternal}, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			logged := false
			got := Present(func(_ context.Context, err error) { logged = errors.Is(err, c.err) })(t.Context(), c.err)
			if diff := cmp.Diff(c.want, want{got.Message, got.Extensions, logged}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("Present(%v) differs (-want +got):\n%s", c.err, diff)
			}
			if got.Err != nil {
				t.Errorf("the answer keeps the error %v, which could leak", got.Err)
			}
		})
	}
}

func TestViewMissing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a context without a view must panic: it is the program's own mistake")
		}
	}()
	view(t.Context())
}
