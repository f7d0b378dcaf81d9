package importer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/store"
)

// Formats are the names of the data sets that can be imported.
func Formats() []string { return []string{"icews", "gdelt", "statehistory"} }

// A File is rows under a name.
type File struct {
	Name string // as errors have it
	Size int64  // in bytes on disk, for progress; 0 if it is not known
	// Open begins to read it. It is called once, and what it returns is closed.
	Open func() (io.ReadCloser, error)
}

// Options say how an import is done.
type Options struct {
	// MaxRejects is the share of the rows, from 0 to 1, that may be rejected.
	MaxRejects float64
	// Rejects takes the rows that are no events: file, line, why, and the row, with tabs between them. Nil drops them.
	Rejects io.Writer
	// Curated says that the curated quads are in the store too: rows that they hold already are passed over.
	Curated bool
}

// A Report says what became of the rows: Rows = Passed + Rejected + Merged + Events + Tenures.
type Report struct {
	Files    int
	Rows     int // blank lines and lines of column names are none
	Events   int // different ones
	Tenures  int
	Merged   int // rows that tell of an event that an earlier one told of
	Passed   int // rows that are right and hold nothing to import
	Rejected int // rows that cannot be read
	Reasons  []Reason
}

// A Reason is why rows were rejected or passed over, how many there are, and the first.
type Reason struct {
	Text   string
	Rows   int
	First  string // "file:line"
	Passed bool
}

// A RejectsError says that too many rows cannot be read.
type RejectsError struct {
	Report Report
	Max    float64
}

// Error returns the share and the most frequent reason.
func (e *RejectsError) Error() string {
	why := ""
	for _, r := range e.Report.Reasons {
		if !r.Passed {
			why = fmt.Sprintf(", %d of them because %s, first %s", r.Rows, r.Text, r.First)
			break
		}
	}
	return fmt.Sprintf("%d of %d rows cannot be read%s; at most %g %% may be", e.Report.Rejected, e.Report.Rows, why, 100*e.Max)
}

// An Import is one pass over the rows of some files. [New] makes one, [Import.Source] gives its quads to whoever loads them, and
// then [Import.Report] says what was made of the rows.
type Import struct {
	format  format
	files   []File
	options Options
	kinds   map[string]*kind
	read    atomic.Int64 // bytes, as they lie on disk
	failed  atomic.Pointer[error]

	out      quadWriter
	names    string // the claim on which the names of actors and places rest
	prefix   string // of the events' ids
	seen     *seen  // records
	told     *seen  // events, by claim
	events   *distinct
	tellings int // rows that tell of events
	report   Report
	reasons  map[string]*Reason
	rows     rowReader
	file     string
}

// A format knows the columns of one data set.
type format interface {
	// begin gets ready for a file.
	begin()
	// row makes quads of a row. The error is a *rejection if it is only the row's.
	row(cells []string) error
	// header reports whether a row has the names of columns. It is asked of the first row only.
	header(cells []string) bool
	// known reports whether a row was of the form of the data set.
	known() bool
	// wants says what a file of the format looks like.
	wants() string
}

// errTenure is no error: the row became a tenure.
var errTenure = errors.New("tenure")

// New returns an import of files in a format, which is one of [Formats].
func New(name string, files []File, o Options) (*Import, error) {
	kinds, err := readKinds()
	if err != nil {
		return nil, err
	}
	im := &Import{files: files, options: o, kinds: kinds, seen: newSeen(), told: newSeen(), events: newDistinct(), reasons: map[string]*Reason{}}
	switch name {
	case "icews":
		im.format = newIcews(im)
	case "gdelt":
		im.format = newGdelt(im)
	case "statehistory":
		im.format, err = newStateHistory(im)
	default:
		err = fmt.Errorf("no format %q: use one of %s", name, strings.Join(Formats(), ", "))
	}
	return im, err
}

// Source returns the quads, to be read once. If the import fails, so does its reading, by the error that [Import.Err] gives.
func (im *Import) Source() store.QuadText {
	return store.QuadText{Name: "import", Open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			im.out.w = w
			err := im.run()
			if err != nil && !errors.Is(err, io.ErrClosedPipe) { // by which the load says that it wants no more
				im.failed.Store(&err)
			}
			w.CloseWithError(err)
		}()
		return r, nil
	}}
}

