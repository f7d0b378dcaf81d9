package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

type exportFlags struct {
	store          storeFlags
	format, output textFlag
}

var exportCommand = command{
	name:  "export",
	short: "write all that a store knows in a format of other programs",
	long: `Writes the whole store to standard output, or to a file. All formats are written as the store is read, so that a store of any size
takes little memory:

  nquads   the quads, one a line; parley load reads them back
  jsonld   the quads as JSON-LD in expanded form, each claim a named graph
  csv      a row for each actor of each event: who, in which role, of what, when, by which claims and sources
  graphml  actors and events, and an edge for each role of an actor in an event: for Gephi, yEd, Cytoscape, igraph, NetworkX
  gexf     the same for Gephi
  ftm      FollowTheMoney entities, one a line: for Aleph and OpenSanctions' tools

nquads and jsonld lose nothing. The others show of each fact the value that is preferred. It only reads. A folder must not be
open in a server; servers on a database may go on, but what they record meanwhile may be in part of a format other than nquads, which is one state.`,
	example: "parley export -store ./parley-data -format graphml -o parley.graphml",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		e := &exportFlags{format: "nquads"}
		f.define(&e.format, "format", "nquads|jsonld|csv|graphml|gexf|ftm", "what to write")
		f.define(&e.output, "o", "FILE", "where to write; a name that ends in .gz or .zst compresses it, and a file that exists is not written over;\n"+
			"      standard output if not given")
		e.store.define(f, "DIR|postgres://…", storeUsage)
		return e.run
	},
}

// exportFormats are the ways to write a store.
var exportFormats = map[string]func(context.Context, *exporter, io.Writer) error{
	"nquads":  exportNQuads,
	"jsonld":  exportJSONLD,
	"csv":     exportCSV,
	"graphml": exportGraphML,
	"gexf":    exportGEXF,
	"ftm":     exportFTM,
}

func (e *exportFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if len(args) > 0 {
		return usagef("it takes no arguments, and got %q", args[0])
	}
	write, ok := exportFormats[string(e.format)]
	if !ok {
		return usagef("-format %s: want one of %s", e.format, strings.Join(slices.Sorted(maps.Keys(exportFormats)), ", "))
	}
	if e.output != "" {
		if _, err := os.Lstat(string(e.output)); err == nil {
			return fmt.Errorf("%s is there already; give another name, or remove it", e.output)
		}
	}
	st, err := e.store.openExisting(ctx)
	if err != nil {
		return err
	}
	defer closeStore(st, &err)
	do := func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<16)
		if err := write(ctx, newExporter(st), b); err != nil {
			return err
		}
		return b.Flush()
	}
	if e.output == "" {
		return do(p.stdout)
	}
	return writeWhole(string(e.output), do)
}

// An exporter reads a whole store piece by piece. The store must not be written to meanwhile.
type exporter struct {
	store *store.Store
	graph *graph.Graph
}

func newExporter(st *store.Store) *exporter { return &exporter{st, graph.New(st, "")} }

// exportPage is how many quads are read at once.
const exportPage = 4096

// quads calls each with all quads that match a pattern, in the order of store.View.Match.
func (x *exporter) quads(ctx context.Context, p store.Pattern, each func(store.Quad) error) error {
	v := x.store.View()
	defer v.Close()
	for after := (*store.Quad)(nil); ; {
		page, err := v.Page(ctx, p, store.Cut{After: after, Limit: exportPage})
		if err != nil {
			return err
		}
		for _, q := range page {
			if err := each(q); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		after = &page[len(page)-1]
	}
}

// nodes calls each with all nodes of some classes, graph.MaxNodes at a time.
func (x *exporter) nodes(ctx context.Context, classes []string, each func(context.Context, []graph.Node) error) error {
	for _, c := range vocab.Classes {
		if !slices.Contains(classes, c.Name) {
			continue
		}
		var ids []graph.ID
		flush := func() error {
			if len(ids) == 0 {
				return nil
			}
			v := x.graph.View() // for these alone: a view keeps what it has read
			defer v.Close()
			found, err := v.Nodes(ctx, ids)
			if err != nil {
				return err
			}
			ids = ids[:0]
			return each(ctx, slices.DeleteFunc(found, func(n graph.Node) bool { return n == nil || className(n) != c.Name }))
		}
		last := graph.ID("")
		err := x.quads(ctx, store.Pattern{Predicate: store.IRI(vocab.RdfType), Object: store.IRI(c.IRI)}, func(q store.Quad) error {
			id, ok := q.Subject.(store.IRI)
			if !ok || graph.ID(id) == last { // several claims may say the same
				return nil
			}
			last = graph.ID(id)
			if ids = append(ids, last); len(ids) < graph.MaxNodes {
				return nil
			}
			return flush()
		})
		if err == nil {
			err = flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// actorClasses are the classes of actors, by their names in the SDL.
var actorClasses = []string{"Person", "Government", "Agency", "Organization", "Group"}

// className names the class of an actor or an event; "" for others.
func className(n graph.Node) string {
	switch n.(type) {
	case *graph.Person:
		return "Person"
	case *graph.Government:
		return "Government"
	case *graph.Agency:
		return "Agency"
	case *graph.Organization:
		return "Organization"
	case *graph.Group:
		return "Group"
	case *graph.Event:
		return "Event"
	}
	return ""
}

// actors calls each with all actors.
func (x *exporter) actors(ctx context.Context, each func(context.Context, graph.Actor) error) error {
	return x.nodes(ctx, actorClasses, func(ctx context.Context, nodes []graph.Node) error {
		for _, n := range nodes {
			if err := each(ctx, n.(graph.Actor)); err != nil {
				return err
			}
		}
		return nil
	})
}

// events calls each with all events.
func (x *exporter) events(ctx context.Context, each func(context.Context, *graph.Event) error) error {
	return x.nodes(ctx, []string{"Event"}, func(ctx context.Context, nodes []graph.Node) error {
		for _, n := range nodes {
			if err := each(ctx, n.(*graph.Event)); err != nil {
				return err
			}
		}
		return nil
	})
}

// caption tells an event in a few words: by its summary, or else by its kind and date.
func caption(ctx context.Context, e *graph.Event) (text, kind string, err error) {
	k, err := e.Kind(ctx)
	if err != nil {
		return "", "", err
	}
	if s := e.Summary(nil); s != nil {
		return *s, k.Label(nil), nil
	}
	return k.Label(nil) + ", " + e.When().EDTF, k.Label(nil), nil
}

// roleID returns the id of a role without its prefix.
func roleID(r *graph.Role) string { return strings.TrimPrefix(string(r.ID()), "role:") }
