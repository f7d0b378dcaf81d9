// Compiles what a front end with Relay asks: node relay.mjs SCHEMA DIR. Writes into DIR, which is empty: its source, what
// relay-compiler makes of it, and the documents in persisted.json. Exits with 1 if it compiles with any complaint.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import relay from "relay-compiler";

const [schema, dir] = process.argv.slice(2);
mkdirSync(join(dir, "src"));
copyFileSync(schema, join(dir, "schema.graphql"));
writeFileSync(join(dir, "persisted.json"), "{}");
writeFileSync(
  join(dir, "src", "Actor.js"),
  `import { graphql } from "relay-runtime";

export const events = graphql\`
  fragment Actor_events on Actor @refetchable(queryName: "ActorEventsQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
    events(first: $first, after: $after) @connection(key: "Actor_events") {
      edges { node { id summary when { edtf } kind { label } } }
    }
  }
\`;

export const page = graphql\`
  query ActorPageQuery($id: ID!) {
    actor(id: $id) { __typename id name ...Actor_events }
  }
\`;

export const list = graphql\`
  query ActorListQuery($first: Int, $after: String) {
    actors(first: $first, after: $after) @connection(key: "ActorList_actors") {
      edges { node { id name } }
    }
  }
\`;
`,
);
const config = { src: "./src", schema: "./schema.graphql", language: "javascript", eagerEsModules: true, noFutureProofEnums: true, persistConfig: { file: "./persisted.json", algorithm: "SHA256" } };
writeFileSync(join(dir, "relay.config.json"), JSON.stringify(config));
const { status, stdout, stderr, error } = spawnSync(relay, ["relay.config.json"], { cwd: dir, encoding: "utf8" });
console.log(stdout + stderr);
process.exit(error || status ? 1 : 0);
