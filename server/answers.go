package main

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// keptBytes is what an answer takes beside its text once it is kept, in bytes; TestAnswerBytes measures it.
const keptBytes = 700

// An answerCache keeps answers to queries, those last asked for, as many as fit into so many bytes. All of them are of one
// revision of the store, the latest that anybody asked it for: an answer depends on nothing but what was asked and that revision,
// since nothing in package graph looks at a clock and no query asks who asks it. It may be used by many goroutines at once.
type answerCache struct {
	limit int64

	mu       sync.Mutex
	revision uint64
	bytes    int64
	order    *list.List // of *keptAnswer, last used first
	byKey    map[answerKey]*list.Element
	bySent   map[string]*list.Element // by requests that asked it; see findSent

	hits, misses atomic.Uint64 // of questions
}

// An answerKey is the SHA-256 of what was asked: of document, operation name and variables.
type answerKey [sha256.Size]byte

const (
	// sentKept is by how many requests of different bytes an answer is found, besides its key: clients of one program send the same ones.
	sentKept = 4

	// sentBytes is what such a request takes beside its bytes.
	sentBytes = 100
)

// A keptAnswer is an answer, and what need not be made again whenever it is given: what the log says of it, and how it is sent. Nobody
// changes it; what is guarded by the cache changes there.
type keptAnswer struct {
	*answer
	key      answerKey
	costText []string               // the value of a header
	atText   []string               // of another: the revision
	sent     []string               // at most sentKept requests; guarded by the cache
	packed   [len(encodings)][]byte // body, compressed in the ways of encodings, nil if nobody asked for that; guarded by the cache
}

// newKeptAnswer returns an answer as it is kept. The answer knows of it from then on, so nobody else may have it yet.
func newKeptAnswer(a *answer, key answerKey) *keptAnswer {
	a.kept = &keptAnswer{answer: a, key: key, costText: []string{strconv.Itoa(a.cost)}, atText: []string{a.revision}}
	return a.kept
}

func newAnswerCache(limit int64) *answerCache {
	return &answerCache{limit: limit, order: list.New(), byKey: map[answerKey]*list.Element{}, bySent: map[string]*list.Element{}}
}

// find returns the answer of a revision, nil if it is not kept. The revision must be one that the store had when the question came, or
// later: whoever was told of a write must see it.
func (c *answerCache) find(key answerKey, revision uint64) *keptAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(revision)
	return c.use(c.byKey[key], revision)
}

// findSent is find by the bytes of a request: the body of a POST, or the parameters of a GET behind a question mark, with which no body
// begins that asks anything. What they mean need not be known.
func (c *answerCache) findSent(sent []byte, revision uint64) *keptAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(revision)
	return c.use(c.bySent[string(sent)], revision)
}

// use returns the answer of an element that somebody asks for, nil if there is none of that revision.
func (c *answerCache) use(e *list.Element, revision uint64) *keptAnswer {
	if e == nil || revision != c.revision {
		return nil
	}
	c.hits.Add(1)
	c.order.MoveToFront(e)
	return e.Value.(*keptAnswer)
}

// add keeps an answer that was computed at a revision, unless a later one has been asked for. An answer that would fill a tenth of the
// cache is not kept.
func (c *answerCache) add(a *keptAnswer, revision uint64) {
	size := a.size()
	if size > c.limit/10 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(revision)
	if _, ok := c.byKey[a.key]; ok || revision != c.revision {
		return
	}
	c.byKey[a.key] = c.order.PushFront(a)
	c.bytes += size
	c.shrink()
}

// shrink forgets those answers that were not asked for the longest, until the rest fits.
func (c *answerCache) shrink() {
	for c.bytes > c.limit {
		last := c.order.Back()
		old := last.Value.(*keptAnswer)
		c.order.Remove(last)
		delete(c.byKey, old.key)
		for _, sent := range old.sent {
			delete(c.bySent, sent)
		}
		c.bytes -= old.size()
	}
}

// pack returns the body of an answer, compressed in one of the encodings. It is kept beside the answer, as long as that is kept and both do
// not fill a tenth of the cache.
func (c *answerCache) pack(a *keptAnswer, encoding int) []byte {
	c.mu.Lock()
	packed := a.packed[encoding]
	c.mu.Unlock()
	if packed != nil {
		return packed
	}
	packed = compress(encodings[encoding], a.body)
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[a.key]
	size := int64(cap(packed))
	if !ok || e.Value != any(a) || a.packed[encoding] != nil || a.size()+size > c.limit/10 {
		return packed
	}
	a.packed[encoding] = packed
	c.bytes += size
	c.shrink()
	return packed
}

