// Ed25519 (RFC 8032 section 5.1.7) over raw bytes: the browser's own, or a small library where it has none.

import { hex } from "./bytes.js";
import { Fault } from "./fault.js";

const P = 2n ** 255n - 19n;
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
// y coordinates of the eight points of small order, under which anybody can sign anything.
const SMALL_ORDER = new Set([0n, 1n, P - 1n, Y8, P - Y8]);

const subtle = globalThis.crypto?.subtle;
const keys = new Map();
let engine;

/**
 * Throws Fault weak_key unless the bytes can serve as a public key.
 * @param {Uint8Array} raw
 */
export function checkKey(raw) {
  if (raw.length === 32) {
    const y = BigInt(`0x${hex(Uint8Array.from(raw).reverse())}`) & (2n ** 255n - 1n);
    if (!SMALL_ORDER.has(y % P)) return;
  }
  throw new Fault("weak_key", { key: hex(raw) });
}

/**
 * Whether the 64 bytes are the key's signature over the message. Throws Fault weak_key.
 * @param {Uint8Array} key 32 raw bytes
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function verify(key, signature, message) {
  checkKey(key);
  if (signature.length !== 64) return false;
  engine ??= (await ownEngine(key)) ?? (await library());
  return engine(key, signature, message);
}

/** The browser's; undefined where WebCrypto is missing or does not know Ed25519. */
async function ownEngine(key) {
  if (!subtle) return undefined;
  try {
    await imported(key);
  } catch (error) {
    // NotSupportedError: an older browser. A DataError is about the key alone.
    if (error.name !== "DataError") return undefined;
  }
  return async (raw, signature, message) => {
    try {
      return await subtle.verify("Ed25519", await imported(raw), signature, message);
    } catch {
      return false; // no point of the curve
    }
  };
}

function imported(raw) {
  const name = hex(raw);
  if (!keys.has(name)) keys.set(name, subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
  return keys.get(name);
}

async function library() {
  const [{ verify: judge, hashes }, { sha512 }] = await Promise.all([
    import("../../vendor/noble/ed25519.js"),
    import("../../vendor/noble/sha2.js"),
  ]);
  hashes.sha512 = sha512;
  return (raw, signature, message) => {
    try {
      return judge(signature, message, raw, { zip215: false });
    } catch {
      return false;
    }
  };
}
