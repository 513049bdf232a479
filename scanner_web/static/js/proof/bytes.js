// Bytes, and the spellings that the ledger gives them: UTF-8, lower hex, base64 of RFC 4648 section 4.

import { Fault } from "./fault.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a text. @param {string} text @returns {Uint8Array} */
export const utf8 = (text) => encoder.encode(text);

/** The text of UTF-8 bytes. Throws Fault not_utf8. @param {Uint8Array} bytes @returns {string} */
export function text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Fault("not_utf8");
  }
}

/** Lower hex digits. @param {Uint8Array} bytes @returns {string} */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Padded base64. @param {Uint8Array} bytes @returns {string} */
export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/**
 * Bytes of base64; only the one spelling that an encoder gives. Throws Fault base64_refused.
 * @param {unknown} written
 * @returns {Uint8Array}
 */
export function unbase64(written) {
  try {
    const binary = atob(String(written));
    if (typeof written === "string" && btoa(binary) === written) return Uint8Array.from(binary, (one) => one.charCodeAt(0));
  } catch {
    // atob refuses it: so do we
  }
  throw new Fault("base64_refused", { text: written });
}

/** The parts one after another. @param {...(Uint8Array | number[])} parts @returns {Uint8Array} */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two byte strings are the same. @param {Uint8Array} a @param {Uint8Array} b @returns {boolean} */
export const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
