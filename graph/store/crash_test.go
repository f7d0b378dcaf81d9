package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const crashFolder = "PARLEY_TEST_CRASH_FOLDER" // set in the child of TestCrash: the folder that it writes to

// TestCrashChild is the program that TestCrash kills: it adds batches and says which the store has acknowledged.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		t.Skip("it is the child of TestCrash, which runs it")
	}
	s, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := int(s.View().Revision()); n < 10_000; n++ {
		if added, err := s.Add(context.Background(), batchOf(n)); added != batchSize || err != nil {
			t.Fatalf("Add of batch %d = %d, %v", n, added, err)
		}
		if _, err := fmt.Printf("added %d\n", n); err != nil {
			t.Fatal(err) // nobody is listening
		}
	}
}

// A store that is killed at any moment opens with every batch that it acknowledged and no part of another. This is the death
// of a process; that of a machine would need a disk that forgets what was not synced.
func TestCrash(t *testing.T) {
	const folders, kills = 2, 60
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		total int // batches acknowledged
		late  int // kills that found a batch written and not yet acknowledged
		left  int // kills in the midst of a file
	)
	for range folders {
		group.Go(func() {
			dir, next := t.TempDir(), 0 // next is the number of batches that the store must have
			for kill := range kills {
				if kill%10 == 0 { // files are short and quickly written again
					dir, next = t.TempDir(), 0
				}
				acked, err := runAndKill(t, dir)
				if err != nil {
					t.Error(err)
					return
				}
				leftOvers, _ := filepath.Glob(filepath.Join(dir, "*.tmp"))
				s, err := Open(t.Context(), dir)
				if err != nil {
					t.Errorf("after a kill: %v", err)
					return
				}
				found := batches(t, s.View())
				for i, n := range found {
					if i != n {
						t.Errorf("batch %d is missing: %v", i, found)
						return
					}
				}
				must := max(next, acked+1)
				if len(found) < must || len(found) > must+1 || s.View().Revision() != uint64(len(found)) {
					t.Errorf("revision %d has %d batches; %d were acknowledged", s.View().Revision(), len(found), must)
					return
				}
				mu.Lock()
				total, late, left = total+must-next, late+len(found)-must, left+len(leftOvers)
				mu.Unlock()
				next = len(found)
			}
		})
	}
	group.Wait()
	t.Logf("%d kills: %d batches acknowledged, %d written and not yet acknowledged, %d files half written", folders*kills, total, late, left)
	if !t.Failed() && total < folders*kills {
		t.Errorf("%d batches in %d runs: the kills come too early to test anything", total, folders*kills)
	}
}

// runAndKill runs TestCrashChild on a folder, kills it some time after it began to add, and returns the last batch that it
// said to be added, or -1.
func runAndKill(t *testing.T, dir string) (acked int, err error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.v=false")
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	kill := func() { cmd.Process.Kill() } // SIGKILL, which nothing in the child sees coming
	watchdog := time.AfterFunc(20*time.Second, kill)
	defer watchdog.Stop()
	acked = -1
	var timer *time.Timer
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // half a line acknowledges nothing
		}
		var n int
		if _, err := fmt.Sscanf(line, "added %d\n", &n); err != nil {
			kill()
			cmd.Wait()
			return 0, fmt.Errorf("the child said %s", strconv.Quote(line))
		}
		acked = n
		if timer == nil {
			timer = time.AfterFunc(time.Duration(rand.Int64N(int64(40*time.Millisecond))), kill)
			defer timer.Stop()
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		return 0, fmt.Errorf("the child ended by itself: %v", cmd.ProcessState)
	}
	return acked, nil
}
