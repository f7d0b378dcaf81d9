package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCLI runs testdata/cli/*.txtar, one file a behaviour: the files of the archive are put in an empty folder, and each
// stanza "run: words" is a command line there. `parley` is the program; `ls` lists the folder, so that what was made can be
// seen, and what was not. NAME=value before it sets a variable; < FILE behind it is standard input.
func TestCLI(t *testing.T) {
	scripts(t, "testdata/cli/*.txtar", func(t *testing.T, a *txtar.Archive) {
		t.Parallel() // each line is a process of its own
		list, files := stanzas(t, a, "run")
		dir := t.TempDir()
		for _, f := range files {
			path := filepath.Join(dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range list {
			s.compare(t, runLine(t, dir, s.do))
		}
	})
}

// runLine runs a command line and returns its exit status and what it printed.
func runLine(t *testing.T, dir, line string) string {
	t.Helper()
	words := splitWords(line)
	var env []string
	for len(words) > 0 && strings.Contains(words[0], "=") {
		env, words = append(env, words[0]), words[1:]
	}
	stdin := ""
	if n := len(words); n > 2 && words[n-2] == "<" {
		stdin, words = words[n-1], words[:n-2]
	}
	switch words[0] {
	case "ls":
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range entries {
			fmt.Fprintln(&b, e.Name())
		}
		return b.String()
	case "parley":
	default:
		t.Fatalf("%s: no such command", words[0])
	}
	c := parley(dir, env, words[1:]...)
	if stdin != "" {
		text, err := os.ReadFile(filepath.Join(dir, stdin))
		if err != nil {
			t.Fatal(err)
		}
		c.Stdin = bytes.NewReader(text)
	}
	var stdout, stderr strings.Builder
	c.Stdout, c.Stderr = &stdout, &stderr
	got := fmt.Sprintf("status %d\n", status(t, c.Run()))
	if stdout.Len() > 0 {
		got += "stdout:\n" + stdout.String()
	}
	if stderr.Len() > 0 {
		got += "stderr:\n" + stderr.String()
	}
	return curatedCount.ReplaceAllString(got, "… curated quads")
}

// curatedCount is a number that goldens leave out: it grows with every fact that a curator adds.
var curatedCount = regexp.MustCompile(`[0-9,]+ curated quads`)

// splitWords splits at blanks outside of quotation marks.
func splitWords(line string) []string {
	var words []string
	quoted := false
	word, begun := "", false
	for _, r := range line {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case (r == ' ' || r == '\n') && !quoted:
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	return words
}
