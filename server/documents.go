package main

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// tokenBytes is what a token of a document takes at most once it is parsed and validated, in bytes; TestDocumentBytes measures up
// to 402, and the rest is for the noise of the heap.
const tokenBytes = 440

// A documentCache keeps parsed documents, those last asked for, as many as fit into so many bytes. All of them have passed the
// guard and validation. It also finds them by the SHA-256 of their text, if a client has said that it will ask so. It may be
// used by many goroutines at once.
type documentCache struct {
	limit int64

	mu     sync.Mutex
	bytes  int64
	order  *list.List // of *document, last used first
	byText map[string]*list.Element
	byHash map[string]*list.Element // those that have been registered
	hits   uint64
	misses uint64
}

type document struct {
	text  string
	hash  string
	doc   *ast.QueryDocument
	bytes int64
}

func newDocumentCache(limit int64) *documentCache {
	return &documentCache{limit: limit, order: list.New(), byText: map[string]*list.Element{}, byHash: map[string]*list.Element{}}
}

// Get implements graphql.Cache.
func (c *documentCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	d := c.find(text)
	if d == nil {
		return nil, false
	}
	return d.doc, true
}

// find returns a document by its text, nil if it is not kept.
func (c *documentCache) find(text string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byText[text]
	if !ok {
		c.misses++
		return nil
	}
	c.hits++
	c.order.MoveToFront(e)
	return e.Value.(*document)
}

// Add implements graphql.Cache. A document that would fill a tenth of the cache is not kept: such are made by machines and
// differ each time.
func (c *documentCache) Add(_ context.Context, text string, doc *ast.QueryDocument) {
	d := &document{text: text, hash: hashOf(text), doc: doc, bytes: documentBytes(text)}
	if d.bytes > c.limit/10 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byText[text]; ok {
		return
	}
	c.byText[text] = c.order.PushFront(d)
	c.bytes += d.bytes
	for c.bytes > c.limit {
		last := c.order.Back()
		old := last.Value.(*document)
		c.order.Remove(last)
		delete(c.byText, old.text)
		delete(c.byHash, old.hash)
		c.bytes -= old.bytes
	}
}

// register lets a document that is kept be found by its hash.
func (c *documentCache) register(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byText[text]; ok {
		c.byHash[e.Value.(*document).hash] = e
	}
}

// registered returns the text of a document by its hash, "" if it is not known.
func (c *documentCache) registered(hash string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byHash[hash]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*document).text
	}
	return ""
}

// stats returns how full the cache is and how often it had what was asked for.
func (c *documentCache) stats() (bytes int64, documents int, hits, misses uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, len(c.byText), c.hits, c.misses
}

// documentBytes estimates what a document takes once it is parsed, by its text alone. A token is a byte at least.
func documentBytes(text string) int64 {
	tokens, in := 0, false
	for i := range len(text) {
		switch b := text[i]; {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= '0' && b <= '9':
			if !in {
				tokens++
			}
			in = true
		case b == ' ' || b == '\n' || b == '\t' || b == ',' || b == '\r':
			in = false
		default:
			in = false
			tokens++
		}
	}
	return 1000 + int64(len(text)) + int64(tokens)*tokenBytes
}

// hashOf returns the SHA-256 of a text, in hexadecimal.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
