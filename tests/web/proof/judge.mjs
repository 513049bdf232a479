// The page's own modules in node: a question a line, an answer a line. With NO_WEBCRYPTO set there is none, as on a page
// over plain http.

import { createInterface } from "node:readline";

if (process.env.NO_WEBCRYPTO) Object.defineProperty(globalThis, "crypto", { value: undefined });

const home = new URL("../../../scanner_web/static/js/proof/", import.meta.url);
const load = (name) => import(new URL(`${name}.js`, home));
const [{ Bundle }, canonical, ed25519, hash, merkle, note, tiles, bytes, { verify }, records] = await Promise.all(
  ["bundle", "canonical", "ed25519", "hash", "merkle", "note", "tiles", "bytes", "verify", "records"].map(load),
);
const raw = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

async function judged(data, batch) {
  let step = 1;
  try {
    const bundle = await Bundle.read(raw(data));
    if (bundle.batch !== batch) return { step, code: "batch_other" };
    for (const check of ["checkRecords", "checkSignatures", "checkIncluded", "checkCheckpoint"]) {
      step += 1;
      await bundle[check]();
    }
    return { step: 0, told: bundle.told.length };
  } catch (why) {
    if (why.code === undefined) throw why;
    return { step, code: why.code };
  }
}

/** The seven steps over what a page shows, its text left out and nothing remembered. */
async function steps(data, shown) {
  const results = [];
  const nothing = { kept: null, tile: async () => undefined, text: () => [], remember: () => {} };
  for await (const result of verify({ bytes: raw(data), shown, ...nothing })) results.push(result);
  return results.map(({ state, code, params, faults, notes }) => ({ state, code, params, faults, notes }));
}

const ask = {
  verify: ({ key, sig, msg }) => ed25519.verify(raw(key), raw(sig), raw(msg)),
  sha256: async ({ data }) => bytes.hex(await hash.sha256(raw(data))),
  leaf: async ({ data }) => bytes.hex(await merkle.leafHash(raw(data))),
  node: async ({ left, right }) => bytes.hex(await merkle.nodeHash(raw(left), raw(right))),
  empty: async () => bytes.hex(await merkle.emptyRoot()),
  included: ({ leaf, index, size, root, path }) =>
    merkle.included(raw(leaf), BigInt(index), BigInt(size), raw(root), path.map(raw)),
  consistent: ({ sizes, roots, path }) => merkle.consistent(...sizes.map(BigInt), ...roots.map(raw), path.map(raw)),
  encode: ({ text }) => bytes.hex(bytes.utf8(canonical.encode(JSON.parse(text)))),
  decode: ({ data }) => canonical.encode(canonical.decode(raw(data))),
  path: ({ level, index, width }) => tiles.tilePath(level, BigInt(index), BigInt(width)),
  vkey: async ({ vkey }) => bytes.hex((await note.verifier(vkey)).key),
  checkpoint: async ({ text, vkey }) => {
    const head = await note.parseCheckpoint(text);
    await note.checkSigned(head, await note.verifier(vkey), false);
    return { size: Number(head.size), root: bytes.hex(head.root) };
  },
  proof: async ({ files, old, size }) => {
    const get = async (path) => files[path] && raw(files[path]);
    const reader = tiles.tileReader(get, (path) => new Error(path), BigInt(size));
    return (await merkle.consistencyPath(reader, BigInt(old), BigInt(size))).map(bytes.hex);
  },
  bundle: ({ data, batch }) => judged(data, batch),
  same: ({ text, batch }) => records.namesBatch(text, batch),
  page: ({ data, shown }) => steps(data, shown),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { is: await ask[what](question) };
  } catch (why) {
    answer = { code: why.code ?? String(why.stack) };
  }
  const plain = (_, value) => (typeof value === "bigint" ? Number(value) : value);
  process.stdout.write(`${JSON.stringify(answer, plain)}\n`);
}
