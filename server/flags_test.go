package main

import (
	"errors"
	"flag"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// TestFlags reads flags of every kind from arguments and from the environment: a flag beats a variable, a variable the
// default.
func TestFlags(t *testing.T) {
	type values struct {
		name    textFlag
		on      boolFlag
		wait    durationFlag
		most    sizeFlag
		n       countFlag
		kinds   listFlag
		rest    []string
		changed []string
	}
	tests := []struct {
		name string
		env  map[string]string
		args []string
		want values
	}{
		{"defaults", nil, nil, values{name: "a", on: true, wait: 1e9, most: 1024, n: 3}},
		{"flags", nil, []string{"-name", "b", "-on=false", "-wait=2m", "-max-body", "2MiB", "-n", "7", "-kind", "x", "-kind", "y,z"},
			values{name: "b", wait: durationFlag(2 * time.Minute), most: 2 << 20, n: 7, kinds: listFlag{values: []string{"x", "y", "z"}},
				changed: []string{"name=flag", "on=flag", "wait=flag", "max-body=flag", "n=flag", "kind=flag"}}},
		{"variables", map[string]string{"PARLEY_NAME": "c", "PARLEY_ON": "0", "PARLEY_MAX_BODY": "10", "PARLEY_KIND": "x,y", "PARLEY_N": ""}, nil,
			values{name: "c", wait: 1e9, most: 10, n: 3, kinds: listFlag{values: []string{"x", "y"}},
				changed: []string{"name=PARLEY_NAME", "on=PARLEY_ON", "max-body=PARLEY_MAX_BODY", "kind=PARLEY_KIND"}}},
		{"flags beat variables", map[string]string{"PARLEY_NAME": "c", "PARLEY_KIND": "x,y"}, []string{"-kind", "z", "-name", "d"},
			values{name: "d", on: true, wait: 1e9, most: 1024, n: 3, kinds: listFlag{values: []string{"z"}}, changed: []string{"name=flag", "kind=flag"}}},
		{"set to the default", nil, []string{"-name", "a"}, values{name: "a", on: true, wait: 1e9, most: 1024, n: 3}},
		{"behind arguments", nil, []string{"x", "-n", "9", "-", "--", "-y", "-n"},
			values{name: "a", on: true, wait: 1e9, most: 1024, n: 9, rest: []string{"x", "-", "-y", "-n"}, changed: []string{"n=flag"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFlags("test", func(name string) (string, bool) { v, ok := test.env[name]; return v, ok })
			got := values{name: "a", on: true, wait: 1e9, most: 1024, n: 3}
			f.define(&got.name, "name", "S", "")
			f.define(&got.on, "on", "B", "")
			f.define(&got.wait, "wait", "D", "")
			f.define(&got.most, "max-body", "N", "")
			f.define(&got.n, "n", "N", "")
			f.define(&got.kinds, "kind", "K", "")
			var err error
			if got.rest, err = f.parse(test.args); err != nil {
				t.Fatal(err)
			}
			for _, x := range f.changed() {
				got.changed = append(got.changed, x.name+"="+x.origin)
			}
			w := test.want
			if got.name != w.name || got.on != w.on || got.wait != w.wait || got.most != w.most || got.n != w.n ||
				!slices.Equal(got.kinds.values, w.kinds.values) || !slices.Equal(got.rest, w.rest) || !slices.Equal(got.changed, w.changed) {
				t.Errorf("parse(%q) with %v\n got %+v\nwant %+v", test.args, test.env, got, w)
			}
		})
	}
}

func TestFlagHelp(t *testing.T) {
	f := newFlags("test", func(string) (string, bool) { return "", false })
	if _, err := f.parse([]string{"x", "-h"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("parse(x -h) = %v, want flag.ErrHelp", err)
	}
}

func TestSizeFlag(t *testing.T) {
	tests := []struct {
		in, want string // "" for an error
	}{
		{"1", "1"}, {"1024", "1KiB"}, {"1536", "1536"}, {"1MiB", "1MiB"}, {"2048KiB", "2MiB"}, {"3GiB", "3GiB"},
		{"0", ""}, {"-1", ""}, {"1MB", ""}, {"MiB", ""}, {"1.5MiB", ""}, {"9999999999GiB", ""}, {"", ""},
	}
	for _, test := range tests {
		var v sizeFlag
		err := v.Set(test.in)
		if test.want == "" {
			if err == nil {
				t.Errorf("Set(%q): no error, and %s", test.in, &v)
			}
		} else if err != nil || v.String() != test.want {
			t.Errorf("Set(%q) = %s, %v, want %s", test.in, &v, err, test.want)
		}
	}
}

func TestCheckBase(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://example.org/id/": true, "https://example.org/#": true, "urn:x/": true,
		"example.org/": false, "https://example.org": false, "https://example.org/a b/": false, "https://example.org/<": false, "": false,
	} {
		if err := checkBase(base); (err == nil) != ok {
			t.Errorf("checkBase(%q) = %v, want ok %v", base, err, ok)
		}
	}
}

func TestVersionText(t *testing.T) {
	tests := []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"nothing known", debug.BuildInfo{GoVersion: "go1.26.0"}, "parley, go1.26.0"},
		{"a release", debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}}, "parley v1.2.3, go1.26.0"},
		{"from a checkout", debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		}}, "parley (devel), commit abc with changes of 2026-01-02T03:04:05Z, go1.26.0"},
	}
	for _, test := range tests {
		if got := versionText(&test.info); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
