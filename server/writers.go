package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"unicode"

	"github.com/parleygraph/parley/graph/resolver"
)

// A token is tokenPrefix and 32 random bytes in base64url. A file of writers has, in each line, who has one and its hash:
//
//	file = *( [ "#" text / writer ] LF )
//	writer = name ":" 64HEXDIG             ; the SHA-256 of the token; a name has neither ":" nor control characters
//
// SHA-256 is enough, and no slow hash of passwords is needed: nobody guesses 256 random bits, however fast. One name may have several
// tokens, so that one can be replaced by another while both work.
const tokenPrefix = "parley_"

// A writer is who may write.
type writer struct {
	name string
	hash [sha256.Size]byte
}

// newToken returns a new token and its hash.
func newToken() (token string, hash [sha256.Size]byte) {
	var secret [32]byte
	rand.Read(secret[:]) // which never fails
	token = tokenPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	return token, sha256.Sum256([]byte(token))
}

// line returns the writer's line.
func (w writer) line() string { return w.name + ":" + hex.EncodeToString(w.hash[:]) }

// checkWriterName reports why a name is none that writers can have.
func checkWriterName(name string) error {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return errors.New("a writer's name is not empty and has no blanks at its ends")
	case len(name) > 100:
		return fmt.Errorf("a writer's name has at most 100 bytes, and this has %d", len(name))
	case strings.HasPrefix(name, "#") || strings.Contains(name, ":") || strings.ContainsFunc(name, unicode.IsControl) || strings.ToValidUTF8(name, "") != name:
		return fmt.Errorf("%q: a writer's name does not begin with #, and has no colon and no control characters", name)
	}
	return nil
}

// parseWriters reads a file of writers. An error names the line.
func parseWriters(data []byte) ([]writer, error) {
	var list []writer
	known := map[[sha256.Size]byte]bool{}
	scan := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, text, _ := strings.Cut(line, ":")
		hash, err := hex.DecodeString(text)
		if err != nil || len(hash) != sha256.Size {
			return nil, fmt.Errorf("line %d: want a name, a colon and 64 hexadecimal digits, as parley token prints them", n)
		}
		if err := checkWriterName(name); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		w := writer{name: name, hash: [sha256.Size]byte(hash)}
		if known[w.hash] {
			return nil, fmt.Errorf("line %d: this token is in the file already: make one for each", n)
		}
		known[w.hash] = true
		list = append(list, w)
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("nobody is in it: add what parley token NAME prints")
	}
	return list, nil
}

// readWriters reads the file of -writers.
func readWriters(file string) ([]writer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list, err := parseWriters(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

var errToken = errors.New("this token is not known here: send the header Authorization: Bearer and the token that you were given, or no such header to read")

// identifyWriters returns what finds out which of the writers sends a request: by a token in the header Authorization and by
// nothing else, since URLs and bodies are logged. Whoever sends none may read. It compares with every writer's hash, each in a time
// that does not depend on it.
func identifyWriters(writers []writer) identifier {
	return func(ctx context.Context, h http.Header) (context.Context, error) {
		values := h.Values("Authorization")
		if len(values) == 0 {
			return ctx, nil
		}
		scheme, token, _ := strings.Cut(values[0], " ")
		hash := sha256.Sum256([]byte(strings.TrimSpace(token)))
		found := -1
		for i := range writers {
			if subtle.ConstantTimeCompare(hash[:], writers[i].hash[:]) == 1 {
				found = i
			}
		}
		if found < 0 || len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
			return nil, errToken
		}
		return resolver.WithWriter(ctx, writers[found].name), nil
	}
}
