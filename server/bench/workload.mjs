// Makes the query set W5, which the peers' workload.py does not have, with its expected answers, from the file alone: node workload.mjs
// [N]. Of N pairs of actors, drawn in proportion to their events, how many hops the shortest path has that is no longer than four; and
// that the shortest one has on which dates do not go back. Written to $PEERS_TMP/w/W5.json: { aName, bName, want, wantTimed }; 0 hops is none.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

const n = +(process.argv[2] ?? 300), most = 4
const ends = [], edges = new Map() // actor → other → dates
const edge = (a, b, date) => {
	const m = edges.get(a) ?? edges.set(a, new Map()).get(a)
	;(m.get(b) ?? m.set(b, []).get(b)).push(date)
}
for (const line of zlib.gunzipSync(fs.readFileSync(process.env.PEERS_DATA)).toString().split('\n')) {
	const [a, , b, date] = line.split('\t')
	if (!date || a === b) continue
	ends.push(a, b); edge(a, b, date); edge(b, a, date)
}
for (const m of edges.values()) for (const dates of m.values()) dates.sort()

let seed = 1 // mulberry32
const random = () => { seed = seed + 0x6D2B79F5 | 0; let t = Math.imul(seed ^ seed >>> 15, 1 | seed); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 2 ** 32 }
const draw = list => list[Math.floor(random() * list.length)]

// hops finds the fewest; step tells the date of arrival by an edge, undefined if it cannot be taken. Of all ways to an actor by so many
// hops the earliest arrival is as good as any.
const hops = (from, to, step) => {
	let at = new Map([[from, '']])
	const best = new Map(at)
	for (let h = 1; h <= most; h++) {
		for (const [u, since] of at) if (edges.get(u).has(to) && step(edges.get(u).get(to), since) !== undefined) return h
		const next = new Map()
		if (h < most) for (const [u, since] of at) for (const [v, dates] of edges.get(u)) {
			const date = step(dates, since)
			if (date !== undefined && !(best.get(v) <= date)) { best.set(v, date); next.set(v, date) }
		}
		at = next
	}
	return 0
}
const first = (dates, since) => { // binary search
	let lo = 0, hi = dates.length
	while (lo < hi) { const m = (lo + hi) >> 1; if (dates[m] < since) lo = m + 1; else hi = m }
	return dates[lo]
}
const items = [], all = [...edges.keys()].sort()
while (items.length < n) { // half of the pairs are of any two actors, which are farther apart
	const a = items.length % 2 ? draw(ends) : draw(all), b = items.length % 2 ? draw(ends) : draw(all)
	if (a !== b) items.push({ aName: a, bName: b, want: hops(a, b, () => ''), wantTimed: hops(a, b, first) })
}
fs.writeFileSync(path.join(process.env.PEERS_TMP, 'w/W5.json'), JSON.stringify(items))
const tally = key => Object.entries(items.reduce((c, x) => ({ ...c, [x[key]]: (c[x[key]] ?? 0) + 1 }), {})).map(([h, k]) => `${h}: ${k}`).join(', ')
console.error(`W5 ${n} queries; by hops: ${tally('want')}; in time: ${tally('wantTimed')}`)
