// Builds dist/ from explorer.jsx:  npm ci && npm run build.  What it makes is committed, so that building Polyphony needs no npm;
// dist/sources.sha256 says what it was made of, and a test of the gateway compares.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync, existsSync, mkdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const result = await build({
  entryPoints: ["explorer.jsx"],
  outfile: "dist/explorer.js",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  target: ["es2020"],
  jsx: "transform",
  jsxFactory: "React.createElement",
  jsxFragment: "React.Fragment",
  inject: ["react-shim.mjs"],
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff": "dataurl", ".woff2": "dataurl", ".ttf": "dataurl" },
  logLevel: "warning",
});

// Every package whose code is in the bundle, with its licence's own text.
const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const at = input.lastIndexOf("node_modules/");
  if (at < 0) continue;
  const parts = input.slice(at + "node_modules/".length).split("/");
  packages.add(input.slice(0, at) + "node_modules/" + (parts[0].startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0]));
}
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : `Published under ${license}; the package carries no text of it.`;
  return `${name} ${version} (${license})\n\n${text}\n`;
});

if (!existsSync("dist")) mkdirSync("dist");
function put(name, content) {
  const packed = gzipSync(content, { level: 9 });
  // The operating system byte of gzip's header, so that every machine makes the same file (RFC 1952 §2.3.1).
  packed[9] = 255;
  writeFileSync(`dist/${name}.gz`, packed);
  console.log(`${name}: ${content.length} bytes, ${packed.length} compressed`);
}
for (const file of result.outputFiles) {
  if (file.path.endsWith(".css")) {
    // GraphiQL inlines two font families: most of the weight, licences of their own, and every system has a fair substitute.
    put("explorer.css", Buffer.from(file.text.replaceAll(/@font-face\{[^}]*\}/g, "")));
  } else {
    put("explorer.js", Buffer.from(file.contents));
  }
}
put("licences.txt", Buffer.from(`The explorer page contains:\n\n${notices.join("\n----\n\n")}`));

const sources = readdirSync(".", { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map((entry) => entry.name).sort();
const sums = sources.map((name) => `${createHash("sha256").update(readFileSync(name)).digest("hex")}  ${name}\n`);
writeFileSync("dist/sources.sha256", sums.join(""));
