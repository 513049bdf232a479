// What verified records say to everybody: names, descriptions of batches, holds. Later records go before earlier ones.

import { canonical, isObject, mentions } from "./records.js";

const CBV =
  /^(?:(?:cbv:|https?:\/\/(?:ref|ns)\.gs1\.org\/cbv\/)(?:BizStep|Disp|SDT|BTT|ER)-|urn:epcglobal:cbv:(?:bizstep|disp|sdt|btt|er):)([a-z_]+)$/;
const EXPIRY = ["itemExpirationDate", "expirationDate", "bestBeforeDate"];
const MADE = ["productionDate", "harvestDateEnd", "harvestEndDate"];
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/;
const LINK = "https://id.gs1.org/";
const MAY_RELEASE = ["inspector", "operator"]; // trace/domain/roles.py
const RESULTS = ["fine", "bad", "waiting"]; // trace/domain/causes.py

/** A CBV word without its namespace; any other text as it is. @param {unknown} value */
export const word = (value) => (typeof value === "string" ? (CBV.exec(value)?.[1] ?? value) : "");

/** The texts of a list, or of one field of its objects. @param {any} list @param {string} [field] @returns {string[]} */
export function texts(list, field) {
  const items = Array.isArray(list) ? list : [];
  return items.map((item) => (field ? item?.[field] : item)).filter((item) => typeof item === "string");
}

/** What a look found, where it is one of the words for it. @param {any} event */
export const resultOf = (event) => RESULTS.find((one) => one === event["trace:result"]);

/** What an event names as this: classes and single things together, batches in their canonical form. @param {any} event @param {"input" | "output" | "" } role */
export function goods(event, role) {
  const [classes, things] = role ? [`${role}QuantityList`, `${role}EPCList`] : ["quantityList", "epcList"];
  return [...texts(event[classes], "epcClass"), ...texts(event[things])].map((uri) => canonical(uri) ?? uri);
}

