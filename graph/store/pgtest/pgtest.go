// Package pgtest starts real PostgreSQL servers for tests: as an unprivileged user, in temporary folders, on ports of 127.0.0.1. Where PostgreSQL is not
// installed, tests that need it are skipped, with the reason; with PARLEY_POSTGRES=required they fail.
//
// It knows nothing of stores: a test opens what it needs at the location that it is given.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The user that tests connect as, whom the server trusts.
const user = "parley"

// nobody is the user that runs the server if this process is root, which PostgreSQL refuses to be run by.
const nobody = 65534

// bin returns the folder of PostgreSQL's programs; "" if there is none.
func bin() string {
	if dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin"); len(dirs) > 0 {
		slices.Sort(dirs)
		return dirs[len(dirs)-1]
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// A TB is a test or a run of rapid's.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Always is a TB for what all tests of a package share: what it has stays until [Main] ends, and where a test would fail it panics.
type Always struct{}

func (Always) Helper()                           {}
func (Always) Cleanup(func())                    {}
func (Always) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (Always) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }

// Need skips a test where PostgreSQL is not installed.
func Need(t TB) {
	t.Helper()
	if bin() != "" {
		return
	}
	if os.Getenv("PARLEY_POSTGRES") == "required" {
		t.Fatalf("PostgreSQL is not installed, and PARLEY_POSTGRES says that it must be")
	}
	t.Skipf("PostgreSQL is not installed")
}

// A Server is a PostgreSQL server of one test.
type Server struct {
	Port int
	dir  string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

var shared struct {
	once   sync.Once
	server *Server
	err    error
	schema atomic.Int64
}

// Main runs a package's tests, and stops the server that they shared.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.Remove()
	}
	return code
}

// Location returns the location of an empty schema on a server that all tests of a package share, until the test ends. That server does not
// wait for its disk.
func Location(t TB) string {
	t.Helper()
	Need(t)
	shared.once.Do(func() {
		shared.server, shared.err = New("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")
	})
	if shared.err != nil {
		t.Fatalf("start PostgreSQL: %v", shared.err)
	}
	return shared.server.Schema(t)
}

// Fresh returns the location of an empty store: in memory, and with PARLEY_TEST_STORE=postgres in a schema as Location does. By that variable the tests
// of all that stands on a store run on both engines.
func Fresh(t TB) string {
	t.Helper()
	if os.Getenv("PARLEY_TEST_STORE") == "postgres" {
		return Location(t)
	}
	return "mem:"
}

// Schema returns the location of an empty schema, which is dropped when the test ends.
func (s *Server) Schema(t TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", shared.schema.Add(1))
	if err := s.Exec(`CREATE SCHEMA ` + name); err != nil {
		t.Fatalf("create schema: %v", err)
	}
	t.Cleanup(func() { s.Exec(`DROP SCHEMA ` + name + ` CASCADE`) })
	return s.Location() + "&search_path=" + name
}

// Location returns the location of the server's database.
func (s *Server) Location() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=disable", user, s.Port)
}

// Exec executes statements.
func (s *Server) Exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.Location())
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// Start makes a server with settings, and starts it. It is removed when the test ends.
func Start(t TB, settings ...string) *Server {
	t.Helper()
	Need(t)
	s, err := New(settings...)
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(s.Remove)
	return s
}

// New is Start without a test. Whoever calls it, calls Remove.
func New(settings ...string) (s *Server, err error) {
	for range 3 { // somebody may take the port before the server does
		if s, err = start(settings); err == nil {
			break
		}
	}
	return s, err
}

