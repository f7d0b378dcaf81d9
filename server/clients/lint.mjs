// Judges a schema by graphql-eslint: node lint.mjs DIR. Its recommended rules and Relay's hold, with more descriptions asked for
// than they ask; what is excepted stands here with its reason. Prints a line each problem, and exits with 1 if there is any.
import plugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { resolve } from "node:path";

const dir = resolve(process.argv[2]);
process.chdir(dir); // the plugin reads the schema from where it is started

const rules = {
  ...plugin.configs["flat/schema-recommended"].rules,
  ...plugin.configs["flat/schema-relay"].rules,
  "@graphql-eslint/require-description": [
    "error",
    { types: true, rootField: true, DirectiveDefinition: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
  ],
  // "…" on one line where one line is enough, as most descriptions are; """ where it is not. The rule knows one of both.
  "@graphql-eslint/description-style": "off",
  // Lists that the sources keep short (aliases, claims of a fact, participations) are lists; what can grow is a connection.
  "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
  // What is no node has no identity to keep it by: it is a value, a part of the node or the question that it was asked of.
  "@graphql-eslint/strict-id-in-types": [
    "error",
    {
      exceptions: {
        suffixes: [
          ...["Connection", "Edge", "PageInfo"], // Relay's
          ...["Payload", "Error"], // what a mutation answers
          ...["Fact", "Value", "Text", "When", "Range", "Term", "Quad", "Notation", "Rival", "Point"], // values
          ...["Count", "Bucket", "Stats", "Coverage", "Measures", "Expansion", "Truncation"], // what is counted and summed up
          ...["Participation", "Interaction", "Contact", "Path", "Hop", "Result", "Change", "Notice"], // how nodes are tied, and news of it
        ],
      },
    },
  ],
};
// Hits are ordered by how good they are: the worst, from the end backwards, are what nobody looks for.
const forward = { "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }] };

const language = { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: `${dir}/*.graphqls` } } };
const eslint = new ESLint({
  cwd: dir,
  overrideConfigFile: true,
  overrideConfig: [
    { files: ["*.graphqls"], languageOptions: language, plugins: { "@graphql-eslint": plugin }, rules },
    { files: ["search.graphqls"], rules: forward },
  ],
});
const results = await eslint.lintFiles(["*.graphqls"]);
let problems = 0;
for (const { filePath, messages } of results) {
  for (const m of messages) {
    problems++;
    console.log(`${filePath}:${m.line}: ${m.message} (${m.ruleId})`);
  }
}
console.log(`${results.length} files, ${problems} problems`);
process.exit(problems ? 1 : 0);
