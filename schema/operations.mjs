// Writes the trusted operations as a manifest:  node schema/operations.mjs FOLDER OUT.json SCHEMA.graphql
//
// Reads FOLDER/*.graphql: one operation a file, and fragments that any of them may use. The manifest is Apollo's
// `apollo-persisted-query-manifest`, version 1; an id is the SHA-256 of the body in hexadecimal digits. Bodies are byte for
// byte those of npm @apollo/generate-persisted-query-manifest (a test compares), so that clients may use either:
//
// - `__typename` goes to the end of every selection but the operation's own, unless it is there, or fields of introspection are;
// - the operation comes first, then its fragments by name;
// - the text is printed by graphql-js.
//
// Exits 1 and prints every problem: an operation without a name, a name or fragment twice, what the supergraph does not have.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Kind, NoUnusedFragmentsRule, buildASTSchema, parse, print, specifiedRules, validate, visit } from "graphql";

const problems = [];
const [folder, out, supergraph] = process.argv.slice(2);
if (!supergraph) {
  console.error("usage: node schema/operations.mjs FOLDER OUT.json SCHEMA.graphql");
  process.exit(2);
}

const operations = new Map();
const fragments = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".graphql")).sort()) {
  const here = [];
  for (const definition of parse(readFileSync(join(folder, file), "utf8"), { noLocation: true }).definitions) {
    const known = definition.kind === Kind.FRAGMENT_DEFINITION ? fragments : operations;
    const name = definition.name?.value;
    if (!name) problems.push(`${file}: an operation without a name`);
    else if (known.has(name)) problems.push(`${file}: ${name} is there already`);
    else known.set(name, definition);
    if (known === operations) here.push(name);
  }
  if (here.length > 1) problems.push(`${file}: one operation a file, not ${here.join(" and ")}`);
}

/** `definition` and the fragments that it needs, in the manifest's order. */
function whole(definition) {
  const needed = new Map();
  const follow = (node) =>
    visit(node, {
      FragmentSpread({ name: { value: name } }) {
        if (needed.has(name)) return;
        if (!fragments.has(name)) return void problems.push(`${definition.name.value}: there is no fragment ${name}`);
        needed.set(name, fragments.get(name));
        follow(fragments.get(name));
      },
    });
  follow(definition);
  const used = [...needed.keys()].sort().map((name) => needed.get(name));
  return { kind: Kind.DOCUMENT, definitions: [definition, ...used] };
}

function withTypenames(document) {
  const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
  return visit(document, {
    SelectionSet(node, _key, parent) {
      if (parent.kind === Kind.OPERATION_DEFINITION) return undefined;
      if (node.selections.some((selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith("__"))) return undefined;
      return { ...node, selections: [...node.selections, typename] };
    },
  });
}

// What the supergraph says besides its own types is the router's business; the directives' definitions are all there.
const schema = buildASTSchema(parse(readFileSync(supergraph, "utf8")), { assumeValidSDL: true });
const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);
const listed = [...operations.keys()].sort().map((name) => {
  const document = withTypenames(whole(operations.get(name)));
  for (const error of validate(schema, document, rules)) problems.push(`${name}: ${error.message}`);
  const body = print(document);
  return { id: createHash("sha256").update(body).digest("hex"), name, type: operations.get(name).operation, body };
});

if (problems.length > 0) {
  for (const problem of problems) console.error(`${basename(folder)}: ${problem}`);
  process.exit(1);
}
writeFileSync(out, `${JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations: listed }, null, 2)}\n`);
