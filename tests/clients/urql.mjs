// urql: queries by POST and GET, mutations, a file, live operations by server-sent events (its own way) and by graphql-transport-ws.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { BY_NAME, ME, PROCESSING, RENAME, UPLOAD_ARTWORK, artist, listen, socketUrl, upload, url } from './polyphony.mjs';

async function live(client, person) {
  const events = listen((observer) => client.subscription(PROCESSING, { id: person.track }).subscribe(observer.next).unsubscribe);
  const first = await events.next();
  assert.equal(first.error, undefined);
  assert.deepEqual([first.data.trackProcessing.state, first.data.trackProcessing.track.title], ['DRAFT', 'First Light']);
  await upload(person);
  assert.equal((await events.next()).data.trackProcessing.state, 'UPLOADED');
  events.stop();
}

const one = await artist();
const fetchOptions = { headers: { authorization: one.authorization } };
for (const preferGetMethod of [false, 'force']) {
  const client = new Client({ url, exchanges: [fetchExchange], fetchOptions, preferGetMethod });
  assert.equal((await client.query(ME, {})).data.viewer.username, one.username);
  assert.equal((await client.query(BY_NAME, { username: one.username })).data.userByName.username, one.username);
  assert.equal((await client.mutation(RENAME, { input: { displayName: 'Ada' } })).data.updateProfile.displayName, 'Ada');
  const { error } = await client.query('{ nonsense }', {});
  assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
}
const form = new Client({
  url,
  exchanges: [fetchExchange],
  fetchOptions: { headers: { ...fetchOptions.headers, 'apollo-require-preflight': 'true' } },
  preferGetMethod: false,
});
const file = new File([Buffer.from('89504e470d0a1a0a', 'hex')], 'cover.png', { type: 'image/png' });
const uploaded = await form.mutation(UPLOAD_ARTWORK, { input: { artistId: one.artist, file } });
assert.match(uploaded.data.uploadArtwork.url, /\/artwork\/artwork_/);

await live(new Client({ url, exchanges: [fetchExchange], fetchOptions, fetchSubscriptions: true, preferGetMethod: false }), one);

const two = await artist();
const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization: two.authorization } });
const forwardSubscription = (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }) });
const exchanges = [subscriptionExchange({ forwardSubscription }), fetchExchange];
await live(new Client({ url, exchanges, fetchOptions, preferGetMethod: false }), two);
await socket.dispose();
console.log('ok');
process.exit(0);
