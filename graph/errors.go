package graph

import (
	"errors"
	"fmt"

	"github.com/parleygraph/parley/graph/store"
)

// What can be wrong with a question. Errors of this package that wrap none of these, nor what may pass, are the program's own fault or the end
// of its context.
var (
	// ErrInvalidArgument says that an argument is not what it must be.
	ErrInvalidArgument = errors.New("invalid argument")
	// ErrNotFound says that an argument names something that does not exist.
	ErrNotFound = errors.New("not found")
)

// What may pass: whoever asks again in a moment may be answered.
var (
	// ErrUnreachable is [store.ErrUnreachable].
	ErrUnreachable = store.ErrUnreachable
	// ErrRefused is [store.ErrRefused].
	ErrRefused = store.ErrRefused
	// ErrOutdated is [store.ErrOutdated].
	ErrOutdated = store.ErrOutdated
	// ErrNoRevision is [store.ErrNoRevision].
	ErrNoRevision = store.ErrNoRevision
)

// An ArgumentError names the argument that is wrong, what is wrong with it, and what to do. It wraps [ErrInvalidArgument]
// or [ErrNotFound].
type ArgumentError struct {
	Argument string // as the caller wrote it, with the path to it: where.during.from
	Problem  string
	Kind     error
}

func (e *ArgumentError) Error() string { return e.Argument + ": " + e.Problem }

func (e *ArgumentError) Unwrap() error { return e.Kind }

func invalid(argument, format string, args ...any) error {
	return &ArgumentError{argument, fmt.Sprintf(format, args...), ErrInvalidArgument}
}

func notFound(argument, format string, args ...any) error {
	return &ArgumentError{argument, fmt.Sprintf(format, args...), ErrNotFound}
}
