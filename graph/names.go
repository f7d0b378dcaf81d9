package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/parleygraph/parley/graph/store"
)

// A nameIndex is all names of a graph at one revision, in memory, so that searching them reads nothing. It does not change: after a write the
// next search makes another from it, that shares what is the same. It costs some 150 bytes a node with its names; a graph of more names than
// maxNames keeps none, and is searched by the store's index of words, without typos and in the script of the names.
//
// Who changed is read anew into a small table beside the large one, until it is no longer small.
type nameIndex struct {
	revision uint64
	over     bool // there are too many names
	main     *nameTable
	events   []uint32                   // of the subjects of main: how many events each is part of
	gone     map[uint32]bool            // the subjects of main that are in more, or no longer there
	more     *nameTable                 // those that changed since main was made
	changed  map[store.Ref]*nameSubject // what more is made of; nil for who has no name any more
}

// maxNames is how many names are kept in memory, and maxChangedNames how many nodes may stand beside the large table, and a sixteenth of it.
const (
	maxNames        = 1_000_000
	maxChangedNames = 256
)

// nameLimits are these limits: tests set others.
type nameLimits struct{ names, changed int }

// nameIndex returns the index of names at the view's revision. The first one that is asked for reads all names; later ones what has changed.
func (v *View) nameIndex(ctx context.Context) (*nameIndex, error) {
	g := v.graph
	v = v.plain() // the index has names under the ids that they were given to
	revision := v.store.Revision()
	if x := g.names.Load(); x != nil && x.revision == revision {
		return x, nil
	}
	select { // one reads, the others wait for it
	case g.naming <- struct{}{}:
		defer func() { <-g.naming }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	x := g.names.Load()
	if x != nil && x.revision == revision {
		return x, nil
	}
	if x != nil {
		next, err := x.at(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("read the names that changed: %w", err)
		}
		if next != nil {
			if next.revision > x.revision { // otherwise it is an old view that asks
				g.names.Store(next)
			}
			return next, nil
		}
	}
	next, err := v.readNames(ctx)
	if err != nil {
		return nil, fmt.Errorf("read all names: %w", err)
	}
	if x == nil || next.revision > x.revision {
		g.names.Store(next)
	}
	return next, nil
}

// readNames makes an index of all names.
func (v *View) readNames(ctx context.Context) (*nameIndex, error) {
	x := &nameIndex{revision: v.store.Revision()}
	set := map[ID]bool{}
	for _, p := range searchedPredicates(false) {
		var last *store.Quad
		for {
			quads, err := v.store.Page(ctx, store.Pattern{Predicate: p}, store.Cut{After: last, Limit: 10_000})
			if err != nil {
				return nil, err
			}
			for _, q := range quads {
				if id, ok := q.Subject.(store.IRI); ok {
					set[ID(id)] = true
				}
			}
			if len(quads) < 10_000 {
				break
			}
			last = &quads[len(quads)-1]
			if len(set) > v.graph.nameLimits.names {
				x.over = true
				return x, nil
			}
		}
	}
	subjects, err := v.nameSubjects(ctx, sortedIDs(set))
	if err != nil {
		return nil, err
	}
	n := 0
	for _, s := range subjects {
		n += len(s.names)
	}
	if n > v.graph.nameLimits.names {
		x.over = true
		return x, nil
	}
	x.main = newNameTable(subjects)
	x.events = x.main.events()
	return x, nil
}

// at returns the index at the revision of a view, which may be older too; nil if the store does not know what has changed.
func (x *nameIndex) at(ctx context.Context, v *View) (*nameIndex, error) {
	named, counted, ok := v.store.NameChanges(x.revision)
	if !ok {
		return nil, nil
	}
	next := *x
	next.revision = v.store.Revision()
	if x.over || len(named)+len(counted) == 0 {
		return &next, nil
	}
	next.changed = maps.Clone(x.changed)
	if next.changed == nil {
		next.changed = map[store.Ref]*nameSubject{}
	}
	if err := next.name(ctx, v, named); err != nil {
		return nil, err
	}
	if err := next.count(ctx, v, counted); err != nil {
		return nil, err
	}
	if len(next.changed) > v.graph.nameLimits.changed+len(next.main.subjects)/16 {
		next.main = newNameTable(next.all())
		next.events, next.changed = next.main.events(), nil
	}
	next.gone = map[uint32]bool{}
	var list []*nameSubject
	for _, ref := range slices.Sorted(maps.Keys(next.changed)) {
		if i, ok := next.main.at[ref]; ok {
			next.gone[i] = true
		}
		if s := next.changed[ref]; s != nil {
			list = append(list, s)
		}
	}
	next.more = newNameTable(list)
	return &next, nil
}

// name reads the names of some subjects anew.
func (x *nameIndex) name(ctx context.Context, v *View, refs []store.Ref) error {
	if len(refs) == 0 {
		return nil
	}
	ids, err := v.store.ids(ctx, refs)
	if err != nil {
		return err
	}
	subjects, err := v.nameSubjects(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range refs {
		x.changed[r] = nil
	}
	for _, s := range subjects {
		x.changed[s.ref] = s
	}
	return nil
}

// count reads anew how many events some subjects are part of.
func (x *nameIndex) count(ctx context.Context, v *View, refs []store.Ref) error {
	refs = slices.DeleteFunc(refs, func(r store.Ref) bool { _, ok := x.main.at[r]; return !ok && x.changed[r] == nil })
	if len(refs) == 0 {
		return nil
	}
	events, err := v.store.Degrees(ctx, refs)
	if err != nil {
		return err
	}
	x.events = slices.Clone(x.events)
	for i, r := range refs {
		if s := x.changed[r]; s != nil {
			again := *s
			again.events = uint32(events[i])
			x.changed[r] = &again
		} else if at, ok := x.main.at[r]; ok {
			x.events[at] = uint32(events[i])
		}
	}
	return nil
}

// all returns the subjects of both tables, as they are.
func (x *nameIndex) all() []*nameSubject {
	var list []*nameSubject
	for i := range x.main.subjects {
		s := x.main.subject(uint32(i))
		if _, ok := x.changed[s.ref]; !ok {
			s.events = x.events[i]
			list = append(list, s)
		}
	}
	for _, s := range x.changed {
		if s != nil {
			list = append(list, s)
		}
	}
	return list
}

// A nameSubject is a node with its names.
type nameSubject struct {
	id     ID
	ref    store.Ref
	typ    NodeType // "" for what is no node now
	events uint32
	names  []wordedName
}

// A wordedName is a name as its words in Latin letters.
type wordedName struct {
	of    uint8 // of what is searched
	past  bool  // it is retracted or denied
	words []string
}

// nameSubjects reads subjects; those without a name are left out.
func (v *View) nameSubjects(ctx context.Context, ids []ID) ([]*nameSubject, error) {
	now := &View{graph: v.graph, store: v.store, shared: v.shared}
	var out []*nameSubject
	for chunk := range slices.Chunk(ids, 1000) {
		scratch := now.scratch()
		records, err := scratch.load(ctx, chunk)
		if err != nil {
			return nil, err
		}
		var iris []store.IRI
		from := len(out)
		for _, r := range records {
			s := &nameSubject{id: r.id, typ: r.typ}
			for i, x := range searched {
				if x.text {
					continue
				}
				for past, facts := range [2][]fact{r.all(x.predicate), r.passed} {
					for _, f := range facts {
						if f.predicate != x.predicate {
							continue
						}
						if w := latinWords(words(fold(store.Text(f.object)))); len(w) > 0 {
							s.names = append(s.names, wordedName{uint8(i), past == 1, w})
						}
					}
				}
			}
			if len(s.names) > 0 {
				out, iris = append(out, s), append(iris, store.IRI(s.id))
			}
		}
		refs, events, err := v.degrees(ctx, iris)
		if err != nil {
			return nil, err
		}
		for i, s := range out[from:] {
			s.ref, s.events = refs[i], uint32(events[i])
		}
	}
	return out, nil
}

// degrees returns the numbers of nodes and how many events each is part of now.
func (v *View) degrees(ctx context.Context, iris []store.IRI) (refs []store.Ref, events []int, err error) {
	if refs, _, err = v.store.Refs(ctx, iris); err != nil {
		return nil, nil, err
	}
	events, err = v.store.Degrees(ctx, refs)
	return refs, events, err
}
