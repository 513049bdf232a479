// Posts an entry as its form would have been posted. The entry's id is the idempotency key: twice is once.

const PATIENCE = 20000; // milliseconds

/** @typedef {{done: true, next: string} | {kept: "offline" | "busy" | "signed_out" | "other_user"}
 *   | {refused: string, code: string, field: string | null}} Outcome */

let csrf = document.body.dataset.csrf;

/** Send one entry.
 * @param {import("./store.js").Entry} entry @returns {Promise<Outcome>} */
export async function send(entry) {
  const answer = await post(entry);
  if (answer?.status !== 403) return read(answer);
  // The session may be a new one since: ask for its token once, and see that it is still the same user.
  const session = await ask("/in/session");
  if (session === null) return { kept: "offline" };
  if (!session.ok) return { kept: "signed_out" };
  const known = await session.json();
  if (known.user !== entry.user) return { kept: "other_user" };
  if (known.csrf === csrf) return read(answer);
  csrf = known.csrf;
  return read(await post(entry));
}

async function post(entry) {
  const body = new FormData();
  for (const [name, value] of entry.fields) if (name !== "csrf") body.append(name, value);
  body.append("csrf", csrf);
  return ask(entry.action, { method: "POST", body });
}

async function ask(path, more = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await fetch(path, { headers: { Accept: "application/json" }, signal: stop.signal, redirect: "error", ...more });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function read(answer) {
  if (answer === null) return { kept: "offline" };
  if (answer.status === 401) return { kept: "signed_out" };
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return { kept: "busy" };
  try {
    const said = await answer.json();
    if (answer.ok) return { done: true, next: said.next };
    return { refused: said.detail ?? said.title, code: said.code ?? "", field: said.field ?? null };
  } catch {
    return { kept: "busy" }; // somebody between us and the server answered: a sign-in page of a hotel, say
  }
}
