// Runs the audits of graphql-http against a server: node audit.mjs URL. Prints a line each; exits with 1 if any is not passed.
import { auditServer } from "graphql-http";

const url = process.argv[2];
const results = await auditServer({ url, fetchFn: fetch });
let passed = 0;
for (const r of results) {
  if (r.status === "ok") passed++;
  else console.log(`${r.status} ${r.id} ${r.name}: ${r.reason ?? ""}`);
}
console.log(`${passed}/${results.length} audits passed`);
process.exit(passed === results.length ? 0 : 1);
