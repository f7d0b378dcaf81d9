// Compares two schemas by GraphQL Inspector: node breaking.mjs OLD NEW, each a file or a directory of .graphqls. Prints what
// changed, and exits with 1 if a front end that worked with the old one would not with the new.
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function read(path) {
  if (!statSync(path).isDirectory()) return buildSchema(readFileSync(path, "utf8"));
  const names = readdirSync(path).filter((name) => name.endsWith(".graphqls")).sort();
  return buildSchema(names.map((name) => readFileSync(join(path, name), "utf8")).join("\n"));
}

const changes = await diff(read(process.argv[2]), read(process.argv[3]));
const breaking = changes.filter((c) => c.criticality.level === CriticalityLevel.Breaking);
for (const c of breaking) console.log(`BREAKING ${c.path}: ${c.message}`);
console.log(`${changes.length} changes of the schema, ${breaking.length} breaking`);
process.exit(breaking.length ? 1 : 0);
