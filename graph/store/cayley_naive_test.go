package store

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/cayleygraph/quad"
)

// A binding is a way to a node, with the tags on it.
type binding struct {
	node quad.Value
	tags map[string]quad.Value
}

func (b binding) to(node quad.Value) binding { return binding{node, b.tags} }

func (b binding) tagged(name string, v quad.Value) binding {
	tags := maps.Clone(b.tags)
	if tags == nil {
		tags = map[string]quad.Value{}
	}
	tags[name] = v
	return binding{b.node, tags}
}

// naive answers a question from all quads at each step, as the words of the question say. It has no plan to get wrong.
type naive []quad.Quad

func (n naive) start(nodes []quad.Value) []binding {
	var out []binding
	seen := map[quad.Value]bool{}
	for _, q := range n {
		for _, v := range []quad.Value{q.Subject, q.Predicate, q.Object, q.Label} {
			if v != nil && !seen[v] && (len(nodes) == 0 || slices.Contains(nodes, v)) {
				seen[v] = true
				out = append(out, binding{node: v})
			}
		}
	}
	return out
}

// follow goes from one end of quads to the other; by any predicate if it is nil.
func (n naive) follow(in []binding, from quad.Direction, predicate quad.Value) []binding {
	to := quad.Object
	if from == to {
		to = quad.Subject
	}
	var out []binding
	for _, b := range in {
		for _, q := range n {
			if q.Get(from) == b.node && (predicate == nil || q.Predicate == predicate) {
				out = append(out, b.to(q.Get(to)))
			}
		}
	}
	return unique(out)
}

func (n naive) has(in []binding, predicate, object quad.Value) []binding {
	return slices.DeleteFunc(slices.Clone(in), func(b binding) bool {
		return !slices.ContainsFunc(n, func(q quad.Quad) bool {
			return q.Subject == b.node && q.Predicate == predicate && q.Object == object
		})
	})
}

func (n naive) save(in []binding, predicate quad.Value, tag string, optional bool) []binding {
	var out []binding
	for _, b := range in {
		found := false
		for _, q := range n {
			if q.Subject == b.node && q.Predicate == predicate {
				found = true
				out = append(out, b.tagged(tag, q.Object))
			}
		}
		if !found && optional {
			out = append(out, b)
		}
	}
	return unique(out)
}

func (n naive) above(in []binding, than quad.Int) []binding {
	return slices.DeleteFunc(slices.Clone(in), func(b binding) bool {
		v, ok := b.node.(quad.Int)
		return !ok || v <= than
	})
}

func (n naive) and(a, b []binding) []binding {
	var out []binding
	for _, x := range a {
		for _, y := range b {
			if x.node == y.node {
				tags := map[string]quad.Value{}
				maps.Copy(tags, x.tags)
				maps.Copy(tags, y.tags)
				out = append(out, binding{x.node, tags})
			}
		}
	}
	return unique(out)
}

func (n naive) except(a, b []binding) []binding {
	return slices.DeleteFunc(slices.Clone(a), func(x binding) bool {
		return slices.ContainsFunc(b, func(y binding) bool { return x.node == y.node })
	})
}

func unique(in []binding) []binding {
	slices.SortFunc(in, func(a, b binding) int { return cmp.Compare(a.String(), b.String()) })
	return slices.CompactFunc(in, func(a, b binding) bool { return a.String() == b.String() })
}

// String is a way as answers has it.
func (b binding) String() string {
	words := []string{"id=" + quad.ToString(b.node)}
	for name, v := range b.tags {
		words = append(words, name+"="+quad.ToString(v))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// naiveAnswers returns ways and nodes as answers does.
func naiveAnswers(in []binding) (paths, nodes []string) {
	for _, b := range in {
		paths = append(paths, b.String())
		nodes = append(nodes, quad.ToString(b.node))
	}
	slices.Sort(paths)
	slices.Sort(nodes)
	return slices.Compact(paths), slices.Compact(nodes)
}
