package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

var versionCommand = command{
	name:    "version",
	short:   "say which build this is",
	long:    `Prints the version, the commit that it was built from, and the Go version. A program that go run made knows no commit.`,
	example: "parley version",
	flags:   func(*flags) func(context.Context, *program, []string) error { return version },
}

func version(_ context.Context, p *program, args []string) error {
	if len(args) > 0 {
		return usagef("it takes no arguments, and got %q", args[0])
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: "unknown Go"}
	}
	fmt.Fprintln(p.stdout, versionText(info))
	return nil
}

// versionText puts what is known of a build in a line.
func versionText(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := "parley"
	if v := info.Main.Version; v != "" {
		text += " " + v
	}
	if commit := settings["vcs.revision"]; commit != "" {
		text += ", commit " + commit
		if settings["vcs.modified"] == "true" {
			text += " with changes"
		}
		if at := settings["vcs.time"]; at != "" {
			text += " of " + at
		}
	}
	return text + ", " + info.GoVersion
}
