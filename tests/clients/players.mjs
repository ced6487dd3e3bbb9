// What players of the web make of a published track: hls-parser in its strict mode, and hls.js and dash.js in a browser, which play
// to the end and change renditions on the way. `players.mjs URL encrypted` expects encrypted segments, which have no DASH manifest.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import HLS from 'hls-parser';
import { open, serve } from './browser.mjs';
import { artist, ask, upload } from './polyphony.mjs';

const encrypted = process.argv[3] === 'encrypted';
const SECONDS = 38;
const STREAM = `query($id: ID!) { track(id: $id) {
  state
  stream { url dashUrl durationMs renditions { name codecs } lossless { url dashUrl renditions { name codecs } } }
  downloads { url fileName mediaType sizeBytes }
} }`;
const PUBLISH = 'mutation($id: ID!) { publishTrack(id: $id) { state } }';

const someone = await artist();
await upload(someone, music());
await until(async () => (await track()).state === 'READY');
await ask(PUBLISH, { id: someone.track }, someone.token);
await until(async () => (await track()).stream);

const { stream, downloads } = await track();
assert.equal(stream.durationMs, SECONDS * 1000);
assert.deepEqual(stream.renditions.map(({ name }) => name), ['aac-64', 'aac-96', 'aac-160', 'aac-320']);
assert.deepEqual(stream.lossless.renditions, [{ name: 'flac', codecs: 'fLaC' }]);
assert.equal(Boolean(stream.dashUrl), !encrypted);
assert.equal(Boolean(stream.lossless.dashUrl), !encrypted);
console.log('published');

HLS.setOptions({ strictMode: true });
for (const url of [stream.url, stream.lossless.url]) await parse(url);
console.log('parsed');

for (const { url, mediaType, sizeBytes } of downloads) {
  const response = await fetch(url);
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, mediaType]);
  assert.match(response.headers.get('content-disposition'), /^attachment; filename="[^"]+\.mp3"; filename\*=UTF-8''/);
  assert.equal((await response.arrayBuffer()).byteLength, sizeBytes);
}
assert.equal(downloads.length, 2);
console.log('downloaded');

const { resolve } = createRequire(import.meta.url);
const page = await serve(html(), {
  '/hls.js': resolve('hls.js/dist/hls.js'),
  '/dash.js': resolve('dashjs'),
});
const browser = await open(page.url);
try {
  await until(() => browser.run("document.readyState === 'complete' && !!window.Hls && !!window.dashjs"));
  ended(await browser.run(`playHls(${JSON.stringify(stream.url)})`), 4);
  console.log('hls.js played');
  ended(await browser.run(`playHls(${JSON.stringify(stream.lossless.url)})`), 1);
  console.log('hls.js played without loss');
  if (!encrypted) {
    ended(await browser.run(`playDash(${JSON.stringify(stream.dashUrl)})`), 4);
    console.log('dash.js played');
    ended(await browser.run(`playDash(${JSON.stringify(stream.lossless.dashUrl)})`), 1);
    console.log('dash.js played without loss');
  }
} finally {
  await browser.close();
  page.close();
}

async function track() {
  return (await ask(STREAM, { id: someone.track }, someone.token)).track;
}

async function until(condition) {
  while (!(await condition())) await new Promise((next) => setTimeout(next, 100));
}

// Played to the end, without an error and without a hole, in so many renditions.
function ended({ errors, seconds, gaps, renditions }, count) {
  assert.deepEqual(errors, []);
  assert.ok(Math.abs(seconds - SECONDS) < 0.1, `ended after ${seconds} s`);
  assert.deepEqual(gaps, []);
  assert.equal(new Set(renditions).size, count, `renditions played: ${renditions}`);
}

// The listing and everything that it lists.
async function parse(url) {
  const listing = HLS.parse(await (await fetch(url)).text());
  assert.ok(listing.isMasterPlaylist && listing.independentSegments && listing.variants.length > 0);
  for (const variant of listing.variants) {
    assert.equal(variant.audio[0].channels, '2');
    const playlist = HLS.parse(await (await fetch(new URL(variant.uri, url))).text());
    assert.equal(playlist.playlistType, 'VOD');
    assert.ok(Math.abs(playlist.segments.reduce((sum, { duration }) => sum + duration, 0) - SECONDS) < 0.001);
    const keys = new Set(playlist.segments.map(({ key }) => key?.uri));
    assert.equal(keys.has(undefined), !encrypted);
    if (encrypted) assert.ok(keys.size > 1, 'keys are changed on the way');
  }
}

