// C2SP signed notes and the checkpoints written in them (tlog-checkpoint).

import { hex, join, same, unbase64, utf8 } from "./bytes.js";
import { checkKey, verify } from "./ed25519.js";
import { Fault } from "./fault.js";
import { sha256 } from "./hash.js";
import { emptyRoot } from "./merkle.js";

const ED25519 = 1;
const MARK = "— ";
const CONTROLS = /[\x00-\x09\x0b-\x1f]/;
const SPACES = /[^\S\ufeff]|[\x1c-\x1f\x85]/;

/**
 * @typedef {{ name: string, id: Uint8Array, key: Uint8Array }} Verifier
 * @typedef {{ name: string, id: Uint8Array, value: Uint8Array }} Signature
 * @typedef {{ text: string, origin: string, size: bigint, root: Uint8Array, signatures: Signature[] }} Checkpoint
 */

/**
 * A log's verifier key, `name+hex id+base64(0x01 || key)`. Throws Fault note_key_malformed, weak_key.
 * @param {string} vkey
 * @returns {Promise<Verifier>}
 */
export async function verifier(vkey) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey);
  const wrong = () => new Fault("note_key_malformed", { key: vkey });
  if (!found || !nameable(found[1])) throw wrong();
  let material;
  try {
    material = unbase64(found[3]);
  } catch {
    throw wrong();
  }
  if (material.length !== 33 || material[0] !== ED25519) throw wrong();
  const id = (await sha256(join(utf8(`${found[1]}\n`), material))).slice(0, 4);
  if (hex(id) !== found[2]) throw wrong();
  const key = material.slice(1);
  checkKey(key);
  return { name: found[1], id, key };
}

/**
 * What a note claims as a checkpoint, its form checked and its signatures not. Throws Fault note_malformed,
 * checkpoint_malformed.
 * @param {string} note
 * @returns {Promise<Checkpoint>}
 */
export async function parseCheckpoint(note) {
  const { text, signatures } = parseNote(note);
  const lines = text.split("\n").slice(0, -1);
  const [origin, size, root] = lines;
  if (lines.length < 3 || lines.some((line) => !line)) throw new Fault("checkpoint_malformed", { what: "lines" });
  if (!/^(0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) >= 2n ** 63n) {
    throw new Fault("checkpoint_malformed", { what: size });
  }
  let value;
  try {
    value = unbase64(root);
  } catch {
    throw new Fault("checkpoint_malformed", { what: root });
  }
  if (value.length !== 32 || (size === "0" && !same(value, await emptyRoot()))) {
    throw new Fault("checkpoint_malformed", { what: root });
  }
  return { text, origin, size: BigInt(size), root: value, signatures };
}

/**
 * Judge a checkpoint under the log's key: each line of that key verifies, and there is one; its origin is the key's
 * name. Throws Fault note_signature_invalid, note_unsigned, origin_mismatch; signature_foreign for lines of other
 * keys where `alone`.
 * @param {Checkpoint} head
 * @param {Verifier} log
 * @param {boolean} alone
 */
export async function checkSigned(head, log, alone) {
  const own = head.signatures.filter((line) => line.name === log.name && same(line.id, log.id));
  for (const line of own) {
    if (!(await verify(log.key, line.value, utf8(head.text)))) throw new Fault("note_signature_invalid", { name: log.name });
  }
  if (!own.length) throw new Fault("note_unsigned", { names: head.signatures.map((line) => line.name).join(", ") });
  if (alone && head.signatures.length > 1) throw new Fault("signature_foreign", { signatures: head.signatures.length });
  if (head.origin !== log.name) throw new Fault("origin_mismatch", { origin: head.origin, name: log.name });
}

function parseNote(note) {
  const wrong = (what) => new Fault("note_malformed", { what });
  if (CONTROLS.test(note)) throw wrong("control character");
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0) throw wrong("blank line");
  const lines = note.slice(blank + 2).split("\n");
  if (lines.pop() !== "" || !lines.length || lines.length > 100) throw wrong("signature lines");
  return { text: note.slice(0, blank + 1), signatures: lines.map(signature) };
}

/** @param {string} line @returns {Signature} */
function signature(line) {
  const wrong = new Fault("note_malformed", { what: line });
  const space = line.indexOf(" ", MARK.length);
  const name = line.slice(MARK.length, space);
  if (!line.startsWith(MARK) || space < 0 || !nameable(name)) throw wrong;
  let value;
  try {
    value = unbase64(line.slice(space + 1));
  } catch {
    throw wrong;
  }
  if (value.length < 5) throw wrong;
  return { name, id: value.slice(0, 4), value: value.slice(4) };
}

const nameable = (name) => name !== "" && !name.includes("+") && !SPACES.test(name) && !CONTROLS.test(name);
