package store

import (
	"testing"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/graphtest"
	"github.com/cayleygraph/cayley/graph/graphtest/testutil"
	"github.com/cayleygraph/cayley/graph/kv"
	"github.com/cayleygraph/cayley/graph/kv/bolt"
	"github.com/cayleygraph/cayley/graph/kv/btree"
	"github.com/cayleygraph/cayley/graph/kv/leveldb"
	"github.com/cayleygraph/cayley/graph/memstore"
	hkv "github.com/hidal-go/hidalgo/kv"
)

// BenchmarkCayley is Cayley's own benchmark, an import and the questions of its integration test over 30,000 films, on this store
// and on each of Cayley's backends. README.md has its table and the command that makes it.
func BenchmarkCayley(b *testing.B) {
	chdirCayley(b)
	for _, backend := range []struct {
		name string
		open testutil.DatabaseFunc
	}{
		{"parley-memory", cayleyStore(inMemory)},
		{"parley-folder", cayleyStore(inFolder)},
		{"memstore", func(testing.TB) (graph.QuadStore, graph.Options, func()) { return memstore.New(), nil, func() {} }},
		{"btree", cayleyKV(func(string) (hkv.KV, error) { return btree.Create("", nil) })},
		{"leveldb", cayleyKV(func(dir string) (hkv.KV, error) { return leveldb.Create(dir, nil) })},
		{"bolt", cayleyKV(func(dir string) (hkv.KV, error) { return bolt.Create(dir, nil) })},
	} {
		b.Run(backend.name, func(b *testing.B) {
			if testing.Short() && backend.name != "parley-memory" {
				b.Skip("each loads 30,000 films first")
			}
			if raceDetector && backend.name == "bolt" {
				b.Skip("boltdb converts pointers in a way at which the race detector ends the program")
			}
			graphtest.BenchmarkAll(b, backend.open, &graphtest.Config{AlwaysRunIntegration: true})
		})
	}
}

// cayleyKV is Cayley's store on one of its key-value engines.
func cayleyKV(create func(dir string) (hkv.KV, error)) testutil.DatabaseFunc {
	return func(t testing.TB) (graph.QuadStore, graph.Options, func()) {
		db, err := create(inFolder(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := kv.Init(db, nil); err != nil {
			t.Fatal(err)
		}
		qs, err := kv.New(db, nil)
		if err != nil {
			t.Fatal(err)
		}
		return qs, nil, func() { qs.Close() }
	}
}
