// Who is signed in. Both tokens stay in this page's memory: closing or reloading it forgets them.
//
// An access token is renewed shortly before it ends. A refresh token works once, and using it twice ends the session, so whoever
// needs a fresh token while one is on its way waits for that one.

/** Renewed this long before it ends, in milliseconds. */
const MARGIN = 30_000;

// A test of the whole product sends these texts to the endpoint: keep each one literal, with plain variables.
const SIGN_IN = `mutation SignIn($login: String!, $password: String!) {
  signIn(input: { login: $login, password: $password }) {
    ... on SignInPayload { accessToken accessTokenExpiresAt refreshToken user { username } }
    ... on SecondFactorChallenge { challenge }
  }
}`;
const COMPLETE_SIGN_IN = `mutation CompleteSignIn($challenge: String!, $code: String!) {
  completeSignIn(input: { challenge: $challenge, code: $code }) {
    accessToken accessTokenExpiresAt refreshToken user { username }
  }
}`;
const REFRESH = `mutation Refresh($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) {
    accessToken accessTokenExpiresAt refreshToken user { username }
  }
}`;
const SIGN_OUT = `mutation SignOut {
  signOut
}`;

export class Session {
  #endpoint;
  #tokens = null;
  #renewing = null;
  #timer = null;
  #onChange;

  /** `onChange` is called with each new token: the username (or null), and a word about a session that ended by itself. */
  constructor(endpoint, onChange) {
    this.#endpoint = endpoint;
    this.#onChange = onChange;
  }

  async signIn(login, password) {
    const { signIn } = await this.#ask(SIGN_IN, { login, password });
    if (!signIn.challenge) return this.#keep(signIn);
    const code = prompt("The code of your second factor:");
    if (code === null) return;
    this.#keep((await this.#ask(COMPLETE_SIGN_IN, { challenge: signIn.challenge, code })).completeSignIn);
  }

  /** Forgets the tokens, and has the server do so too. */
  async signOut() {
    const token = this.#tokens?.access;
    this.#forget("");
    // Whatever it answers: this page has no tokens any more.
    if (token) await this.#ask(SIGN_OUT, {}, token).catch(() => {});
  }

  /** A token that is good for the next request; nothing when nobody is signed in. */
  async token() {
    if (this.#tokens && Date.now() >= this.#tokens.renewAt) await this.renew();
    return this.#tokens?.access;
  }

  /** Trades the refresh token for fresh tokens. */
  renew() {
    this.#renewing ??= this.#renew().finally(() => { this.#renewing = null; });
    return this.#renewing;
  }

  async #renew() {
    const before = this.#tokens;
    if (!before) return;
    try {
      const { refreshSession } = await this.#ask(REFRESH, { refreshToken: before.refresh });
      if (this.#tokens === before) this.#keep(refreshSession);
    } catch (error) {
      // The server said no. When it could not be reached, the token may still work later.
      if (error.answered && this.#tokens === before) this.#forget("Your session has ended: sign in again.");
    }
  }

  #keep({ accessToken, accessTokenExpiresAt, refreshToken, user }) {
    const life = Date.parse(accessTokenExpiresAt) - this.#serverTime;
    const left = Math.max(0, life - MARGIN);
    this.#tokens = { access: accessToken, refresh: refreshToken, renewAt: Date.now() + left };
    clearTimeout(this.#timer);
    // Live operations send nothing that would renew it. Timers hold 31 bits.
    if (left > 0) this.#timer = setTimeout(() => this.renew(), Math.min(left, 2 ** 31 - 1));
    this.#onChange(user.username, "");
  }

  #forget(why) {
    this.#tokens = null;
    clearTimeout(this.#timer);
    this.#onChange(null, why);
  }

  /** The server's time when it last answered: this machine's clock may be wrong. */
  #serverTime = Date.now();

  async #ask(query, variables, token) {
    const response = await fetch(this.#endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    this.#serverTime = Date.parse(response.headers.get("date")) || Date.now();
    const { data, errors } = await response.json();
    if (errors) throw Object.assign(new Error(errors[0].message), { answered: true });
    return data;
  }
}
