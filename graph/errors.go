package graph

import (
	"errors"
	"fmt"
)

// What can be wrong with a question. Errors of this package that wrap none of these are the program's own fault or the end
// of its context.
var (
	// ErrInvalidArgument says that an argument is not what it must be.
	ErrInvalidArgument = errors.New("invalid argument")
	// ErrNotFound says that an argument names something that does not exist.
	ErrNotFound = errors.New("not found")
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
