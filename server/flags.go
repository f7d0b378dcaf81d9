package main

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// flags are the flags of one command. Each has an environment twin: -max-body is PARLEY_MAX_BODY.
type flags struct {
	set    *flag.FlagSet
	getenv func(string) (string, bool)
	list   []*oneFlag // in the order of their definition
}

// A oneFlag is a flag and where its value comes from.
type oneFlag struct {
	name, placeholder, usage string
	fallback                 string // the default as text
	value                    flag.Value
	origin                   string // "" if the default stands, "flag", or the variable's name
}

func newFlags(command string, getenv func(string) (string, bool)) *flags {
	f := &flags{set: flag.NewFlagSet(command, flag.ContinueOnError), getenv: getenv}
	f.set.SetOutput(io.Discard)
	f.set.Usage = func() {}
	return f
}

// define adds a flag. Its value stands at its default already.
func (f *flags) define(v flag.Value, name, placeholder, usage string) {
	f.set.Var(v, name, usage)
	f.list = append(f.list, &oneFlag{name: name, placeholder: placeholder, usage: usage, fallback: v.String(), value: v})
}

// variable returns the name of the flag's environment twin.
func (x *oneFlag) variable() string {
	return "PARLEY_" + strings.ToUpper(strings.ReplaceAll(x.name, "-", "_"))
}

// spelling returns how the flag is given: a boolean one takes its value only with =.
func (x *oneFlag) spelling() string {
	if _, ok := x.value.(*boolFlag); ok {
		return "-" + x.name + "=" + x.placeholder
	}
	return "-" + x.name + " " + x.placeholder
}

func (x *oneFlag) defaultText() string {
	if x.fallback == "" {
		return "none"
	}
	return x.fallback
}

// parse reads the environment, then the arguments, and returns those that are no flags. Flags may stand behind arguments:
// contacts "Pete Hegseth" -first 5. After "--" nothing is a flag.
func (f *flags) parse(args []string) ([]string, error) {
	for _, x := range f.list {
		if text, ok := f.getenv(x.variable()); ok && text != "" {
			if err := x.value.Set(text); err != nil {
				return nil, fmt.Errorf("%s=%s: %w", x.variable(), text, err)
			}
			x.origin = x.variable()
			if r, ok := x.value.(interface{ reset() }); ok {
				r.reset()
			}
		}
	}
	var rest []string
	for {
		if err := f.set.Parse(args); err != nil {
			return nil, err
		}
		left := f.set.Args()
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			rest = append(rest, left...)
			break
		}
		if len(left) == 0 {
			break
		}
		rest, args = append(rest, left[0]), left[1:]
	}
	f.set.Visit(func(set *flag.Flag) {
		for _, x := range f.list {
			if x.name == set.Name {
				x.origin = "flag"
			}
		}
	})
	return rest, nil
}

// changed returns the flags that do not stand at their default.
func (f *flags) changed() []*oneFlag {
	var list []*oneFlag
	for _, x := range f.list {
		if x.origin != "" && x.value.String() != x.fallback {
			list = append(list, x)
		}
	}
	return list
}

// The kinds of values that flags have.

type textFlag string

func (v *textFlag) String() string     { return string(*v) }
func (v *textFlag) Set(s string) error { *v = textFlag(s); return nil }

type boolFlag bool

func (v *boolFlag) String() string   { return strconv.FormatBool(bool(*v)) }
func (v *boolFlag) IsBoolFlag() bool { return true }
func (v *boolFlag) Set(s string) error {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("want true or false")
	}
	*v = boolFlag(b)
	return nil
}

type countFlag int

func (v *countFlag) String() string { return strconv.Itoa(int(*v)) }
func (v *countFlag) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fmt.Errorf("want a whole number from 1")
	}
	*v = countFlag(n)
	return nil
}

type durationFlag time.Duration

func (v *durationFlag) String() string { return time.Duration(*v).String() }
func (v *durationFlag) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fmt.Errorf("want a time above zero, such as 500ms, 10s or 2m")
	}
	*v = durationFlag(d)
	return nil
}

// A sizeFlag is a number of bytes, at least one.
type sizeFlag int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (v *sizeFlag) String() string {
	for _, u := range sizeUnits {
		if n := int64(*v); n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprint(n/u.bytes, u.suffix)
		}
	}
	return strconv.FormatInt(int64(*v), 10)
}

func (v *sizeFlag) Set(s string) error {
	factor := int64(1)
	for _, u := range sizeUnits {
		if number, ok := strings.CutSuffix(s, u.suffix); ok {
			s, factor = number, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > (1<<40)/factor {
		return fmt.Errorf("want a number of bytes, such as 65536, 512KiB or 1MiB")
	}
	*v = sizeFlag(n * factor)
	return nil
}

// A listFlag may be given several times, or once with commas. Flags replace what the environment gave.
type listFlag struct {
	values []string
	fresh  bool // the next value begins a new list
}

func (v *listFlag) String() string { return strings.Join(v.values, ",") }
func (v *listFlag) reset()         { v.fresh = true }
func (v *listFlag) Set(s string) error {
	if v.fresh {
		v.values, v.fresh = nil, false
	}
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			return fmt.Errorf("want a value, or several with commas between them")
		}
		v.values = append(v.values, part)
	}
	return nil
}
