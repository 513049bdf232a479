// Receiving by scanning, with or without a network: every code marks its line as here; a code that belongs to no open
// delivery leads to registering goods from outside.

import { t } from "../words.js";
import { names } from "./codes.js";

const block = document.getElementById("open-deliveries");
/** @type {{index: number, note: string, lines: {batch: string, keys: string[], units: string[]}[]}[]} */
const deliveries = block ? JSON.parse(block.textContent) : [];
const field = document.getElementById("f-code");
const said = document.createElement("p");
said.className = "hint";
said.setAttribute("role", "status");

/** The deliveries and lines that a code names: a batch, a load that holds it, or the whole delivery by its note.
 * @param {string} text */
export function find(text) {
  return deliveries.flatMap((delivery) =>
    delivery.lines
      .filter((line) => names(text, [...line.keys, ...line.units, delivery.note]))
      .map((line) => ({ delivery, line })),
  );
}

function mark({ delivery, line }) {
  const card = document.getElementById(`d-${delivery.index}`) ?? document;
  for (const one of card.querySelectorAll(`[data-line="${CSS.escape(line.batch)}"]`)) {
    one.classList.add("is-here");
    for (const tag of one.querySelectorAll(".here")) tag.hidden = false;
  }
}

function take(texts) {
  const missed = [];
  let first = null;
  for (const text of texts) {
    const found = find(text);
    found.forEach(mark);
    if (found.length) first ??= found[0];
    else missed.push(text);
  }
  if (texts.length) said.textContent = t("js_receive_marked", { count: texts.length - missed.length });
  outside(missed.at(-1));
  if (first) document.getElementById(`d-${first.delivery.index}`)?.scrollIntoView({ block: "center" });
}

function outside(code) {
  const shown = document.getElementById("outside");
  if (!shown) return;
  shown.hidden = !code;
  if (!code) return;
  document.getElementById("outside-code").textContent = code;
  const link = document.getElementById("outside-link");
  const address = new URL(link.href);
  address.searchParams.set("code", code);
  link.href = address.pathname + address.search;
}

if (field) {
  field.closest(".field").append(said);
  field.form.addEventListener("scanned", (event) => take(event.detail.texts));
  field.form.addEventListener("submit", (event) => {
    const text = field.value.trim();
    // What this page does not know may have left since it was loaded: the service is asked where it can be.
    if (!find(text).length && navigator.onLine) return;
    // A hand scanner ends each code with Enter: the line is marked, and the field is free for the next one.
    event.preventDefault();
    if (text) take([text]);
    field.value = "";
  });
}
