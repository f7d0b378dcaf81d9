// Package main is the program: it serves the graph over HTTP, and it is the command line for what is done to a store from a
// shell. `go run ./server help` says what it can do.
//
// A tour, from the outside in:
//
//   - main.go finds the command, flags.go reads its flags and their environment twins, and one file a command does it: serve.go,
//     load.go and import.go (both by load_bulk.go), lint.go, check.go, backup.go (restore too), copy.go, export.go, contacts.go, token.go,
//     version.go. Commands get their streams and environment from [program], so that tests run them as they are.
//   - handler.go is everything that HTTP reaches; it needs no listener. transport.go takes GraphQL requests (params.go reads them,
//     websocket.go and sse.go stream), answer.go answers them, documents.go keeps what was parsed; guard.go, cost.go and
//     limits.go say how large anything may be, and why. log.go and metrics.go tell operators.
//   - writers.go knows who may write, by tokens; rules.go holds what they write against the rules of lint.
//   - picture.go answers /graph.json, picture_json.go and picture_xml.go write its formats.
//   - playground.go serves the page in playground/ and the example questions in playground/examples/.
//
// This package knows all the others. None knows it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// A program is what a command may touch of the world around it.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) (string, bool)
}

// A command is what the program can be told to do.
type command struct {
	name  string
	args  string // as usage shows them
	short string // one line, for the list of commands
	long  string // paragraphs: what it does, what it leaves alone
	// example is one line to type.
	example string
	// flags defines the command's flags and returns what runs it with the remaining arguments.
	flags func(*flags) func(ctx context.Context, p *program, args []string) error
}

// commands returns all of them, in the order in which help shows them. The first is the default.
func commands() []command {
	return []command{serveCommand, loadCommand, importCommand, lintCommand, checkCommand, backupCommand, restoreCommand, copyCommand, exportCommand, contactsCommand, tokenCommand, versionCommand}
}

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// A usageError says that the command was called wrongly.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errReported ends a command that has already said on stderr, line by line, why it failed.
var errReported = errors.New("reported")

// run does what the arguments say and returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	name := commands()[0].name
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help" || args[0] == "help") {
		return p.help(args[1:])
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	c, ok := findCommand(name)
	if !ok {
		return p.fail("", usagef("there is no command %q; see parley help", name))
	}
	f := newFlags(c.name, p.getenv)
	do := c.flags(f)
	rest, err := f.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		p.helpOf(c)
		return exitOK
	}
	if err != nil {
		return p.fail(c.name, usageError{err})
	}
	return p.fail(c.name, do(ctx, p, rest))
}

func findCommand(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// fail prints an error, each of its lines on one of its own, and returns the exit status that it stands for.
func (p *program) fail(command string, err error) int {
	if err == nil {
		return exitOK
	}
	prefix := "parley: "
	if command != "" {
		prefix += command + ": "
	}
	var usage usageError
	wrongly := errors.As(err, &usage)
	if !errors.Is(err, errReported) {
		text := err.Error()
		if wrongly && command != "" {
			text += "; see parley help " + command
		}
		for line := range strings.Lines(text) {
			fmt.Fprintf(p.stderr, "%s%s\n", prefix, strings.TrimRight(line, "\n"))
		}
	}
	if wrongly {
		return exitUsage
	}
	return exitFailed
}

// report prints a line on stderr that is no error: a summary, a hint.
func (p *program) report(format string, args ...any) {
	fmt.Fprintf(p.stderr, "parley: "+format+"\n", args...)
}
