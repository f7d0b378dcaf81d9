// Asks a server with the clients that front ends use: node clients.mjs URL. It has the schema of stream_test.go. Prints a line
// each; exits with 1 if any fails.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const url = process.argv[2];
const ws = createWs({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
const hello = gql`query Hello { hello }`;
const ticks = "subscription Ticks { ticks(from: 3, to: 6) }";
const apollo = (link) => new ApolloClient({ link, cache: new InMemoryCache() });

async function all(iterable) {
  const list = [];
  for await (const x of iterable) list.push(x.data.ticks);
  return list;
}

const tests = {
  "Apollo Client: query": async () => {
    const { data } = await apollo(new HttpLink({ uri: url })).query({ query: hello });
    assert.equal(data.hello, "world");
  },
  "Apollo Client: mutation": async () => {
    const { data } = await apollo(new HttpLink({ uri: url })).mutate({ mutation: gql`mutation W { write }` });
    assert.equal(data.write, "world");
  },
  "Apollo Client: errors": async () => {
    const client = apollo(new HttpLink({ uri: url }));
    await assert.rejects(client.query({ query: gql`query X { nothing }` }), (e) => e.errors[0].extensions.code === "BAD_USER_INPUT");
  },
  "Apollo Client: GET": async () => {
    const { data } = await apollo(new HttpLink({ uri: url, useGETForQueries: true })).query({ query: hello });
    assert.equal(data.hello, "world");
  },
  "Apollo Client: persisted, by GET": async () => {
    const sent = [];
    const spy = (input, init) => (sent.push(input), fetch(input, init));
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    for (const _ of [1, 2]) {
      const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri: url, fetch: spy }));
      const { data } = await apollo(link).query({ query: gql`query Persisted { hello }` });
      assert.equal(data.hello, "world");
    }
    assert.equal(sent.length, 3, "the hash alone, then the query, then the hash alone");
  },
  "Apollo Client: WebSocket": async () => {
    const list = [];
    await new Promise((resolve, reject) =>
      apollo(new GraphQLWsLink(ws)).subscribe({ query: gql(ticks) }).subscribe({ next: (x) => list.push(x.data.ticks), complete: resolve, error: reject }),
    );
    assert.deepEqual(list, [3, 4, 5]);
  },
  "urql": async () => {
    for (const preferGetMethod of [false, true]) {
      const client = new Client({ url, exchanges: [cacheExchange, fetchExchange], preferGetMethod });
      const { data, error } = await client.query("query Hello { hello }", {}).toPromise();
      assert.equal(error, undefined);
      assert.equal(data.hello, "world");
    }
  },
  "graphql-ws": async () => {
    assert.deepEqual(await all(ws.iterate({ query: ticks })), [3, 4, 5]);
    await assert.rejects(all(ws.iterate({ query: "{ nothing }" })), (e) => e[0].extensions.code === "BAD_USER_INPUT");
  },
  "graphql-ws: many at once": async () => {
    const lists = await Promise.all(Array.from({ length: 40 }, () => all(ws.iterate({ query: ticks }))));
    for (const list of lists) assert.deepEqual(list, [3, 4, 5]);
  },
  "graphql-sse": async () => {
    const sse = createSse({ url, fetchFn: fetch });
    assert.deepEqual(await all(sse.iterate({ query: ticks })), [3, 4, 5]);
    sse.dispose();
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAILED ${name}: ${e.stack ?? JSON.stringify(e)}`);
  }
}
await ws.dispose();
console.log(`${Object.keys(tests).length - failed}/${Object.keys(tests).length} clients answered`);
process.exit(failed === 0 ? 0 : 1);
