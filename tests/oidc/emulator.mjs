// A look-alike of Google or GitHub:  emulator.mjs SERVICE URL CALLBACK

import { createEmulator } from "emulate";

const [service, url, callback] = process.argv.slice(2);
const client = { client_id: "polyphony", client_secret: "a secret for tests alone", name: "Polyphony", redirect_uris: [callback] };
const seed = {
  google: { users: [{ email: "nina@gmail.example", name: "Nina" }], oauth_clients: [client] },
  github: { users: [{ login: "octo-nina", name: "Nina", email: "nina@github.example" }], oauth_apps: [client] },
};
await createEmulator({ service, port: Number(new URL(url).port), baseUrl: url, seed: { [service]: seed[service] } });
console.log("ready");
