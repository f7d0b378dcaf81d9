package store

import (
	"fmt"
	"testing"
)

// benchQuads returns n quads as a graph of dated events has them: events of five quads, a thousand actors, ten places.
func benchQuads(n int) []Quad {
	var quads []Quad
	for e := 0; len(quads) < n; e++ {
		event, claim := IRI(fmt.Sprintf("event:%06d", e)), IRI(fmt.Sprintf("claim:%06d", e))
		for _, po := range [][2]Term{
			{IRI("sem:hasActor"), actor(e)},
			{IRI("sem:hasActor"), actor(e*7 + 1)},
			{IRI("sem:hasPlace"), IRI(fmt.Sprintf("place:%d", e%10))},
			{IRI("sem:hasTimeStamp"), typedString(fmt.Sprintf("2%03d-01-31", e%1000), "http://id.loc.gov/datatypes/edtf/EDTF")},
			{IRI("rdfs:label"), langString(fmt.Sprintf("Call %d", e), "en")},
		} {
			quads = append(quads, quadOf(event, po[0], po[1], claim))
		}
	}
	return quads[:n]
}

func actor(n int) Term { return IRI(fmt.Sprintf("person:%04d", n%1000)) }

const benchSize = 10_000

func BenchmarkAdd(b *testing.B) {
	quads := benchQuads(benchSize)
	for name, location := range map[string]func() string{"memory": func() string { return "mem:" }, "folder": b.TempDir} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s, err := Open(b.Context(), location(), Options{})
				if err != nil {
					b.Fatal(err)
				}
				if n, err := s.Add(b.Context(), quads); n != benchSize || err != nil {
					b.Fatal(n, err)
				}
				b.StopTimer()
				s.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N*benchSize)/b.Elapsed().Seconds(), "quads/s")
		})
	}
}

// A small write beside 10,000 quads.
func BenchmarkAddOne(b *testing.B) {
	for name, location := range map[string]func() string{"memory": func() string { return "mem:" }, "folder": b.TempDir} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b, location())
			n := 0
			for b.Loop() {
				if added, err := s.Add(b.Context(), []Quad{quadOf(node(n), IRI("a:p"), node(n), nil)}); added != 1 || err != nil {
					b.Fatal(added, err)
				}
				n++
			}
		})
	}
}

func benchStore(b *testing.B, location string) *Store {
	s, err := Open(b.Context(), location, Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Add(b.Context(), benchQuads(benchSize)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	benchStore(b, dir).Close()
	for b.Loop() {
		s, err := Open(b.Context(), dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
	b.ReportMetric(float64(b.N*benchSize)/b.Elapsed().Seconds(), "quads/s")
}

func BenchmarkMatch(b *testing.B) {
	v := viewOf(b, benchStore(b, "mem:"))
	for _, bench := range []struct {
		name    string
		pattern func(n int) Pattern
	}{
		{"subject", func(n int) Pattern { return Pattern{Subject: IRI(fmt.Sprintf("event:%06d", n%2000))} }},
		{"object+predicate", func(n int) Pattern { return Pattern{Predicate: IRI("sem:hasActor"), Object: actor(n)} }},
		{"subject+label", func(n int) Pattern {
			return Pattern{Subject: IRI(fmt.Sprintf("event:%06d", n%2000)), Label: IRI(fmt.Sprintf("claim:%06d", n%2000))}
		}},
		{"predicate", func(int) Pattern { return Pattern{Predicate: IRI("sem:hasPlace")} }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			n, results := 0, 0
			for b.Loop() {
				found, err := v.Match(b.Context(), bench.pattern(n))
				if err != nil || len(found[0]) == 0 {
					b.Fatal(len(found[0]), err)
				}
				results += len(found[0])
				n++
			}
			b.ReportMetric(float64(results)/float64(b.N), "results/op")
		})
	}
}

func BenchmarkPage(b *testing.B) {
	v := viewOf(b, benchStore(b, "mem:"))
	for name, p := range map[string]Pattern{"all": {}, "object+predicate": {Predicate: IRI("sem:hasPlace"), Object: IRI("place:3")}} {
		b.Run(name, func(b *testing.B) {
			var after *Quad
			for b.Loop() {
				page, err := v.Page(b.Context(), p, Cut{After: after, Limit: 20})
				if err != nil {
					b.Fatal(err)
				}
				if after = nil; len(page) == 20 {
					after = &page[19]
				}
			}
		})
	}
}

func BenchmarkWalk(b *testing.B) {
	v := viewOf(b, benchStore(b, "mem:"))
	for _, steps := range []int{2, 4} { // contacts; contacts of contacts
		b.Run(fmt.Sprintf("%d steps", steps), func(b *testing.B) {
			n, results := 0, 0
			for b.Loop() {
				var path []Step
				for i := range steps {
					path = append(path, Step{"sem:hasActor", i%2 == 0})
				}
				found, err := v.Walk(b.Context(), actor(n), path)
				if err != nil || len(found) == 0 {
					b.Fatal(len(found), err)
				}
				results += len(found)
				n++
			}
			b.ReportMetric(float64(results)/float64(b.N), "results/op")
		})
	}
}
