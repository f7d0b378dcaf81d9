package store

// signatures collects the different values of entries. The zero value is ready.
type signatures struct {
	at   map[string]int
	list []string // flags kinds [end roles [end roles]]
	cuts [][3]int // how many tids each of them has, by list
}

// add returns the number of the signature in the value of an entry.
func (s *signatures) add(value []byte) int {
	n, ok := s.at[string(value)]
	if !ok {
		if s.at == nil {
			s.at = map[string]int{}
		}
		n = len(s.list)
		text := string(value)
		s.at[text] = n
		s.list = append(s.list, text)
	}
	return n
}

// tids appends the tids of all signatures.
func (s *signatures) tids(tids []tid) ([]tid, error) {
	s.cuts = s.cuts[:0]
	for _, text := range s.list {
		if text == "" {
			return nil, errKey
		}
		var cut [3]int
		list := 0
		for b := []byte(text[1:]); len(b) > 0; {
			if b[0] == tidEnd {
				b = b[1:]
				if list++; list == len(cut) {
					return nil, errKey
				}
				continue
			}
			t, rest, err := cutTID(b)
			if err != nil {
				return nil, err
			}
			tids, b = append(tids, t), rest
			cut[list]++
		}
		s.cuts = append(s.cuts, cut)
	}
	return tids, nil
}

// size is how many tids all signatures have, after tids.
func (s *signatures) size() (n int) {
	for _, cut := range s.cuts {
		n += cut[0] + cut[1] + cut[2]
	}
	return n
}

// named makes the signatures of the terms of what tids appended, in their order.
func (s *signatures) named(terms []Term) []*Signature {
	iris := make([]IRI, 0, len(terms)) // the lists are cut from it
	take := func(n int) []IRI {
		at := len(iris)
		for _, t := range terms[:n] {
			if iri, ok := t.(IRI); ok {
				iris = append(iris, iri)
			}
		}
		if terms = terms[n:]; len(iris) == at {
			return nil
		}
		return iris[at:len(iris):len(iris)]
	}
	all := make([]Signature, len(s.list))
	out := make([]*Signature, len(s.list))
	for i, cut := range s.cuts {
		out[i] = &all[i]
		all[i] = Signature{Marks: s.list[i][0] / flagMark, Rival: s.list[i][0]&flagRival != 0, Kinds: take(cut[0]), Roles: take(cut[1]), OtherRoles: take(cut[2])}
	}
	return out
}
