package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Loading: how more quads come in at once than memory holds. A load has two phases.
//
//	read   one goroutine unpacks and cuts the texts into chunks of whole lines (bulk_source.go); parsers, one a core, turn chunks
//	       into local terms and quads of them (bulk_parse.go); one collector takes the chunks in their order, gives terms their tids
//	       (bulk_dict.go) and gathers quads in a run (bulk_run.go). A run that is full is sorted in each of the six orders and
//	       spilled to temporary files.
//	write  each order is the merge of its runs, or the one run that never left memory, written as sorted files for the engine
//	       to take in (bulk_write.go). The derived entries are made along the way from the subjects' quads in the first order.
//
// Until the engine takes in the files, all at once and the store's own record among them, nothing of the store has changed.
// The temporary files have no names that could survive, or lie in a folder that the next open removes.

// LoadOptions say how a load is done. The zero LoadOptions are the defaults.
type LoadOptions struct {
	// Memory is how many bytes the load may keep; 0 is 320 MiB, and less than 8 MiB counts as 8 MiB. The process takes up to twice as
	// much, for that is how garbage is collected. A load that needs more spills to disk: sorted runs of quads, and names, which
	// are then looked up on disk, some microseconds each.
	Memory int64
	// Check looks at a quad; its error is a problem with the quad's line. It is called by several goroutines at once, and must
	// not keep the quad's terms, whose bytes change when it returns. Nil checks nothing but the syntax.
	Check func(Quad) error
	// Problems is how many problems are listed; 0 is 100. Beyond that they are counted.
	Problems int
	// Progress is told how far the load is, some ten times a second at most from one goroutine at a time. Nil tells nobody.
	Progress func(LoadProgress)

	runQuads int // how many quads a run has at most; 0 is as many as memory holds. Tests have runs of a few.
}

// LoadProgress is how far a load is.
type LoadProgress struct {
	Phase       string // "reading", "writing", "finishing"
	Bytes       int64  // of the sources, as they lie on disk, that are read
	TotalBytes  int64  // 0 if it is not known
	Quads       int    // read
	Done, Total int64  // keys written, of how many; Total is an estimate while there are none of the derived
}

// A LoadReport says what a load did.
type LoadReport struct {
	Quads int // in the sources, duplicates included
	Added int // of these, not in the store before, each once
	Runs  int // that were sorted; one is sorted in memory and not spilled
	Peak  int64
}

// A LineError is what is wrong with a line of a source.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

// Error returns "file:line: what is wrong: what to do".
func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// ProblemsError holds the problems for which a load took in nothing: the first ones, in the order of the sources, and how
// many more there are.
type ProblemsError struct {
	Problems []*LineError
	More     int
}

