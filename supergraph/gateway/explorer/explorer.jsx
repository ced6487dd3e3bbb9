// The explorer: GraphiQL over this very host, with a sign-in form. The token goes with every request and in the `connection_init`
// of every live operation; `session.js` keeps it fresh.

import { createElement, useCallback, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { Session } from "./session.js";
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

function SignIn({ session, username, notice }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = useCallback(async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    setBusy(true);
    setProblem("");
    try {
      await session.signIn(fields.get("login"), fields.get("password"));
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }, [session]);
  if (username) {
    return (
      <form onSubmit={(event) => { event.preventDefault(); session.signOut(); }}>
        <span>Signed in as {username}</span>
        <button>Sign out</button>
      </form>
    );
  }
  return (
    <form onSubmit={submit}>
      {(problem || notice) && <span role="alert">{problem || notice}</span>}
      <label>Username <input name="login" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button disabled={busy}>Sign in</button>
    </form>
  );
}

/** The value of `Authorization` that the headers editor holds, in whatever case. */
function typedAuthorization(headers) {
  const name = Object.keys(headers ?? {}).find((candidate) => candidate.toLowerCase() === "authorization");
  return name && headers[name];
}

/** What GraphiQL sends operations with, and what ends the connection of live operations. */
function makeFetcher(session) {
  // What is typed into the headers editor wins over the sign-in, for live operations too.
  let typed;
  let connectedAs;
  const authorization = async () => {
    const token = typed ? null : await session.token();
    return typed ?? (token && `Bearer ${token}`);
  };
  const socket = createClient({
    url: SOCKET.href,
    lazy: true,
    connectionParams: async () => {
      connectedAs = typed;
      const value = await authorization();
      return value ? { authorization: value } : {};
    },
  });
  const send = async (input, init) => {
    const value = await authorization();
    const ask = (bearer) => {
      // Names in any case are one header: an object would keep two, and send both.
      const headers = new Headers(init.headers);
      if (bearer) headers.set("authorization", bearer);
      return fetch(input, { ...init, headers });
    };
    const response = await ask(value);
    if (response.status !== 401 || typed || !value) return response;
    // The server ended the token before its time.
    await session.renew();
    return ask(await authorization());
  };
  const plain = createGraphiQLFetcher({ url: ENDPOINT.href, wsClient: socket, fetch: send });
  const fetcher = (parameters, options) => {
    typed = typedAuthorization(options?.headers);
    if (typed !== connectedAs) socket.terminate();
    return plain(parameters, options);
  };
  return { fetcher, disconnect: () => socket.terminate() };
}

function Explorer() {
  const [{ username, notice }, setState] = useState({ username: null, notice: "" });
  const { session, fetcher } = useMemo(() => {
    const made = new Session(ENDPOINT, (name, why) => {
      // A connection keeps the token it began with and ends with it. Its live operations go on over the next one.
      disconnect();
      setState({ username: name, notice: why });
    });
    const { fetcher: send, disconnect } = makeFetcher(made);
    return { session: made, fetcher: send };
  }, []);
  return (
    <>
      <header className="bar">
        <strong>Polyphony explorer</strong>
        <SignIn session={session} username={username} notice={notice} />
        <a href="/schema.graphql">Schema</a>
        <a href="/explorer/licences.txt">Licences</a>
      </header>
      <GraphiQL fetcher={fetcher} defaultQuery={WELCOME} shouldPersistHeaders={false} />
    </>
  );
}

createRoot(document.getElementById("explorer")).render(createElement(Explorer));
