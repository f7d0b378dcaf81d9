package graph

import (
	"context"
	"math"
)

const (
	sheet       = 1000.0     // see Point in the SDL
	layoutSteps = 60         // after which pictures of hundreds of nodes hardly change
	layoutPairs = 30_000_000 // of nodes, whose repulsion may be reckoned; large pictures take fewer steps
)

// Position returns where the node stands: by its edges, and the same every time for the same picture.
func (n *GraphNode) Position(ctx context.Context) (*Point, error) {
	at, err := remember(n.of.cohort, "positions", func() ([]Point, error) { return n.of.positions(ctx) })
	if err != nil {
		return nil, err
	}
	return &at[n.place], nil
}

// positions lays the picture out by forces, as T. Fruchterman and E. Reingold have it in "Graph drawing by force-directed placement" (1991):
// nodes that are joined attract, all repel each other, and no step is longer than the temperature, which falls. That bound is why it is this
// method: without one, a hub with a hundred edges swings further out with every step.
//
// Numbers of talks differ by thousands, so it is their logarithm that pulls; and what pulls a node counts by its share in all that does, or
// a picture in which everybody talked to everybody would be one spot.
func (p *GraphPayload) positions(ctx context.Context) ([]Point, error) {
	n := len(p.Nodes)
	at, force, degree := make([]Point, n), make([]Point, n), make([]float64, n)
	edges := p.joints()
	for i := range edges {
		e := &edges[i]
		e.weight = 1 + math.Log(max(1, e.weight))/4
		degree[e.from] += e.weight
		degree[e.to] += e.weight
	}
	for i := range edges {
		e := &edges[i]
		e.weight /= math.Sqrt(degree[e.from] * degree[e.to])
	}
	for i := range at { // the first in the middle, and the others around it as the seeds of a sunflower
		r, angle := math.Sqrt(float64(i)), float64(i)*math.Pi*(3-math.Sqrt(5))
		at[i] = Point{r * math.Cos(angle), r * math.Sin(angle)}
	}
	steps := layoutSteps
	if n > 1 {
		steps = max(20, min(steps, layoutPairs/(n*n)))
	}
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(force)
		for i := range at {
			for j := range i {
				x, y := at[i].X-at[j].X, at[i].Y-at[j].Y
				f := 1 / max(0.01, x*x+y*y) // one over the distance, in the direction of it
				force[i].X, force[i].Y = force[i].X+x*f, force[i].Y+y*f
				force[j].X, force[j].Y = force[j].X-x*f, force[j].Y-y*f
			}
		}
		for _, e := range edges {
			x, y := at[e.from].X-at[e.to].X, at[e.from].Y-at[e.to].Y
			f := e.weight * math.Sqrt(x*x+y*y) // the square of the distance
			force[e.from].X, force[e.from].Y = force[e.from].X-x*f, force[e.from].Y-y*f
			force[e.to].X, force[e.to].Y = force[e.to].X+x*f, force[e.to].Y+y*f
		}
		most := 0.3 * math.Sqrt(float64(n)) * (1 - float64(step)/float64(steps))
		for i, f := range force {
			// Whatever nothing joins to the others must not drift away for ever.
			f.X, f.Y = f.X-0.05*at[i].X, f.Y-0.05*at[i].Y
			if length := math.Hypot(f.X, f.Y); length > most {
				f.X, f.Y = f.X*most/length, f.Y*most/length
			}
			at[i].X, at[i].Y = at[i].X+f.X, at[i].Y+f.Y
		}
	}
	least, most := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, c := range at {
		least = Point{min(least.X, c.X), min(least.Y, c.Y)}
		most = Point{max(most.X, c.X), max(most.Y, c.Y)}
	}
	scale := sheet / max(most.X-least.X, most.Y-least.Y)
	if math.IsInf(scale, 0) || math.IsNaN(scale) { // one node
		scale = 0
	}
	for i := range at {
		// In the middle of the sheet, in hundredths: further digits say nothing and make answers long.
		x := (at[i].X-(least.X+most.X)/2)*scale + sheet/2
		y := (at[i].Y-(least.Y+most.Y)/2)*scale + sheet/2
		at[i] = Point{max(0, math.Round(x*100)/100), max(0, math.Round(y*100)/100)} // max: never -0
	}
	return at, nil
}
