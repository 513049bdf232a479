// Compares what the page shows (the block `shown`, written by scanner_web/shown.py) with the verified records.
//
// A difference is a fault. What no public record holds, such as a name that only a foreign document gives, can be
// compared with nothing: it is noted, and the page says so.

import { Facts, concerns, foreign, goods, resultOf, texts, word } from "./facts.js";

const LONGEST = 600;
const ROLL = 5; // trace/domain/serials.py
const RENAMED = { "shipping returned": "returning", "destroying expired": "expired" };
const RECEIVING = ["receiving", "accepting"];

/**
 * @typedef {{ code: string, params: Record<string, any> }} Finding
 * @param {any} shown
 * @param {import("./bundle.js").Said[]} told
 * @param {string} operator
 * @returns {{ faults: Finding[], notes: Finding[] }}
 */
export function compare(shown, told, operator) {
  const work = new Comparison(shown, new Facts(told, operator));
  work.batch();
  work.label();
  for (const one of shown.ingredients ?? []) work.ingredient(one);
  for (const one of shown.moves ?? []) work.move(one);
  for (const one of shown.commitments ?? []) work.commitment(one);
  work.stops();
  for (const step of shown.steps ?? []) work.step(step);
  work.hidden();
  work.names();
  return { faults: work.faults, notes: work.notes };
}

class Comparison {
  constructor(shown, facts) {
    this.shown = shown;
    this.facts = facts;
    /** @type {Finding[]} */
    this.faults = [];
    /** @type {Finding[]} */
    this.notes = [];
  }

  // -- the batch ---------------------------------------------------------------------------------------------------

  batch() {
    const { shown, facts } = this;
    const made = facts.description(shown.batch);
    if (!made) {
      this.#note("batch", shown.product.name);
      return;
    }
    const index = made.record.index;
    for (const name of ["lot", "code"]) this.#equal(name, shown[name], made[name], index);
    this.#made(shown, made);
    this.#product(made, index);
    this.#origin(made, index);
  }

  /** A pre-printed label stands for the goods because whoever made its roll recorded that labels of it do. */
  label() {
    const { label, batch } = this.shown;
    if (label === undefined) return;
    const roll = label.slice(0, ROLL);
    const bound = this.facts.bound.find((one) => one.roll === roll && one.batch === batch && one.by === this.facts.rolls.get(roll));
    if (!bound) this.#fault("label_unproved", { shown: label });
  }

  /** What the goods were made from has dates and a maker too. */
  ingredient(one) {
    const made = this.facts.description(one.batch);
    if (made) this.#made(one, made);
    else if (one.produced || one.expires || one.maker) this.#note("batch", this.#batch(one.batch));
  }

