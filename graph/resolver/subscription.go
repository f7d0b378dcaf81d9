package resolver

import (
	"context"
	"errors"
	"sync"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/gen"
)

func (root) Subscription() gen.SubscriptionResolver { return subscription{} }

// subscription resolves the fields of Subscription.
type subscription struct{}

type streamKey struct{}

// A Stream is what a subscription runs on.
type Stream struct {
	graph   *graph.Graph
	running sync.WaitGroup
	feeds   []*graph.Feed
}

// WithStream returns a context whose subscription is answered from g. The caller closes the stream once the context is done and nothing
// of the subscription is asked for any more.
func WithStream(ctx context.Context, g *graph.Graph) (context.Context, *Stream) {
	s := &Stream{graph: g}
	return context.WithValue(ctx, streamKey{}, s), s
}

// Close waits for what runs of the subscription, and gives up what it was answered from.
func (s *Stream) Close() {
	s.running.Wait()
	for _, f := range s.feeds {
		f.Close()
	}
}

func (subscription) Changes(ctx context.Context, where *graph.ChangeWhere, afterRevision *string) (<-chan *graph.ChangeNotice, error) {
	s, ok := ctx.Value(streamKey{}).(*Stream)
	if !ok {
		panic(errors.New("resolver: the subscription's context does not come from WithStream"))
	}
	feed, err := s.graph.Changes(ctx, where, afterRevision)
	if err != nil {
		return nil, err
	}
	s.feeds = append(s.feeds, feed)
	notices := make(chan *graph.ChangeNotice)
	s.running.Go(func() {
		defer close(notices)
		for {
			n, failed := feed.Next(ctx)
			if ctx.Err() != nil {
				return
			}
			select {
			case notices <- n: // whoever takes it has answered the one before
				feed.Release()
			case <-ctx.Done():
				return
			}
			if failed != nil {
				return
			}
		}
	})
	return notices, nil
}
