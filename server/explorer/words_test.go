package explorer

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Every text that a page asks for is there, in every language and with the same arguments, and none is there that nobody asks for.
func TestWords(t *testing.T) {
	used := map[string]bool{}
	var prefixes []string
	read := func(name string, text []byte, patterns ...string) {
		for _, p := range patterns {
			for _, m := range regexp.MustCompile(p).FindAllSubmatch(text, -1) {
				used[string(m[1])] = true
				if _, ok := words[string(m[1])]; !ok {
					t.Errorf("%s asks for %q, which is not in the table", name, m[1])
				}
			}
		}
		for _, m := range regexp.MustCompile(`(?:print |Sprint\(|word\(code, |say\()"([a-z]+ )"`).FindAllSubmatch(text, -1) {
			prefixes = append(prefixes, string(m[1]))
		}
	}
	templates, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		read(name, text, `[{(]\s*t "([^"]*)"`)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		read(e.Name(), text, `word\([\w.]+, "([^"]*[^" ])"`, `\bsay\("([^"]*[^" ])"`, `navLink\{\{?"([^"]*)"`, `, \{"([a-z]+)", (?:r\.link|"/)`)
	}
	read("explorer.js", static("explorer.js"), `say\("([^"]*[^" ])"`)
	for _, m := range regexp.MustCompile(`button\("([^"]*)"`).FindAllSubmatch(static("explorer.js"), -1) {
		used["js "+string(m[1])] = true
	}
	used["js recorded"] = true
	read("record.html", must(files.ReadFile("templates/record.html")), `\.(?:Field|Choice) "[^"]*" "([^"]*)"`)
	read("record.go", must(os.ReadFile("record.go")), `f\.Field\([^,]*, "([^"]*)"`)
	prefixes = append(prefixes, "month ", "status ")
	for key, texts := range words {
		ok := used[key]
		for _, p := range prefixes {
			ok = ok || strings.HasPrefix(key, p)
		}
		if !ok {
			t.Errorf("nobody asks for %q", key)
		}
		verbs := func(s string) string { return strings.Join(regexp.MustCompile(`%[sd]`).FindAllString(s, -1), "") }
		for i, s := range texts {
			if s == "" {
				t.Errorf("%q is empty in %s", key, Languages[i])
			}
			one, other, two := strings.Cut(s, "|")
			if _, _, first := strings.Cut(texts[0], "|"); two != first {
				t.Errorf("%q has two forms in one language only", key)
			}
			if two && verbs(one) != verbs(other) {
				t.Errorf("%q: the forms %q and %q take other arguments", key, one, other)
			}
			if got, want := verbs(s), verbs(texts[0]); got != want {
				t.Errorf("%q takes %q in %s and %q in %s", key, got, Languages[i], want, Languages[0])
			}
		}
	}
}

func TestWord(t *testing.T) {
	for _, tt := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"en", "n events", []any{1}, "1 event"},
		{"en", "n events", []any{0}, "0 events"},
		{"en", "n events", []any{7879}, "7,879 events"},
		{"es", "n events", []any{461329}, "461.329 eventos"},
		{"en", "n to events", []any{1000, 2000}, "1,000 to 2,000 events"},
		{"es", "search none", []any{"%d"}, "Nada aquí se llama «%d»."},
	} {
		if got := word(tt.lang, tt.key, tt.args...); got != tt.want {
			t.Errorf("word(%s, %s, %v) = %q, want %q", tt.lang, tt.key, tt.args, got, tt.want)
		}
	}
}

func TestDateWords(t *testing.T) {
	for _, tt := range []struct{ edtf, en, es string }{
		{"2025-01-31", "31 January 2025", "31 de enero de 2025"},
		{"2025-02", "February 2025", "febrero de 2025"},
		{"2025", "2025", "2025"},
		{"2025-02-03~", "about 3 February 2025", "hacia 3 de febrero de 2025"},
		{"2025-02?", "perhaps February 2025", "quizá febrero de 2025"},
		{"[2025-02-28..2025-03-03]", "some day from 28 February to 3 March 2025", "un día entre 28 de febrero y 3 de marzo de 2025"},
		{"[2025-02-27..2025-02-28]", "some day from 27 to 28 February 2025", "un día entre 27 y 28 de febrero de 2025"},
		{"[..2025-03]", "March 2025 or earlier", "marzo de 2025 o antes"},
		{"[2025-03..]", "March 2025 or later", "marzo de 2025 o después"},
		{"2024-12-30/2025-01-02", "30 December 2024 to 2 January 2025", "30 de diciembre de 2024 a 2 de enero de 2025"},
		{"2025-01-25/..", "since 25 January 2025", "desde 25 de enero de 2025"},
		{"2025-01-25/", "from 25 January 2025, end unknown", "desde 25 de enero de 2025, fin desconocido"},
		{"../2025-03", "until March 2025", "hasta marzo de 2025"},
		{"2025-02-XX", "some day in February 2025", "un día de febrero de 2025"},
		{"XXXX", "date unknown", "fecha desconocida"},
		{"", "date unknown", "fecha desconocida"},
		{"{1667,1668}", "{1667,1668}", "{1667,1668}"},
		{"Y17E7", "Y17E7", "Y17E7"},
		{"[1667,1668..1670]", "[1667,1668..1670]", "[1667,1668..1670]"},
	} {
		if got := dateWords("en", tt.edtf); got != tt.en {
			t.Errorf("dateWords(en, %q) = %q, want %q", tt.edtf, got, tt.en)
		}
		if got := dateWords("es", tt.edtf); got != tt.es {
			t.Errorf("dateWords(es, %q) = %q, want %q", tt.edtf, got, tt.es)
		}
	}
}

func FuzzDateWords(f *testing.F) {
	f.Add("2025-01-31")
	f.Add("[..]")
	f.Add("../..")
	f.Fuzz(func(t *testing.T, edtf string) {
		if edtf != "" && dateWords("en", edtf) == "" {
			t.Errorf("dateWords(%q) is empty", edtf)
		}
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestNamesIn(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Pete Hegseth spoke with Mexico's officials, and Claudia Sheinbaum, Mexico’s President.", "Pete Hegseth; Mexico; Claudia Sheinbaum; Mexico; President"},
		{"On Tuesday Ann Ash said", "On Tuesday Ann Ash"},
		{"the U.S. said", "U.S"},
		{"nobody here", ""},
		{"A B C D E F G H", "A B C D E F; G H"},
		{"北京 said", "北京"},
		{"", ""},
	} {
		var got []string
		for _, run := range namesIn(tt.text) {
			got = append(got, strings.Join(run, " "))
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("namesIn(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
