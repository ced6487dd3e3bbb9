// The explorer: GraphiQL over this very host, with a sign-in form. The token stays in this page's memory and goes with every
// request and in the `connection_init` of every live operation.

import { createElement, useCallback, useMemo, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import "graphiql/graphiql.css";
import "./explorer.css";

const ENDPOINT = new URL("/graphql", location.href);
const SOCKET = Object.assign(new URL(ENDPOINT), { protocol: location.protocol === "https:" ? "wss:" : "ws:" });

const WELCOME = `# Polyphony: one endpoint over all services. Ctrl-Enter runs the operation under the cursor.
# No account yet?  mutation { register(input: {…}) { user { id } } }  - then sign in above.

query Welcome {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

// A test of the whole product sends this text to the endpoint: keep it one literal, with plain variables.
const SIGN_IN = `mutation SignIn($login: String!, $password: String!) {
  signIn(input: { login: $login, password: $password }) { accessToken accessTokenExpiresAt user { username } }
}`;

async function signIn(login, password) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: SIGN_IN, variables: { login, password } }),
  });
  const { data, errors } = await response.json();
  if (!data?.signIn) throw new Error(errors?.[0]?.message ?? "signing in failed");
  return { token: data.signIn.accessToken, username: data.signIn.user.username };
}

function SignIn({ session, onChange }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = useCallback(async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    setBusy(true);
    setProblem("");
    try {
      onChange(await signIn(fields.get("login"), fields.get("password")));
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }, [onChange]);
  if (session) {
    return (
      <form onSubmit={(event) => { event.preventDefault(); onChange(null); }}>
        <span>Signed in as {session.username}</span>
        <button>Sign out</button>
      </form>
    );
  }
  return (
    <form onSubmit={submit}>
      {problem && <span role="alert">{problem}</span>}
      <label>Username <input name="login" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button disabled={busy}>Sign in</button>
    </form>
  );
}

function Explorer() {
  const [session, setSession] = useState(null);
  // Read at the time of each request, so that signing in does not rebuild the editor.
  const token = useRef(null);
  const socket = useRef(null);
  const change = useCallback((next) => {
    token.current = next?.token ?? null;
    // A connection keeps the viewer it began with; the next live operation opens another.
    socket.current?.terminate();
    setSession(next);
  }, []);
  const fetcher = useMemo(() => {
    socket.current = createClient({
      url: SOCKET.href,
      lazy: true,
      connectionParams: () => (token.current ? { authorization: `Bearer ${token.current}` } : {}),
    });
    const plain = createGraphiQLFetcher({ url: ENDPOINT.href, wsClient: socket.current });
    return (parameters, options) => {
      const headers = token.current ? { authorization: `Bearer ${token.current}` } : {};
      return plain(parameters, { ...options, headers: { ...headers, ...options?.headers } });
    };
  }, []);
  return (
    <>
      <header className="bar">
        <strong>Polyphony explorer</strong>
        <SignIn session={session} onChange={change} />
        <a href="/explorer/licences.txt">Licences</a>
      </header>
      <GraphiQL fetcher={fetcher} defaultQuery={WELCOME} shouldPersistHeaders={false} />
    </>
  );
}

createRoot(document.getElementById("explorer")).render(createElement(Explorer));
