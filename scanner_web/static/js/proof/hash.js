// SHA-256: the browser's own, or a small library where a page over plain http has no WebCrypto.

const subtle = globalThis.crypto?.subtle;
let fallback;

/** The 32 bytes of SHA-256. @param {Uint8Array} data @returns {Promise<Uint8Array>} */
export async function sha256(data) {
  if (subtle) return new Uint8Array(await subtle.digest("SHA-256", data));
  fallback ??= (await import("../../vendor/noble/sha2.js")).sha256;
  return fallback(data);
}
