package main

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// keptBytes is what an answer takes beside its text once it is kept, in bytes; TestAnswerBytes measures it.
const keptBytes = 900

// An answerCache keeps answers to queries, those last asked for, as many as fit into so many bytes. All of them are of one
// revision of the store, the latest that anybody asked it for: an answer depends on nothing but what was asked and that revision,
// since nothing in package graph looks at a clock and no query asks who asks it. It may be used by many goroutines at once.
type answerCache struct {
	limit int64

	mu       sync.Mutex
	revision uint64
	bytes    int64
	order    *list.List                  // of *keptAnswer, last used first
	byKey    map[answerKey]*list.Element // by key, and by the requests that asked it

	hits, misses atomic.Uint64 // of questions
}

// An answerKey is the SHA-256 of what was asked: of document, operation name and variables, or of the bytes of a request that asked it. The
// latter is found without knowing what the bytes mean. They begin with different bytes, see keyOf and keyOfRequest.
type answerKey [sha256.Size]byte

// requestsKept is by how many requests of different bytes an answer is found, besides its key: clients of one program send the same ones.
const requestsKept = 4

// A keptAnswer is an answer, and what the log says of it. Nobody changes it.
type keptAnswer struct {
	*answer
	key      answerKey
	document string      // its SHA-256
	requests []answerKey // at most requestsKept; guarded by the cache
}

func newAnswerCache(limit int64) *answerCache {
	return &answerCache{limit: limit, order: list.New(), byKey: map[answerKey]*list.Element{}}
}

// find returns the answer of a revision, nil if it is not kept. The revision must be one that the store had when the question came, or
// later: whoever was told of a write must see it.
func (c *answerCache) find(key answerKey, revision uint64) *keptAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance(revision)
	e, ok := c.byKey[key]
	if !ok || revision != c.revision {
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
	for c.bytes > c.limit {
		last := c.order.Back()
		old := last.Value.(*keptAnswer)
		c.order.Remove(last)
		delete(c.byKey, old.key)
		for _, request := range old.requests {
			delete(c.byKey, request)
		}
		c.bytes -= old.size()
	}
}

// also lets an answer that is kept be found by a request that asks the same.
func (c *answerCache) also(key, request answerKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return
	}
	if _, known := c.byKey[request]; known {
		return
	}
	if a := e.Value.(*keptAnswer); len(a.requests) < requestsKept {
		a.requests = append(a.requests, request)
		c.byKey[request] = e
	}
}

// advance forgets everything when the store has moved on: no answer of before will be asked for again.
func (c *answerCache) advance(revision uint64) {
	if revision <= c.revision {
		return
	}
	c.revision, c.bytes = revision, 0
	c.order.Init()
	clear(c.byKey)
}

// stats returns how full the cache is and how often it had what was asked for.
func (c *answerCache) stats() (bytes int64, answers int, hits, misses uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.order.Len(), c.hits.Load(), c.misses.Load()
}

func (a *keptAnswer) size() int64 { return int64(cap(a.body)+len(a.name)) + keptBytes }

// keyOf returns what stands for a question. Variables that differ in nothing but the order of an object's fields, spaces or escapes
// are the same. It returns false for what the limits refuse, before it does more than count, and for variables that cannot be read.
func (c *Config) keyOf(document, operationName string, variables json.RawMessage) (answerKey, bool) {
	if int64(len(document)) > c.MaxDocument {
		return answerKey{}, false
	}
	b := append(make([]byte, 0, len(document)+len(operationName)+len(variables)+2*binary.MaxVarintLen64+1), 'Q')
	for _, part := range []string{document, operationName} {
		b = binary.AppendUvarint(b, uint64(len(part))) // so that no two questions run together to the same bytes
		b = append(b, part...)
	}
	if variables != nil {
		if values, depth := countJSON(variables, c.MaxValues, c.MaxDepth); values > c.MaxValues || depth > c.MaxDepth {
			return answerKey{}, false
		}
		var v map[string]any
		d := json.NewDecoder(bytes.NewReader(variables))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return answerKey{}, false
		}
		b = append(b, mustMarshal(v)...)
	}
	return sha256.Sum256(b), true
}

// keyOfRequest returns what stands for the bytes of a request: the body of a POST, or the parameters of a GET behind a question mark. A body
// that asks anything is an object, and begins as neither these nor another key does.
func keyOfRequest(sent []byte) answerKey { return sha256.Sum256(sent) }

// kept returns the answer of a request that asked before, by its bytes, nil if it has to be read. It costs no more than a look.
func (s *service) kept(ctx context.Context, request answerKey) *answer {
	kept := s.answers.find(request, s.graph.Revision())
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
		key, ok := s.config.keyOf(text, p.operationName, p.variables)
		if !ok {
			return next(ctx, p)
		}
		if p.query != "" && p.extensions != nil && p.hash() != "" { // a document with its hash is to be registered, too
			return next(ctx, p)
		}
		if kept := s.answers.find(key, s.graph.Revision()); kept != nil {
			if p.sent {
				s.answers.also(key, p.request)
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
			s.answers.add(&keptAnswer{answer: a, key: key, document: hashOf(text)}, revision)
			if p.sent {
				s.answers.also(key, p.request)
			}
		}
		return a
	}
}
