// graphql-ws: every kind of operation over one socket; then, with `reconnect`, a live operation that outlives its server: the
// script says `live`, the server is stopped and started again at the same address, and events go on without a new subscription.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { BY_NAME, ME, PROCESSING, RENAME, artist, listen, socketUrl, upload } from './polyphony.mjs';

const person = await artist();
const closed = [];
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: person.authorization }),
  retryAttempts: 500,
  // The library takes a refused connection, as while nobody listens yet, for something to give up at.
  shouldRetry: () => true,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  on: { closed: ({ code }) => closed.push(code) },
});

async function once(payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  assert.equal(results.length, 1);
  return results[0];
}

assert.equal((await once({ query: ME })).data.viewer.username, person.username);
assert.equal((await once({ query: BY_NAME, variables: { username: person.username } })).data.userByName.username, person.username);
assert.equal((await once({ query: RENAME, variables: { input: { displayName: 'Ada' } } })).data.updateProfile.displayName, 'Ada');
await assert.rejects(once({ query: '{ nonsense }' }), (errors) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');

const events = listen((observer) => client.subscribe({ query: PROCESSING, variables: { id: person.track } }, observer));
assert.equal((await events.next()).data.trackProcessing.state, 'DRAFT');
if (process.argv[3] === 'reconnect') {
  closed.length = 0;
  console.log('live');
  // The stopping server tells so (1001); until the new one listens there is nobody (1006). Then its first event comes.
  assert.equal((await events.next()).data.trackProcessing.state, 'DRAFT');
  assert.equal(closed[0], 1001);
}
await upload(person);
assert.equal((await events.next()).data.trackProcessing.state, 'UPLOADED');
events.stop();
await client.dispose();

// Nobody's token ends the connection for a reason that clients may try again after.
const stranger = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: 'Bearer nonsense' },
  retryAttempts: 0,
});
await assert.rejects(listen((observer) => stranger.subscribe({ query: ME }, observer)).next(), ({ code }) => code === 4403);
console.log('ok');
process.exit(0);
