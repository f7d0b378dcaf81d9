package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// contactsFlags are the settings of contacts.
type contactsFlags struct {
	all      *flags
	store    storeFlags
	from, to textFlag
	kinds    listFlag
	first    countFlag
	format   textFlag
}

var contactsCommand = command{
	name:  "contacts",
	args:  "NAME",
	short: "show whom somebody talked to, how often, first and last, and by which sources",
	long: `Finds an actor by its name, an alias or its id, or else by the beginnings of its words, and prints whom it talked to, most often
first. A number such as 2–4 is one that uncertain dates leave open. Dates stand as they were recorded, in EDTF.
It only reads. Where there is no store yet, it answers from the curated quads and makes none.`,
	example: `parley contacts "Pete Hegseth" -from 2025-01`,
	flags: func(f *flags) func(context.Context, *program, []string) error {
		c := &contactsFlags{all: f, first: graph.DefaultPage, format: "table"}
		f.define(&c.first, "first", "N", "how many to show; as many as a terminal does")
		f.define(&c.from, "from", "DATE", "only talks from this day on, such as 2025-01-31, 2025-01 or 1994; otherwise from the beginning")
		f.define(&c.to, "to", "DATE", "only talks until this day; otherwise until the end")
		f.define(&c.kinds, "kind", "KIND", "only talks of this kind and of narrower ones, such as call or kind:meeting; may be given several times; otherwise all")
		f.define(&c.format, "format", "table|csv|json", "how to print: a table to read, csv and json with ids to work with")
		c.store.define(f, "DIR|mem:|postgres://…", storeUsage+"; mem: is the curated quads alone")
		return c.run
	},
}

func (c *contactsFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if len(args) == 0 {
		return usagef("whose? give a name, such as \"Pete Hegseth\"")
	}
	if len(args) > 1 {
		return usagef("one name only, and got %d: put quotation marks around a name of several words", len(args))
	}
	write, ok := contactFormats[string(c.format)]
	if !ok {
		return usagef("-format %s: want table, csv or json", c.format)
	}
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore(st, &err)
	v := graph.New(st, "").View()
	defer v.Close()
	who, err := findActor(ctx, p, v, args[0])
	if err != nil {
		return err
	}
	rows, total, err := c.rows(ctx, v, who.ID())
	if err != nil {
		return asUsage(err)
	}
	if err := write(p.stdout, rows); err != nil {
		return err
	}
	switch {
	case total == 0:
		coverage, err := v.Coverage(ctx, []graph.ID{who.ID()}, c.window())
		if err != nil {
			return err
		}
		if len(c.kinds.values) > 0 {
			p.report("contacts: no talk of these kinds is recorded; of any kind: %s", coverage.Statement)
		} else {
			p.report("contacts: %s", coverage.Statement)
		}
	case total > len(rows):
		p.report("contacts: %d more; -first %d shows all", total-len(rows), total)
	}
	return nil
}

// open opens the store that is there, or else the curated quads in memory.
func (c *contactsFlags) open(ctx context.Context) (*store.Store, error) {
	if c.store.at != memory {
		exists, err := c.store.exists(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return c.store.open(ctx)
		}
		for _, x := range c.all.changed() {
			if x.name == "store" {
				return nil, fmt.Errorf("there is no store %s; parley load or parley serve makes one", c.store.at)
			}
		}
	}
	quads, err := curatedQuads(seed.Files())
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, memory, store.Options{Model: graph.StoreModel()})
	if err != nil {
		return nil, err
	}
	_, err = st.Add(ctx, quads)
	return st, err
}

// actorTypes are the types that somebody who talks can have.
var actorTypes = []graph.NodeType{graph.TypePerson, graph.TypeGovernment, graph.TypeAgency, graph.TypeOrganization, graph.TypeGroup}

// findActor finds the one actor that is meant. If it cannot tell, it lists those that may be.
func findActor(ctx context.Context, p *program, v *graph.View, name string) (graph.Actor, error) {
	id := graph.ID(name)
	if a, err := v.Actor(ctx, &id, nil); err != nil || a != nil {
		return a, err
	}
	named, err := v.Actors(ctx, &graph.ActorWhere{Name: &graph.TextFilter{Eq: &name}}, nil, graph.Page{})
	if err != nil {
		return nil, err
	}
	found, more, guess := named.Nodes(), named.PageInfo.HasNextPage, false
	if len(found) == 0 {
		hits, err := v.Search(ctx, name, actorTypes, graph.Page{})
		if errors.Is(err, graph.ErrInvalidArgument) {
			return nil, usagef("%q is no name: %w", name, err)
		}
		if err != nil {
			return nil, err
		}
		more = hits.PageInfo.HasNextPage
		for _, e := range hits.Edges {
			if a, ok := e.Node.(graph.Actor); ok {
				found = append(found, a)
				guess = guess || e.Score < graph.GuessScore
			}
		}
	}
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("nobody here is called %q; try a part of the name, or look through /playground", name)
	case len(found) == 1 && !guess: // who has another name is not answered for, however alike it is
		return found[0], nil
	}
	lines := []string{fmt.Sprintf("%q may be any of these; give the whole name or the id:", name)}
	for _, a := range found {
		lines = append(lines, fmt.Sprintf("  %s  %s", a.ID(), a.Name(nil)))
	}
	if more {
		lines = append(lines, "  … and more")
	}
	return nil, errors.New(strings.Join(lines, "\n"))
}

// window returns the days asked for, nil for all.
func (c *contactsFlags) window() *graph.Window {
	var w graph.Window
	if c.from != "" {
		w.From = (*string)(&c.from)
	}
	if c.to != "" {
		w.To = (*string)(&c.to)
	}
	if w == (graph.Window{}) {
		return nil
	}
	return &w
}

// asUsage makes a usage error of one that is about an argument, and names the flag that gave it.
func asUsage(err error) error {
	var argument *graph.ArgumentError
	if !errors.As(err, &argument) {
		return err
	}
	flag := ""
	switch {
	case argument.Argument == "during":
		flag = "-from, -to"
	case strings.HasPrefix(argument.Argument, "during."):
		flag = "-" + strings.TrimPrefix(argument.Argument, "during.")
	case strings.HasPrefix(argument.Argument, "kinds"):
		flag = "-kind"
	default:
		return err
	}
	return usagef("%s: %s", flag, argument.Problem)
}
