// Parley as a peer of the load generator: what is asked of it, and how its answers are read. Answers have the form that the peers'
// workload.py documents.
//
// Parley breaks ties otherwise than workload.py does: of contacts that are as frequent, that of the latest talk comes first, and not
// the first by name; in a picture, the first by id. So among those that are as frequent as the last in the list another one may
// be shown, and only there: the adapter checks each of them against the rows of the file, and takes the answer only if all is right.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { isDeepStrictEqual } from 'node:util'

const tmp = process.env.PEERS_TMP ?? path.join(process.env.TMPDIR ?? '/tmp', 'parley-peers')
const data = process.env.PEERS_DATA ?? path.join(import.meta.dirname, '../../../shared/data/icews/icews0515.tsv.gz')

// Names and ids of actors. An id is made of the name, and the store has it.
const ids = new Map(), names = new Map()
for (const line of fs.readFileSync(path.join(tmp, 'parley/names.nq'), 'utf8').split('\n')) {
	const [, id, name] = /^<([^>]*)> <[^>]*> ("(?:[^"\\]|\\.)*")/.exec(line) ?? []
	if (id) { ids.set(JSON.parse(name), id); names.set(id, JSON.parse(name)) }
}
const one = name => name.split(/\s+/).filter(Boolean).join(' ') // as the store has it: with single spaces
const idOf = name => ids.get(one(name)) ?? (() => { throw new Error(`no actor is named ${name}`) })()

// The rows of the file by actor, for what is tied; they are read when they are needed first.
let sides
const side = name => {
	if (!sides) {
		sides = new Map()
		const add = (a, b, date) => (sides.get(a) ?? sides.set(a, []).get(a)).push([b, date])
		for (const line of zlib.gunzipSync(fs.readFileSync(data)).toString().split('\n')) {
			const [a, , b, date] = line.split('\t')
			if (date && a !== b) { add(one(a), one(b), date); add(one(b), one(a), date) }
		}
	}
	return sides.get(one(name)) ?? []
}
// counterparts: name → [count, first, last] in a window.
const ever = new Map()
const counterparts = (name, since = '', until = '9') => {
	const always = !since && until === '9'
	if (always && ever.has(name)) return ever.get(name)
	const m = new Map()
	if (always) ever.set(name, m)
	for (const [o, d] of side(name)) {
		if (d < since || d > until) continue
		const x = m.get(o)
		m.set(o, x ? [x[0] + 1, d < x[1] ? d : x[1], d > x[2] ? d : x[2]] : [1, d, d])
	}
	return m
}
// The numbers that workload.py gives the names.
let actors, numbers
const nameOf = n => one((actors ??= JSON.parse(fs.readFileSync(path.join(tmp, 'w/actors.json'))))[n])
const number = id => { nameOf(1); return (numbers ??= new Map(actors.map((n, i) => [n && idOf(n), i]))).get(id) }

const GQL = {
	W1: 'query W1($a:ID!,$b:ID!,$s:Date!,$u:Date!){r:interactions(where:{actor:$a,counterpart:$b,during:{from:$s,to:$u}},first:20){nodes{from{name}to{name}event{id kind{label}}when{edtf}}}}',
	W2: 'query W2($a:ID!,$s:Date!,$u:Date!){r:contacts(of:$a,during:{from:$s,to:$u},first:20){nodes{actor{name}count{max}first{edtf}last{edtf}}}}',
	W3: 'query W3($a:ID!){r:timeline(actors:[$a],interval:MONTH){from count{max}}}',
	W4: 'query W4($a:ID!){r:graph(around:[$a],maxNodes:201){nodes{id label}edges{source target weight}}}',
	W5: 'query W5($a:ID!,$b:ID!){r:paths(from:$a,to:$b,first:1){exhausted paths{hops{from{name}to{name}}}}}',
	W5t: 'query W5t($a:ID!,$b:ID!){r:paths(from:$a,to:$b,first:1,timeRespecting:true){exhausted paths{hops{from{name}to{name}}}}}',
}

