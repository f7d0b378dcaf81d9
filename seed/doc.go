// Package seed is what is said: the curated quads, and the way in for them and for any others.
//
// A tour, from the bottom up: [Files] are the curated quads, data/*.nq, one topic a file. [Lint] holds files against the
// vocabulary and the rules of curation and gives every [Problem] at once, each under a [Rule]. [Known] is what files may
// refer to without holding it. [Canonical] is the one layout that a set of quads has as text. [ReadFiles] takes files from
// disk, and [Load] puts files without problems into a store.
//
// The package knows the terms of graph/store, the dates of graph/edtf and the table of schema/vocab. It must not know
// package graph: what answers questions has no say in what may be said.
package seed

import (
	"embed"
	"path"
)

//go:embed data/*.nq
var data embed.FS

// A File is N-Quads under a name.
type File struct {
	Name string // as problems name it: data/people.nq, or a path on disk
	Data []byte
}

// Files returns the curated files by name.
func Files() []File {
	entries, err := data.ReadDir("data")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	files := make([]File, len(entries))
	for i, e := range entries {
		name := path.Join("data", e.Name())
		text, err := data.ReadFile(name)
		if err != nil {
			panic(err)
		}
		files[i] = File{Name: name, Data: text}
	}
	return files
}
