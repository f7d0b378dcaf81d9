package main

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// graphiqlPage loads GraphiQL, versions pinned, from where npm packages are served to browsers.
//
//go:embed graphiql/elsewhere.html
var graphiqlPage []byte

const (
	// graphiqlPolicy lets the page that was built in load its own files. GraphiQL puts styles into the page as it runs.
	graphiqlPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
		"worker-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

	elsewhere = "https://esm.sh"
)

// addGraphiQL serves the stock GraphiQL at /graphiql. If `npm ci && npm run build` in server/graphiql has put it into files
// before the program was built, it comes from there; otherwise the page loads it from elsewhere, if the browser can reach that,
// and says so if not. Nobody needs it: /playground works always.
func addGraphiQL(mux *http.ServeMux, files embed.FS) (builtIn bool) {
	err := fs.WalkDir(files, "playground/graphiql", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		url := strings.TrimPrefix(name, "playground")
		if url == "/graphiql/index.html" {
			url = "/graphiql"
			builtIn = true
		}
		mux.Handle("GET "+url, asset{body, contentType(path.Base(name)), etag(body), graphiqlPolicy})
		return nil
	})
	if err != nil || !builtIn { // it was not built, then the folder is not there
		mux.Handle("GET /graphiql", asset{graphiqlPage, "text/html; charset=utf-8", etag(graphiqlPage), elsewherePolicy(graphiqlPage)})
	}
	mux.Handle("GET /graphiql/{$}", http.RedirectHandler("/graphiql", http.StatusMovedPermanently))
	return builtIn
}

// elsewherePolicy lets the page load what it names from elsewhere, and run the scripts that stand in it and no others.
func elsewherePolicy(page []byte) string {
	hashes := ""
	for _, part := range strings.Split(string(page), "<script")[1:] {
		_, script, _ := strings.Cut(part, ">")
		script, _, _ = strings.Cut(script, "</script>")
		sum := sha256.Sum256([]byte(script))
		hashes += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src" + hashes + " " + elsewhere + "; style-src 'unsafe-inline' " + elsewhere + "; font-src data: " + elsewhere +
		"; img-src data:; worker-src blob:; connect-src 'self' " + elsewhere + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
