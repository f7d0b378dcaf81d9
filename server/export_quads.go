package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// exportNQuads writes N-Quads, by subject.
func exportNQuads(ctx context.Context, x *exporter, w io.Writer) error {
	var line []byte
	return x.quads(ctx, store.Pattern{}, func(q store.Quad) error {
		line = line[:0]
		for _, t := range []store.Term{q.Subject, q.Predicate, q.Object, q.Label} {
			if t != nil {
				line = append(store.AppendTerm(line, t), ' ')
			}
		}
		_, err := w.Write(append(line, ".\n"...))
		return err
	})
}

// exportJSONLD writes an array of named graphs, each a part of what a claim says: of one subject. Those of one name are one graph to who reads
// it. In expanded form nothing has to be looked up, and no name can be taken for another.
func exportJSONLD(ctx context.Context, x *exporter, w io.Writer) error {
	if _, err := io.WriteString(w, "["); err != nil {
		return err
	}
	between := "\n"
	write := func(v any) error {
		text, err := json.Marshal(v)
		if err == nil {
			_, err = io.WriteString(w, between+string(text))
		}
		between = ",\n"
		return err
	}
	var of []store.Quad // of one subject
	flush := func() error {
		for len(of) > 0 {
			label, left := of[0].Label, of[:0:0]
			node := map[string]any{"@id": jsonldID(of[0].Subject)}
			for _, q := range of {
				if q.Label != label {
					left = append(left, q)
					continue
				}
				p, object := store.Text(q.Predicate), jsonldObject(q.Object)
				if id, ok := object["@id"]; ok && p == vocab.RdfType {
					list, _ := node["@type"].([]any)
					node["@type"] = append(list, id)
					continue
				}
				list, _ := node[p].([]any)
				node[p] = append(list, object)
			}
			of = left
			var err error
			if label == nil {
				err = write(node)
			} else {
				err = write(map[string]any{"@id": jsonldID(label), "@graph": []any{node}})
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := x.quads(ctx, store.Pattern{}, func(q store.Quad) error {
		if len(of) > 0 && of[0].Subject != q.Subject {
			if err := flush(); err != nil {
				return err
			}
		}
		of = append(of, q)
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

func jsonldID(t store.Term) string {
	if b, ok := t.(store.BlankNode); ok {
		return "_:" + string(b)
	}
	return store.Text(t)
}

func jsonldObject(t store.Term) map[string]any {
	switch x := t.(type) {
	case store.IRI, store.BlankNode:
		return map[string]any{"@id": jsonldID(t)}
	case store.LangString:
		return map[string]any{"@value": string(x.Value), "@language": x.Lang}
	case store.TypedString:
		return map[string]any{"@value": string(x.Value), "@type": string(x.Type)}
	}
	return map[string]any{"@value": store.Text(t)}
}
