package graph_test

import (
	"os"
	"testing"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
