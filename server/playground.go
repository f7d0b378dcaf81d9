package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// playgroundFiles is the page, and its example questions. It is written by hand, for browsers as they are: nothing is built,
// nothing comes from elsewhere.
//
//go:embed playground
var playgroundFiles embed.FS

// playgroundPolicy lets the page load its own files and ask its own server, and nothing else.
const playgroundPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// addPlayground serves the page at /playground, its files below, and /playground/examples.json.
func addPlayground(mux *http.ServeMux) {
	entries, err := playgroundFiles.ReadDir("playground")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		body, err := playgroundFiles.ReadFile(path.Join("playground", e.Name()))
		if err != nil {
			panic(err)
		}
		url := "/playground/" + e.Name()
		if e.Name() == "index.html" {
			url = "/playground"
		}
		mux.Handle("GET "+url, asset{body, contentType(e.Name()), etag(body), playgroundPolicy})
	}
	list, err := json.Marshal(examples())
	if err != nil {
		panic(err) // strings can be marshalled
	}
	mux.Handle("GET /playground/examples.json", asset{list, "application/json", etag(list), playgroundPolicy})
	mux.Handle("GET /playground/{$}", http.RedirectHandler("/playground", http.StatusMovedPermanently))
}

func contentType(name string) string {
	switch path.Ext(name) { // the machine's own table may say otherwise
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// An example is a question that the playground offers.
type example struct {
	Question string `json:"question"`
	Query    string `json:"query"`
}

// examples returns the files of playground/examples, by name. The comment that a file begins with is its question.
func examples() []example {
	names, err := fs.Glob(playgroundFiles, "playground/examples/*.graphql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	list := make([]example, len(names))
	for i, name := range names {
		body, err := playgroundFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		first, _, _ := strings.Cut(string(body), "\n")
		list[i] = example{strings.TrimSpace(strings.TrimPrefix(first, "#")), string(body)}
	}
	return list
}

// An asset is a file that does not change while the program runs. A browser keeps it and asks each time whether it still holds.
type asset struct {
	body        []byte
	contentType string
	etag        string
	policy      string // Content-Security-Policy; "" for one that allows nothing
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("ETag", a.etag)
	h.Set("Cache-Control", "no-cache")
	if a.policy == "" {
		a.policy = "default-src 'none'; frame-ancestors 'none'"
	}
	h.Set("Content-Security-Policy", a.policy)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}
