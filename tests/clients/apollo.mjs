// Apollo Client: queries, mutations, live operations by multipart HTTP and by graphql-transport-ws.
import assert from 'node:assert/strict';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { BY_NAME, ME, PROCESSING, RENAME, artist, listen, socketUrl, upload, url } from './polyphony.mjs';

async function live(client, person) {
  const events = listen((observer) => {
    const subscription = client.subscribe({ query: gql(PROCESSING), variables: { id: person.track } }).subscribe(observer);
    return () => subscription.unsubscribe();
  });
  const first = await events.next();
  assert.equal(first.error, undefined);
  assert.deepEqual([first.data.trackProcessing.state, first.data.trackProcessing.track.title], ['DRAFT', 'First Light']);
  await upload(person);
  assert.equal((await events.next()).data.trackProcessing.state, 'UPLOADED');
  events.stop();
}

const one = await artist();
const http = new HttpLink({ uri: url, headers: { authorization: one.authorization } });
const client = new ApolloClient({ link: http, cache: new InMemoryCache() });

const me = await client.query({ query: gql(ME) });
assert.equal(me.data.viewer.username, one.username);
const named = await client.query({ query: gql(BY_NAME), variables: { username: one.username } });
assert.equal(named.data.userByName.username, one.username);
const renamed = await client.mutate({ mutation: gql(RENAME), variables: { input: { displayName: 'Ada' } } });
assert.equal(renamed.data.updateProfile.displayName, 'Ada');
const byGet = new ApolloClient({ link: new HttpLink({ uri: url, useGETForQueries: true }), cache: new InMemoryCache() });
assert.equal((await byGet.query({ query: gql(BY_NAME), variables: { username: one.username } })).data.userByName.username, one.username);

await assert.rejects(client.query({ query: gql('{ nonsense }') }), (error) => {
  assert.ok(CombinedGraphQLErrors.is(error), String(error));
  return error.errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED';
});
const nobody = new ApolloClient({ link: new HttpLink({ uri: url, headers: { authorization: 'Bearer nonsense' } }), cache: new InMemoryCache() });
await assert.rejects(nobody.query({ query: gql(ME) }), /access token is not valid/);

await live(client, one);

const two = await artist();
const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization: two.authorization } });
const byOperation = ApolloLink.split(({ operationType }) => operationType === 'subscription', new GraphQLWsLink(socket), http);
await live(new ApolloClient({ link: byOperation, cache: new InMemoryCache() }), two);
await socket.dispose();
console.log('ok');
process.exit(0);
