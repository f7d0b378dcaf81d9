// W6: finding actors by name, beside PostgreSQL's pg_trgm on the same names: node search.mjs RUNS SECS. Queries are names of the file as they
// are, their last words cut short, and with one letter wrong, drawn by a fixed seed. It counts how often the actor that was meant is among
// the first ten, and how many questions a second 8 clients have answered, in turns. PostgreSQL is asked by npm's pg, prepared, over a
// socket, with a GIN index of trigrams; Parley by GraphQL over HTTP, without its cache of answers. Writes JSON.
import fs from 'node:fs'
import path from 'node:path'
import http from 'node:http'
import { createRequire } from 'node:module'

const tmp = process.env.PEERS_TMP, [runs, secs] = process.argv.slice(2).map(Number)
const pg = createRequire(path.join(tmp, 'npm/'))('pg')
const names = JSON.parse(fs.readFileSync(path.join(tmp, 'w/actors.json'))).slice(1)

let seed = 6 // mulberry32
const random = n => { seed = seed + 0x6D2B79F5 | 0; let t = Math.imul(seed ^ seed >>> 15, 1 | seed); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return Math.floor(((t ^ t >>> 14) >>> 0) / 2 ** 32 * n) }
const wrong = name => { // a letter inside of a word of six or more: left out, doubled, or changed with the next
	const words = name.split(' '), long = words.map((w, i) => [w, i]).filter(([w]) => /^[A-Za-z]{6,}$/.test(w))
	const [w, at] = long[random(long.length)], i = 1 + random(w.length - 2)
	words[at] = [w.slice(0, i) + w.slice(i + 1), w.slice(0, i) + w[i] + w.slice(i), w.slice(0, i - 1) + w[i] + w[i - 1] + w.slice(i + 1)][random(3)]
	return words.join(' ')
}
const fit = names.filter(n => /^[A-Za-z]+( [A-Za-z]+){1,3}$/.test(n) && n.split(' ').some(w => w.length >= 6))
const sets = { exact: n => n, prefix: n => n.slice(0, n.length - 2), typo: wrong }
const queries = Object.fromEntries(Object.entries(sets).map(([k, make]) => [k, Array.from({ length: 300 }, () => { const name = fit[random(fit.length)]; return { name, text: make(name) } })]))

const pool = new pg.Pool({ host: path.join(tmp, 'pg'), port: +(process.env.PEERS_PGPORT ?? 15499), user: 'postgres', database: 'peers', max: 8 })
await pool.query('create extension if not exists pg_trgm')
await pool.query('create index if not exists actors_trgm on app.actors using gin (name gin_trgm_ops)')
await pool.query('analyze app.actors')
// The operator finds what is similar by the index; it is ordered by how similar.
const trgm = async text => (await pool.query({ name: 'search', text: 'select name from app.actors where name % $1 order by similarity(name, $1) desc, name limit 10', values: [text] })).rows.map(r => r.name)
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
const parley = text => new Promise((ok, fail) => {
	const q = http.request({ agent, host: '127.0.0.1', port: 18093, path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json' } }, r => {
		let s = ''; r.on('data', d => s += d); r.on('end', () => { const { data, errors } = JSON.parse(s); data ? ok(data.search.nodes.map(n => n.name)) : fail(new Error(JSON.stringify(errors))) })
	})
	q.on('error', fail)
	q.end(JSON.stringify({ query: 'query W6($t:String!){search(text:$t,types:[ORGANIZATION],first:10){nodes{... on Actor{name}}}}', variables: { t: text } }))
})

const out = []
for (const [kind, list] of Object.entries(queries)) {
	const row = { kind, parley: { rps: [], p50: [] }, trgm: { rps: [], p50: [] } }
	for (const [name, ask] of [['parley', parley], ['trgm', trgm]]) {
		let found = 0
		for (const q of list) if ((await ask(q.text)).includes(q.name.split(/\s+/).join(' '))) found++
		row[name].recall = found / list.length
	}
	for (let r = 0; r < runs; r++) for (const [name, ask] of [['parley', parley], ['trgm', trgm]]) {
		const ms = []
		for (const q of list.slice(0, 100)) { const t = performance.now(); await ask(q.text); ms.push(performance.now() - t) }
		row[name].p50.push(ms.sort((a, b) => a - b)[50])
		let n = 0, i = r * 37
		const t = performance.now(), end = t + secs * 1000
		await Promise.all(Array.from({ length: 8 }, async () => { while (performance.now() < end) { await ask(list[i++ % list.length].text); n++ } }))
		row[name].rps.push(n / (performance.now() - t) * 1000)
	}
	console.error(`W6 ${kind}: ${JSON.stringify(row)}`)
	out.push(row)
}
console.log(JSON.stringify(out))
await pool.end(); agent.destroy()
