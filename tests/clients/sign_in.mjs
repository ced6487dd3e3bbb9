// A person signs in by a provider of identities, in a browser: from the front end to our start address, through the provider's pages
// for signing in and for consent, by our callback back to the front end, which ends the sign-in.
//
//   sign_in.mjs POLYPHONY PORT NAME    PORT is where the front end is served; NAME is who signs in at the provider
import { strict as assert } from 'node:assert';
import { open, serve } from './browser.mjs';

const [polyphony, port, name] = process.argv.slice(2);
const page = await serve(html(), {}, Number(port));
const browser = await open(page.url);
try {
  // oidc-provider's own pages.
  await until("!!document.querySelector('input[name=login]')");
  assert.notEqual(await browser.run('location.origin'), new URL(page.url).origin);
  await browser.run(`{
    document.querySelector('input[name=login]').value = ${JSON.stringify(name)};
    document.querySelector('input[name=password]').value = 'whatever';
    document.querySelector('[type=submit]').click();
  }`);
  await until("!document.querySelector('input[name=login]') && !!document.querySelector('[type=submit]')");
  await browser.run("document.querySelector('[type=submit]').click()");
  await until("!!document.getElementById('who')?.textContent");
  const ended = await browser.run("({ who: document.getElementById('who').textContent, at: location.href })");
  // No code and no token stay in the address.
  assert.deepEqual(ended, { who: name, at: page.url });
  // The page could not have told otherwise: no cookie of the sign-in can be read by a page, and none is left.
  assert.equal(await browser.run('document.cookie'), '');
  console.log('signed in');
} finally {
  await browser.close();
  page.close();
}

// Waits until the page that is shown says so. While it is left for another it says nothing.
async function until(expression) {
  const patience = Date.now() + 60_000;
  for (;;) {
    if (await browser.run(expression).catch(() => false)) return;
    const where = 'location.href + document.body?.innerText';
    if (Date.now() > patience) throw new Error(`not ${expression} at ${await browser.run(where).catch(String)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// The front end: sets out, and ends the sign-in when it is come back to.
function html() {
  return `<!doctype html><title>Front end</title><p id="who"></p><script type="module">
    const ask = async (query, variables, token) => {
      const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
      const answer = await fetch(${JSON.stringify(`${polyphony}/graphql`)}, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      const { data, errors } = await answer.json();
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    };
    const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const here = location.origin + '/';
    if (location.hash) {
      const code = new URLSearchParams(location.hash.slice(1)).get('code');
      history.replaceState(null, '', here);
      const input = { code, verifier: sessionStorage.getItem('verifier') };
      const signIn = 'mutation($input: ProviderProofInput!) { signInWithProvider(input: $input) { ... on SignInPayload { accessToken } } }';
      const { signInWithProvider } = await ask(signIn, { input });
      const { viewer } = await ask('{ viewer { username } }', {}, signInWithProvider.accessToken);
      document.getElementById('who').textContent = viewer.username;
    } else {
      const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
      sessionStorage.setItem('verifier', verifier);
      const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
      const { identityProviders } = await ask('{ identityProviders { startUrl } }');
      location = identityProviders[0].startUrl + '?' + new URLSearchParams({ return_to: here, code_challenge: challenge });
    }
  </script>`;
}
