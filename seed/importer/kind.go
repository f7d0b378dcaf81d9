package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed"
)

// A kind is what an importer knows of a kind of events.
type kind struct {
	id string
	// from and to are the roles of the first actor in a row and of the second.
	from, to string
	// mirrored says that a source has such an event twice, once from each side, and that an event between two actors on one day is one.
	mirrored bool
	// symmetric says that nothing tells the two actors apart.
	symmetric bool
}

// The roles, by what a kind is. What is not here is symmetric if it is a communication, and goes from one to the other if not.
var kindRoles = map[string]kind{
	"kind:consultation": {from: "role:participant", to: "role:participant", mirrored: true, symmetric: true},
	"kind:call":         {from: "role:participant", to: "role:participant", mirrored: true, symmetric: true},
	"kind:meeting":      {from: "role:participant", to: "role:participant", mirrored: true, symmetric: true},
	"kind:negotiation":  {from: "role:participant", to: "role:participant", mirrored: true, symmetric: true},
	"kind:agreement":    {from: "role:signatory", to: "role:signatory", mirrored: true, symmetric: true},
	"kind:visit":        {from: "role:visitor", to: "role:host", mirrored: true},
	"kind:mediation":    {from: "role:mediator", to: "role:participant"},
}

// hostVisit is the CAMEO code whose rows have the host first.
const hostVisit = "043"

// readKinds returns the kinds by their CAMEO codes, as the curated quads have them. They are read once.
var readKinds = sync.OnceValues(func() (map[string]*kind, error) {
	broader, codes := map[string]string{}, map[string]string{}
	err := eachCurated(func(q store.Quad) {
		id := store.Text(q.Subject)
		switch q.Predicate {
		case store.IRI(vocab.SkosBroader):
			broader[id] = store.Text(q.Object)
		case store.IRI(vocab.SkosNotation):
			if code, ok := q.Object.(store.TypedString); ok && code.Type == vocab.ParleyCameo {
				codes[string(code.Value)] = id
			}
		}
	})
	if err != nil {
		return nil, err
	}
	kinds, byCode := map[string]*kind{}, map[string]*kind{}
	for code, id := range codes {
		k := kinds[id]
		if k == nil {
			k = &kind{}
			if known, ok := kindRoles[id]; ok {
				*k = known
			} else if rootOf(broader, id) == "kind:communication" {
				*k = kind{from: "role:participant", to: "role:participant", symmetric: true}
			} else {
				*k = kind{from: "role:initiator", to: "role:recipient"}
			}
			k.id = id
			kinds[id] = k
		}
		byCode[code] = k
	}
	return byCode, nil
})

// eachCurated calls each for every curated quad, in the order of the files.
func eachCurated(each func(store.Quad)) error {
	for _, f := range seed.Files() {
		for r := store.NewQuadReader(bytes.NewReader(f.Data)); ; {
			q, _, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("the curated quads in this program: %s: %w", f.Name, err)
			}
			each(q)
		}
	}
	return nil
}

func rootOf(broader map[string]string, id string) string {
	for range len(broader) {
		above, ok := broader[id]
		if !ok {
			break
		}
		id = above
	}
	return id
}
