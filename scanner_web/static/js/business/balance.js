// Shows while it is typed whether what comes out and what is lost add up to what goes in. The ledger judges at last.

import { t } from "../words.js";

const form = document.querySelector("[data-balance]");

/** An amount in millionths, exact; null for what is none. @param {string} text */
export function parsed(text) {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text.trim());
  return match ? BigInt(match[1]) * 1000000n + BigInt((match[2] ?? "").padEnd(6, "0")) : null;
}

/** Millionths as people write them. @param {bigint} value */
export function written(value) {
  const [sign, plain] = value < 0n ? ["-", -value] : ["", value];
  const rest = String(plain % 1000000n).padStart(6, "0").replace(/0+$/, "");
  return `${sign}${plain / 1000000n}${rest ? `.${rest}` : ""}`;
}

/**
 * What goes in and what comes out, each with its unit; null where they are not all in one unit, or nothing is there.
 * @param {{amount: bigint, unit: string}[]} used @param {{amount: bigint, unit: string}[]} made
 */
export function sums(used, made) {
  const units = new Set([...used, ...made].map((one) => one.unit));
  if (!used.length || !made.length || units.size !== 1) return null;
  const total = (several) => several.reduce((sum, one) => sum + one.amount, 0n);
  return { inputs: total(used), outputs: total(made) };
}

function known(amount, holder) {
  const value = parsed(amount);
  return value === null || !holder?.dataset.unit ? [] : [{ amount: value, unit: holder.dataset.unit }];
}

function read() {
  const ticked = [...form.querySelectorAll("[data-keys]")].filter((line) => line.querySelector(":checked"));
  const rows = [...form.querySelectorAll("[data-made]")];
  return {
    used: ticked.flatMap((line) => known(line.querySelector("input[inputmode]").value || line.dataset.loose, line)),
    made: rows.flatMap((row) => known(row.querySelector("[name=amount]").value, chosen(row))),
    unit: ticked[0]?.dataset.unitName ?? "",
  };
}

function chosen(row) {
  return row.querySelector("[name=product]").selectedOptions[0];
}

function show() {
  const { used, made, unit } = read();
  const [sum, loss] = [form.querySelector("[data-sum]"), form.querySelector("[name=loss]")];
  const found = sums(used, made);
  sum.hidden = found === null;
  if (!found) return;
  const missing = found.inputs - found.outputs;
  if (loss.dataset.own === undefined) loss.value = missing > 0n ? written(missing) : "";
  const open = missing - (parsed(loss.value || "0") ?? 0n);
  const said = { inputs: written(found.inputs), outputs: written(found.outputs), loss: loss.value || "0", unit };
  sum.classList.toggle("warn", open !== 0n);
  if (open === 0n) sum.textContent = t("js_balance_even", { ...said, share: share(missing, found.inputs) });
  else if (open > 0n) sum.textContent = t("js_balance_missing", { ...said, open: written(open) });
  else sum.textContent = t("js_balance_more", { ...said, open: written(-open) });
}

/** How many of a hundred parts, with one decimal. */
function share(part, whole) {
  return whole ? (Number((part * 1000n) / whole) / 10).toString() : "0";
}

if (form) {
  form.addEventListener("input", (event) => {
    if (event.target.name === "loss") event.target.dataset.own = "";
    show();
  });
  form.addEventListener("change", show);
  if (form.querySelector("[name=loss]").value) form.querySelector("[name=loss]").dataset.own = "";
  show();
}
