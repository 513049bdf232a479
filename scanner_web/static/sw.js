// Keeps pages behind the sign-in on this phone, so that they open without a network. The server puts VERSION and
// SHELL in front (see offline.py). It answers nothing from its store while the network answers: a stop must show.

const FILES = `files-${VERSION}`;
const PAGES = "pages";
const PATIENCE = 4000; // milliseconds that a page may take before the kept one is shown
const KEPT = /^\/(desk|inspect|operate)(\/|$)/;
const DOOR = /^\/(in|out|invite\/[^/]+)$/;
const NOT_KEPT = /\.(pdf|xlsx|csv|json)$|\/(bundle|evidence)(\/|$)/;
const asOf = new Map(); // which windows show a kept page, and of when

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((files) => files.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("files-") && name !== FILES;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  // Who signs in may be another than whose pages these are, and would be shown them where the network is slow.
  if (request.method === "POST" && DOOR.test(url.pathname)) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && KEPT.test(url.pathname) && !NOT_KEPT.test(url.pathname)) {
    event.respondWith(page(event));
  } else if (request.mode === "navigate" && url.pathname === "/in") {
    // Where the app begins when it is opened from the home screen: never kept, but never a browser's error either.
    event.respondWith(fetch(request).catch(async () => (await caches.match("/offline", { ignoreVary: true })) ?? Response.error()));
  } else if (url.pathname.startsWith("/assets/")) {
    event.respondWith(file(request));
  }
});

// desk.js asks whether what it stands on was kept, and says when somebody else has signed in.
self.addEventListener("message", (event) => {
  if (event.data === "as-of?") event.source.postMessage({ asOf: asOf.get(event.source.id) ?? null });
  if (event.data === "forget") event.waitUntil(caches.delete(PAGES));
  if (Array.isArray(event.data?.keep)) event.waitUntil(Promise.allSettled(event.data.keep.map(keep)));
});

// A page that is likely to be wanted where there is no network, before anybody opened it.
async function keep(path) {
  if (!KEPT.test(path) || NOT_KEPT.test(path)) return;
  await store(await caches.open(PAGES), new URL(path, self.location.origin).href, await fetch(path));
}

// A redirect leads to the sign-in or to another page: what stands at this address is not known then.
async function store(pages, address, answer) {
  if (answer.status === 200 && !answer.redirected && answer.type === "basic") await pages.put(address, answer.clone());
}

// A session that was ended elsewhere, of a lost phone say: what was kept goes with it, as soon as this phone hears of it.
async function forgetIfOver() {
  const session = await fetch("/in/session").catch(() => null);
  if (session?.status === 401) await caches.delete(PAGES);
}

async function page(event) {
  const { request } = event;
  const pages = await caches.open(PAGES);
  try {
    const answer = await soon(fetch(request), PATIENCE);
    asOf.delete(event.resultingClientId);
    await store(pages, request.url, answer);
    if (answer.type === "opaqueredirect") event.waitUntil(forgetIfOver());
    return answer;
  } catch {
    const found = await pages.match(request.url, { ignoreVary: true });
    if (found) {
      asOf.set(event.resultingClientId, found.headers.get("date") ?? "");
      return found;
    }
    return (await caches.match("/offline", { ignoreVary: true })) ?? Response.error();
  }
}

async function file(request) {
  try {
    return await soon(fetch(request), PATIENCE);
  } catch {
    return (await caches.match(request, { ignoreSearch: true, ignoreVary: true })) ?? Response.error();
  }
}

function soon(answer, patience) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), patience));
  return Promise.race([answer, late]);
}