// also lets an answer that is kept be found by the bytes of a request that asks the same.
func (c *answerCache) also(key answerKey, sent []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return
	}
	if _, known := c.bySent[string(sent)]; known {
		return
	}
	a, size := e.Value.(*keptAnswer), int64(len(sent)+sentBytes)
	if len(a.sent) == sentKept || a.size()+size > c.limit/10 {
		return
	}
	a.sent = append(a.sent, string(sent))
	c.bySent[a.sent[len(a.sent)-1]] = e
	c.bytes += size
	c.shrink()
}

// advance forgets everything when the store has moved on: no answer of before will be asked for again.
func (c *answerCache) advance(revision uint64) {
	if revision <= c.revision {
		return
	}
	c.revision, c.bytes = revision, 0
	c.order.Init()
	clear(c.byKey)
	clear(c.bySent)
}

// stats returns how full the cache is and how often it had what was asked for.
func (c *answerCache) stats() (bytes int64, answers int, hits, misses uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.order.Len(), c.hits.Load(), c.misses.Load()
}

// size is what an answer takes, in bytes. The cache is locked, or does not have it yet.
func (a *keptAnswer) size() int64 {
	n := cap(a.body) + len(a.name) + keptBytes
	for _, sent := range a.sent {
		n += len(sent) + sentBytes
	}
	for _, packed := range a.packed {
		n += cap(packed)
	}
	return int64(n)
}

// keyOf returns what stands for a question. Variables that differ in nothing but the order of an object's fields, spaces or escapes
// are the same. It returns false for what the limits refuse, before it does more than count, and for variables that cannot be read. values
// are the variables.
func (c *Config) keyOf(document, operationName string, variables json.RawMessage) (key answerKey, values map[string]any, ok bool) {
	if int64(len(document)) > c.MaxDocument {
		return key, nil, false
	}
	b := make([]byte, 0, len(document)+len(operationName)+len(variables)+2*binary.MaxVarintLen64)
	for _, part := range []string{document, operationName} {
		b = binary.AppendUvarint(b, uint64(len(part))) // so that no two questions run together to the same bytes
		b = append(b, part...)
	}
	if variables != nil {
		if n, depth := countJSON(variables, c.MaxValues, c.MaxDepth); n > c.MaxValues || depth > c.MaxDepth {
			return key, nil, false
		}
		var err error
		if values, err = readValues(variables); err != nil {
			return key, nil, false
		}
		b = appendCanonical(b, values)
	}
	return sha256.Sum256(b), values, true
}

// appendCanonical appends what stands for a JSON value: no two values have the same. An object's fields are in the order of their names.
func appendCanonical(b []byte, v any) []byte {
	text := func(kind byte, s string) {
		b = append(binary.AppendUvarint(append(b, kind), uint64(len(s))), s...)
	}
	switch v := v.(type) {
	case nil:
		b = append(b, 'n')
	case bool:
		b = strconv.AppendBool(b, v)
	case json.Number:
		text('0', string(v))
	case string:
		text('"', v)
	case []any:
		b = binary.AppendUvarint(append(b, '['), uint64(len(v)))
		for _, x := range v {
			b = appendCanonical(b, x)
		}
	case map[string]any:
		b = binary.AppendUvarint(append(b, '{'), uint64(len(v)))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text('"', name)
			b = appendCanonical(b, v[name])
		}
	}
	return b
}

// kept returns the answer of a request that asked before, by its bytes, nil if it has to be read. It costs no more than a look.
func (s *service) kept(ctx context.Context, sent []byte) *answer {
	kept := s.answers.findSent(sent, s.graph.Revision())
	if kept == nil {
		return nil
	}
	noteOf(ctx).keep(kept)
	return kept.answer
}

// remember returns an answerer that answers from the cache what has been answered at the store's present revision, and otherwise asks
// next. It keeps what queries get without an error: errors may pass, or are found again for less.
//
// A kept answer takes no place among the executions under way. All that bounds a question has let it through before, and bounds it
// still: its size and its rate are the transport's.
func (s *service) remember(next answerer) answerer {
	return func(ctx context.Context, p *params) *answer {
		text, refused := s.document(p)
		if refused != nil {
			return next(ctx, p)
		}
		key, values, ok := s.config.keyOf(text, p.operationName, p.variables)
		if !ok {
			return next(ctx, p)
		}
		p.values = values
		if p.query != "" && p.extensions != nil && p.hash() != "" { // a document with its hash is to be registered, too
			return next(ctx, p)
		}
		if kept := s.answers.find(key, s.graph.Revision()); kept != nil {
			if p.sent != nil {
				s.answers.also(key, p.sent)
			}
			noteOf(ctx).keep(kept)
			return kept.answer
		}
		s.answers.misses.Add(1)
		a := next(ctx, p)
		if a.operation != ast.Query || a.code != "" || !a.hasData {
			return a
		}
		if revision, err := strconv.ParseUint(a.revision, 10, 64); err == nil {
			s.answers.add(newKeptAnswer(a, key), revision)
			if p.sent != nil {
				s.answers.also(key, p.sent)
			}
		}
		return a
	}
}
