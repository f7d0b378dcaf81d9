package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readText returns a file's text.
func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDeploySettings checks that the settings in deploy are flags that the program has, with values that they take.
func TestDeploySettings(t *testing.T) {
	docker, unit := readText(t, "deploy/Dockerfile"), readText(t, "deploy/parley.service")
	f := newFlags("serve", func(string) (string, bool) { return "", false })
	serveCommand.flags(f)
	for name, text := range map[string]string{"Dockerfile": docker, "parley.service": unit} {
		found := regexp.MustCompile(`(PARLEY_[A-Z_]+)=([^\s…]+)`).FindAllStringSubmatch(text, -1)
		if len(found) < 2 {
			t.Errorf("%s sets %v", name, found)
		}
		for _, m := range found {
			known := false
			for _, x := range f.list {
				if x.variable() == m[1] {
					known = true
					if err := x.value.Set(m[2]); err != nil {
						t.Errorf("%s: %s: %v", name, m[0], err)
					}
				}
			}
			if !known {
				t.Errorf("%s: no flag has the variable %s", name, m[1])
			}
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readText(t, "../go.mod"))[1]
	if !strings.Contains(docker, "FROM golang:"+goVersion+"-") {
		t.Errorf("the Dockerfile does not build with go.mod's Go %s", goVersion)
	}
	for _, want := range []string{"distroless", "\nUSER 65532:65532\n", "ENTRYPOINT [", "CGO_ENABLED=0"} {
		if !strings.Contains(docker, want) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
}

// TestDockerfile judges the Dockerfile; and one that is wrong, to see that it judges.
func TestDockerfile(t *testing.T) {
	if out, ok := node(t, "dockerfile.mjs", "../deploy/Dockerfile"); !ok {
		t.Errorf("it says\n%s", out)
	}
	wrong := filepath.Join(t.TempDir(), "Dockerfile")
	write(t, wrong, "FROM scratch\nCOPI a b\nWORKDIR relative\n")
	if out, ok := node(t, "dockerfile.mjs", wrong); ok || strings.Count(out, "\n") != 2 {
		t.Errorf("a wrong one: passes %v:\n%s", ok, out)
	}
}

// TestUnit judges the unit by systemd's own means: that it is one, and that it gives the program little to break.
func TestUnit(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("there is no systemd-analyze here; .ci/run installs it")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := strings.ReplaceAll(readText(t, "deploy/parley.service"), "/usr/local/bin/parley", self) // it looks whether that is there
	name := filepath.Join(t.TempDir(), "parley.service")
	write(t, name, unit)
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", name).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", name).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
	write(t, name, strings.Replace(unit, "NoNewPrivileges=yes", "NoNewPrivileges=perhaps", 1))
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", name).CombinedOutput(); err == nil && len(out) == 0 {
		t.Error("a wrong unit passes")
	}
}
