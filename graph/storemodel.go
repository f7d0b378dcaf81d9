package graph

import (
	"slices"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// StoreModel tells a store what its derived indexes are made from: whoever opens one for a [Graph] gives it this. A store
// keeps roles and kinds as they stand in its quads; the trees of both, and the rule of talking, are this package's to apply, see
// [Interaction]. The marks are on events to which that rule does not apply as it stands: those that did not take place, and parts
// of other events.
func StoreModel() store.Model {
	return store.Model{
		Type:   vocab.RdfType,
		Event:  vocab.ClassEvent,
		When:   vocab.SemHasTimeStamp,
		Kind:   vocab.SemEventType,
		Roles:  vocab.IDsRole + ":",
		Names:  searchedPredicates(false),
		Texts:  searchedPredicates(true),
		Stance: vocab.ParleyStance,
		Denies: store.String(Denies), Retracted: vocab.ProvInvalidatedAtTime,
		Marks: []store.Mark{
			{Predicate: vocab.SchemaEventStatus, Except: store.String(Occurred)},
			{Predicate: vocab.SemSubEventOf},
		},
		Classes: slices.Concat(classesOf(actorTypes...), classesOf(TypeEvent), classesOf(TypeClaim), classesOf(TypeSource)), // those of [Stats]
	}
}

// classesOf returns the classes of some types, in the order of the vocabulary.
func classesOf(types ...NodeType) []store.IRI {
	var out []store.IRI
	for _, c := range vocab.Classes {
		if slices.Contains(types, typeNames[c.Name]) {
			out = append(out, store.IRI(c.IRI))
		}
	}
	return out
}
