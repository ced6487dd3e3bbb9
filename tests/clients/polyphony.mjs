// What the clients' scripts share: the server under test, an artist to act for, and events awaited one by one.
import { createHash, randomUUID } from 'node:crypto';

export const url = process.argv[2];
export const socketUrl = url.replace(/^http/, 'ws');

export const ME = 'query Me { viewer { username } }';
export const BY_NAME = 'query Named($username: String!) { userByName(username: $username) { username } }';
export const RENAME = 'mutation Rename($input: UpdateProfileInput!) { updateProfile(input: $input) { displayName } }';
export const UPLOAD_ARTWORK = 'mutation Upload($input: UploadArtworkInput!) { uploadArtwork(input: $input) { url } }';
export const PROCESSING = 'subscription Processing($id: ID!) { trackProcessing(trackId: $id) { state track { title } } }';

// Plain fetch, for what is not the client's part.
export async function ask(query, variables, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

// An artist with a track that has no sound yet.
export async function artist() {
  const username = `u${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const input = { username, email: `${username}@example.org`, password: 'a long secret of a test', displayName: username };
  const { register } = await ask('mutation($input: RegisterInput!) { register(input: $input) { accessToken } }', { input });
  const { becomeArtist } = await ask('mutation { becomeArtist { accessToken } }', {}, register.accessToken);
  const token = becomeArtist.accessToken;
  const { createArtist } = await ask('mutation($input: CreateArtistInput!) { createArtist(input: $input) { id } }', { input: { name: username } }, token);
  const track = { artistId: createArtist.id, title: 'First Light' };
  const { createTrack } = await ask('mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }', { input: track }, token);
  return { username, token, artist: createArtist.id, track: createTrack.id, authorization: `Bearer ${token}` };
}

// Gives the track a sound, which changes its state for all who listen.
export async function upload({ token, track }, bytes = wav()) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const input = { trackId: track, fileName: 'tone.wav', mediaType: 'audio/wav', sizeBytes: bytes.length, sha256 };
  const ticket = 'mutation($input: RequestTrackUploadInput!) { requestTrackUpload(input: $input) { uploadId url headers { name value } } }';
  const { requestTrackUpload } = await ask(ticket, { input }, token);
  const headers = Object.fromEntries(requestTrackUpload.headers.map(({ name, value }) => [name, value]));
  const sent = await fetch(requestTrackUpload.url, { method: 'PUT', headers, body: bytes });
  if (!sent.ok) throw new Error(`${sent.status} ${await sent.text()}`);
  await ask('mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id } }', { id: requestTrackUpload.uploadId }, token);
}

// A second of silence: 8 kHz, 16 bit, mono.
function wav() {
  const samples = Buffer.alloc(16000);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

// Turns callbacks into awaited values: `subscribe` gets an observer and returns how to stop.
export function listen(subscribe) {
  const heard = [];
  let wake = () => {};
  const take = (thing) => {
    heard.push(thing);
    wake();
  };
  const stop = subscribe({
    next: (value) => take({ value }),
    error: (error) => take({ error }),
    complete: () => take({ complete: true }),
  });
  return {
    stop,
    async next() {
      while (heard.length === 0) await new Promise((resolve) => (wake = resolve));
      const { value, error, complete } = heard.shift();
      if (error) throw error;
      if (complete) throw new Error('complete before its time');
      return value;
    },
  };
}