func start(settings []string) (*Server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	if err := s.run("initdb", "-D", s.data(), "-U", user, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		s.Remove()
		return nil, err
	}
	// Others than parley need a password.
	hba := "host all parley 127.0.0.1/32 trust\nhost replication parley 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		s.Remove()
		return nil, err
	}
	if err = s.Set(settings...); err == nil {
		err = s.Run()
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

func newServer() (*Server, error) {
	dir, err := os.MkdirTemp("", "parley-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			s.Remove()
			return nil, err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Remove()
		return nil, err
	}
	s.Port = l.Addr().(*net.TCPAddr).Port
	return s, l.Close()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Set appends settings to the server's, which it reads when it starts.
func (s *Server) Set(settings ...string) error {
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	own := []string{"listen_addresses='127.0.0.1'", fmt.Sprintf("port=%d", s.Port), "unix_socket_directories=''"}
	_, err = f.WriteString("\n" + strings.Join(append(own, settings...), "\n") + "\n")
	return errors.Join(err, f.Close())
}

// command is one of PostgreSQL's programs, run by whom it allows.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(bin(), name), args...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "LC_ALL=C")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return c
}

func (s *Server) run(name string, args ...string) error {
	out, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// Run starts a server that does not run, and returns when it answers.
func (s *Server) Run() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	c := s.command("postgres", "-D", s.data())
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { c.Wait(); close(done) }()
	s.mu.Lock()
	s.cmd, s.done = c, done
	s.mu.Unlock()
	for until := time.Now().Add(time.Minute); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, s.Location())
		of := ""
		if err == nil {
			err = conn.QueryRow(ctx, `SHOW data_directory`).Scan(&of)
			conn.Close(ctx)
		}
		cancel()
		if err == nil && of != s.data() { // the port was free when this one chose it
			err = fmt.Errorf("port %d is another server's", s.Port)
		} else if err == nil {
			return nil
		}
		select {
		case <-done:
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("it ended: %s", text[max(0, len(text)-2000):])
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(until) {
			return err
		}
	}
}

// Log returns what the server has said so far.
func (s *Server) Log() (string, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(text), err
}

// Kill ends a server as a loss of power does, with all its processes at once.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop ends a server, which cuts the connections first.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

func (s *Server) end(signal syscall.Signal) {
	s.mu.Lock()
	c, done := s.cmd, s.done
	s.cmd = nil
	s.mu.Unlock()
	if c == nil {
		return
	}
	select {
	case <-done: // by itself, and its number may be another process's now
		return
	default:
	}
	pid := c.Process.Pid
	list := []int{pid}
	if signal == syscall.SIGKILL {
		// First all are stopped: of processes that outlive the first, one might go on with what it was about, and show what a loss of power
		// would have undone. Those that serve connections are in no group with the first.
		syscall.Kill(pid, syscall.SIGSTOP)
		list = append(list, children(pid)...)
		for _, p := range list {
			syscall.Kill(p, syscall.SIGSTOP)
		}
		for _, p := range list {
			syscall.Kill(p, syscall.SIGKILL)
		}
	} else {
		c.Process.Signal(signal)
	}
	gone := func(p int) bool { return syscall.Kill(p, 0) != nil || zombie(p) }
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if list = slices.DeleteFunc(list, gone); len(list) == 0 {
			return
		}
	}
	for _, p := range append(list, children(pid)...) {
		syscall.Kill(p, syscall.SIGKILL)
	}
}

// children returns the processes that a process has started, on systems with a /proc.
func children(of int) (list []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if fields := stat(path); len(fields) > 1 && fields[1] == fmt.Sprint(of) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err == nil {
				list = append(list, pid)
			}
		}
	}
	return list
}

// zombie reports whether a process has ended and nobody asked how: its parent went before it.
func zombie(pid int) bool {
	fields := stat(fmt.Sprintf("/proc/%d/stat", pid))
	return len(fields) > 0 && fields[0] == "Z"
}

// stat returns what /proc says of a process after its name: its state, its parent, and more.
func stat(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// Remove kills a server and removes what it had.
func (s *Server) Remove() {
	s.Kill()
	os.RemoveAll(s.dir)
}

// Standby makes a server that follows this one, by streaming, and starts it; this one waits for it at every commit once it is told so by
// synchronous_standby_names = '*'. It is removed when the test ends.
func (s *Server) Standby(t TB, settings ...string) *Server {
	t.Helper()
	b, err := newServer()
	if err != nil {
		t.Fatalf("make a standby: %v", err)
	}
	t.Cleanup(b.Remove)
	err = b.run("pg_basebackup", "-D", b.data(), "-h", "127.0.0.1", "-p", fmt.Sprint(s.Port), "-U", user, "-X", "stream", "-R", "-c", "fast", "--no-sync")
	if err == nil {
		err = b.Set(append([]string{"hot_standby=on"}, settings...)...)
	}
	if err == nil {
		err = b.Run()
	}
	if err != nil {
		t.Fatalf("make a standby: %v", err)
	}
	return b
}

// Promote makes a standby a primary.
func (s *Server) Promote() error { return s.Exec(`SELECT pg_promote(true, 30)`) }