  #made(page, made) {
    const { index, by } = made.record;
    for (const name of ["produced", "expires"]) this.#equal(name, page[name], made[name], index);
    if (page.maker && !this.facts.hands(made.record).has(page.maker)) {
      if (made.entered) this.#differs("maker", this.#called(page.maker), this.#called(by), index);
      else this.#note("maker", this.#called(page.maker));
    }
  }

  /** Goods go from one to another where somebody recorded that he sent them there. */
  move({ batch, sender, receiver }) {
    const sent = [...this.facts.events.values()].filter(({ event }) => word(event.bizStep) === "shipping");
    const between = (record) => [sender, receiver].every((uri) => this.facts.hands(record).has(uri));
    if (sent.some((record) => between(record) && concerns(record.event, batch))) return;
    const names = `${this.#called(sender)} → ${this.#called(receiver)}`;
    if (sent.every((record) => record.entered)) this.#fault("move", { shown: names });
    else this.#note("move", names);
  }

  /** 承诺达标合格证: given with the batch, by whoever made it, on these grounds and that day. */
  commitment({ batch, by, basis, issued }) {
    const made = this.facts.description(batch);
    const index = made?.record.index;
    const given = String(made?.commitment ?? "").split(" ");
    const other = basis?.split(" ").filter((word) => !given.includes(word)) ?? [];
    if (!made?.commitment || other.length) this.#differs("commitment", basis, made?.commitment, index);
    this.#equal("commitment", issued, made?.committed, index);
    this.#equal("by", this.#called(by), this.#called(made?.record.by), index);
  }

  #product(made, index) {
    const { product, batch, lot, code } = this.shown;
    const known = this.facts.products.get(product.uri);
    if (known && (product.uri === made.product || !made.entered)) {
      this.#equal("product", product.name, known.name, index);
      this.#equal("gtin", product.gtin, known.gtin, index);
    } else if (made.entered) {
      this.#differs("product", product.name, this.facts.products.get(made.product)?.name, index);
    } else if (![lot, code, batch].includes(product.name)) {
      this.#note("product", product.name);
    }
  }

  #origin(made, index) {
    const { origin } = this.shown;
    if (made.origin || !origin) {
      this.#equal("origin", origin, made.origin, index);
      return;
    }
    const told = [...this.facts.events.values()].flatMap(({ event }) => texts(event.ilmd?.["trace:batches"], "origin"));
    const named = [...this.facts.places.values()].map(({ name, address }) => [...new Set([name, address])].filter(Boolean).join(" · "));
    const unknown = origin.split("; ").filter((part) => ![...told, ...named].includes(part));
    if (unknown.length && !told.includes(origin)) this.#note("origin", unknown.join("; "));
  }

  // -- stops -------------------------------------------------------------------------------------------------------

  stops() {
    const { standing } = this.facts;
    const shown = this.shown.stops ?? [];
    for (const stop of shown) {
      const hold = standing.find((one) => one.hold === stop.hold && one.batch === stop.batch);
      if (!hold) {
        this.#fault("stop_unproved", { shown: stop.reason, cause: stop.cause });
        continue;
      }
      for (const name of ["cause", "reason"]) this.#equal("reason", stop[name], hold[name], hold.index);
      this.#equal("by", this.#called(stop.by), this.#called(hold.by), hold.index);
      this.#moment("time", stop.since, hold.time, hold.index);
    }
    for (const hold of standing) {
      if (!shown.some((one) => one.hold === hold.hold && one.batch === hold.batch)) {
        this.#fault("stop_hidden", { index: hold.index, record: hold.reason, cause: hold.cause });
      }
    }
  }

  // -- steps -------------------------------------------------------------------------------------------------------

  step(step) {
    const { index } = step;
    const record = this.facts.events.get(index);
    if (!record) {
      if (this.facts.indices.has(index)) this.#note("erased", index);
      else this.#fault("entry_missing", { index });
      return;
    }
    const { event } = record;
    const told = word(event.bizStep);
    this.#equal("step", step.step || "", RENAMED[`${told} ${word(event.disposition)}`] ?? told, index);
    this.#equal("step", step.type, event.type, index);
    this.#equal("step", step.action, event.action, index);
    this.#equal("by", this.#called(step.by), this.#called(record.by), index);
    this.#moment("time", step.time, event.eventTime, index);
    this.#offset(step.time, event.eventTimeZoneOffset, index);
    if (!record.entered && !step.copied) this.#fault("copied", { index });
    if (record.entered) this.#clerk(step, event["trace:enteredBy"]);
    this.#equal("finding", step.result, resultOf(event), index);
    for (const name of ["finding", "process"]) this.#equal(name, step[name], said(event[`trace:${name}`]), index);
    this.#where(step, record);
    this.#goods(step, event);
    this.#others(step, record);
    this.#takenBack(step, record);
  }

  /** Who entered it for whoever says it. */
  #clerk({ index, entered }, uri) {
    this.#equal("entered", entered?.uri, uri, index);
    const known = this.facts.parties.get(uri);
    if (entered && known) this.#equal("party", entered.name, known.name);
    else if (entered && entered.name !== uri) this.#note("party", entered.name);
  }

  #where(step, record) {
    const { index, event } = { ...record };
    const place = event.bizLocation?.id ?? event.readPoint?.id;
    if (step.place && !foreign(place)) this.#equal("place", step.place, place, index);
    if (step.holder && !this.facts.hands(record).has(step.holder)) {
      if (record.entered) this.#differs("by", this.#called(step.holder), this.#called(record.by), index);
      else this.#note("holder", this.#called(step.holder));
    }
  }

  #goods(step, event) {
    for (const role of ["input", "output"]) {
      const [page, record] = [step[`${role}s`] ?? [], goods(event, role)];
      if (record.some(foreign)) continue;
      const different = [...page.filter((uri) => !record.includes(uri)), ...record.filter((uri) => !page.includes(uri))];
      if (different.length) this.#differs(role, page.map((uri) => this.#batch(uri)).join(", "), record.join(", "), step.index);
    }
    const units = [event.parentID, ...goods(event, "")].filter(Boolean);
    if (step.container && !units.includes(step.container) && !units.some(foreign)) {
      this.#differs("container", step.container, units[0], step.index);
    }
    if (step.of && !concerns(event, step.of)) this.#differs("of", this.#batch(step.of), "", step.index);
  }

  #others(step, record) {
    const { event } = record;
    const parties = (list, side) => {
      const named = texts(list, side);
      return [...named, ...named.map((place) => this.facts.places.get(place)?.owner)].filter(Boolean);
    };
    const listed = { sender: parties(event.sourceList, "source"), receiver: parties(event.destinationList, "destination") };
    for (const [side, named] of Object.entries(listed)) {
      if (!step[side] || named.includes(step[side])) continue;
      if (record.entered) this.#differs(side, this.#called(step[side]), this.#called(named[0]), step.index);
      else this.#note(side, this.#called(step[side]));
    }
    const others = [...this.facts.events.values()].filter((other) => other.event !== event);
    const { confirmed, confirms } = step;
    const agrees = ({ by, event: other }) =>
      by === confirmed.by && RECEIVING.includes(word(other.bizStep)) && moment(other.eventTime) === moment(confirmed.time);
    if (confirmed && !others.some(agrees)) this.#fault("confirmed", { index: step.index, shown: this.#called(confirmed.by) });
    const sent = ({ by, event: other }) => by === confirms && word(other.bizStep) === "shipping";
    if (confirms && !others.some(sent)) this.#fault("confirmed", { index: step.index, shown: this.#called(confirms) });
  }

  #takenBack(step, record) {
    const undone = this.facts.takenBack(record);
    if (!step.corrected !== !undone) {
      this.#fault(undone ? "correction_hidden" : "correction_unproved", { index: undone?.index ?? step.index });
    } else if (undone) {
      this.#equal("by", this.#called(step.corrected.by), this.#called(undone.by), undone.index);
      this.#moment("time", step.corrected.time, undone.time, undone.index);
    }
  }

  /** Every event of the proof is on the page; one that only declares another one wrong is shown at that other one. */
  hidden() {
    const shown = new Set((this.shown.steps ?? []).map((step) => step.index));
    for (const { index, event } of this.facts.events.values()) {
      if (!shown.has(index) && !event.errorDeclaration) this.#fault("entry_hidden", { index });
    }
  }

  // -- names -------------------------------------------------------------------------------------------------------

  names() {
    const { shown, facts } = this;
    for (const [uri, page] of Object.entries(shown.parties)) {
      const known = facts.parties.get(uri);
      if (known) {
        this.#equal("party", page.name, known.name);
        this.#equal("address", page.address, known.address);
        this.#equal("role", page.role, known.role);
      } else if (page.role || facts.signers.has(uri)) {
        this.#fault("party_unproved", { shown: page.name });
      } else if (page.name !== uri) {
        this.#note("party", page.name);
      }
    }
    for (const [uri, page] of Object.entries(shown.places)) {
      const known = facts.places.get(uri);
      if (!known) {
        this.#note("place", page.name);
        continue;
      }
      this.#equal("place", page.name, known.name ?? known.address);
      this.#equal("address", page.address, known.address);
    }
    for (const [uri, page] of Object.entries(shown.batches)) {
      if (page.name === uri) continue; // no name is given to it
      const [known, made] = [facts.nameOf(uri), facts.description(uri)];
      if (known === undefined && page.name !== made?.lot) this.#note("product", page.name);
      else if (known !== undefined) this.#equal("product", page.name, known);
      if (made) this.#equal("lot", page.label, made.lot ?? made.code);
      else if (page.label) this.#note("lot", page.label);
    }
  }

  // -- findings ----------------------------------------------------------------------------------------------------

  #equal(what, page, record, index) {
    if ((page ?? "") !== (record ?? "")) this.#differs(what, page, record, index);
  }

  #moment(what, page, record, index) {
    if (moment(page) !== moment(record)) this.#differs(what, page, record, index);
  }

  /** The zone that a time is told in; Z and +00:00 are one. */
  #offset(time, offset, index) {
    const zone = (written) => (/^[+-][0-9]{2}:[0-9]{2}$/.test(written) ? written.replace(/^[+-]00:00$/, "Z") : "Z");
    const [page, record] = [zone(/[+-][0-9]{2}:[0-9]{2}$/.exec(time)?.[0] ?? ""), zone(offset ?? "")];
    if (page !== record) this.#differs("time", page, record, index);
  }

  #differs(what, page, record, index) {
    this.#fault(index === undefined ? "name_differs" : "differs", { what, shown: page ?? "", record: record ?? "", index });
  }

  #fault(code, params) {
    this.faults.push({ code: `shown_${code}`, params });
  }

  #note(what, shown) {
    if (!this.notes.some((one) => one.params.shown === shown)) this.notes.push({ code: what, params: { shown } });
  }

  #called(uri) {
    return this.shown.parties[uri]?.name ?? this.facts.parties.get(uri)?.name ?? uri ?? "";
  }

  #batch(uri) {
    return this.shown.batches[uri]?.name ?? uri;
  }
}

/** Milliseconds of a time; a text that is none stands for itself. */
function moment(written) {
  const found = Date.parse(written);
  return Number.isNaN(found) ? written : found;
}

/** Somebody's own words as the page cuts them (scanner_web/reading.py). */
function said(words) {
  const letters = [...(typeof words === "string" ? words.trim() : "")];
  return (letters.length <= LONGEST ? letters.join("") : `${letters.slice(0, LONGEST).join("")}…`) || undefined;
}