/** The value whose key is this name behind any prefix or namespace. @param {any} fields @param {string} name */
function local(fields, name) {
  const key = Object.keys(isObject(fields) ? fields : {}).find((one) => one.split(/[:#/]/).pop() === name);
  return key === undefined || typeof fields[key] !== "string" ? undefined : fields[key];
}

/** The day of a date or time as written at its place. @param {string | undefined} value */
export const day = (value) => (value && DAY.test(value) ? value.slice(0, 10) : undefined);

/**
 * An event among the records. `entered`: it was entered here in our own words; else it was copied from a document.
 * @typedef {{ index: number, time: string, by: string, event: any, entered: boolean }} Event
 */

export class Facts {
  /**
   * @param {import("./bundle.js").Said[]} told
   * @param {string} operator
   */
  constructor(told, operator) {
    this.signers = new Set(told.map((record) => record.by));
    this.indices = new Set(told.map((record) => record.index));
    /** @type {Map<number, Event>} */
    this.events = new Map();
    this.operator = operator;
    this.parties = new Map();
    /** What the operator registered each party as: what it calls itself gives it no right. */
    this.roles = new Map();
    this.places = new Map();
    this.products = new Map();
    this.holds = [];
    this.released = [];
    /** Who made each roll of labels first, and what labels of it stand for. */
    this.rolls = new Map();
    this.bound = [];
    for (const record of told) this.#learn(record, operator);
    this.wrong = new Map();
    for (const record of this.events.values()) {
      const { errorDeclaration } = record.event;
      if (errorDeclaration && !this.wrong.has(said(record))) this.wrong.set(said(record), record);
    }
  }

  #learn({ index, time, by, kind, data }, operator) {
    if (!isObject(data)) return;
    if (kind === "epcis.event/1" && isObject(data.event)) {
      this.events.set(index, { index, time, by, event: data.event, entered: data.document === undefined });
    } else if (kind.startsWith("party.") && typeof data.party === "string" && [operator, data.party].includes(by)) {
      this.parties.set(data.party, { ...this.parties.get(data.party), ...data });
      if (by === operator && typeof data.role === "string") this.roles.set(data.party, data.role);
      if (data.location) this.places.set(data.location, { name: data.name, address: data.address, owner: data.party });
    } else if (kind.startsWith("product.") && typeof data.product === "string" && [operator, data.owner].includes(by)) {
      this.products.set(data.product, { ...this.products.get(data.product), ...data });
    } else if (kind === "batch.held/1") {
      this.holds.push({ ...data, by, time, index });
    } else if (kind === "batch.released/1") {
      this.released.push({ ...data, by, index });
    } else if (kind === "serials.rolled/1") {
      if (!this.rolls.has(data.roll)) this.rolls.set(data.roll, by);
    } else if (kind === "serials.bound/1") {
      this.bound.push({ ...data, by });
    }
  }

  /** The holds of which no record here, of somebody who may lift one, says that they were lifted. */
  get standing() {
    const may = ({ by }) => by === this.operator || MAY_RELEASE.includes(this.roles.get(by));
    const lifts = (one, hold) => one.hold === hold.hold && one.batch === hold.batch && one.index > hold.index;
    const lifted = (hold) => this.released.some((one) => lifts(one, hold) && may(one));
    return this.holds.filter((hold) => !lifted(hold));
  }

  /** The record that took this one back, by who declared it. @param {Event} record */
  takenBack(record) {
    const undone = record.event.errorDeclaration ? undefined : this.wrong.get(said(record));
    return undone && undone.index > record.index ? undone : undefined;
  }

  /**
   * How a batch is described: by the first record that made it, or by the next one after that was taken back.
   * @param {string} batch
   */
  description(batch) {
    let found;
    for (const record of this.events.values()) {
      const made = record.event.errorDeclaration ? undefined : described(record, batch);
      const undone = found && this.takenBack(found.record);
      if (made && (!found || (undone && undone.index < record.index))) found = { ...made, record };
    }
    return found;
  }

  /** Who may answer for the goods of an event: see the order in which the ledger's rules look. @param {Event} record */
  hands({ by, event }) {
    const owners = [event.bizLocation?.id, event.readPoint?.id].map((place) => this.places.get(place)?.owner);
    const named = [...texts(event.sourceList, "source"), ...texts(event.destinationList, "destination")];
    return new Set([by, ...owners, ...named, ...named.map((place) => this.places.get(place)?.owner)].filter(Boolean));
  }

  /** What a batch is called by the records: its product's registered name. @param {string} batch */
  nameOf(batch) {
    const made = this.description(batch);
    return this.products.get(made?.product)?.name ?? this.products.get(productOf(batch))?.name;
  }
}

/** The product's Digital Link, where the batch's holds its GTIN. @param {string} batch */
export function productOf(batch) {
  return /^https:\/\/id\.gs1\.org\/01\/[0-9]{14}(?=\/)/.exec(batch)?.[0];
}

/** Whether a record may spell this URI in another way, so that unequal texts say nothing. @param {string | undefined} uri */
export function foreign(uri) {
  return /^urn:epc:/i.test(uri ?? "") || (/^https?:.*\/(00|01|414|417|8003)\/[0-9]/.test(uri ?? "") && !uri.startsWith(LINK));
}

/** Whether a record about goods in a logistic unit can concern the batch. @param {any} event @param {string} batch */
export function concerns(event, batch) {
  if (mentions(event, batch)) return true;
  const things = [event.parentID, ...goods(event, ""), ...texts(event.childEPCs)];
  return things.some((uri) => foreign(uri) || String(uri).startsWith(`${LINK}00/`));
}

/** An event by its id and its author: what a stranger declares of another's id takes nothing back, and hides nothing. */
const said = ({ by, event }) => JSON.stringify([by, event.eventID]);

function described({ event, entered }, batch) {
  const making = event.action === "ADD" && event.type === "ObjectEvent" ? "" : "output";
  const made = making === "output" && event.type !== "TransformationEvent" ? [] : goods(event, making);
  if (!made.includes(batch)) return undefined;
  const listed = Array.isArray(event.ilmd?.["trace:batches"]) ? event.ilmd["trace:batches"] : [];
  const own = listed.find((one) => one?.batch === batch);
  const printed = /\/10\/([^/?#]+)/.exec(batch)?.[1];
  const lot = printed && productOf(batch) ? decodeURIComponent(printed) : undefined;
  if (own) {
    const { product = productOf(batch), code, origin, commitment, committed } = own;
    const dates = { produced: day(own.produced), expires: day(own.expires), committed: day(committed) };
    return { lot: lot ?? own.lot, code, origin, product, commitment, ...dates, entered };
  }
  const first = (names) => names.map((name) => local(event.ilmd, name)).find((value) => value !== undefined);
  const alone = made.length === 1 ? local(event.ilmd, "lotNumber") : undefined;
  return { lot: lot ?? alone, product: productOf(batch), produced: day(first(MADE)), expires: day(first(EXPIRY)), entered: false };
}
