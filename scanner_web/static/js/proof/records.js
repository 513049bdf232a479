// Entries, statements and bodies: parsed as docs/ledger-format.md has them, and nothing that is not written so.

import { hex, join, unbase64, utf8 } from "./bytes.js";
import { decode, encode } from "./canonical.js";
import { Fault } from "./fault.js";
import { sha256 } from "./hash.js";
import { leafHash } from "./merkle.js";

const ENTRY =
  /^\{"index":(0|[1-9][0-9]{0,15}),"prev":"([0-9a-f]{64})","statement":"([0-9a-f]{64})","time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)","v":1\}$/;
const LINE = /^[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+)*$/;
const KIND = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\/[1-9][0-9]{0,3}$/;
const COMPARTMENT = /^[a-z][a-z0-9_]{0,31}$/;
const HEX64 = /^[0-9a-f]{64}$/;
const HEX32 = /^[0-9a-f]{32}$/;
const FIELDS = ["by", "digests", "id", "key", "kind", "ledger", "sig", "v"];
const LONGEST = 2048;

/**
 * @typedef {{ index: number, prev: string, statement: string, time: string, leaf: Uint8Array }} Entry
 * @typedef {{ by: string, digests: Record<string, string>, id: string, key: string, kind: string, ledger: string,
 *   sig: Uint8Array, message: Uint8Array, hash: string }} Statement
 */

/** SHA-256 of a text's bytes in hex. @param {string} written */
export const digest = async (written) => hex(await sha256(utf8(written)));

/** Throws Fault record_malformed. @param {string} written @returns {Promise<Entry>} */
export async function parseEntry(written) {
  const found = ENTRY.exec(written);
  if (!found) throw malformed("entry", "form");
  const [index, time] = [Number(found[1]), found[4]];
  if (!Number.isSafeInteger(index)) throw malformed("entry", "index");
  const moment = new Date(time);
  // Date rolls 30 February over into March; the calendar knows no year 0.
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== time || time.startsWith("0000")) {
    throw malformed("entry", "time");
  }
  return { index, prev: found[2], statement: found[3], time, leaf: await leafHash(utf8(written)) };
}

/** Throws Fault record_malformed or of the JSON. @param {string} written @returns {Promise<Statement>} */
export async function parseStatement(written) {
  const fields = object("statement", written, FIELDS);
  for (const name of ["by", "id", "ledger"]) check("statement", name, fields[name], LINE);
  check("statement", "kind", fields.kind, KIND);
  check("statement", "key", fields.key, HEX64);
  const { digests, sig, v, ...rest } = fields;
  const named = isObject(digests) ? Object.entries(digests) : [];
  if (!named.length || named.length > 8) throw malformed("statement", "digests");
  for (const [compartment, value] of named) {
    check("statement", "digests", compartment, COMPARTMENT);
    check("statement", "digests", value, HEX64);
  }
  if (v !== 1) throw malformed("statement", "v");
  const message = utf8(`trace/statement/v1\n${encode({ ...rest, digests, v })}`);
  return { ...rest, digests, sig: signatureOf(sig), message, hash: await digest(written) };
}

/** The data of a body. Throws Fault record_malformed or of the JSON. @param {string} written @returns {any} */
export function parseBody(written) {
  const fields = object("body", written, ["data", "salt"]);
  check("body", "salt", fields.salt, HEX32);
  return fields.data;
}

/** The bytes that a key record writes as base64; undefined for anything else. @param {unknown} written */
export function keyBytes(written) {
  try {
    return unbase64(written);
  } catch {
    return undefined;
  }
}

/** Whether a JSON value is an object. @param {any} value */
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether a value is, or holds at any depth, a text that names this batch; keys do not count. @param {any} value @param {string} batch */
export function mentions(value, batch) {
  if (typeof value === "string") return namesBatch(value, batch);
  return value !== null && typeof value === "object" && Object.values(value).some((item) => mentions(item, batch));
}

const LINK = /^https?:\/\/[^?#]+\/01\/([0-9]{8}|[0-9]{12,14})\/10\/([^/?#]+)(?:[?#].*)?$/s;
const LGTIN = /^urn:epc:class:lgtin:([0-9]{6,12})\.([0-9])([0-9]{0,6})\.([^.]+)$/;

/** Whether a text is this batch's URI, or another spelling of the GTIN and lot that it is canonical for
 * (trace/ledger/spelling.py). @param {string} text @param {string} batch */
export const namesBatch = (text, batch) => text === batch || canonical(text) === batch;

/** The canonical link of a GTIN and lot; undefined for anything else. @param {string} uri */
export function canonical(uri) {
  const link = LINK.exec(uri);
  const [, company, first, item, urn] = LGTIN.exec(uri) ?? [];
  if (!link && (urn === undefined || company.length + item.length !== 12)) return undefined;
  const gtin = link ? link[1].padStart(14, "0") : checked(first + company + item);
  try {
    const lot = encodeURIComponent(decodeURIComponent(link ? link[2] : urn));
    const all = lot.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    return `https://id.gs1.org/01/${gtin}/10/${all}`;
  } catch {
    return undefined;
  }
}

/** The digits of a GTIN with their check digit (GS1 General Specifications, section 7.9.1). */
function checked(digits) {
  const total = [...digits].reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 1 : 3), 0);
  return `${digits}${(10 - (total % 10)) % 10}`;
}

function object(record, written, names) {
  const fields = decode(written);
  if (!isObject(fields) || Object.keys(fields).sort().join() !== names.join()) throw malformed(record, "form");
  return fields;
}

function check(record, field, value, form) {
  if (typeof value !== "string" || [...value].length > LONGEST || !form.test(value)) throw malformed(record, field);
}

function signatureOf(written) {
  const value = keyBytes(written);
  if (value?.length !== 64) throw malformed("statement", "sig");
  return join(value);
}

const malformed = (record, field) => new Fault("record_malformed", { record, field });
