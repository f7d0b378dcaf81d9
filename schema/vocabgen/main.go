// Command vocabgen makes package vocab and the data dictionary from the SDL in the working directory.
//
//	vocabgen -out vocab/vocab.go -readme ../seed/README.md
//
// It is run by go generate in folder schema. The dictionary replaces what stands in the README between the two marker
// comments; the rest of that file is written by hand.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"sort"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("vocabgen: ")
	out := flag.String("out", "vocab/vocab.go", "write the Go source to `FILE`")
	readme := flag.String("readme", "../seed/README.md", "renew the data dictionary in `FILE`")
	flag.Parse()
	if err := run(*out, *readme); err != nil {
		log.Fatal(err)
	}
}

func run(out, readme string) error {
	schema, err := load(".")
	if err != nil {
		return err
	}
	voc, err := read(schema)
	if err != nil {
		return err
	}
	var src bytes.Buffer
	if err := goSource.Execute(&src, voc); err != nil {
		return err
	}
	code, err := format.Source(src.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(out, code, 0o644); err != nil {
		return err
	}
	old, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	text, err := replaceDictionary(old, voc)
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	return os.WriteFile(readme, text, 0o644)
}

// load parses and validates all *.graphqls of a folder, in the order of their names.
func load(dir string) (*ast.Schema, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.graphqls"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.graphqls here; run in folder schema", dir)
	}
	sort.Strings(files)
	var sources []*ast.Source
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		sources = append(sources, &ast.Source{Name: filepath.Base(f), Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		return nil, err
	}
	return schema, nil
}
