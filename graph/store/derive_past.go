package store

import "slices"

// past appends the entries of past tables: what all quads of a subject give and those that stand do not, whose entries are ws[at:].
func (d *deriver) past(ws []write, at int, all []tquad, undated bool, term func(tid) Term) []write {
	now := make(map[string]bool, len(ws)-at)
	for _, w := range ws[at:] {
		now[string(w.key)] = true
	}
	for _, w := range d.list(nil, all, undated, term) {
		table := pastTable(w.key[0])
		if table == 0 || now[string(w.key)] {
			continue
		}
		w.key[0] = table
		if len(w.value) > 0 {
			w.value = slices.Clone(w.value) // entries share them
			w.value[0] = w.value[0]&^flagCounts | flagRival
		}
		ws = append(ws, w)
	}
	return ws
}

// undated reports whether an event may have been without a date at some time, though it has one: whether a claim makes it one, by its class, a kind or an
// actor, and gives no date that can be read. Otherwise a date stands whenever anything does.
func (d *deriver) undated(quads, past []tquad, term func(tid) Term) bool {
	several := func(q tquad) bool { return q[3] != quads[0][3] }
	if len(past) == 0 && !slices.ContainsFunc(quads, several) {
		return false // one claim says all
	}
	var dating, making []tid // labels
	for _, list := range [2][]tquad{quads, past} {
		for _, q := range list {
			switch d.useOf(q[1], term) {
			case useWhen:
				if _, ok := dateOf(q, term); ok {
					dating = append(dating, q[3])
				}
			case useKind, useRole, useType:
				making = append(making, q[3])
			}
		}
	}
	return len(dating) > 0 && slices.ContainsFunc(making, func(label tid) bool { return !slices.Contains(dating, label) })
}
