package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/parleygraph/parley/seed/importer"
)

type importFlags struct {
	store      storeFlags
	seed       boolFlag
	memory     sizeFlag
	rejects    textFlag
	maxRejects percentFlag
}

// defaultMaxRejects is what one in a hundred rows of a large file may be: a file of another kind has all.
const defaultMaxRejects = 1

var importCommand = command{
	name:  "import",
	args:  "icews|gdelt|statehistory FILE…",
	short: "make events of the rows of ICEWS, GDELT or the State Department's lists, all or nothing",
	long: `Reads tables (plain or gzip, or - for standard input), makes events of their rows, and adds these to the store in one step:

  icews         ICEWS events of 20 columns, or of four: actor, event text, actor, date
  gdelt         GDELT events: 57, 58 (1.0) or 61 columns (2.0)
  statehistory  visits.tsv, trips.tsv and appointments.tsv of HistoryAtState

Rows that stand twice, once from each side, become one event: consultations, telephone calls, meetings, negotiations and
agreements of the same two on the same day, and a visit made and received. Importing a file again changes nothing. It ends by saying what
became of all rows. Rows that cannot be read are left out, and -rejects keeps them; if they are too many, nothing is added.`,
	example: "parley import -store ./parley-data -rejects rejects.tsv icews events.2018.tab.gz",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		i := &importFlags{seed: true, memory: defaultLoadMemory, maxRejects: defaultMaxRejects}
		i.store.define(f, "DIR|postgres://…", storeUsage)
		f.define(&i.seed, "seed", "BOOL", seedUsage+";\n      they are added too, as far as the store does not have them: among them are the kinds of events")
		f.define(&i.memory, "memory", "SIZE", "how much memory the load may keep; up to twice as much is resident")
		f.define(&i.rejects, "rejects", "FILE", "where rows that are no events are written: file, line, why, the row; it is made if there are any")
		f.define(&i.maxRejects, "max-rejects", "PERCENT", "the share of the rows that may be unreadable; with more, nothing is added")
		return i.run
	},
}

func (i *importFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if i.store.at == memory {
		return usagef("-store mem: would keep nothing of what is imported; give a folder or a database")
	}
	if len(args) == 0 || !slices.Contains(importer.Formats(), args[0]) {
		return usagef("import what? give one of %s, and then files", strings.Join(importer.Formats(), ", "))
	}
	format, paths := args[0], args[1:]
	if err := checkPaths(paths); err != nil {
		return err
	}
	files, err := importFiles(paths, p.stdin)
	if err != nil {
		return err
	}
	rejects := &lazyFile{path: string(i.rejects)}
	o := importer.Options{MaxRejects: float64(i.maxRejects) / 100, Curated: bool(i.seed)}
	if i.rejects != "" {
		o.Rejects = rejects
	}
	im, err := importer.New(format, files, o)
	if err != nil {
		return err
	}
	err = i.load(ctx, p, im)
	if e := rejects.Close(); err == nil {
		err = e
	}
	return err
}

// load loads what an import makes, and says what became of the rows.
func (i *importFlags) load(ctx context.Context, p *program, im *importer.Import) error {
	curated, src, err := curatedSource(bool(i.seed))
	if err != nil {
		return err
	}
	load := &bulkLoad{into: &i.store, curated: curated, memory: int64(i.memory)}
	load.read = im.Read // the rows' own bytes, not those of the quads made of them
	load.failed = func(err error) error {
		if e := im.Err(); e != nil {
			err = fmt.Errorf("%w; nothing was added", e)
		}
		var rejected *importer.RejectsError
		if errors.As(err, &rejected) && i.rejects == "" {
			err = fmt.Errorf("%w: -rejects FILE keeps these rows, -max-rejects PERCENT lets more be left out", err)
		}
		return err
	}
	r, err := load.run(ctx, p, append(src, im.Source()))
	if err != nil {
		return err
	}
	i.print(p, im.Report())
	fmt.Fprintf(p.stdout, "added %s", count(r.added, "quad"))
	i.store.printEnd(p, r.missing, r.revision)
	return nil
}

// print says what became of the rows. Each row is in one of the numbers.
func (i *importFlags) print(p *program, r importer.Report) {
	w := p.stdout
	fmt.Fprintf(w, "read %s from %s: %s", count(r.Rows, "row"), count(r.Files, "file"), count(r.Events, "event"))
	if r.Tenures > 0 {
		fmt.Fprintf(w, ", %s", count(r.Tenures, "tenure"))
	}
	fmt.Fprintf(w, "; %s of an event that another row has, %s passed over, %s rejected\n", count(r.Merged, "row"), grouped(r.Passed), grouped(r.Rejected))
	for _, reason := range r.Reasons {
		what := "rejected"
		if reason.Passed {
			what = "passed over"
		}
		p.report("import: %s %s: %s; the first is %s", count(reason.Rows, "row"), what, reason.Text, reason.First)
	}
	if r.Rejected > 0 && i.rejects == "" {
		p.report("import: -rejects FILE keeps the rows that were rejected")
	}
}

// importFiles returns files on disk, and standard input for "-". All that cannot be read are named in one error.
func importFiles(paths []string, stdin io.Reader) ([]importer.File, error) {
	var files []importer.File
	var errs []error
	for _, path := range paths {
		if path == "-" {
			files = append(files, importer.File{Name: "stdin", Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			errs = append(errs, err)
		case info.IsDir():
			errs = append(errs, fmt.Errorf("%s: it is a folder: name the files in it", path))
		default:
			files = append(files, importer.File{Name: path, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
		}
	}
	return files, errors.Join(errs...)
}

// A lazyFile is a file that is made with the first byte written to it. A load that was cancelled may write to it when it is closed.
type lazyFile struct {
	path   string
	mu     sync.Mutex
	closed bool
	f      *os.File
	w      *bufio.Writer
}

func (l *lazyFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	if l.f == nil {
		f, err := os.Create(l.path)
		if err != nil {
			return 0, err
		}
		l.f, l.w = f, bufio.NewWriter(f)
	}
	return l.w.Write(b)
}

func (l *lazyFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.f == nil {
		return nil
	}
	return errors.Join(l.w.Flush(), l.f.Close())
}

// A percentFlag is a share, from 0 to 100.
type percentFlag float64

func (v *percentFlag) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) + "%" }
func (v *percentFlag) Set(s string) error {
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || !(x >= 0 && x <= 100) {
		return errors.New("want a share from 0% to 100%, such as 1% or 0.5%")
	}
	*v = percentFlag(x)
	return nil
}
