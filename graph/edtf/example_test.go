package edtf_test

import (
	"fmt"

	"github.com/parleygraph/parley/graph/edtf"
)

func Example() {
	for _, s := range []string{"2025-01-31", "2025-02-XX", "[2025-02-27..2025-03-01]", "2025-02-27~/..", "2025-02-30"} {
		d, err := edtf.Parse(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s from %q to %q\n", d, d.Precision(), d.Earliest(), d.Latest())
	}
	// Output:
	// 2025-01-31: day from "2025-01-31" to "2025-01-31"
	// 2025-02-XX: month from "2025-02-01" to "2025-02-28"
	// [2025-02-27..2025-03-01]: set from "2025-02-27" to "2025-03-01"
	// 2025-02-27~/..: interval from "2025-02-27" to ".."
	// edtf "2025-02-30": position 9: no day 30 in 2025-02
}

func ExampleWindow_Contains() {
	february, _ := edtf.Parse("2025-02")
	first, last := february.Earliest().Day, february.Latest().Day
	window := edtf.Window{From: &first, To: &last}
	for _, s := range []string{"2025-02-15", "[2025-02-27..2025-03-01]", "2025-03-04"} {
		d, _ := edtf.Parse(s)
		fmt.Println(s, window.Contains(d))
	}
	// Output:
	// 2025-02-15 yes
	// [2025-02-27..2025-03-01] maybe
	// 2025-03-04 no
}

func ExampleCovers() {
	tenure, _ := edtf.Parse("2025-01-25/..")
	call, _ := edtf.Parse("2025-01-31")
	year, _ := edtf.Parse("2025")
	fmt.Println(edtf.Covers(tenure, call), edtf.Covers(tenure, year))
	// Output: yes maybe
}
