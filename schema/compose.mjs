// Composes subgraphs into the supergraph:  node schema/compose.mjs OUT.graphql NAME=SUBGRAPH.graphql …
// or into a contract, which is the part of it that some clients see:  … --contract TAG [--without TAG] …
//
// Exits 1 and prints every composition error when the subgraphs do not fit together; the old file then stays as it was.
//
// A security directive that a subgraph uses without importing it from the federation specification would be taken for a
// private one and silently dropped, which would open the field to everybody. So that is an error here, and the result is
// checked for the links by which the gateway knows them. (`platform::authenticated` adds the import to exported SDL.)

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { composeSchemaContract, composeServices, compositionHasErrors } from "@theguild/federation-composition";
import { parse, print, visit } from "graphql";
import { spreadTag, withoutLooseEnds } from "./contract.mjs";

const SECURITY = ["authenticated", "requiresScopes", "policy"];

function fail(...problems) {
  for (const problem of problems) console.error(`compose: ${problem}`);
  process.exit(1);
}

function usedSecurity(document) {
  const used = new Set();
  visit(document, {
    Directive(node) {
      if (SECURITY.includes(node.name.value)) used.add(node.name.value);
    },
  });
  return used;
}

function imported(document) {
  const names = new Set();
  visit(document, {
    Directive(node) {
      if (node.name.value !== "link") return;
      const argument = node.arguments.find((candidate) => candidate.name.value === "import");
      for (const item of argument?.value.values ?? []) if (item.kind === "StringValue") names.add(item.value);
    },
  });
  return names;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { contract: { type: "string" }, without: { type: "string", multiple: true, default: [] } },
});
const [out, ...pairs] = positionals;
if (!out || pairs.length === 0) fail("usage: node schema/compose.mjs OUT.graphql [--contract TAG [--without TAG]] NAME=SUBGRAPH.graphql …");

const problems = [];
const used = new Set();
const services = pairs.map((pair) => {
  const at = pair.indexOf("=");
  if (at < 1) fail(`${pair}: expected NAME=FILE`);
  const [name, path] = [pair.slice(0, at), pair.slice(at + 1)];
  let typeDefs;
  try {
    typeDefs = parse(readFileSync(path, "utf8"));
  } catch (error) {
    fail(`${name}: ${path}: ${error.message}`);
  }
  const imports = imported(typeDefs);
  for (const directive of usedSecurity(typeDefs)) {
    used.add(directive);
    if (!imports.has(`@${directive}`)) problems.push(`${name}: @${directive} is used but not imported by @link, so it would not hold`);
  }
  // Where a subgraph answers is the gateway's configuration; the planner only needs an address to be there.
  return { name, url: `http://${name}.invalid/graphql`, typeDefs };
});
if (problems.length > 0) fail(...problems);

function compose() {
  const { contract, without } = options;
  if (!contract) return composeServices(services);
  const filter = { include: new Set([contract]), exclude: new Set(without) };
  return composeSchemaContract(spreadTag(services, contract), filter, true);
}

const result = compose();
if (compositionHasErrors(result)) fail(...result.errors.map((error) => error.message));
const supergraph = options.contract ? print(withoutLooseEnds(parse(result.supergraphSdl))) : result.supergraphSdl;
for (const directive of used) {
  if (!supergraph.includes(`https://specs.apollo.dev/${directive}/`)) {
    fail(`the supergraph does not link @${directive}, so the gateway would not enforce it`);
  }
}

const names = services.map(({ name }) => name).join(", ");
const what = options.contract ? `The contract \`${options.contract}\` of` : "Composed from";
writeFileSync(out, `# ${what} ${names} by schema/compose.mjs; do not edit.\n\n${supergraph.trim()}\n`);
