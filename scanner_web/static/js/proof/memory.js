// What this phone remembers of the ledger: its name and key as first seen, and the newest checkpoint that held.
//
// It lies in the browser's own storage for this site and goes nowhere. One site serves one ledger: another name or key
// at the same address is what a forger would show, so there is one memory and not one for each name.

const KEY = "trace.ledger";

/** @typedef {{ ledger: string, vkey: string, note: string, since: string }} Kept */

/** What was kept; null the first time, undefined where this browser keeps nothing. @returns {Kept | null | undefined} */
export function recall() {
  let written;
  try {
    written = localStorage.getItem(KEY);
  } catch {
    return undefined;
  }
  try {
    const kept = JSON.parse(written ?? "null");
    const whole = kept && ["ledger", "vkey", "note", "since"].every((name) => typeof kept[name] === "string");
    return whole ? kept : null;
  } catch {
    return null;
  }
}

/** Keep it. @param {Kept} kept @returns {boolean} whether this browser does */
export function keep(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

/** Begin anew, where the operator has announced another ledger. */
export function forget() {
  localStorage.removeItem(KEY);
}