// Two tones that never repeat within the time: 44.1 kHz, 16 bit, stereo.
function music() {
  const rate = 44100;
  const header = Buffer.alloc(44);
  const samples = Buffer.alloc(SECONDS * rate * 4);
  for (let at = 0; at < SECONDS * rate; at += 1) {
    const second = at / rate;
    samples.writeInt16LE(Math.round(9000 * Math.sin(2 * Math.PI * (220 + 10 * second) * second)), at * 4);
    samples.writeInt16LE(Math.round(9000 * Math.sin(2 * Math.PI * (330 + 7 * second) * second)), at * 4 + 2);
  }
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

function html() {
  return `<!doctype html><script src="/hls.js"></script><script src="/dash.js"></script><script>
  // What is told of a player once it has ended, or has failed.
  function watch(audio, errors, renditions, stop) {
    const gaps = [];
    audio.addEventListener('timeupdate', () => {
      for (let n = 1; n < audio.buffered.length; n += 1) gaps.push([audio.buffered.end(n - 1), audio.buffered.start(n)]);
    });
    return new Promise((resolve) => {
      const finish = () => { resolve({ errors, seconds: audio.currentTime, gaps, renditions }); stop(); audio.remove(); };
      audio.addEventListener('ended', finish);
      audio.addEventListener('error', () => { errors.push('media: ' + audio.error.message); finish(); });
      errors.fatal = finish;
    });
  }
  function playHls(url) {
    const audio = document.body.appendChild(document.createElement('audio'));
    const errors = [], renditions = [];
    const hls = new Hls({ startLevel: 0, maxBufferLength: 6, maxMaxBufferLength: 6 });
    const done = watch(audio, errors, renditions, () => hls.destroy());
    hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) { errors.push(data.details + ' ' + data.reason); errors.fatal(); } });
    // What is buffered is played: to the end, and without a hole. FRAG_CHANGED looks now and then, and on a busy machine too seldom.
    hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => { if (frag.sn !== 'initSegment') renditions.push(frag.level); });
    // The next rendition from the next segment on, until all have been played.
    hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => {
      if (frag.sn !== 'initSegment') hls.loadLevel = Math.min(frag.level + 1, hls.levels.length - 1);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => { hls.loadLevel = 0; audio.playbackRate = 4; audio.play(); });
    hls.loadSource(url);
    hls.attachMedia(audio);
    return done;
  }
  function playDash(url) {
    const audio = document.body.appendChild(document.createElement('audio'));
    const errors = [], renditions = [];
    const player = dashjs.MediaPlayer().create();
    const done = watch(audio, errors, renditions, () => player.destroy());
    player.updateSettings({ streaming: {
      abr: { autoSwitchBitrate: { audio: false }, initialBitrate: { audio: 1 } },
      buffer: { bufferTimeDefault: 9, bufferTimeAtTopQuality: 9, bufferTimeAtTopQualityLongForm: 9 },
    } });
    player.on('error', ({ error }) => { errors.push('dash: ' + JSON.stringify(error)); errors.fatal(); });
    player.on('fragmentLoadingCompleted', ({ request }) => {
      if (request.type === 'MediaSegment') renditions.push(request.representation.id);
    });
    // The next rendition every few seconds.
    audio.addEventListener('timeupdate', () => {
      const all = player.getRepresentationsByType('audio');
      const wanted = all[Math.min(Math.floor(audio.currentTime / 6), all.length - 1)];
      if (wanted && wanted.id !== player.getCurrentRepresentationForType('audio')?.id) player.setRepresentationForTypeById('audio', wanted.id);
    });
    player.on('playbackStarted', () => { audio.playbackRate = 4; });
    player.initialize(audio, url, true);
    return done;
  }
  </script>`;
}
