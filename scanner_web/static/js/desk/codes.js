// By what a scanned text names goods, without a network: the paths that the pages give as keys (business/goods.py).
// The service reads a text again when the form arrives; this is only for what the screen says meanwhile.

const FNC1 = "\x1d";
const SYMBOLOGY = /^\](?:C1|d2|Q3|J1|e[0-2])/;

/** The paths that a scanned or typed text may mean, the likeliest first; empty for one that says nothing.
 * @param {string} text @returns {string[]} */
export function pathsOf(text) {
  const plain = text.trim();
  if (/^https?:\/\//i.test(plain)) return ofAddress(plain);
  const bracketed = plain.startsWith("(") ? pairsOfBrackets(plain) : null;
  const pairs = bracketed ?? pairsOfElements(plain.replace(SYMBOLOGY, ""));
  if (pairs) return ofPairs(pairs);
  const short = plain.replace(/[\s-]/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
  return short ? [`/t/${short}`] : [];
}

/** Whether a text names what has these keys: by one of its paths, or as the foreign code that it is. @param {string} text @param {string[]} keys */
export function names(text, keys) {
  const known = new Set(keys.map((key) => decoded(key).toUpperCase()));
  return [text.trim(), ...pathsOf(text)].some((one) => known.has(one.toUpperCase()));
}

function ofAddress(text) {
  let path;
  try {
    path = new URL(text).pathname;
  } catch {
    return [];
  }
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [key, value] = parts;
  if (/^[td]$/i.test(key ?? "")) return [`/${key.toLowerCase()}/${(value ?? "").toUpperCase()}`];
  const found = {};
  for (let at = 0; at + 1 < parts.length; at += 2) found[parts[at]] = parts[at + 1];
  return ofPairs(found);
}

function ofPairs(found) {
  const paths = [];
  if (found["00"]) paths.push(`/00/${found["00"]}`);
  const gtin = found["01"] ?? found["02"];
  if (gtin && found["10"]) paths.push(`/01/${gtin.padStart(14, "0")}/10/${found["10"]}`);
  return paths;
}

function pairsOfBrackets(text) {
  const found = {};
  for (const [, ai, value] of text.matchAll(/\((\d{2,4})\)([^(]*)/g)) found[ai] = value.trim();
  return Object.keys(found).length ? found : null;
}

// Application identifiers whose values have a length of their own; of the others the lot alone is of use here.
const LENGTHS = { "00": 18, "01": 14, "02": 14, 11: 6, 13: 6, 15: 6, 17: 6 };

function pairsOfElements(text) {
  const found = {};
  let rest = text;
  while (rest) {
    const ai = rest.slice(0, 2);
    const end = rest.indexOf(FNC1) < 0 ? rest.length : rest.indexOf(FNC1);
    const length = LENGTHS[ai] ? 2 + LENGTHS[ai] : end;
    if ((!LENGTHS[ai] && ai !== "10") || rest.length < length) break;
    found[ai] = rest.slice(2, length);
    rest = rest.slice(length).replace(/^\x1d/, "");
  }
  const digits = Object.entries(found).every(([ai, value]) => ai === "10" || /^\d+$/.test(value));
  return digits && (found["00"] || found["01"] || found["02"]) ? found : null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
