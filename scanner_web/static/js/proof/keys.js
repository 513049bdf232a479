// Whose key it was: the keys that a ledger's own statements open, register and revoke (docs/ledger-format.md).

import { hex } from "./bytes.js";
import { checkKey } from "./ed25519.js";
import { Fault } from "./fault.js";
import { sha256 } from "./hash.js";
import { verifier } from "./note.js";
import { isObject, keyBytes } from "./records.js";

const OPENED = "ledger.opened/1";
const REGISTERED = "key.registered/1";
const REVOKED = "key.revoked/1";

/** Reads the statements of one ledger in the order of their indices. */
export class KeyBook {
  /** @param {string} ledger */
  constructor(ledger) {
    this.ledger = ledger;
    this.keys = new Map();
    this.revoked = new Set();
    /** The log's verifier key that entry 0 names. */
    this.vkey = "";
    this.operator = "";
  }

  /**
   * The 32-byte key that must have signed the statement; learns what it says of keys. Throws Fault not_opened,
   * key_unknown, key_revoked, key_not_entitled, key_record_malformed.
   * @param {number} index
   * @param {import("./records.js").Statement} statement
   * @param {any} data of the public body
   * @returns {Promise<Uint8Array>}
   */
  async admit(index, statement, data) {
    if (index === 0) return this.#open(statement, data);
    if (statement.kind === OPENED) throw new Fault("not_opened", { index });
    const name = nameOf(statement.by, statement.key);
    const who = { index, key: statement.key, party: statement.by };
    if (!this.keys.has(name)) throw new Fault("key_unknown", who);
    if (this.revoked.has(name)) throw new Fault("key_revoked", who);
    if (statement.kind === REGISTERED) await this.#register(index, statement, data);
    if (statement.kind === REVOKED) this.#revoke(index, statement, data);
    return this.keys.get(name);
  }

  async #open(statement, data) {
    const fields = texts(0, data, "key", "ledger", "operator", "vkey");
    const raw = publicKey(0, fields.key);
    let log;
    try {
      log = await verifier(fields.vkey);
    } catch {
      throw new Fault("key_record_malformed", { index: 0, field: "vkey" });
    }
    const named = fields.ledger === this.ledger && log.name === this.ledger;
    const own = statement.by === fields.operator && statement.key === hex(await sha256(raw));
    if (statement.kind !== OPENED || !named || !own) throw new Fault("not_opened", { index: 0 });
    [this.operator, this.vkey] = [statement.by, fields.vkey];
    this.keys.set(nameOf(statement.by, statement.key), raw);
    return raw;
  }

  async #register(index, statement, data) {
    const fields = texts(index, data, "custody", "key", "party");
    if (!["operator", "party"].includes(fields.custody)) {
      throw new Fault("key_record_malformed", { index, field: "custody" });
    }
    const raw = publicKey(index, fields.key);
    this.#checkEntitled(index, statement, fields.party);
    this.keys.set(nameOf(fields.party, hex(await sha256(raw))), raw);
  }

  #revoke(index, statement, data) {
    const fields = texts(index, data, "keyId", "party", "reason");
    this.#checkEntitled(index, statement, fields.party);
    const name = nameOf(fields.party, fields.keyId);
    if (!this.keys.has(name)) throw new Fault("key_unknown", { index, key: fields.keyId, party: fields.party });
    this.revoked.add(name);
  }

  #checkEntitled(index, statement, party) {
    if (statement.by !== this.operator && statement.by !== party) {
      throw new Fault("key_not_entitled", { index, by: statement.by, party });
    }
  }
}

const nameOf = (party, key) => JSON.stringify([party, key]);

function texts(index, data, ...names) {
  const missing = names.find((name) => !isObject(data) || typeof data[name] !== "string");
  if (missing) throw new Fault("key_record_malformed", { index, field: missing });
  return data;
}

function publicKey(index, written) {
  const raw = keyBytes(written);
  try {
    checkKey(raw ?? new Uint8Array());
  } catch {
    throw new Fault("key_record_malformed", { index, field: "key" });
  }
  return raw;
}
