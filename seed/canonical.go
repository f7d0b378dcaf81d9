package seed

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// Canonical returns quads in the one layout that curated files have, so that a change of data is a change of those lines:
//
//   - first the header: comment lines, each beginning with "#"; a "#" and a blank are put before any that does not;
//   - then the records, each with an empty line before it (the very first line is never empty), sorted by subject;
//   - in a record one quad a line: rdf:type first, then by predicate, object and label, each as store.CompareTerms sorts.
//
// A quad that comes twice is written once. Canonical of what the text says is the same text again.
func Canonical(header string, quads []store.Quad) []byte {
	quads = slices.Clone(quads)
	slices.SortFunc(quads, func(a, b store.Quad) int {
		return cmp.Or(store.CompareTerms(a.Subject, b.Subject), cmp.Compare(notType(a), notType(b)), store.CompareQuads(a, b))
	})
	var b []byte
	for line := range strings.Lines(header) {
		line = strings.TrimRight(line, "\r\n \t")
		if line != "" && !strings.HasPrefix(line, "#") {
			line = "# " + line
		}
		if line != "" {
			b = append(append(b, line...), '\n')
		}
	}
	for i, q := range quads {
		switch {
		case i > 0 && q == quads[i-1]:
			continue
		case i > 0 && q.Subject == quads[i-1].Subject:
		case len(b) > 0:
			b = append(b, '\n')
		}
		b = store.AppendQuad(b, q)
	}
	return b
}

func notType(q store.Quad) int {
	if q.Predicate == store.IRI(vocab.RdfType) {
		return 0
	}
	return 1
}

// Header returns the comment lines that a file begins with.
func Header(data []byte) string {
	end := 0
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(line, []byte("#")) {
			break
		}
		end += len(line)
	}
	return string(data[:end])
}
