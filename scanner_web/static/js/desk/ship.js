// Shipping by scanning, with or without a network: every code ticks what it names among the goods that lie here.

import { t } from "../words.js";
import { names } from "./codes.js";

const form = document.getElementById("ship");
const field = document.getElementById("f-scan");
const missed = document.getElementById("missed");

/** Ticks what a code names; false where nothing here has that code. @param {string} text */
export function tick(text) {
  const found = [...form.querySelectorAll("[data-keys]")].filter((one) => names(text, JSON.parse(one.dataset.keys)));
  const boxes = found.map((one) => one.querySelector("[type=checkbox]")).filter((box) => !box.disabled);
  for (const box of boxes) box.checked = true;
  boxes[0]?.scrollIntoView({ block: "center" });
  return boxes.length > 0;
}

function take(texts) {
  const unknown = texts.filter((text) => !tick(text));
  missed.hidden = !unknown.length;
  missed.replaceChildren(
    ...unknown.map((code) => {
      const line = document.createElement("p");
      line.textContent = missed.dataset.words.replace("{code}", code);
      return line;
    }),
  );
  count();
}

function count() {
  said.textContent = t("js_ship_chosen", { count: form.querySelectorAll(".take [type=checkbox]:checked").length });
}

const said = document.createElement("p");
said.className = "hint";
said.setAttribute("role", "status");

if (form && field) {
  field.closest(".field").append(said);
  field.closest(".field").addEventListener("scanned", (event) => take(event.detail.texts));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // a hand scanner ends each code with it
    event.preventDefault();
    if (field.value.trim()) take([field.value.trim()]);
    field.value = "";
  });
  form.addEventListener("change", count);
}
