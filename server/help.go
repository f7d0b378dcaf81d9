package main

import (
	"fmt"
	"io"
	"strings"
)

// help prints what the program can do, or what one command does.
func (p *program) help(args []string) int {
	if len(args) > 0 {
		c, ok := findCommand(args[0])
		if !ok {
			return p.fail("", usagef("there is no command %q; see parley help", args[0]))
		}
		p.helpOf(c)
		return exitOK
	}
	w := p.stdout
	fmt.Fprint(w, "Parley knows who talked to whom, when, and who says so.\n\nUsage: parley [command] [flags] [arguments]\n\n")
	for i, c := range commands() {
		short := c.short
		if i == 0 {
			short += " (if no command is given)"
		}
		fmt.Fprintf(w, "  %-10s %s\n", c.name, short)
	}
	fmt.Fprintf(w, "  %-10s %s\n\n", "help", "say more about a command: parley help serve")
	fmt.Fprint(w, "From the source: go run ./server [command] …\n\n")
	helpExit(w)
	return exitOK
}

// helpOf prints what a command does, its flags, an example, and what its exit statuses mean.
func (p *program) helpOf(c command) {
	w := p.stdout
	fmt.Fprintf(w, "Usage: parley %s\n\n%s\n", strings.TrimRight(c.name+" [flags] "+c.args, " "), c.long)
	f := newFlags(c.name, p.getenv)
	c.flags(f)
	if len(f.list) > 0 {
		fmt.Fprint(w, "\nFlags, each with the variable that sets it too; a flag beats a variable, a variable the default:\n\n")
		for _, x := range f.list {
			fmt.Fprintf(w, "  %s\n      %s\n      default %s; variable %s\n", x.spelling(), x.usage, x.defaultText(), x.variable())
		}
	}
	fmt.Fprintf(w, "\nExample:\n\n  %s\n\n", c.example)
	helpExit(w)
}

func helpExit(w io.Writer) {
	fmt.Fprint(w, "Exit status: 0 it worked, 1 it failed, 2 it was called wrongly. Errors are on standard error, one a line.\n")
}
