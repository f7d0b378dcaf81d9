package store_test

import (
	"testing"
	"unicode/utf8"

	"github.com/parleygraph/parley/graph/store"
)

// What a search has folded is folded again where it is looked up, so folding twice must be folding once: of every letter that there is.
func TestFoldTwice(t *testing.T) {
	most := rune(0x20000) // beyond it are ideographs, and letters without case
	if testing.Short() {
		most = 0x3000
	}
	for r := rune(0); r < most; r++ {
		if s := string(r); utf8.ValidRune(r) && store.Fold(store.Fold(s)) != store.Fold(s) {
			t.Errorf("%U: %q is folded to %q, and that to %q", r, s, store.Fold(s), store.Fold(store.Fold(s)))
		}
	}
	for _, pair := range [][2]string{{"ꭰ", "Ꭰ"}, {"ᏸ", "Ᏸ"}, {"É", "e"}, {"ß", "SS"}, {"ﬁ", "FI"}, {"Σ", "ς"}} {
		if a, b := store.Fold(pair[0]), store.Fold(pair[1]); a != b {
			t.Errorf("%q and %q are folded to %q and %q", pair[0], pair[1], a, b)
		}
	}
}
