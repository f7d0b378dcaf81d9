// Judges a Dockerfile: node dockerfile.mjs FILE. Prints a line each problem, and exits with 1 if there is any.
import { validate } from "dockerfile-utils";
import { readFileSync } from "node:fs";

const problems = validate(readFileSync(process.argv[2], "utf8"), { deprecatedMaintainer: 2, directiveCasing: 2, emptyContinuationLine: 2, instructionCasing: 2, instructionWorkdirRelative: 2 });
for (const p of problems) console.log(`${process.argv[2]}:${p.range.start.line + 1}: ${p.message}`);
process.exit(problems.length ? 1 : 0);
