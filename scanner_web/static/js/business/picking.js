// Ticks lines of the stock list by what is scanned or typed, and says what was found. Without it the page is asked.

import { t } from "../words.js";

const list = document.querySelector("[data-picking]");
const find = document.querySelector("[data-find]");

/** What may name a batch in a scanned text: the path of a link, else the text; in capitals, as codes are compared. */
export function keyOf(text) {
  const plain = text.trim();
  if (!/^https?:\/\//i.test(plain)) return plain.toUpperCase();
  try {
    const url = new URL(plain);
    return decodeURIComponent(url.pathname).toUpperCase();
  } catch {
    return plain.toUpperCase();
  }
}

/** The line of the list that a text names: by its link, code or lot; undefined where there is none. */
export function lineOf(text, lines) {
  const key = keyOf(text);
  const whole = text.trim().toUpperCase(); // somebody else's address is known as a whole
  const names = (line) => line.dataset.keys.split(" ").map((one) => decoded(one).toUpperCase());
  return lines.find((line) => names(line).some((name) => name === key || name === whole || key.startsWith(`${name}/`) || `/T/${key}` === name));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tick(text) {
  const line = lineOf(text, [...list.querySelectorAll("[data-keys]")]);
  const box = line?.querySelector("input[type=checkbox]");
  if (!line) return null;
  if (!box) return t("js_pick_barred", { name: nameOf(line) });
  if (!box.checked) box.click();
  line.parentElement.prepend(line);
  line.querySelector("input[inputmode]")?.select();
  return t("js_pick_found", { name: nameOf(line) });
}

function nameOf(line) {
  return [...line.querySelectorAll("b, small")].slice(0, 2).map((part) => part.textContent).join(" ");
}

function say(words) {
  find.querySelector("[data-found]").textContent = words;
}

if (list && find) {
  const typed = find.querySelector("input[name=code]");
  find.addEventListener("submit", (event) => {
    const said = typed.value.trim() && tick(typed.value);
    if (!said) return; // the page knows more spellings than this list
    event.preventDefault();
    typed.value = "";
    say(said);
  });
  find.addEventListener("scanned", (event) => {
    const said = event.detail.texts.map((text) => tick(text) ?? t("js_pick_unknown", { text: text.slice(0, 60) }));
    say(said.join(" "));
  });
  // Who types an amount means the line.
  list.addEventListener("input", (event) => {
    const box = event.target.closest("[data-keys]")?.querySelector("input[type=checkbox]");
    if (event.target !== box && box && !box.checked && event.target.value) box.click();
  });
}
