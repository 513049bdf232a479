// RFC 8785: the one spelling of a JSON value. Nothing else is read, since two readers could take it in two ways.

import { text } from "./bytes.js";
import { Fault } from "./fault.js";

const DEEPEST = 128;
const HALF_PAIR = /\p{Surrogate}/u;

/**
 * The value of bytes (or of text) in their RFC 8785 spelling. Throws Fault not_utf8, not_json, not_canonical,
 * lone_surrogate, too_deep.
 * @param {Uint8Array | string} data
 * @returns {any}
 */
export function decode(data) {
  const written = typeof data === "string" ? data : text(data);
  let value;
  try {
    value = JSON.parse(written);
  } catch {
    throw new Fault("not_json");
  }
  // JSON.parse keeps the last of two equal keys and rounds numbers: neither is written back as it was.
  if (encode(value) !== written) throw new Fault("not_canonical");
  return value;
}

/**
 * The RFC 8785 text of a value. ECMAScript's own number form and string escapes are the standard's.
 * @param {any} value
 * @param {number} [depth]
 * @returns {string}
 */
export function encode(value, depth = 0) {
  if (typeof value === "string") {
    if (HALF_PAIR.test(value)) throw new Fault("lone_surrogate");
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth === DEEPEST) throw new Fault("too_deep", { limit: DEEPEST });
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(",")}]`;
  // sort() goes by UTF-16 code units, as section 3.2.3 wants it.
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${encode(key)}:${encode(value[key], depth + 1)}`).join(",")}}`;
}
