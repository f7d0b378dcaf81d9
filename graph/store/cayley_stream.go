package store

// Spans that are too long to be kept are read piece by piece: each piece is one call to the engine, wherever it is, and begins
// behind the last key of the one before. The first is small, for those who want one answer.
const (
	firstPiece = 64
	lastPiece  = 4096
)

type stream struct {
	x     *run
	span  span
	piece int
	last  []byte // the last key read
	ended bool
}

// read calls each for the keys of the next piece. It reports whether there were any.
func (s *stream) read(each func(key []byte) error) bool {
	if s.ended || s.x.err != nil {
		return false
	}
	sp := s.span
	if s.last != nil {
		sp.lower = append(s.last, 0)
	}
	s.piece = min(max(s.piece*4, firstPiece), lastPiece)
	sp.limit = s.piece
	n := 0
	var bad error
	var last []byte
	err := s.x.view.state.scan(s.x.ctx, []span{sp}, func(_ int, key, _ []byte) bool {
		if bad = each(key); bad != nil {
			return false
		}
		if n++; n == s.piece {
			last = append([]byte(nil), key...)
		}
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return s.x.fail(err)
	}
	s.last, s.ended = last, n < s.piece
	return n > 0
}

// A quadStream reads the quads of a span of a quad table.
type quadStream struct {
	stream
	buffer []tquad
}

func newQuadStream(x *run, sp span) *quadStream { return &quadStream{stream: stream{x: x, span: sp}} }

// read returns the next quads, none at the end and after an error. They are the caller's until it reads again.
func (s *quadStream) read() []tquad {
	s.buffer = s.buffer[:0]
	s.stream.read(func(key []byte) error {
		q, err := parseQuadKey(key)
		s.buffer = append(s.buffer, q)
		return err
	})
	if s.x.err != nil {
		return nil
	}
	return s.buffer
}

// A nodeStream reads the nodes of a span of the table of terms.
type nodeStream struct {
	stream
	buffer []tid
	i      int
}

func newNodeStream(x *run, sp span) *nodeStream { return &nodeStream{stream: stream{x: x, span: sp}} }

func (s *nodeStream) next() (tid, bool) {
	if s.i == len(s.buffer) {
		s.buffer, s.i = s.buffer[:0], 0
		s.read(func(key []byte) error {
			t, rest, err := cutTID(key[1:])
			if err == nil && len(rest) > 0 {
				err = errKey
			}
			s.buffer = append(s.buffer, t)
			return err
		})
		if s.x.err != nil || len(s.buffer) == 0 {
			return tid{}, false
		}
	}
	s.i++
	return s.buffer[s.i-1], true
}

// chunk is how many keys are read at once where there is no reason for more or fewer.
const chunk = 256
