package explorer

import (
	"fmt"
	"html/template"
	"strings"
)

// Languages are those that pages are written in, the one that is taken if no other is wanted first.
var Languages = []string{"en", "es"}

// word returns the text of a key in a language. Where a text has two forms, one|other, the first argument, a number, decides which. Whole
// numbers are written with their thousands apart.
func word(lang, key string, args ...any) string {
	texts, ok := words[key]
	if !ok {
		panic("explorer: there is no text " + key) // a test asks for every key of every page
	}
	s := texts[0]
	if lang == "es" {
		s = texts[1]
	}
	if one, other, ok := strings.Cut(s, "|"); ok {
		s = other
		if len(args) > 0 && args[0] == 1 {
			s = one
		}
	}
	if len(args) == 0 {
		return s
	}
	written := make([]any, len(args))
	for i, a := range args {
		written[i] = a
		if n, ok := a.(int); ok {
			written[i] = grouped(lang, n)
		}
	}
	return fmt.Sprintf(strings.ReplaceAll(s, "%d", "%s"), written...)
}

// grouped writes a number with its thousands apart.
func grouped(lang string, n int) string {
	digits, apart := fmt.Sprint(n), ","
	if lang == "es" {
		apart = "."
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteString(apart)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// functions are what templates of a language may call.
func functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":    func(key string, args ...any) string { return word(lang, key, args...) },
		"num":  func(n int) string { return grouped(lang, n) },
		"date": func(edtf string) string { return dateWords(lang, edtf) },
		"day": func(instant string) string {
			if len(instant) < len("2006-01-02") {
				return instant
			}
			return dateWords(lang, instant[:len("2006-01-02")])
		},
		"isolate":  isolate,
		"scripted": func() map[string]string { return scripted(lang) },
		"web": func(url string) bool {
			return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
		},
		"in": func(a, b any) any { return pairOf{a, b} },
	}
}

// scripted returns the texts that the script shows.
func scripted(lang string) map[string]string {
	out := map[string]string{}
	for key := range words {
		if strings.HasPrefix(key, "js ") {
			out[key] = word(lang, key)
		}
	}
	return out
}

// A pairOf gives a template two things.
type pairOf struct{ A, B any }

// isolate keeps the direction of a text its own where <bdi> cannot stand, as in a title.
func isolate(s string) string { return "\u2068" + s + "\u2069" }

