package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/parleygraph/parley/graph/resolver"
)

// A documentList holds all documents that a server answers, by their ids and by their SHA-256. It does not change.
type documentList struct {
	byID map[string]string
}

// readDocuments reads the documents of a file, or of all files of a folder and those below it. A file NAME.graphql is one
// document with the id NAME. A file .json is a map from ids to documents, as Relay, Apollo and GraphQL Code Generator write it:
// {"ID": "query …"} or {"operations": [{"id": "ID", "body": "query …"}]}. Each document must be valid under the schema; the
// error names every one that is not.
func readDocuments(path string) (*documentList, error) {
	l := &documentList{byID: map[string]string{}}
	var problems []error
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		ext := filepath.Ext(name)
		if ext != ".graphql" && ext != ".gql" && ext != ".json" {
			if name == path {
				return fmt.Errorf("%s: want a folder, or a file .graphql or .json", name)
			}
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		documents := map[string]string{strings.TrimSuffix(filepath.Base(name), ext): string(text)}
		if ext == ".json" {
			if documents, err = parseManifest(text); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", name, err))
				return nil
			}
		}
		for id, text := range documents {
			if err := l.add(id, text); err != nil {
				problems = append(problems, fmt.Errorf("%s: document %q: %w", name, id, err))
			}
		}
		return nil
	})
	if err != nil {
		problems = append(problems, err)
	}
	if len(problems) == 0 && len(l.byID) == 0 {
		problems = append(problems, fmt.Errorf("%s: there is no document in it, so nothing would be answered", path))
	}
	return l, errors.Join(problems...)
}

func parseManifest(text []byte) (map[string]string, error) {
	var apollo struct {
		Operations []struct{ ID, Body string }
	}
	if json.Unmarshal(text, &apollo) == nil && apollo.Operations != nil {
		documents := map[string]string{}
		for _, o := range apollo.Operations {
			documents[o.ID] = o.Body
		}
		return documents, nil
	}
	var documents map[string]string
	if err := json.Unmarshal(text, &documents); err != nil {
		return nil, errors.New(`want {"ID": "query …"} or {"operations": [{"id": "ID", "body": "query …"}]}`)
	}
	return documents, nil
}

// add adds a valid document.
func (l *documentList) add(id, text string) error {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return err
	}
	if errs := validator.ValidateWithRules(resolver.New().Schema(), doc, rulesWithoutSuggestions()); len(errs) > 0 {
		return errs
	}
	for _, key := range []string{id, hashOf(text)} {
		if known, ok := l.byID[key]; ok && known != text {
			return errors.New("another document has the same id")
		}
		l.byID[key] = text
	}
	return nil
}

// find returns the listed document that params ask for, by id, by hash or by text; "" if there is none.
func (l *documentList) find(p *params) string {
	for _, key := range []string{strings.TrimPrefix(p.document, "sha256:"), p.hash()} {
		if key != "" {
			return l.byID[key]
		}
	}
	return l.byID[hashOf(p.query)]
}
