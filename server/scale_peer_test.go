package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// BenchmarkServers asks one, two and four servers over one PostgreSQL, by eight clients that take the servers in turns, all on this machine: W1, and W7, each event
// acknowledged when the database has it on disk. Beside them is one server with a folder. They take turns; shown are the median, the least and the
// greatest of all turns. Run it once:
//
//	go test ./server -run xxx -bench Servers -benchtime 1x -timeout 30m
func BenchmarkServers(b *testing.B) {
	if testing.Short() {
		b.Skip("it loads half a million events twice")
	}
	dir := b.TempDir()
	_, nq := icewsFiles(b, dir)
	database := pgtest.Start(b, "shared_buffers=1GB", "max_wal_size=4GB", "max_connections=200")
	location := database.Location()
	folder := filepath.Join(dir, "folder")
	for _, st := range []string{location, folder} {
		begun := time.Now()
		if out, err := parley(dir, nil, "load", "-store", st, nq).CombinedOutput(); err != nil {
			b.Fatalf("load: %v\n%s", err, out)
		}
		name := "a folder"
		if st == location {
			name = "PostgreSQL"
		}
		b.Logf("W8: loaded into %s in %.1f s", name, time.Since(begun).Seconds())
	}
	token, hash := newToken()
	if err := os.WriteFile(filepath.Join(dir, "writers"), []byte((writer{"bench", hash}).line()), 0o600); err != nil {
		b.Fatal(err)
	}
	start := func(st string) string {
		s := startServe(b, dir, nil, "-writers", "writers", "-answer-cache", "1", "-store", st)
		b.Cleanup(func() { s.cmd.Process.Kill() })
		return s.url
	}
	setups := []struct {
		name string
		urls []string
	}{{"folder", []string{start(folder)}}}
	var all []string
	for len(all) < 4 {
		all = append(all, start(location))
	}
	for _, n := range []int{1, 2, 4} {
		setups = append(setups, struct {
			name string
			urls []string
		}{fmt.Sprint(n), all[:n]})
	}
	asks := drawAsks(b, strings.TrimPrefix(setups[0].urls[0], "http://"))["W1"]
	inputs := icewsInputs(b)
	for b.Loop() {
		reads, writes := map[string][]float64{}, map[string][]float64{}
		for turn := range *peerTurns + 1 {
			for _, s := range setups {
				rate := askTogether(b, s.urls, asks, time.Duration(*peerSeconds)*time.Second)
				if turn > 0 { // the first warms them up
					reads[s.name] = append(reads[s.name], rate)
				}
			}
		}
		for range *peerTurns {
			for _, s := range setups {
				begun := time.Now()
				n := writeEvents(b, s.urls, token, inputs, time.Duration(*peerSeconds)*time.Second)
				writes[s.name] = append(writes[s.name], float64(n)/time.Since(begun).Seconds())
			}
		}
		for _, s := range setups {
			b.Logf("%-8s W1 %s a second, W7 %s a second", s.name, spread(reads[s.name]), spread(writes[s.name]))
		}
	}
}

// askTogether asks servers in turns by eight clients and returns how many answers a second there were.
func askTogether(b *testing.B, urls []string, asks []surfaceAsk, during time.Duration) float64 {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writeClients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var made atomic.Int64
	var wg sync.WaitGroup
	begun := time.Now()
	for w := range writeClients {
		wg.Go(func() {
			for n := w; time.Since(begun) < during; n += writeClients {
				answer, err := client.Post(urls[n/writeClients%len(urls)]+"/graphql", "application/json", bytes.NewReader(asks[n%len(asks)].body))
				if err != nil {
					b.Error(err)
					return
				}
				text, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || answer.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
					b.Errorf("%s, %v", text, err)
					return
				}
				made.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(made.Load()) / time.Since(begun).Seconds()
}
