package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
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
	fmt.Println("added -1") // it begins
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := int(revision(s)); n < 100_000; n++ {
		if added, err := s.Add(context.Background(), batchOf(n)); added != batchSize || err != nil {
			t.Fatalf("Add of batch %d = %d, %v", n, added, err)
		}
		if _, err := fmt.Printf("added %d\n", n); err != nil {
			t.Fatal(err) // nobody is listening
		}
	}
}

// A store that is killed at any moment opens with every batch that it acknowledged and no part of another, and passes the check. This
// is the death of a process; TestPowerLoss is that of a machine.
func TestCrash(t *testing.T) {
	t.Parallel()
	folders, kills := 2, 110
	if testing.Short() {
		kills = 8
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		total int // batches acknowledged
		late  int // kills that found a batch written and not yet acknowledged
		young int // kills while the store was being made
	)
	for range folders {
		group.Go(func() {
			dir, next := t.TempDir(), 0 // next is the number of batches that the store must have
			for kill := range kills {
				if kill%10 == 0 { // a new one: it is killed while it is being made, too
					dir, next = t.TempDir(), 0
				}
				acked, err := runAndKill(t, dir, kill%10 < 3)
				if err != nil {
					t.Error(err)
					return
				}
				found, err := afterCrash(t, dir)
				if err != nil {
					t.Errorf("after a kill: %v", err)
					return
				}
				must := max(next, acked+1)
				if found < must || found > must+1 {
					t.Errorf("there are %d batches; %d were acknowledged", found, must)
					return
				}
				mu.Lock()
				total, late = total+must-next, late+found-must
				if found == 0 {
					young++
				}
				mu.Unlock()
				next = found
			}
		})
	}
	group.Wait()
	t.Logf("%d kills, %d before the first batch: %d batches acknowledged, %d written and not yet acknowledged", folders*kills, young, total, late)
	if !t.Failed() && total < folders*kills {
		t.Errorf("%d batches in %d runs: the kills come too early to test anything", total, folders*kills)
	}
}

// afterCrash opens a store, checks it, and returns how many batches it has: the first ones, whole.
func afterCrash(t *testing.T, dir string) (int, error) {
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		return 0, err
	}
	v := s.View()
	found := batches(t, v)
	for i, n := range found {
		if i != n {
			err = fmt.Errorf("batch %d is missing: %v", i, found)
		}
	}
	if v.Revision() != uint64(len(found)) {
		err = fmt.Errorf("revision %d has %d batches", v.Revision(), len(found))
	}
	return len(found), errors.Join(err, s.Check(t.Context(), nil), v.Close(), s.Close())
}

// runAndKill runs TestCrashChild on a folder, kills it some time after it began to add, or early: some time after it began to open
// the store, and returns the last batch that it said to be added, or -1.
func runAndKill(t *testing.T, dir string, early bool) (acked int, err error) {
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
		if _, err := fmt.Sscanf(line, "added %d\n", &n); err != nil || n < -1 {
			kill()
			cmd.Wait()
			return 0, fmt.Errorf("the child said %s", strconv.Quote(line))
		}
		acked = n
		if timer == nil && (early || n >= 0) {
			most := 40 * time.Millisecond
			if early {
				most = 10 * time.Millisecond
			}
			timer = time.AfterFunc(time.Duration(rand.Int64N(int64(most))), kill)
			defer timer.Stop()
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		return 0, fmt.Errorf("the child ended by itself: %v", cmd.ProcessState)
	}
	return acked, nil
}