const PARSE = {
	W1: r => r.nodes.map(x => [+x.event.id.slice('event:icews-'.length), x.from.name, x.event.kind.label, x.to.name, x.when.edtf]),
	W2: (r, { aName, since, until, want }) => {
		const got = r.nodes.map(x => [x.actor.name, x.count.max, x.first.edtf, x.last.edtf])
		const least = want.at(-1)?.[1], truth = counterparts(aName, since, until)
		const sure = rows => rows.filter(x => x[1] > least).sort((x, y) => x[0] < y[0] ? -1 : 1)
		const right = got.length === want.length && got.every(x => x[1] >= least && isDeepStrictEqual(truth.get(x[0]), x.slice(1))) &&
			new Set(got.map(x => x[0])).size === got.length && got.every((x, i) => !i || got[i - 1][1] >= x[1]) &&
			isDeepStrictEqual(sure(got), sure(want.map(([n, ...x]) => [one(n), ...x])))
		return right ? want : got
	},
	W3: r => r.filter(x => x.count.max).map(x => [x.from.slice(0, 7), x.count.max]),
	W4: (r, { a, aName, want }) => {
		const nodes = r.nodes.map(x => number(x.id)), edges = r.edges.map(x => [number(x.source), number(x.target), x.weight])
		const truth = counterparts(aName), shown = new Set(r.nodes.map(x => x.label))
		const least = Math.min(...want.nodes.filter(x => x !== a).map(x => truth.get(nameOf(x))[0]))
		const wanted = new Set(want.nodes)
		const same = nodes.every(x => wanted.has(x))
		if (same && nodes.length === want.nodes.length) return { nodes, edges }
		// Others of those that are tied: as many, none that is weaker, and the edges among those that are shown.
		const right = nodes.length === want.nodes.length && shown.size === nodes.length && shown.has(one(aName)) &&
			[...shown].every(n => n === one(aName) || truth.get(n)?.[0] >= least) && [...truth].every(([n, [k]]) => k <= least || shown.has(n)) &&
			r.nodes.every(x => names.get(x.id) === x.label) && isDeepStrictEqual(among(shown), sorted(r.edges.map(x => [names.get(x.source), names.get(x.target), x.weight])))
		return right ? want : { nodes, edges }
	},
	W5: (r, x) => path1(r, x, x.want, () => ''),
	W5t: (r, x) => path1(r, x, x.wantTimed, (dates, since) => dates.find(d => d >= since)) === x.wantTimed ? x.want : r,
}
// path1 tells how many hops a path has, if each of its hops is there and can be taken.
const path1 = (r, { aName, bName }, want, step) => {
	const hops = r.paths[0]?.hops ?? []
	let at = one(aName), since = ''
	for (const { from, to } of hops) {
		since = from.name === at ? step(side(at).filter(x => x[0] === to.name).map(x => x[1]).sort(), since) : undefined
		if (since === undefined) return r
		at = to.name
	}
	return !hops.length ? (want === 0 ? 0 : r) : at === one(bName) ? hops.length : r
}
const sorted = edges => edges.map(([a, b, n]) => a < b ? [a, b, n] : [b, a, n]).sort((x, y) => x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : x[1] < y[1] ? -1 : 1)
const among = shown => {
	const out = []
	for (const a of shown) for (const [b, [n]] of counterparts(a)) if (a < b && shown.has(b)) out.push([a, b, n])
	return sorted(out)
}

export const adapter = (name, port) => ({
	name, origin: `http://127.0.0.1:${port}`, workloads: Object.keys(GQL), stable: true,
	request: (w, { aName, bName, since, until }) => ({
		method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ query: GQL[w], variables: { a: idOf(aName), b: bName && idOf(bName), s: since, u: until } }),
	}),
	parse: (w, text, item) => {
		const { data, errors } = JSON.parse(text)
		if (errors) throw new Error(JSON.stringify(errors))
		return PARSE[w](data.r, item)
	},
})
export default adapter('parley', 18093)
