package main

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
	mediaStream   = "text/event-stream"
)

// A weighted is an element of a header such as Accept: what, and how much it is wanted, from 0 to 1.
type weighted struct {
	name   string // in lower case
	weight float64
}

// weights reads the elements of all headers of a name. Elements that cannot be read are left out.
func weights(h http.Header, name string) []weighted {
	var list []weighted
	for _, line := range h.Values(name) {
		for element := range strings.SplitSeq(line, ",") {
			what, params, _ := strings.Cut(element, ";")
			w := weighted{strings.ToLower(strings.TrimSpace(what)), 1}
			ok := w.name != ""
			for param := range strings.SplitSeq(params, ";") {
				key, value, _ := strings.Cut(param, "=")
				if !strings.EqualFold(strings.TrimSpace(key), "q") {
					continue
				}
				q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				w.weight, ok = q, ok && err == nil && q >= 0 && q <= 1
			}
			if ok {
				list = append(list, w)
			}
		}
	}
	return list
}

// acceptable returns the media type to answer with, "" if the request accepts none. A request that does not say what it accepts
// gets JSON. Of types that it wants as much, it gets the newer one if it names it, and JSON for a mere */*.
func acceptable(h http.Header) string {
	if h["Accept"] == nil {
		return mediaJSON
	}
	list := weights(h, "Accept")
	if len(list) == 0 {
		if len(h.Values("Accept")) > 0 && strings.TrimSpace(strings.Join(h.Values("Accept"), "")) != "" {
			return ""
		}
		return mediaJSON
	}
	best, bestWeight, bestNamed := "", 0.0, false
	for _, media := range []string{mediaResponse, mediaJSON, mediaStream} {
		major, _, _ := strings.Cut(media, "/")
		weight, precision := 0.0, -1
		for _, w := range list {
			p := slices.Index([]string{"*/*", major + "/*", media}, w.name)
			if p > precision {
				weight, precision = w.weight, p
			}
		}
		named := precision == 2
		if media == mediaStream && !named {
			continue // a stream is for those who ask for it
		}
		better := weight > bestWeight || weight == bestWeight && weight > 0 && (named && !bestNamed || !named && !bestNamed && media == mediaJSON)
		if better {
			best, bestWeight, bestNamed = media, weight, named
		}
	}
	return best
}

// encodings are the ways in which a body may be compressed, those first that are wanted if a client likes them as much.
var encodings = [...]string{"zstd", "gzip"}

// encoding returns how the body of an answer is to be encoded, as an index of encodings, or -1 for as it is.
func encoding(h http.Header) int {
	list := weights(h, "Accept-Encoding")
	best, bestWeight := -1, 0.0
	for i, name := range encodings {
		weight, named := 0.0, false
		for _, w := range list {
			if w.name == name || w.name == "*" && !named {
				weight, named = w.weight, w.name == name
			}
		}
		if weight > bestWeight {
			best, bestWeight = i, weight
		}
	}
	return best
}

// isJSON reports whether a Content-Type is JSON in UTF-8.
func isJSON(contentType string) bool {
	if contentType == mediaJSON {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	return err == nil && media == mediaJSON && (charset == "" || strings.EqualFold(charset, "utf-8"))
}
