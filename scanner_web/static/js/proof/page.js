// Compares the page as it stands before the reader with the block `shown` in it, mark by mark.

import { told } from "../words.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Where the visible text differs from the block. What is marked `data-shown` is compared where it stands; a stop that
 * is in the block must stand on the page, and so must the label whose address was opened.
 * @param {any} shown
 * @param {ParentNode & { location?: Location }} page
 * @param {string} lang
 * @returns {import("./shown.js").Finding[]}
 */
export function compareText(shown, page, lang) {
  const faults = [];
  const check = (what, element, expected) => {
    if (element && textOf(element) !== tidy(expected)) {
      faults.push({ code: "shown_text", params: { what, shown: textOf(element), record: expected ?? "" } });
    }
  };
  const values = {
    product: shown.product.name,
    gtin: shown.product.gtin,
    maker: shown.parties[shown.maker]?.name,
    origin: shown.origin,
    lot: shown.lot,
    code: shown.code,
    label: shown.label?.match(/.{1,4}/g)?.join("-"),
    produced: day(shown.produced, lang),
    expires: day(shown.expires, lang),
  };
  for (const [what, value] of Object.entries(values)) {
    for (const element of page.querySelectorAll(`[data-shown="${what}"]`)) check(what, element, value);
  }
  const scanned = /^\/s\/([0-9A-Z]{16})$/.exec(page.location?.pathname ?? "")?.[1];
  if (scanned && scanned !== shown.label) {
    faults.push({ code: "shown_text", params: { what: "label", shown: scanned, record: shown.label ?? "" } });
  }
  const steps = new Map((shown.steps ?? []).map((step) => [String(step.index), step]));
  for (const element of page.querySelectorAll("[data-entry]")) {
    const step = steps.get(element.dataset.entry);
    if (!step) faults.push({ code: "shown_entry_missing", params: { index: element.dataset.entry } });
    else faults.push(...compareStep(shown, step, element, check));
  }
  const stops = [...page.querySelectorAll("[data-stop]")];
  for (const stop of shown.stops ?? []) {
    const element = stops.find((one) => one.dataset.stop === stop.hold);
    const why = told("hold", stop.cause, stop.reason);
    if (!element || !textOf(element).includes(tidy(why))) {
      faults.push({ code: "shown_text", params: { what: "stop", shown: element ? textOf(element) : "", record: why } });
    }
  }
  return faults;
}

function compareStep(shown, step, element, check) {
  const faults = [];
  const time = element.querySelector('[data-shown="time"]');
  const clock = `${step.time.slice(11, 16)}`;
  if (time && (time.getAttribute("datetime") !== step.time || !textOf(time).includes(clock))) {
    faults.push({ code: "shown_text", params: { what: "time", shown: textOf(time), record: step.time } });
  }
  check("place", element.querySelector('[data-shown="place"]'), shown.places[step.place]?.name);
  const finding = element.querySelector('[data-shown="finding"]');
  const found = told("result", step.result, step.finding);
  if (finding && !textOf(finding).includes(tidy(found))) {
    faults.push({ code: "shown_text", params: { what: "finding", shown: textOf(finding), record: found } });
  }
  return faults;
}

/** A date in words, as the page writes it. */
function day(iso, lang) {
  if (!iso) return "";
  const [year, month, date] = iso.split("-").map(Number);
  return lang === "zh" ? `${year}年${month}月${date}日` : `${date} ${MONTHS[month - 1]} ${year}`;
}

const tidy = (words) => (words ?? "").replace(/\s+/g, " ").trim();
const textOf = (element) => tidy(element.textContent);
