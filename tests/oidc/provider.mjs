// A provider of identities by the reference implementation of OpenID Connect for Node.js:  provider.mjs ISSUER CALLBACK
//
// Whoever signs in as NAME has the address NAME@example.org, which counts as verified unless NAME begins with "unverified".

import { Provider } from "oidc-provider";

const [issuer, callback] = process.argv.slice(2);
const provider = new Provider(issuer, {
  clients: [{ client_id: "polyphony", client_secret: "a secret for tests alone", redirect_uris: [callback] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
  cookies: { keys: ["for tests alone"] },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !id.startsWith("unverified"), name: id, preferred_username: id }),
  }),
});
provider.listen(Number(new URL(issuer).port), "127.0.0.1", () => console.log("ready"));
