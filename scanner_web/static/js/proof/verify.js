// The seven steps by which a page proves itself (docs/ledger-format.md, "On the page of a batch").
//
// Bytes in, verdict out: whoever calls fetches, shows and remembers.

import { Bundle } from "./bundle.js";
import { Fault, Unable } from "./fault.js";
import { consistencyPath, consistent } from "./merkle.js";
import { checkSigned, parseCheckpoint } from "./note.js";
import { compare } from "./shown.js";
import { tileReader } from "./tiles.js";

/** How many steps there are. */
export const STEPS = 7;

/**
 * @typedef {import("./shown.js").Finding} Finding
 * @typedef {{ number: number, state: "holds" | "fails" | "unsure", code: string, params: Record<string, any>,
 *   faults?: Finding[], notes?: Finding[] }} Result one step; `faults` and `notes` at the last one
 * @typedef {{ bytes: Uint8Array, shown: any, kept: import("./memory.js").Kept | null | undefined,
 *   tile: (path: string) => Promise<Uint8Array | undefined>, text: () => Finding[],
 *   remember: (newest: { ledger: string, vkey: string, note: string }) => void }} Case what is to be judged: the
 *   bundle's bytes, what the page shows, what this phone remembers, and how to get a tile of the log, to compare the
 *   page's text and to keep the newest checkpoint
 */

/**
 * Take the steps in order and give each result as it is known. The first that fails ends it.
 * @param {Case} given
 * @returns {AsyncGenerator<Result>}
 */
export async function* verify(given) {
  const work = new Work(given);
  const steps = [work.file, work.records, work.signatures, work.inclusion, work.checkpoint, work.memory, work.page];
  for (const [at, step] of steps.entries()) {
    const result = await taken(at + 1, () => step.call(work));
    yield result;
    if (result.state === "fails") return;
  }
}

/** @returns {Promise<Result>} */
async function taken(number, step) {
  try {
    return { number, state: "holds", code: `done_${number}`, params: {}, ...(await step()) };
  } catch (why) {
    if (why instanceof Unable) return { number, state: "unsure", code: why.code, params: why.params };
    if (why instanceof Fault) return { number, state: "fails", code: why.code, params: why.params };
    throw why;
  }
}

class Work {
  /** @param {Case} given */
  constructor(given) {
    this.given = given;
  }

  async file() {
    const { bytes, shown } = this.given;
    this.bundle = await Bundle.read(bytes);
    if (this.bundle.batch !== shown.batch) throw new Fault("batch_other", { found: this.bundle.batch });
    return { params: { count: this.bundle.items.length } };
  }

  async records() {
    await this.bundle.checkRecords();
    return { params: { count: this.bundle.items.length } };
  }

  async signatures() {
    await this.bundle.checkSignatures();
    return { params: { count: new Set(this.bundle.told.map((record) => record.by)).size } };
  }

  async inclusion() {
    await this.bundle.checkIncluded();
    return { params: { size: this.bundle.head.size } };
  }

  async checkpoint() {
    await this.bundle.checkCheckpoint();
    const { kept } = this.given;
    if (kept && (kept.ledger !== this.bundle.ledger || kept.vkey !== this.bundle.vkey)) {
      throw new Fault("log_key_changed", { since: kept.since.slice(0, 10) });
    }
    return { params: { ledger: this.bundle.ledger } };
  }

  async memory() {
    const { kept, remember } = this.given;
    const { head, ledger, vkey, checkpoint: note } = this.bundle;
    if (kept === undefined) throw new Unable("memory_none");
    if (kept === null) {
      remember({ ledger, vkey, note });
      return { code: "first_time" };
    }
    const old = await parseCheckpoint(kept.note);
    await checkSigned(old, this.bundle.log, false);
    await this.#compare(old, head);
    // Nothing was rewritten; but what came after, a recall perhaps, is kept from this page.
    if (head.size < old.size) throw new Unable("ledger_older", { old: old.size, new: head.size });
    remember({ ledger, vkey, note });
    return { params: { since: kept.since.slice(0, 10), size: old.size } };
  }

  async #compare(old, head) {
    const [less, more] = old.size <= head.size ? [old, head] : [head, old];
    // A log never signs less than before. One that serves an older state still has the larger one's tiles.
    const missing = (path) =>
      head.size < old.size ? new Fault("ledger_shorter", { old: old.size, new: head.size }) : new Unable("tile_missing", { path });
    let path = [];
    if (less.size !== more.size && less.size !== 0n) {
      path = await consistencyPath(tileReader(this.given.tile, missing, more.size), less.size, more.size);
    }
    if (!(await consistent(less.size, more.size, less.root, more.root, path))) {
      throw new Fault("not_consistent", { old: old.size, new: head.size });
    }
  }

  async page() {
    const { shown, text } = this.given;
    const found = compare(shown, this.bundle.told, this.bundle.operator);
    const faults = [...found.faults, ...text()];
    if (faults.length) return { state: "fails", ...faults[0], faults };
    if (found.notes.length) return { state: "unsure", code: "not_public", notes: found.notes };
    return {};
  }
}
