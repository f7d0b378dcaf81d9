// Prints the table of ratios from the results of run.sh: node table.mjs FOLDER. A ratio is that of two peers in the same turn; shown are
// the median of all turns, the least and the greatest.
import fs from 'node:fs'
import path from 'node:path'

const dir = process.argv[2]
const read = name => fs.existsSync(path.join(dir, name)) ? fs.readFileSync(path.join(dir, name), 'utf8') : null
const sort = xs => [...xs].sort((a, b) => a - b), mid = xs => sort(xs)[Math.floor(xs.length / 2)]
const fmt = x => x >= 1000 ? Math.round(x).toLocaleString('en') : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2)
const span = xs => xs.some(x => !Number.isFinite(x)) || !xs.length ? '' : xs.length === 1 ? fmt(xs[0]) : `${fmt(mid(xs))} (${fmt(Math.min(...xs))}-${fmt(Math.max(...xs))})`

const rows = []
const over = []
for (const w of ['W1', 'W1f', 'W2', 'W3', 'W4', 'W5', 'W5t']) {
	const text = read(w + '.json')
	if (!text) continue
	const by = Object.fromEntries(JSON.parse(text).map(x => [x.peer, x]))
	for (const x of Object.values(by)) if (/WRONG/.test(x.ok)) throw new Error(`${w}: ${x.peer}: ${x.ok}`)
	const rps = p => by[p]?.thr.map(x => x.rps) ?? [], p50 = p => by[p]?.seq.map(x => x.p50) ?? []
	const ratio = (a, b) => span(a.length && b.length ? a.map((x, i) => x / b[i]) : [])
	const pg = 'parley over postgres'
	if (by[pg]) over.push([w, span(rps('postgraphile')), span(rps(pg)), ratio(rps(pg), rps('postgraphile')), ratio(rps(pg), rps('parley')), span(p50(pg)), ratio(p50('postgraphile'), p50(pg)), span(by[pg].seq.map(x => x.p99))])
	rows.push([w, span(rps('postgraphile')), span(rps('parley')), ratio(rps('parley'), rps('postgraphile')), span(p50('parley')), ratio(p50('postgraphile'), p50('parley')),
		span(by.parley.seq.map(x => x.p99)), ratio(rps('parley'), rps('limits')), span(rps('parley repeated')), ratio(rps('parley repeated'), rps('bare'))])
}
const head = ['', 'PostGraphile /s', 'Parley /s', 'ratio', 'Parley p50 ms', 'PostGraphile\'s / that', 'Parley p99 ms', 'Parley / gqlgen over memory', 'Parley repeated /s', 'that / bare net/http']
console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
for (const r of rows) console.log(`| ${r.join(' | ')} |`)
if (over.length) {
	console.log('\n| Over PostgreSQL | PostGraphile /s | Parley /s | ratio | that / Parley on Pebble | p50 ms | PostGraphile\'s / that | p99 ms |\n|---|---|---|---|---|---|---|---|')
	for (const r of over) console.log(`| ${r.join(' | ')} |`)
}
const search = read('W6.json')
if (search) {
	console.log('\n| W6 | pg_trgm /s | Parley /s | ratio | Parley p50 ms | pg_trgm\'s / that | found by pg_trgm | found by Parley |\n|---|---|---|---|---|---|---|---|')
	for (const { kind, parley: a, trgm: b } of JSON.parse(search)) console.log(`| ${[kind, span(b.rps), span(a.rps), span(a.rps.map((x, i) => x / b.rps[i])), span(a.p50), span(a.p50.map((x, i) => b.p50[i] / x)), `${(b.recall * 100).toFixed(0)} %`, `${(a.recall * 100).toFixed(0)} %`].join(' | ')} |`)
}
const start = read('start.json')
if (start) console.log(`\nFrom the start to the first right answer: ${span(JSON.parse(start))} ms.`)
const memory = read('memory.txt')
if (memory) console.log(`\nMemory while serving W1, and on disk: ${memory.trim().split('\n').map(x => x.replace('.pid ', ' ').replace('postmaster', 'postgresql')).join(', ')}.`)
