package importer

import (
	"slices"
	"strings"

	"github.com/parleygraph/parley/schema/vocab"
)

// How an actor is typed. Sources name actors and rarely say what they are, so their names tell: a country is a Government;
// "Police (Australia)" is an Agency of it; a name with a word that organizations have, "Boko Haram Front", is an Organization, and so is one of a
// single word; "Citizen (Australia)" is a Group; any other name of several words is a Person. Sectors, where a source has them, decide
// what the name leaves open.

// wordClasses are words by which a name tells what it names. The head of the name decides, which ends before the first "of": "Party Member" is a
// member, "Court of Audit" a court. If no word stands at the head's end, any word in the name counts, but for those of people: "King Abdullah" is
// no king without a name.
var wordClasses = []struct {
	class   string
	endOnly []string
	words   []string
}{
	{vocab.IDsGroup, []string{
		"personnel", "officer", "officers", "official", "officials", "member", "members", "supporter", "supporters", "owner", "leader", "leaders", "candidate", "candidates", "owner or operator",
		"citizen", "citizens", "people", "men", "women", "children", "worker", "workers", "student", "students", "protester", "protesters", "activist", "deserter", "advisor", "adviser",
		"rapporteurs", "observers", "troop", "troops", "refugees", "immigrants", "fighters", "rebels", "militants", "settlers", "head", "chief", "ruler", "spokesman", "secretary", "representative",
		"lawyer", "attorney", "kurds", "actor", "personalities", "other authorities / officials", "prosecutor", "judge", "judges", "businessperson", "journalist", "journalists", "employees", "employee", "employer",
		"president", "vice president", "senator", "senators", "lawmaker", "lawmakers", "legislator", "legislators", "delegate", "delegates", "chancellor", "minister", "ministers", "general",
		"generals", "policeman", "deputies", "deputy", "governor", "mayor", "premier", "ambassador", "envoy", "speaker", "soldier", "soldiers", "commander", "congressman", "sheriff", "detective", "congresswoman",
		"national security advisor", "news editor", "editor", "ex-president", "governors", "mayors", "politician", "politicians", "admiral", "diplomat", "diplomats", "inmate", "prisoner", "prisoners",
	}, nil},
	{vocab.IDsAgency, nil, []string{
		"government", "ministry", "ministery", "ministries", "police", "police force", "military", "army", "air force", "defense force", "defence force", "armed forces", "defence forces",
		"defense forces", "self-defense forces", "naval", "navy", "marine corp", "marine corps", "coast guard", "national guard", "court", "courts",
		"parliament", "legislature", "congress", "senate", "house", "house of representatives", "assembly", "assemblies", "cabinet", "council of ministers", "council of ministers / advisors", "department", "administration",
		"election commission", "electoral commission", "embassy", "intelligence", "intelligence agency", "secret service", "security service", "intelligence services",
		"foreign affairs", "domestic affairs", "central bank", "reserve bank", "federal reserve", "judiciary", "secretariat", "prison", "customs", "high commission", "battalion", "ministry/department",
		"supreme council", "special forces", "border guard", "revolutionary guard", "revolutionary guards", "duma", "rada", "lok sabha", "rajya sabha", "attorney's office", "drug enforcement",
		"white house", "kremlin", "state council", "municipality", "city council", "bureau of investigation", "border patrol",
	}},
	{vocab.IDsOrganization, nil, []string{
		"party", "parties", "union", "company", "companies", "bank", "corporation", "corp", "inc", "ltd", "group", "organization", "organisation", "organizations", "association", "federation", "front",
		"movement", "council", "club", "foundation", "institute", "league", "alliance", "coalition", "radio", "television", "tv", "news", "newspaper", "agency", "press", "media", "daily", "academy",
		"times", "post", "university", "college", "school", "education", "hospital", "healthcare facility", "business", "industry", "labor union", "commission", "trade union congress",
		"committee", "nations", "un", "eu", "nato", "asean", "security council", "fund", "forum", "center", "centre", "society", "network", "service", "services", "airlines", "airways", "church", "brigade",
		"brigades", "jihad", "qaeda", "taliban", "haram", "liberation", "liberation army", "brotherhood", "resistance", "democracy", "democratic", "republican", "conference", "congress party", "trust", "watch", "bar association", "international",
		"amnesty", "authority", "office", "force", "forces", "cartel", "tribunal", "without borders", "bloc", "assistance mission", "mission", "programme", "program", "republican army",
		"democrats", "chamber", "chambers", "exchange", "motors", "electric", "petroleum", "oil", "gas", "telecom", "broadcasting", "labour", "likud", "opposition", "confederation",
	}},
	{vocab.IDsGroup, nil, []string{
		"middle east", "north america", "south america", "latin america", "central america", "southeast asia", "south asia", "east asia", "central asia", "persian gulf",
		"west africa", "east africa", "southern africa", "the hague", "kashmir", "region", "tribe", "community",
	}},
}

// regions are places that sources take for actors and that have no government.
var regions = map[string]bool{
	"africa": true, "europe": true, "asia": true, "caribbean": true, "international": true, "america": true, "eurasia": true, "oceania": true,
}

// officialWords are the people of a government: they belong to it, though no agency.
var officialWords = []string{
	"head of government", "military personnel", "government official", "governor", "member of parliament", "lawmaker", "city mayor", "envoy", "other authorities / officials", "member of the judiciary",
	"court judge", "royal administration", "attorney general", "civil servant", "director general", "admiral", "undersecretary", "public prosecutor", "high ranking military personnel", "military personnel - special",
	"representatives", "member of legislative (govt)", "intelligence officer", "secret agent", "reserve personnel", "national security advisor", "ombudsman",
}