// Error returns the number of problems, and then each that is listed on a line of its own.
func (e *ProblemsError) Error() string {
	var b strings.Builder
	if n := len(e.Problems) + e.More; n == 1 {
		b.WriteString("1 problem, nothing was loaded")
	} else {
		fmt.Fprintf(&b, "%d problems, nothing was loaded", n)
	}
	for _, p := range e.Problems {
		b.WriteString("\n" + p.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// Unwrap returns the first problem.
func (e *ProblemsError) Unwrap() error { return e.Problems[0] }

// defaultMemory is what a load may keep: a run of some four million quads, so that half a million events need one.
const defaultMemory = 320 << 20

// Load adds the quads of a source, all or none: with any problem, or when it is cancelled or the process ends, the store is as
// it was. It is for millions of quads; [Store.Add] is the better way in for hundreds. Quads that are there already are
// passed over, and so are those that come twice; a load that has no new one makes no new revision, any other one. Blank nodes
// of the same name are the same, whatever file they are in.
//
// Other writes wait until a load is done; readers do not. Memory is bounded by o.Memory whatever the source; on disk it takes, beside
// what it leaves there, up to some 70 bytes a quad while it runs. If lines are wrong, the error is a [*ProblemsError].
func (s *Store) Load(ctx context.Context, src QuadSource, o LoadOptions) (LoadReport, error) {
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	o.Memory = max(o.Memory, 8<<20)
	if o.Problems == 0 {
		o.Problems = 100
	}
	report, err := s.load(ctx, src, o)
	var problems *ProblemsError
	switch {
	case errors.As(err, &problems):
		return LoadReport{}, err
	case errors.Is(err, errOutcome):
		return LoadReport{}, fmt.Errorf("load: %w", err)
	case err != nil:
		return LoadReport{}, fmt.Errorf("load: %w; nothing was loaded", err)
	}
	return report, nil
}

func (s *Store) load(ctx context.Context, src QuadSource, o LoadOptions) (report LoadReport, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.writable(); err != nil {
		return report, err
	}
	s.settle()
	v := s.View()
	in, err := s.engine.ingest(v.state.snapshot)
	for errors.Is(err, errMoved) {
		if err := errors.Join(v.Close(), s.catchUp(ctx)); err != nil {
			return report, err
		}
		v = s.View()
		in, err = s.engine.ingest(v.state.snapshot)
	}
	defer v.Close()
	if err != nil {
		return report, err
	}
	defer func() {
		if e := in.abort(); err == nil {
			err = e
		}
	}()
	l := &loader{
		store: s, view: v, in: in, o: o, workers: max(2, runtime.GOMAXPROCS(0)),
		meta: v.state.meta, empty: v.state.meta.quads == 0 && v.state.meta.entries == 0,
		budget: &budget{limit: o.Memory},
	}
	defer func() {
		if err != nil && s.derive != nil {
			s.derive.forget(nil)
		}
	}()
	l.dict = newBulkDict(l)
	defer closeInto(closer(l.close), &err)
	l.progress.start(o.Progress, src)

	if err := l.read(ctx, src); err != nil {
		return report, err
	}
	if len(l.problems) > 0 {
		return report, &ProblemsError{l.problems, l.more}
	}
	if err := l.write(ctx); err != nil {
		return report, err
	}
	report = LoadReport{Quads: int(l.quads), Added: int(l.added), Runs: l.runs, Peak: l.budget.peak.Load()}
	if l.added == 0 {
		return report, nil
	}
	if err := ctx.Err(); err != nil {
		return report, err
	}
	l.progress.phase("finishing")
	l.meta.revision++
	if err := l.in.commit(write{metaKey, l.meta.bytes()}); err != nil {
		return report, err
	}
	// From here on the load stands, and cancelling changes nothing of it.
	if err := s.advance(context.WithoutCancel(ctx)); err != nil && s.shared != nil {
		s.behind = true // until it is read with the news
	} else if err != nil {
		return report, s.lose(err)
	}
	return report, nil
}

// A loader is one load under way.
type loader struct {
	store   *Store
	view    *View
	in      ingest
	o       LoadOptions
	workers int
	meta    meta
	empty   bool // the store has nothing that could be there already
	budget  *budget
	dict    *bulkDict

	run      *quadRun     // that is being filled, and at the end the one in memory
	spills   [7]spills    // of the runs that were spilled, by order; the last of terms
	runs     int          // in all
	fates    map[tid]fate // of labels whose quads do not stand
	quads    int64
	added    int64
	problems []*LineError
	more     int
	progress progress
	closers  []func() error // at the end of the load

	mu     sync.Mutex
	shared []write // sums that are written last; guarded by mu
}

// close gives up what the load holds: files, and the temporary database.
func (l *loader) close() error {
	l.progress.stop()
	errs := []error{l.dict.close()}
	for _, c := range l.closers {
		errs = append(errs, c())
	}
	for i := range l.spills {
		errs = append(errs, l.spills[i].close())
	}
	return errors.Join(errs...)
}

// A budget counts the bytes that the parts of a load keep. The parts ask it before they grow, and spill when it says so.
type budget struct {
	limit      int64
	used, peak atomic.Int64
}

func (b *budget) take(n int64) {
	used := b.used.Add(n)
	for {
		peak := b.peak.Load()
		if used <= peak || b.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

// The shares of the budget: how much of it the parts that exist at the same time may take. The rest is for chunks on their
// way and for buffers of files.
func (b *budget) forNames() int64   { return b.limit / 8 }     // the dictionary's cache
func (b *budget) forEntries() int64 { return b.limit / 8 }     // its new entries, before they are sorted
func (b *budget) forRun() int64     { return b.limit / 2 }     // a run, with what sorting it takes
func (b *budget) forDerived() int64 { return b.limit / 8 * 3 } // derived entries before they are sorted; the run is still there

type closer func() error

func (c closer) Close() error { return c() }
