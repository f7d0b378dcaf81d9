package graph

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/graph/layout"
)

const (
	sheet         = 1000.0 // see Point in the SDL
	layoutUpdates = 60     // after which pictures of hundreds of nodes hardly change
)

// Position returns where the node stands: by its edges, and the same every time for the same picture.
func (n *GraphNode) Position(ctx context.Context) (*Point, error) {
	at, err := remember(n.of.cohort, "positions", func() ([]Point, error) { return n.of.positions(ctx) })
	if err != nil {
		return nil, err
	}
	return &at[n.place], nil
}

// positions lays the picture out by forces, as P. Eades has it in "A heuristic for graph drawing" (1984): nodes that are joined attract,
// all others repel each other. Numbers of talks differ by thousands, so it is their logarithm that pulls.
func (p *GraphPayload) positions(ctx context.Context) ([]Point, error) {
	at := make([]Point, len(p.Nodes))
	edges := p.joints()
	for i := range edges {
		edges[i].weight = 1 + math.Log(max(1, edges[i].weight))/4
	}
	g := join(len(at), edges)
	forces := layout.NewOptimizerR2(g, (&layout.EadesR2{Updates: layoutUpdates, Repulsion: 1, Rate: 0.05, Theta: 0.5, Src: rand.NewPCG(1, 2)}).Update)
	for forces.Update() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	least, most := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for i := range at {
		c := forces.Coord2(int64(i))
		if math.IsNaN(c.X) || math.IsNaN(c.Y) || math.IsInf(c.X, 0) || math.IsInf(c.Y, 0) {
			c.X, c.Y = float64(i), float64(i) // forces went beyond all bounds: a line is better than nothing
		}
		at[i] = Point{c.X, c.Y}
		least = Point{min(least.X, c.X), min(least.Y, c.Y)}
		most = Point{max(most.X, c.X), max(most.Y, c.Y)}
	}
	scale := sheet / max(most.X-least.X, most.Y-least.Y)
	if math.IsInf(scale, 0) || math.IsNaN(scale) { // one node, or all in one place
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