// knownNames are names whose words say nothing, or something else.
var knownNames = map[string]string{
	"cabinet / council of ministers / advisors": vocab.IDsAgency, "military personnel - special": vocab.IDsGroup, "people associated with the opposition": vocab.IDsGroup,
	"al jazeera": vocab.IDsOrganization, "al-shabaab": vocab.IDsOrganization, "abu sayyaf": vocab.IDsOrganization, "agence france-presse": vocab.IDsOrganization,
	"united russia": vocab.IDsOrganization, "shiv sena": vocab.IDsOrganization, "syrian observatory for human rights": vocab.IDsOrganization, "fatah al-islam": vocab.IDsOrganization,
	"lashkar-e-taiba": vocab.IDsOrganization, "itar tass": vocab.IDsOrganization, "al sharq al awsat": vocab.IDsOrganization, "chart thai": vocab.IDsOrganization, "al qaeda": vocab.IDsOrganization,
	"high commission for refugees": vocab.IDsOrganization, "inter-services intelligence": vocab.IDsAgency, "jaish-e-mohammad": vocab.IDsOrganization, "islamic state of iraq and the levant": vocab.IDsOrganization,
	"northern ireland": vocab.IDsGovernment, "scotland": vocab.IDsGovernment, "republic of south ossetia": vocab.IDsGovernment, "abkhazia": vocab.IDsGovernment, "iraqi kurdistan": vocab.IDsGovernment,
	"central intelligence agency": vocab.IDsAgency, "european central bank": vocab.IDsOrganization, "trade union congress": vocab.IDsOrganization, "islamic jihad": vocab.IDsOrganization,
	"unspecified actor": vocab.IDsGroup, "unidentified state actor": vocab.IDsGroup, "the hague": vocab.IDsGroup, "federal bureau of investigation": vocab.IDsAgency,
}

// hasWord reports whether a text, in lower case, has a word or words, at its end only or anywhere.
func hasWord(text, word string, atEnd bool) bool {
	for end := len(text); ; {
		i := strings.LastIndex(text[:end], word)
		if i < 0 {
			return false
		}
		end = i + len(word)
		if (i == 0 || !isWordByte(text[i-1])) && (end == len(text) || !isWordByte(text[end])) {
			return !atEnd || end == len(text)
		}
		if atEnd {
			return false
		}
		end--
	}
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '\'' || c >= 0x80
}

// classOfWords returns what the words of a name say that it names, "" if they say nothing.
func classOfWords(name string) string {
	text := strings.ToLower(name)
	if class, ok := knownNames[text]; ok {
		return class
	}
	head := text
	for _, of := range []string{" of ", " for ", " in ", " on "} {
		if i := strings.Index(head, of); i > 0 {
			head = head[:i]
		}
	}
	longest, class := "", ""
	for _, c := range wordClasses {
		for _, w := range slices.Concat(c.endOnly, c.words) {
			if len(w) > len(longest) && hasWord(head, w, true) {
				longest, class = w, c.class
			}
		}
	}
	switch {
	case text == "king" || text == "queen": // Angus King is neither
		return vocab.IDsGroup
	case class != "":
		return class
	}
	for _, c := range wordClasses {
		for _, w := range c.words {
			if hasWord(text, w, false) {
				return c.class
			}
		}
	}
	return ""
}

// splitCountry cuts a name such as "Police (Australia)" in two. Without parentheses at the end, of is "". Parentheses may hold others.
func splitCountry(name string) (head, of string) {
	if !strings.HasSuffix(name, ")") {
		return name, ""
	}
	depth := 0
	for i := len(name) - 1; i > 0; i-- {
		switch name[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				if name[i-1] != ' ' || i == 1 {
					return name, ""
				}
				return name[:i-1], name[i+1 : len(name)-1]
			}
		}
	}
	return name, ""
}

// typed returns the actor that a name names. hint is the class that the source's own codes speak for, used where the name says nothing;
// "" is none. of is the country that the source gives it; nil is none.
func typed(name string, hint string, of *country) actor {
	if c := countryNamed(name); c != nil {
		return actor{class: vocab.IDsGovernment, name: c.name, slug: c.slug}
	}
	head, where := splitCountry(name)
	a := actor{name: name, class: classOfWords(head)}
	switch {
	case where != "":
		if a.class == "" {
			a.class = hint
		}
		if a.class == "" || a.class == vocab.IDsPerson {
			a.class = vocab.IDsGroup
		}
		if c := countryNamed(where); c != nil && (a.class == vocab.IDsAgency || slices.Contains(officialWords, strings.ToLower(head))) {
			a.of = c
		}
		return a
	case a.class != "":
	case hint != "":
		a.class = hint
	case strings.ContainsAny(name, " .-"):
		a.class = vocab.IDsPerson
	default:
		a.class = vocab.IDsOrganization
	}
	if regions[strings.ToLower(name)] {
		a.class = vocab.IDsGroup
	}
	if a.class == vocab.IDsAgency {
		a.of = of
	}
	return a
}

// sectorClass returns the class that ICEWS's sectors speak for, "" if they speak for none: officials of international bodies have the sectors of
// these, and politicians those of their parties.
func sectorClass(sectors string) string {
	for s := range strings.SplitSeq(sectors, ",") {
		switch s = strings.TrimSpace(s); {
		case s == "Multinational Corporation", strings.HasSuffix(s, " Business"), strings.HasPrefix(s, "State-Owned "), s == "State Owned Enterprises",
			s == "Print News", s == "State Media", s == "Television News":
			if !strings.Contains(sectors, "Government") && !strings.Contains(sectors, "Elite") && !strings.Contains(sectors, "Parties") {
				return vocab.IDsOrganization
			}
		}
	}
	return ""
}
