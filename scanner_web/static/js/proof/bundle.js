// A bundle (docs/ledger-format.md), judged part by part as the page shows the parts. Each relies on those before it.

import { hex, unbase64 } from "./bytes.js";
import { decode } from "./canonical.js";
import { verify } from "./ed25519.js";
import { Fault } from "./fault.js";
import { KeyBook } from "./keys.js";
import { included } from "./merkle.js";
import { checkSigned, parseCheckpoint, verifier } from "./note.js";
import { digest, isObject, mentions, parseBody, parseEntry, parseStatement } from "./records.js";

const EVENT = "epcis.event/1";
const BUNDLE = { batch: "string", checkpoint: "string", items: "array", kind: "string", ledger: "string", v: "number", vkey: "string" };
const ITEM = { bodies: "object", entry: "string", path: "array", statement: "string" };

/**
 * @typedef {{ index: number, time: string, by: string, kind: string, data: any }} Said what one record says to
 *   everybody; `data` is undefined where its public body is not shown
 */

export class Bundle {
  /**
   * Read a bundle's bytes. Throws Fault for anything that is not written as a bundle is.
   * @param {Uint8Array} bytes
   */
  static async read(bytes) {
    const bundle = new Bundle();
    Object.assign(bundle, fields(decode(bytes), "bundle", BUNDLE));
    if (bundle.kind !== "trace.bundle/1") throw malformed("kind");
    bundle.items = bundle.items.map(item);
    bundle.log = await verifier(bundle.vkey);
    bundle.head = await parseCheckpoint(bundle.checkpoint);
    if (bundle.ledger !== bundle.head.origin) {
      throw new Fault("ledger_name_wrong", { found: bundle.ledger, expected: bundle.head.origin });
    }
    return bundle;
  }

  /** Every entry names its statement, every statement its bodies, and one of them names the batch. */
  async checkRecords() {
    const seen = new Set();
    for (const item of this.items) {
      item.entry = await parseEntry(item.text.entry);
      const { index, statement: expected } = item.entry;
      if ((await digest(item.text.statement)) !== expected) throw new Fault("entry_statement_wrong", { index, expected });
      item.said = await parseStatement(item.text.statement);
      if (item.said.ledger !== this.ledger) throw new Fault("foreign_ledger", { index, found: item.said.ledger });
      if (seen.has(item.said.hash)) throw new Fault("replayed", { index, id: item.said.id });
      seen.add(item.said.hash);
      item.data = await disclosed(index, item.said, item.text.bodies);
    }
    const about = ({ said, data }) => said.kind === EVENT && data.public !== undefined && mentions(data.public, this.batch);
    if (!this.items.some(about)) throw new Fault("batch_not_named", { batch: this.batch });
  }

  /** Every statement is signed, under a key that was its party's then. */
  async checkSignatures() {
    const book = new KeyBook(this.ledger);
    for (const { entry, said, data } of this.items) {
      const key = await book.admit(entry.index, said, data.public);
      if (!(await verify(key, said.sig, said.message))) {
        throw new Fault("signature_wrong", { index: entry.index, key: said.key, party: said.by });
      }
    }
    [this.operator, this.opened] = [book.operator, book.vkey];
  }

  /** The entries follow one another, and each lies in the tree of the checkpoint. */
  async checkIncluded() {
    let before;
    for (const { entry, path } of this.items) {
      const { index } = entry;
      if (before === undefined ? index !== 0 : index <= before.index) throw new Fault("entry_index_wrong", { index });
      if (before && index === before.index + 1 && entry.prev !== hex(before.leaf)) throw new Fault("entry_prev_wrong", { index });
      if (before && entry.time < before.time) throw new Fault("entry_time_backwards", { index, before: before.time });
      if (!(await included(entry.leaf, BigInt(index), this.head.size, this.head.root, path))) {
        throw new Fault("not_included", { index, size: this.head.size });
      }
      before = entry;
    }
    if (before === undefined) throw new Fault("entry_index_wrong", { index: 0 });
  }

  /** The checkpoint is signed by the key that the ledger opened with, and by nobody else. */
  async checkCheckpoint() {
    if (this.opened !== this.vkey) throw new Fault("log_key_wrong", { found: this.vkey });
    await checkSigned(this.head, this.log, true);
  }

  /** What the records say to everybody. @returns {Said[]} */
  get told() {
    return this.items.map(({ entry, said, data }) => ({
      index: entry.index,
      time: entry.time,
      by: said.by,
      kind: said.kind,
      data: data.public,
    }));
  }
}

async function disclosed(index, said, bodies) {
  const data = {};
  for (const [compartment, body] of Object.entries(bodies)) {
    if (!Object.hasOwn(said.digests, compartment)) throw new Fault("body_unknown", { index, compartment });
    if ((await digest(body)) !== said.digests[compartment]) throw new Fault("body_wrong", { index, compartment });
    try {
      data[compartment] = parseBody(body);
    } catch (why) {
      throw new Fault("body_malformed", { index, compartment, why: why.code });
    }
  }
  return data;
}

function item(value, number) {
  const where = `items[${number}]`;
  const { bodies, path, ...texts } = fields(value, where, ITEM);
  if (!Object.values(bodies).every((body) => typeof body === "string")) throw malformed(`${where}.bodies`);
  try {
    return { text: { ...texts, bodies }, path: path.map(unbase64) };
  } catch {
    throw malformed(`${where}.path`);
  }
}

function fields(value, where, form) {
  if (!isObject(value) || Object.keys(value).sort().join() !== Object.keys(form).join()) throw malformed(where);
  for (const [name, kind] of Object.entries(form)) {
    const found = Array.isArray(value[name]) ? "array" : isObject(value[name]) ? "object" : typeof value[name];
    if (found !== kind || (name === "v" && value.v !== 1)) throw malformed(`${where}.${name}`);
  }
  return value;
}

const malformed = (field) => new Fault("bundle_malformed", { field });
