package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// slug makes of a name what ids are made of: lower-case letters without accents, digits, and single hyphens between them. Names that
// differ only in case, accents and punctuation have one slug. A name in another script has none that could be read: it gets one made
// of its hash.
func slug(name string) string {
	b := make([]byte, 0, len(name)+8)
	other := false // a letter that is lost
	if !isASCII(name) {
		name = norm.NFKD.String(name)
	}
	for _, r := range name {
		if r < utf8.RuneSelf {
			switch {
			case 'A' <= r && r <= 'Z':
				b = append(b, byte(r)+'a'-'A')
			case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
				b = append(b, byte(r))
			case r == '\'' || r == '`':
			case len(b) > 0 && b[len(b)-1] != '-':
				b = append(b, '-')
			}
			continue
		}
		latin, known := latin[r]
		switch {
		case known:
			b = append(b, latin...)
		case unicode.IsMark(r), unicode.Is(unicode.Lm, r), r == '’' || r == '‘':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			other = true
			fallthrough
		default:
			if len(b) > 0 && b[len(b)-1] != '-' {
				b = append(b, '-')
			}
		}
	}
	s := strings.TrimRight(string(b), "-")
	if other || s == "" {
		s = strings.TrimLeft(s+"-x"+hash(name), "-")
	}
	return s
}

// latin has the Latin letters that no decomposition turns into ASCII.
var latin = map[rune]string{
	'ß': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th",
	'ł': "l", 'Ł': "l", 'ı': "i", 'ħ': "h", 'Ħ': "h", 'ə': "a", 'Ə': "a",
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hash returns twelve letters and digits, that stand for a text: 60 bits of its SHA-256. Half a million events
// have two with one hash in one of ten million data sets.
func hash(parts ...string) string {
	var sum [sha256.Size]byte
	if len(parts) == 1 {
		sum = sha256.Sum256([]byte(parts[0]))
	} else {
		sum = sha256.Sum256([]byte(strings.Join(parts, "\t")))
	}
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	n := binary.BigEndian.Uint64(sum[:])
	var b [12]byte
	for i := range b {
		b[i] = alphabet[n&31]
		n >>= 5
	}
	return string(b[:])
}

// clean returns a text as the rules allow it: in normal form C, with single blanks and none at the ends, without control characters.
func clean(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case r == '\uFEFF':
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// title writes a name that is all in capitals, HILLARY CLINTON, as names are written.
func title(s string) string {
	words := strings.Split(strings.ToLower(s), " ")
	for i, w := range words {
		if i > 0 && (w == "of" || w == "the" || w == "for" || w == "and" || w == "in" || w == "to") {
			continue
		}
		start := true
		words[i] = strings.Map(func(r rune) rune {
			if start {
				r = unicode.ToUpper(r)
			}
			start = !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
			return r
		}, w)
	}
	return strings.Join(words, " ")
}
