package main

import (
	"context"
	"fmt"
	"os"
)

var tokenCommand = command{
	name:  "token",
	args:  "NAME",
	short: "make a token by which somebody may write",
	long: `Makes a random token and prints it, once: it is kept nowhere, so give it to whom it is for. NAME is under what it records: a
person, a desk, a program. Beside it prints the line for the file that serve -writers reads, or, with -writers, adds it to
that file, which it makes if it is not there, for its owner's eyes. The line holds a hash from which nobody finds the token. To
take a token back, delete its line and start the server again.`,
	example: "parley token -writers writers.txt 'Night desk'",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		var file textFlag
		f.define(&file, "writers", "FILE", "the file to add the line to")
		return func(_ context.Context, p *program, args []string) error {
			if len(args) != 1 {
				return usagef("want one name, and got %d", len(args))
			}
			if err := checkWriterName(args[0]); err != nil {
				return usageError{err}
			}
			token, hash := newToken()
			line := writer{args[0], hash}.line()
			if file != "" {
				if err := appendLine(string(file), line); err != nil {
					return err
				}
				fmt.Fprintln(p.stdout, token)
				return nil
			}
			fmt.Fprintf(p.stdout, "token  %s\nline   %s\n", token, line)
			return nil
		}
	},
}

// appendLine adds a line to a file, behind the end of the one before.
func appendLine(path, line string) error {
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if n := len(before); n > 0 && before[n-1] != '\n' {
		line = "\n" + line
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
