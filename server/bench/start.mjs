// W9: from the start of the program on an existing store to its first right answer over HTTP, N times: node start.mjs N. Writes the
// milliseconds as JSON.
import fs from 'node:fs'
import path from 'node:path'
import http from 'node:http'
import { spawn } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { adapter } from './adapter.mjs'

const bench = process.env.BENCH, p = adapter('parley', 18093)
const item = JSON.parse(fs.readFileSync(path.join(process.env.PEERS_TMP, 'w/W1.json'))).find(x => x.want.length === 20)
const { method, path: url, headers, body } = p.request('W1', item)
const ask = () => new Promise(ok => {
	const q = http.request(p.origin + url, { method, headers }, r => { let s = ''; r.on('data', d => s += d); r.on('end', () => ok(s)) })
	q.on('error', () => ok(null)); q.end(body)
})
const ms = []
for (let i = 0; i < +process.argv[2]; i++) {
	const t = performance.now()
	const server = spawn(path.join(bench, 'parley'), ['serve', '-store', path.join(bench, 'store'), '-addr', new URL(p.origin).host], { stdio: 'ignore' })
	let text
	while ((text = await ask()) === null) {
		if (server.exitCode !== null) throw new Error('parley ended')
		await new Promise(ok => setTimeout(ok, 2))
	}
	ms.push(performance.now() - t)
	if (!isDeepStrictEqual(p.parse('W1', text, item), item.want)) throw new Error('the first answer is wrong: ' + text)
	const ended = new Promise(ok => server.on('exit', ok))
	server.kill(); await ended
	console.error(`start ${i + 1}: ${ms.at(-1).toFixed(0)} ms`)
}
console.log(JSON.stringify(ms))
