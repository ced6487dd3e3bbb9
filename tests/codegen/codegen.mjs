// Types for the operations of schema/operations and of documents/, from the schema that a running Polyphony hands out:
//
//   npm ci && npm run generate && npm run check
//
// POLYPHONY_URL names another Polyphony than the one on this machine. One that hands out its schema to the signed-in only wants a
// token in `headers`: `authorization: "Bearer …"`.

const url = process.env.POLYPHONY_URL ?? "http://127.0.0.1:4000";

export default {
  // The loader says that it reads zstd also where its Node.js cannot (before 22.15).
  schema: [{ [`${url}/schema.graphql`]: { headers: { "accept-encoding": "gzip" } } }],
  documents: ["../../schema/operations/*.graphql", "documents/*.graphql"],
  // Import paths with their extension, as Node.js and browsers want them.
  emitLegacyCommonJSImports: false,
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        // A scalar that nobody has mapped is an error and not an `any`.
        strictScalars: true,
        scalars: { DateTime: "string", NaiveDate: "string", JSON: "unknown", Upload: "File" },
        enumsAsTypes: true,
        useTypeImports: true,
        documentMode: "documentNode",
      },
    },
  },
};
