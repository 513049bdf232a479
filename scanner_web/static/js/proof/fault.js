// Why something does not hold, or could not be looked at.

/** The proof does not hold: a stable code of docs/ledger-format.md, and the values for its sentence. */
export class Fault extends Error {
  /** @param {string} code @param {Record<string, unknown>} [params] */
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, short(String(value))]));
  }
}

/** Something could not be looked at: no network, no answer, no such tile. It says nothing about the proof. */
export class Unable extends Fault {}

const short = (value) => (value.length <= 120 ? value : `${value.slice(0, 119)}…`);
