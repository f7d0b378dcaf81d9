// Package explorer makes the pages of Parley's web face: for each thing in the graph one that says what is known of it, and on which
// claims of which sources that rests.
//
// It turns a URL and a view of the graph into a page, and knows nothing of connections, deadlines, logs or who asks: package server
// does that for it as for every other surface. It asks package graph as the resolvers do, and has no other way to data.
//
//   - explorer.go: the table of pages, and what happens around each.
//   - request.go: what a URL asks for; links that go on asking as of the same moment.
//   - gather.go: actors, events and claims as pages show them. Every claim that a page rests on becomes a footnote of it.
//   - when.go: dates in words, never more precise than their source. words.go: all words, in English and Spanish.
//   - timeline.go, network.go: pictures, as SVG that is laid out here. static/explorer.js adds to them in a browser; nothing needs it.
//   - One file a page: home.go, actor.go, pair.go, event.go, source.go, kind.go, path.go, record.go; source.go has claims too, and home.go
//     search and sources.
//   - take.go: what can be taken away: footnotes as BibTeX and CSL, lists as CSV, one HTML file that opens offline, a card for a frame.
//
// Names and words of others are only ever put into pages by html/template, which escapes them, and each within <bdi>, so that its
// direction stays its own. The lines of a picture and the bars of a
// timeline, numbers and ids, are written and escaped by network.go and timeline.go.
package explorer
