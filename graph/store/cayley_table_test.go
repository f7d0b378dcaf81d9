package store

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var benchmarkOutput = flag.String("table", "", "print a table of this output of BenchmarkCayley")

// TestCayleyTable prints the table of README.md from what BenchmarkCayley printed before: medians, with the least and the greatest.
func TestCayleyTable(t *testing.T) {
	if *benchmarkOutput == "" {
		t.Skip("this prints a table, and tests nothing: give the output of BenchmarkCayley by -table")
	}
	f, err := os.Open(*benchmarkOutput)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	times := map[[2]string][]time.Duration{} // by question and backend
	var questions, backends []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "BenchmarkCayley/") || fields[3] != "ns/op" {
			continue
		}
		backend, question, _ := strings.Cut(strings.TrimPrefix(fields[0], "BenchmarkCayley/"), "/")
		if i := strings.LastIndexByte(question, '-'); i > 0 {
			question = question[:i] // the number of processors
		}
		question = strings.ReplaceAll(strings.TrimPrefix(question, "integration/"), "_", " ")
		ns, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(questions, question) {
			questions = append(questions, question)
		}
		if !slices.Contains(backends, backend) {
			backends = append(backends, backend)
		}
		k := [2]string{question, backend}
		times[k] = append(times[k], time.Duration(ns))
	}
	fmt.Printf("| | %s |\n|---|%s\n", strings.Join(backends, " | "), strings.Repeat("---|", len(backends)))
	for _, q := range questions {
		row := "| " + q
		for _, b := range backends {
			row += " | "
			if d := times[[2]string{q, b}]; len(d) > 0 {
				slices.Sort(d)
				row += fmt.Sprintf("%s (%s–%s)", threeDigits(d[len(d)/2]), threeDigits(d[0]), threeDigits(d[len(d)-1]))
			}
		}
		fmt.Println(row + " |")
	}
}

// threeDigits is a duration to three digits.
func threeDigits(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.3g µs", d.Seconds()*1e6)
}
