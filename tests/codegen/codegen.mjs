// Types for the operations of schema/operations and of documents/, from the schema that a running Polyphony hands out:
//
//   npm ci && npm run generate && npm run check
//
// POLYPHONY_URL names another Polyphony than the one on this machine. One that hands out its schema to the signed-in only wants a
// token: `schema: [{ [address]: { headers: { authorization: "Bearer …" } } }]`.

const url = process.env.POLYPHONY_URL ?? "http://127.0.0.1:4000";

export default {
  schema: `${url}/schema.graphql`,
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
        scalars: { DateTime: "string", JSON: "unknown" },
        enumsAsTypes: true,
        useTypeImports: true,
        documentMode: "documentNode",
      },
    },
  },
};
