// A page in a real browser, driven over the DevTools protocol.
import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
  '--autoplay-policy=no-user-gesture-required',
  '--remote-debugging-port=0',
];

// Serves `html` at `/` and each of `files` (address to path), on a port of its own unless one is given.
export async function serve(html, files, port = 0) {
  const server = createServer((request, response) => {
    if (request.url === '/') return response.setHeader('content-type', 'text/html').end(html);
    const file = files[request.url];
    if (!file) return response.writeHead(404).end();
    response.setHeader('content-type', 'text/javascript');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

// Opens `url`; `run` awaits a script there and returns what it comes to.
export async function open(url) {
  const profile = mkdtempSync(join(tmpdir(), 'polyphony-browser-'));
  const program = process.env.POLYPHONY_TEST_BROWSER ?? 'chromium';
  const browser = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, url], { stdio: ['ignore', 'ignore', 'pipe'] });
  browser.on('error', (error) => {
    throw new Error(`${program}: ${error.message}; \`make install\` installs Chromium, POLYPHONY_TEST_BROWSER names another`);
  });
  const address = await new Promise((resolve) => {
    createInterface({ input: browser.stderr }).on('line', (line) => {
      const found = line.match(/DevTools listening on ws:\/\/([^/]+)/);
      if (found) resolve(found[1]);
    });
  });
  const page = await find(address, url);
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  let sent = 0;
  const run = (expression) =>
    new Promise((resolve, reject) => {
      const id = (sent += 1);
      const take = (message) => {
        const answer = JSON.parse(message);
        if (answer.id !== id) return;
        socket.off('message', take);
        // For one, because the page was left meanwhile.
        if (answer.error) return reject(new Error(answer.error.message));
        const { result, exceptionDetails } = answer.result;
        if (exceptionDetails) reject(new Error(exceptionDetails.exception?.description ?? exceptionDetails.text));
        else resolve(result.value);
      };
      socket.on('message', take);
      const params = { expression, awaitPromise: true, returnByValue: true };
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    });
  const close = async () => {
    // Asked over its own protocol it ends all its processes before it ends itself; killed, some still write for a while.
    const ended = new Promise((resolve) => browser.on('exit', resolve));
    const version = await (await fetch(`http://${address}/json/version`)).json();
    const whole = new WebSocket(version.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => whole.on('open', resolve).on('error', reject));
    whole.on('error', () => {});
    whole.send(JSON.stringify({ id: 1, method: 'Browser.close' }));
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
  };
  return { run, close };
}

async function find(address, url) {
  for (;;) {
    const pages = await (await fetch(`http://${address}/json/list`)).json();
    const page = pages.find(({ type, url: at }) => type === 'page' && at === url);
    if (page) return page;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
