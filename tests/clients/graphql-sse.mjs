// graphql-sse: every kind of operation as server-sent events, in connections of their own.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { BY_NAME, ME, PROCESSING, RENAME, artist, listen, upload, url } from './polyphony.mjs';

const person = await artist();
const client = createClient({ url, headers: { authorization: person.authorization }, retryAttempts: 0 });

async function once(payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  assert.equal(results.length, 1);
  return results[0];
}

assert.equal((await once({ query: ME })).data.viewer.username, person.username);
assert.equal((await once({ query: BY_NAME, variables: { username: person.username } })).data.userByName.username, person.username);
assert.equal((await once({ query: RENAME, variables: { input: { displayName: 'Ada' } } })).data.updateProfile.displayName, 'Ada');
assert.equal((await once({ query: '{ nonsense }' })).errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');

const events = listen((observer) => client.subscribe({ query: PROCESSING, variables: { id: person.track } }, observer));
assert.equal((await events.next()).data.trackProcessing.state, 'DRAFT');
await upload(person);
assert.equal((await events.next()).data.trackProcessing.state, 'UPLOADED');
events.stop();
client.dispose();
console.log('ok');
process.exit(0);
