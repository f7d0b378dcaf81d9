package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const loadCrashFolder = "PARLEY_TEST_LOAD_CRASH_FOLDER" // set in the child of TestLoadCrash: the folder that it loads into

// TestLoadCrashChild is the program that TestLoadCrash kills: it loads one text after the other, and says when it begins and ends.
func TestLoadCrashChild(t *testing.T) {
	dir := os.Getenv(loadCrashFolder)
	if dir == "" {
		t.Skip("it is the child of TestLoadCrash, which runs it")
	}
	s, err := Open(context.Background(), dir, Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	for n := int(revision(s)); ; n++ {
		fmt.Println("begun", n)
		report, err := s.Load(context.Background(), text("crash", crashText(n)), LoadOptions{Memory: 8 << 20, runQuads: 3000})
		if err != nil || report.Added != crashQuads {
			t.Fatalf("load %d: %+v, %v", n, report, err)
		}
		fmt.Println("done", n)
	}
}

const crashQuads = 10_000

func crashText(n int) string {
	var b strings.Builder
	for i := range crashQuads / 2 {
		fmt.Fprintf(&b, "<event:%d-%d> <role:x> <a:%d> <claim:%d> .\n<event:%d-%d> <role:y> <a:b%d> <claim:%d> .\n", n, i, i, n, n, i, i%7, n)
	}
	return b.String()
}

// TestLoadCrash kills a program while it loads. Whenever that is, the store has each load that was done, whole, and at most one
// more; and what it left lying about is gone when it is opened.
func TestLoadCrash(t *testing.T) {
	kills := 12
	if testing.Short() || raceDetector {
		kills = 3
	}
	dir := filepath.Join(t.TempDir(), "store")
	must, midst := 0, 0
	for range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLoadCrashChild$")
		cmd.Env = append(os.Environ(), loadCrashFolder+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "done %d", &n); err == nil {
				must = n + 1
			}
			if _, err := fmt.Sscanf(lines.Text(), "begun %d", &n); err == nil {
				timer := time.AfterFunc(rand.N(400*time.Millisecond), func() { cmd.Process.Kill() })
				defer timer.Stop()
			}
		}
		watchdog.Stop()
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("the child ended by itself: %v", cmd.ProcessState)
		}
		if _, err := os.Stat(filepath.Join(dir, loadingName)); err == nil {
			midst++
		}
		s, err := Open(t.Context(), dir, Options{Model: eventModel})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, loadingName)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder %s is still there: %v", loadingName, err)
		}
		v := s.View()
		found := int(v.Revision())
		quads, _ := v.Size()
		if found < must || found > must+1 || quads != found*crashQuads {
			t.Errorf("there are %d loads and %d quads; %d loads were done, of %d quads each", found, quads, must, crashQuads)
		}
		must = found
		v.Close()
		if err := s.Check(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d of them in the midst of a load; %d loads were done", kills, midst, must)
}