// Err returns why the import failed, nil if it did not, or not yet. It is set before the reader of the source says so.
func (im *Import) Err() error {
	if err := im.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Report says what became of the rows. It may be called when the source has been read to its end.
func (im *Import) Report() Report { return im.report }

// Read returns how many bytes of the files have been read, and how many they have, 0 if that is not known. It may be called at any time.
func (im *Import) Read() (read, total int64) {
	for _, f := range im.files {
		if f.Size == 0 {
			return im.read.Load(), 0
		}
		total += f.Size
	}
	return im.read.Load(), total
}

func (im *Import) run() (err error) {
	defer func() {
		if closed := im.events.close(); err == nil {
			err = closed
		}
	}()
	for _, f := range im.files {
		if err := im.runFile(f); err != nil {
			var path *fs.PathError
			if errors.Is(err, io.ErrClosedPipe) || errors.As(err, &path) { // which names the file already
				return err
			}
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	r := &im.report
	if r.Events, err = im.events.count(); err != nil {
		return err
	}
	r.Files, r.Merged = len(im.files), im.tellings-r.Events
	for _, reason := range im.reasons {
		r.Reasons = append(r.Reasons, *reason)
	}
	slices.SortFunc(r.Reasons, func(a, b Reason) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(a.Text, b.Text)
	})
	if float64(r.Rejected) > im.options.MaxRejects*float64(r.Rows) {
		return &RejectsError{Report: *r, Max: im.options.MaxRejects}
	}
	return im.out.flush()
}

// sureAfter is how many rows may be of no known form before a file is taken for one of another kind.
const sureAfter = 100

func (im *Import) runFile(f File) (err error) {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := unpack(io.TeeReader(in, byteCount{&im.read}))
	if err != nil {
		return err
	}
	im.file, im.rows = f.Name, rowReader{r: text}
	im.format.begin()
	rows := 0
	for first := true; ; first = false {
		cells, err := im.rows.next()
		if err == io.EOF {
			break
		}
		if err == nil && first && im.format.header(cells) {
			continue
		}
		var rejected *rejection
		if err != nil && !errors.As(err, &rejected) {
			return err
		}
		rows++
		im.report.Rows++
		if err == nil {
			err = im.format.row(cells)
		}
		switch {
		case err == nil:
		case err == errTenure:
			im.report.Tenures++
		case errors.As(err, &rejected):
			if err := im.reject(rejected); err != nil {
				return err
			}
		default:
			return err
		}
		if rows == sureAfter && !im.format.known() {
			break
		}
	}
	if !im.format.known() {
		return fmt.Errorf("it is none of these files: want %s", im.format.wants())
	}
	return nil
}

// reject counts a row that is no event, and writes it to the file of rejects.
func (im *Import) reject(r *rejection) error {
	if r.passed {
		im.report.Passed++
	} else {
		im.report.Rejected++
	}
	key := r.reason
	reason := im.reasons[key]
	if reason == nil {
		reason = &Reason{Text: r.reason, First: fmt.Sprintf("%s:%d", im.file, im.rows.line), Passed: r.passed}
		im.reasons[key] = reason
	}
	reason.Rows++
	if im.options.Rejects == nil {
		return nil
	}
	text := strings.ToValidUTF8(im.rows.text, "\uFFFD")
	if _, err := fmt.Fprintf(im.options.Rejects, "%s\t%d\t%s\t%s\n", im.file, im.rows.line, r.Error(), text); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

type byteCount struct{ n *atomic.Int64 }

func (c byteCount) Write(b []byte) (int, error) { c.n.Add(int64(len(b))); return len(b), nil }

// headerOf reports whether a row is a list of columns' names.
func headerOf(cells []string, names ...string) bool {
	for i, name := range names {
		if i >= len(cells) || !strings.EqualFold(strings.TrimSpace(cells[i]), name) {
			return false
		}
	}
	return true
}