// words has every text of every page, in the order of Languages. A text with | has a form for one and another for all other numbers.
var words = map[string][2]string{
	"all sources":           {"All sources", "Todas las fuentes"},
	"alone":                 {"on this source alone", "solo en esta fuente"},
	"also":                  {"also", "también"},
	"also called":           {"also called", "también"},
	"archived":              {"Archived copy", "Copia archivada"},
	"as":                    {"as %s", "como %s"},
	"asof known":            {"As known on %s.", "Según lo conocido el %s."},
	"asof now":              {"See it as it is now", "Verlo como está ahora"},
	"asof valid":            {"As it stood on %s.", "Tal como estaba el %s."},
	"attributed":            {"attributed to", "atribuido a"},
	"authors":               {"Authors", "Autores"},
	"broader":               {"Broader", "Más general"},
	"by year":               {"Over time", "En el tiempo"},
	"caused by":             {"Caused by", "Causado por"},
	"causes":                {"It brought about", "Provocó"},
	"certainty CONFIRMED":   {"confirmed", "confirmado"},
	"certainty DOUBTED":     {"doubted", "dudoso"},
	"certainty INFERRED":    {"inferred", "deducido"},
	"certainty REPORTED":    {"reported", "según se informa"},
	"claim":                 {"Claim", "Afirmación"},
	"claim attributed":      {"Attributed to", "Atribuido a"},
	"claim attributed none": {"nobody: the source says it itself", "nadie: lo dice la propia fuente"},
	"claim certainty":       {"How sure", "Con qué certeza"},
	"claim derived":         {"Passes on, or concludes from", "Transmite o deduce de"},
	"claim locator":         {"Where in it", "Dónde en ella"},
	"claim quads":           {"Its facts", "Sus hechos"},
	"claim quote":           {"In its words", "En sus palabras"},
	"claim recorded":        {"Recorded", "Registrada"},
	"claim retract":         {"Retract it", "Retirarla"},
	"claim retracted":       {"Retracted", "Retirada"},
	"claim source":          {"Source", "Fuente"},
	"claim stance":          {"Stance", "Postura"},
	"claim superseded":      {"Corrected by", "Corregida por"},
	"claim supersedes":      {"Corrects", "Corrige"},
	"codes":                 {"Codes", "Códigos"},
	"contact":               {"Counterpart", "Interlocutor"},
	"contacts":              {"Whom they talked to", "Con quién hablaron"},
	"contacts more":         {"%d more|%d more", "%d más|%d más"},
	"contacts none":         {"No talk with anybody is recorded.", "No consta ninguna conversación."},
	"corroboration":         {"%d independent source|%d independent sources", "%d fuente independiente|%d fuentes independientes"},
	"count":                 {"How many", "Cuántos"},
	"covered by":            {"Covered by", "Cubierto por"},
	"date about":            {"about %s", "hacia %s"},
	"date day":              {"%s %s %s", "%s de %s de %s"},
	"date day of month":     {"%s %s", "%s de %s"},
	"date from":             {"from %s, end unknown", "desde %s, fin desconocido"},
	"date from to":          {"%s to %s", "%s a %s"},
	"date month":            {"%s %s", "%s de %s"},
	"date or earlier":       {"%s or earlier", "%s o antes"},
	"date or later":         {"%s or later", "%s o después"},
	"date perhaps":          {"perhaps %s", "quizá %s"},
	"date since":            {"since %s", "desde %s"},
	"date some day":         {"some day from %s to %s", "un día entre %s y %s"},
	"date some day in":      {"some day in %s", "un día de %s"},
	"date unknown":          {"date unknown", "fecha desconocida"},
	"date until":            {"until %s", "hasta %s"},
	"denied":                {"denied", "negado"},
	"derived from":          {"Passes on", "Reproduce"},
	"duration":              {"How long", "Cuánto duró"},
	"events":                {"Events", "Eventos"},
	"events none":           {"No event matches.", "Ningún evento coincide."},
	"filter":                {"Filter", "Filtrar"},
	"filter any":            {"any", "cualquiera"},
	"filter apply":          {"Show", "Mostrar"},
	"filter clear":          {"Show all", "Mostrar todo"},
	"filter from":           {"From", "Desde"},
	"filter hint":           {"A day, a month or a year: 2025-01-31, 2025-01, 2025", "Un día, un mes o un año: 2025-01-31, 2025-01, 2025"},
	"filter kind":           {"Kind", "Tipo"},
	"filter to":             {"To", "Hasta"},
	"find path":             {"How else are they connected?", "¿De qué otra forma están conectados?"},
	"first":                 {"First", "Primera"},
	"first seen":            {"first seen", "visto por primera vez"},
	"footnote":              {"footnote %d", "nota %d"},
	"footnotes":             {"Who says so", "Quién lo dice"},
	"how often":             {"Talks", "Veces"},
	"in parley":             {"in Parley", "en Parley"},
	"interval DAY":          {"day", "día"},
	"interval MONTH":        {"month", "mes"},
	"interval QUARTER":      {"quarter", "trimestre"},
	"interval WEEK":         {"week", "semana"},
	"interval YEAR":         {"year", "año"},
	"js adds":               {"Expand %s: %s more, %s talks", "Expandir %s: %s más, %s conversaciones"},
	"js all":                {"Show all", "Mostrar todo"},
	"js any year":           {"any", "cualquiera"},
	"js expand":             {"Expand", "Expandir"},
	"js failed":             {"That did not work; try again.", "No ha funcionado; inténtelo de nuevo."},
	"js found":              {"Found", "Encontrado"},
	"js help":               {"Drag nodes or the sheet; zoom with the buttons or Ctrl and the wheel. Choose a node and press E to expand it, P to pin it, U to undo.", "Arrastre nodos o la hoja; amplíe con los botones o con Ctrl y la rueda. Elija un nodo y pulse E para expandirlo, P para fijarlo, U para deshacer."},
	"js picture":            {"Picture", "Imagen"},
	"js pin":                {"Pin", "Fijar"},
	"js png":                {"PNG", "PNG"},
	"js recorded":           {"Recorded:", "Registrado:"},
	"js reset":              {"Reset", "Restablecer"},
	"js undo":               {"Undo", "Deshacer"},
	"js year":               {"Year", "Año"},
	"js zoom in":            {"Zoom in", "Acercar"},
	"js zoom out":           {"Zoom out", "Alejar"},
	"kind":                  {"Kind", "Tipo"},
	"kinds":                 {"Kinds", "Tipos"},
	"language":              {"English", "Español"},
	"last":                  {"Last", "Última"},
	"last seen":             {"last seen", "visto por última vez"},
	"merged":                {"merged from", "fusionado desde"},
	"mentions":              {"Whom a text names", "A quién nombra un texto"},
	"mentions none":         {"It names nobody who is known here.", "No nombra a nadie conocido aquí."},
	"missing":               {"There is nothing with the id", "No hay nada con el identificador"},
	"month 1":               {"January", "enero"},
	"month 10":              {"October", "octubre"},
	"month 11":              {"November", "noviembre"},
	"month 12":              {"December", "diciembre"},
	"month 2":               {"February", "febrero"},
	"month 3":               {"March", "marzo"},
	"month 4":               {"April", "abril"},
	"month 5":               {"May", "mayo"},
	"month 6":               {"June", "junio"},
	"month 7":               {"July", "julio"},
	"month 8":               {"August", "agosto"},
	"month 9":               {"September", "septiembre"},
	"more notes":            {"more", "más"},
	"more parts":            {"and %d more|and %d more", "y %d más|y %d más"},
	"moved":                 {"Since this link was made, the graph has gone from revision %s to %s. What is shown is what was known then.", "Desde que se hizo este enlace, el grafo ha pasado de la revisión %s a la %s. Se muestra lo que se sabía entonces."},
	"n actors":              {"%d actor|%d actors", "%d actor|%d actores"},
	"n claims":              {"%d claim|%d claims", "%d afirmación|%d afirmaciones"},
	"n events":              {"%d event|%d events", "%d evento|%d eventos"},
	"n sources":             {"%d source|%d sources", "%d fuente|%d fuentes"},
	"n to events":           {"%d to %d events", "de %d a %d eventos"},
	"n to m":                {"%d to %d", "de %d a %d"},
	"narrower":              {"Narrower", "Más específicos"},
	"near":                  {"Called alike:", "Se llaman de forma parecida:"},
	"near none":             {"Nothing here is called alike.", "Nada aquí se llama de forma parecida."},
	"neighbourhood":         {"Around %s", "Alrededor de %s"},
	"neighbourhood cut":     {"%d more actor is left out: %s.|%d more actors are left out: %s.", "Queda fuera %d actor más: %s.|Quedan fuera %d actores más: %s."},
	"neighbourhood hidden":  {"%d weaker line is not drawn.|%d weaker lines are not drawn.", "No se dibuja %d línea más débil.|No se dibujan %d líneas más débiles."},
	"neighbourhood hint":    {"Lines join those who talked; thicker ones talked more.", "Las líneas unen a quienes hablaron; cuanto más gruesas, más veces."},
	"newer":                 {"Newer", "Más recientes"},
	"newest":                {"Newest events", "Eventos más recientes"},
	"nodes table":           {"The same as a list", "Lo mismo en una lista"},
	"not known":             {"What is not known", "Lo que no se sabe"},
	"not known ask":         {"Between them they have %s events: too many to read for every page. Ask what the answer rests on in the playground.", "Entre ambos suman %s eventos: demasiados para leerlos en cada página. Pregunte en qué se basa la respuesta en las consultas GraphQL."},
	"not known days":        {"For %d of the events shown the day is not known.|For %d of the events shown the day is not known.", "De %d de los eventos mostrados no se conoce el día.|De %d de los eventos mostrados no se conoce el día."},
	"not known sure":        {"%d of the claims shown is inferred or doubted.|%d of the claims shown are inferred or doubted.", "%d de las afirmaciones mostradas es deducida o dudosa.|%d de las afirmaciones mostradas son deducidas o dudosas."},
	"not known unnamed":     {"%d is given to people whom the source does not name.|%d are given to people whom the source does not name.", "%d se atribuye a personas que la fuente no nombra.|%d se atribuyen a personas que la fuente no nombra."},
	"object":                {"Object", "Objeto"},
	"offline":               {"Taken from %s on revision %s. It opens without a network; its links lead back.", "Tomado de %s en la revisión %s. Se abre sin red; sus enlaces llevan de vuelta."},
	"offline cut":           {"The first %s of %s events are in this file.", "En este archivo están los primeros %s de %s eventos."},
	"older":                 {"Older", "Anteriores"},
	"on behalf of":          {"on behalf of", "en nombre de"},
	"pages":                 {"Pages", "Páginas"},
	"pair events":           {"Everything between them, newest first", "Todo lo que hay entre ellos, lo más reciente primero"},
	"pair none":             {"No event is recorded in which both are part.", "No consta ningún evento en el que participen ambos."},
	"pair talks":            {"%d of them a talk|%d of them talks", "%d de ellos, conversación|%d de ellos, conversaciones"},
	"pair talks range":      {"%d to %d of them talks", "de %d a %d de ellos, conversaciones"},
	"pair title":            {"%s and %s", "%s y %s"},
	"part of":               {"Part of", "Parte de"},
	"parts":                 {"Its parts", "Sus partes"},
	"path CERTAIN":          {"certain", "cierto"},
	"path POSSIBLE":         {"possible, as far as dates tell", "posible, según lo que dicen las fechas"},
	"path any":              {"In any order of time", "En cualquier orden temporal"},
	"path any hint":         {"Who talked to whom who talked to whom.", "Quién habló con quién que habló con quién."},
	"path find":             {"Find paths", "Buscar caminos"},
	"path from":             {"From", "De"},
	"path hops":             {"At most so many steps", "Pasos como máximo"},
	"path hubs":             {"%d hub on the way|%d hubs on the way", "%d nodo central en el camino|%d nodos centrales en el camino"},
	"path name hint":        {"a name or an id", "un nombre o un identificador"},
	"path none":             {"There is no such path within %d step.|There is no such path within %d steps.", "No hay tal camino en %d paso.|No hay tal camino en %d pasos."},
	"path number":           {"Path %d", "Camino %d"},
	"path time":             {"Along time", "A lo largo del tiempo"},
	"path time hint":        {"Dates never go back: what the first said can have come to the last.", "Las fechas nunca retroceden: lo que dijo el primero puede haber llegado al último."},
	"path title":            {"How are they connected?", "¿Cómo están conectados?"},
	"path to":               {"To", "A"},
	"path unfinished":       {"The search stopped at its limit; there may be better paths.", "La búsqueda se detuvo en su límite; puede haber caminos mejores."},
	"path unknown":          {"Nobody here is called “%s”.", "Nadie aquí se llama «%s»."},
	"paths":                 {"Paths", "Caminos"},
	"permalink":             {"Permalink", "Enlace permanente"},
	"permalink hint":        {"the page as it is now, for ever", "la página como está ahora, para siempre"},
	"picture larger":        {"A larger picture", "Una imagen mayor"},
	"places":                {"Where", "Dónde"},
	"playground":            {"Playground", "Consultas GraphQL"},
	"possible":              {"possibly in this window", "posiblemente en este periodo"},
	"possibly as":           {"possibly as %s", "posiblemente como %s"},
	"post holders":          {"Who held it", "Quién lo ocupó"},
	"posts":                 {"Posts over time", "Cargos a lo largo del tiempo"},
	"predicate":             {"Predicate", "Predicado"},
	"published":             {"published %s", "publicado %s"},
	"published label":       {"Published", "Publicado"},
	"publisher":             {"Publisher", "Editor"},
	"rate":                  {"Rate", "Tasa"},
	"record":                {"Record", "Registrar"},
	"record actor":          {"An actor", "Un actor"},
	"record alike":          {"Is it one of these?", "¿Es uno de estos?"},
	"record article":        {"A text, such as an article: whom does it name?", "Un texto, como un artículo: ¿a quién nombra?"},
	"record claim":          {"A claim: assert or dispute", "Una afirmación: afirmar o negar"},
	"record description":    {"Who or what it is", "Quién o qué es"},
	"record event":          {"An event", "Un evento"},
	"record field":          {"Property", "Propiedad"},
	"record find":           {"Find names", "Buscar nombres"},
	"record lead":           {"What is recorded rests on a source, for ever: what is wrong is retracted or corrected, and never changed.", "Lo que se registra se basa en una fuente, para siempre: lo erróneo se retira o se corrige, y nunca se cambia."},
	"record merge":          {"Two actors that are one", "Dos actores que son uno"},
	"record merged":         {"The id that will answer with it", "El identificador que responderá con él"},
	"record more":           {"One more", "Otro más"},
	"record name":           {"Name", "Nombre"},
	"record post":           {"The post, if it is known here", "El cargo, si se conoce aquí"},
	"record post in":        {"In which government, agency or organization", "En qué gobierno, organismo u organización"},
	"record post new":       {"Or a new post: its name", "O un cargo nuevo: su nombre"},
	"record preview":        {"Preview the quads", "Ver las cuádruplas"},
	"record readonly":       {"This server only answers. Whoever runs it can let others record:", "Este servidor solo responde. Quien lo mantiene puede permitir registrar:"},
	"record reason":         {"Why", "Por qué"},
	"record retract":        {"Retract a claim", "Retirar una afirmación"},
	"record save":           {"Record it", "Registrarlo"},
	"record script":         {"Without a script, your browser asks who you are when you send one of these forms: give any name, and your token as the password. It keeps the token until it is closed.", "Sin JavaScript, el navegador pregunta quién es al enviar un formulario: dé un nombre cualquiera y su clave como contraseña. La conserva hasta que se cierra."},
	"record source":         {"A source", "Una fuente"},
	"record statement":      {"What is claimed, in your words", "Lo que se afirma, en sus palabras"},
	"record summary":        {"What happened, in a sentence", "Qué ocurrió, en una frase"},
	"record survivor":       {"The one whose id stays", "Aquel cuyo identificador queda"},
	"record tenure":         {"A time in a post", "Un tiempo en un cargo"},
	"record tenure when":    {"From when to when: 2021-01-20/2025-01-20, or 2025-01-25/.. if it goes on", "Desde y hasta cuándo: 2021-01-20/2025-01-20, o 2025-01-25/.. si continúa"},
	"record token":          {"Your token", "Su clave"},
	"record type":           {"What it is", "Qué es"},
	"record unmerge":        {"Take a merge back", "Deshacer una fusión"},
	"record unmerged":       {"The id that was merged", "El identificador que se fusionó"},
	"record value":          {"Value", "Valor"},
	"recorded by":           {"by %s", "por %s"},
	"reliability":           {"Reliability", "Fiabilidad"},
	"retracted":             {"retracted %s", "retirado %s"},
	"retrieved":             {"Read for this graph", "Leída para este grafo"},
	"revision":              {"revision %s", "revisión %s"},
	"rivals":                {"Not preferred", "No preferido"},
	"role":                  {"Role", "Papel"},
	"root":                  {"First behind it", "La primera detrás"},
	"rule ASSERTED":         {"it is denied", "se niega"},
	"rule FIRST":            {"equal; the other comes first by id", "igual; la otra va primero por identificador"},
	"rule LATER":            {"recorded earlier", "registrada antes"},
	"rule NOT_RETRACTED":    {"the claim was retracted", "la afirmación se retiró"},
	"rule SURER":            {"less sure", "menos segura"},
	"said":                  {"In the source’s words", "En palabras de la fuente"},
	"same as":               {"elsewhere", "en otros sitios"},
	"search":                {"Search", "Buscar"},
	"search for":            {"Search: %s", "Búsqueda: %s"},
	"search hint":           {"Names are found by whole words or their beginnings, in any order. Accents and capitals do not count.", "Los nombres se encuentran por palabras enteras o su comienzo, en cualquier orden. No cuentan ni acentos ni mayúsculas."},
	"search label":          {"Find a person, a government, an event, a source", "Buscar una persona, un gobierno, un evento, una fuente"},
	"search none":           {"Nothing here is called “%s”.", "Nada aquí se llama «%s»."},
	"sha256":                {"SHA-256 of the copy read", "SHA-256 de la copia leída"},
	"site":                  {"Site", "Sitio"},
	"skip":                  {"Skip to the page", "Saltar al contenido"},
	"source claims":         {"What it says", "Lo que dice"},
	"source claims none":    {"No claim rests on it.", "Ninguna afirmación se basa en ella."},
	"source events":         {"What rests on it", "Lo que se basa en ella"},
	"source language":       {"Language", "Idioma"},
	"sources":               {"Sources", "Fuentes"},
	"stance ASSERTS":        {"asserts", "afirma"},
	"stance DENIES":         {"denies", "niega"},
	"status":                {"Status", "Estado"},
	"status 400":            {"This cannot be asked", "Esto no se puede preguntar"},
	"status 401":            {"Who are you?", "¿Quién es?"},
	"status 403":            {"This may not be recorded", "Esto no se puede registrar"},
	"status 404":            {"Not here", "Aquí no está"},
	"status 500":            {"Something went wrong", "Algo ha fallado"},
	"status 503":            {"It took too long", "Ha tardado demasiado"},
	"status OCCURRED":       {"took place", "ocurrió"},
	"status PLANNED":        {"planned", "previsto"},
	"status PROPOSED":       {"proposed", "propuesto"},
	"subject":               {"Subject", "Sujeto"},
	"tagline":               {"Who talked to whom, when, and who says so.", "Quién habló con quién, cuándo y quién lo dice."},
	"take":                  {"Take it away", "Llevárselo"},
	"take bibtex":           {"BibTeX", "BibTeX"},
	"take card":             {"Card for a frame", "Tarjeta para incrustar"},
	"take csl":              {"CSL JSON", "CSL JSON"},
	"take csv":              {"CSV", "CSV"},
	"take gexf":             {"GEXF", "GEXF"},
	"take graphml":          {"GraphML", "GraphML"},
	"take html":             {"One HTML file", "Un archivo HTML"},
	"take json":             {"JSON", "JSON"},
	"take question":         {"The question in GraphQL", "La pregunta en GraphQL"},
	"take svg":              {"SVG", "SVG"},
	"timeline":              {"Timeline", "Cronología"},
	"timeline hint":         {"Dark: certainly then. Light: possibly, where dates leave it open. Choose a bar to see its events; drag over several.", "Oscuro: con certeza. Claro: posiblemente, donde las fechas lo dejan abierto. Elija una barra para ver sus eventos; arrastre sobre varias."},
	"timeline table":        {"The same as a table", "Lo mismo en una tabla"},
	"timeline title":        {"Events by %s", "Eventos por %s"},
	"title":                 {"Title", "Título"},
	"topics":                {"About", "Sobre"},
	"try search":            {"Search for it by name", "Buscarlo por su nombre"},
	"type ":                 {"something", "algo"},
	"type AGENCY":           {"agency", "organismo"},
	"type CLAIM":            {"claim", "afirmación"},
	"type EVENT":            {"event", "evento"},
	"type GOVERNMENT":       {"government", "gobierno"},
	"type GROUP":            {"group", "grupo"},
	"type KIND":             {"kind of event", "tipo de evento"},
	"type ORGANIZATION":     {"organization", "organización"},
	"type PERSON":           {"person", "persona"},
	"type PLACE":            {"place", "lugar"},
	"type POSITION":         {"post", "cargo"},
	"type ROLE":             {"role", "papel"},
	"type SOURCE":           {"source", "fuente"},
	"type TENURE":           {"tenure", "mandato"},
	"type TOPIC":            {"topic", "tema"},
	"unit of":               {"part of", "parte de"},
	"url":                   {"Where", "Dónde"},
	"when":                  {"When", "Cuándo"},
	"who":                   {"Who", "Quién"},
	"whole timeline":        {"The whole timeline", "Toda la cronología"},
}
