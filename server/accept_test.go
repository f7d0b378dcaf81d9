package main

import (
	"net/http"
	"testing"
)

func TestAcceptable(t *testing.T) {
	for _, c := range []struct{ name, accept, want string }{
		{"nothing", "", mediaJSON},
		{"anything", "*/*", mediaJSON},
		{"any application", "application/*", mediaJSON},
		{"json", "application/json", mediaJSON},
		{"json with charset", "application/json; charset=utf-8", mediaJSON},
		{"the newer", "application/graphql-response+json", mediaResponse},
		{"both, as clients say it", "application/graphql-response+json, application/json;q=0.9", mediaResponse},
		{"both alike", "application/json, application/graphql-response+json", mediaResponse},
		{"json rather", "application/graphql-response+json;q=0.4, application/json;q=0.5", mediaJSON},
		{"anything, the newer rather", "*/*;q=0.8, application/graphql-response+json", mediaResponse},
		{"anything but json", "*/*, application/json;q=0", mediaResponse},
		{"a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", mediaJSON},
		{"an EventSource", "text/event-stream", mediaStream},
		{"upper case", "Application/JSON", mediaJSON},
		{"nothing that there is", "text/html", ""},
		{"nothing at all", "application/json;q=0", ""},
		{"no quality", "application/json;q=x", ""},
		{"a quality too high", "application/json;q=2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			if c.accept != "" {
				h.Set("Accept", c.accept)
			}
			if got := acceptable(h); got != c.want {
				t.Errorf("acceptable(%q) = %q, want %q", c.accept, got, c.want)
			}
		})
	}
}

func TestEncoding(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br": "gzip", "gzip, deflate, br, zstd": "zstd", "*": "zstd", "zstd;q=0, *": "gzip",
		"gzip;q=0": "", "gzip, zstd;q=0.5": "gzip", "br": "", "identity": "",
	} {
		if got := encoding(http.Header{"Accept-Encoding": {accept}}); got < 0 && want != "" || got >= 0 && encodings[got] != want {
			t.Errorf("encoding(%q) = %d, want %q", accept, got, want)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for text, want := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "application/json;charset=UTF-8": true,
		"application/json; charset=latin1": false, "text/plain": false, "": false, "application/json;;": false, "application/graphql": false,
	} {
		if got := isJSON(text); got != want {
			t.Errorf("isJSON(%q) = %v, want %v", text, got, want)
		}
	}
}
