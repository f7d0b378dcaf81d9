package graph

import (
	"context"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// MergeActors records that two actors are one; see [Ledger.RecordSource] and [identities].
func (l *Ledger) MergeActors(ctx context.Context, writer string, in MergeActorsInput) (*MergeActorsPayload, error) {
	r, err := l.write(ctx, writer, "mergeActors", in, in.ClientKey, func(d *draft) {
		d.text(maxID, string(in.Survivor), "survivor")
		d.text(maxID, string(in.Merged), "merged")
		if in.Survivor == in.Merged {
			d.fail(UserInput, at("merged"), "it is the survivor: give the id of another actor")
		}
		d.checkEvidence(&in.Evidence)
	}, func(ctx context.Context, d *draft) error {
		survivor, err := d.itself(ctx, in.Survivor, "survivor")
		if err != nil {
			return err
		}
		merged, err := d.itself(ctx, in.Merged, "merged")
		if err != nil || survivor == nil || merged == nil {
			return err
		}
		if survivor.typ != merged.typ {
			d.fail(UserInput, at("merged"), "%s is %s and %s is %s: only actors of one type can be one", in.Merged, article(noun(merged.typ)), in.Survivor, article(noun(survivor.typ)))
			return nil
		}
		name := func(r *record) string { return *orID(r.localized(vocab.SchemaName, nil), r.id) }
		if err := d.newClaim(ctx, &in.Evidence, nil, name(merged)+" ("+string(in.Merged)+") is "+name(survivor)+" ("+string(in.Survivor)+")."); err != nil {
			return err
		}
		d.node(at("merged"), in.Merged, vocab.DctermsIsReplacedBy, &in.Survivor)
		d.note.Entity = in.Survivor
		return nil
	})
	return &MergeActorsPayload{r}, err
}

// itself returns the record of an actor that was not merged. If there is none, it is nil and the draft has the error.
func (d *draft) itself(ctx context.Context, id ID, field string) (*record, error) {
	if to := d.view.same().id(id); to != id {
		d.fail(UserConflict, at(field), "%s was merged into %s: give that one, or take the merge back with unmergeActors", id, to)
		return nil, nil
	}
	records, err := d.view.load(ctx, []ID{id})
	if err != nil {
		return nil, err
	}
	switch r := records[0]; {
	case !r.exists():
		d.fail(UserNotFound, at(field), "there is no actor %.60q: search finds ids by name", id)
	case !r.typ.isActor():
		d.fail(UserInput, at(field), "%s is no actor: only actors are merged", id)
	default:
		return r, nil
	}
	return nil, nil
}

// UnmergeActors retracts all claims that say that a merged actor is another; see [Ledger.RecordSource]. It retracts none if one of them says
// anything else.
func (l *Ledger) UnmergeActors(ctx context.Context, writer string, in UnmergeActorsInput) (*UnmergeActorsPayload, error) {
	r, err := l.write(ctx, writer, "unmergeActors", in, in.ClientKey, func(d *draft) {
		d.text(maxID, string(in.Merged), "merged")
		d.text(maxStatement, in.Reason, "reason")
	}, func(ctx context.Context, d *draft) error {
		records, err := d.view.plain().load(ctx, []ID{in.Merged})
		if err != nil {
			return err
		}
		claims := map[ID]bool{}
		for _, f := range records[0].all(vocab.DctermsIsReplacedBy) {
			claims[f.label] = true
		}
		switch {
		case !records[0].exists():
			d.fail(UserNotFound, at("merged"), "there is no actor %.60q: redirectedFrom of the survivor lists what was merged into it", in.Merged)
			return nil
		case len(claims) == 0:
			d.fail(UserConflict, at("merged"), "%s is not merged into any other: redirectedFrom of the survivor lists what was merged into it", in.Merged)
			return nil
		}
		list := sortedIDs(claims)
		for _, claim := range list {
			only, err := d.saysOnly(ctx, claim, in.Merged, vocab.DctermsIsReplacedBy)
			if err != nil {
				return err
			}
			if !only {
				d.fail(UserConflict, at("merged"), "%s says that, and more, which would go with it: assert anew what holds of it with assertClaim, which names it as supersedes", claim)
				continue
			}
			d.retract(claim, in.Reason, at("merged"), at("reason"))
			d.note.Changes = append(d.note.Changes, noteChange{Retracted, claim})
		}
		d.note.Claim, d.note.Entity = list[0], in.Merged
		return nil
	})
	return &UnmergeActorsPayload{r}, err
}

// saysOnly reports whether a claim says nothing but what one node's field is: one by which a whole data set was loaded says millions of other things.
// It reads no more of them than one.
func (d *draft) saysOnly(ctx context.Context, claim, subject ID, predicate string) (bool, error) {
	v, label := d.view.store.View, store.IRI(claim) // as they are written
	found, err := v.Match(ctx, store.Pattern{Subject: label, Label: label},
		store.Pattern{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Label: label})
	if err != nil {
		return false, err
	}
	known := len(found[0]) + len(found[1])
	page, err := v.Page(ctx, store.Pattern{Label: label}, store.Cut{Limit: known + 1})
	return len(page) == known, err
}
