// Forms with `data-queue`: what they say is kept on the phone first, then sent; without a network it waits.

import { t } from "../words.js";
import { drawn } from "../scan/dom.js";
import { list, put, remove } from "./store.js";
import { send } from "./send.js";

const PICTURES = {
  stop: "M8 2.500h8l5.500 5.500v8L16 21.500H8L2.500 16V8zM8.500 8.500l7 7m0-7-7 7",
  warn: "M12 3.500 22 20.500H2zM12 10v5M12 17.700v.01",
};
const AGAIN = 30000; // milliseconds between tries while something waits
const user = document.body.dataset.user ?? "";
let sending = false;
let timer = 0;

/** Take over every form of the page that may wait. */
export function takeOver() {
  for (const form of document.querySelectorAll("form[data-queue]")) {
    renew(form); // a page that was kept is opened again with the key of what was entered on it before
    form.addEventListener("submit", submitted);
  }
}

async function submitted(event) {
  const form = event.target;
  if (event.defaultPrevented) return; // the form's own script still asks something
  const button = event.submitter;
  if (button?.hasAttribute("formaction") && !button.hasAttribute("data-queue")) return; // looks something up only
  event.preventDefault();
  for (const old of document.querySelectorAll(".queue-answer")) old.remove();
  const entry = entryOf(form, button);
  try {
    await put(entry);
  } catch {
    form.submit(); // this browser keeps nothing: as without scripts
    return;
  }
  if (button) button.disabled = true;
  const outcome = await send(entry);
  if (button) button.disabled = false;
  if ("done" in outcome) {
    await remove(entry.id);
    location.assign(outcome.next);
  } else if ("refused" in outcome) {
    await remove(entry.id);
    refused(form, outcome);
  } else {
    waiting(form, outcome.kept);
    await show();
    again();
  }
}

function entryOf(form, button) {
  const data = new FormData(form, button);
  const created = new Date().toISOString();
  data.set("at", created);
  const once = String(data.get("once") || fresh());
  data.set("once", once);
  const chosen = button?.getAttribute("formaction");
  const action = chosen ?? form.getAttribute("action") ?? location.pathname;
  const path = location.pathname + location.search;
  const told = form.dataset.told ? form.querySelector(form.dataset.told)?.value ?? "" : "";
  return { id: once, user, action, path, title: form.dataset.title ?? document.title.split(" · ")[0], told, fields: [...data.entries()], created, state: "waiting" };
}

/** A new idempotency key; also where the page has no secure origin and so no randomUUID. */
function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function refused(form, outcome) {
  const field = outcome.field && form.elements.namedItem(outcome.field);
  for (const wrong of form.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
  const band = note("stop", t("js_desk_refused"), outcome.refused);
  band.setAttribute("role", "alert");
  band.tabIndex = -1;
  form.prepend(band);
  if (field instanceof HTMLElement) field.setAttribute("aria-invalid", "true");
  (field instanceof HTMLElement ? field : band).focus();
  band.scrollIntoView({ block: "center" });
  renew(form);
}

function waiting(form, why) {
  const band = note("warn", t("js_desk_kept"), t(`js_desk_kept_${why}`));
  band.setAttribute("role", "status");
  band.tabIndex = -1;
  form.before(band);
  form.reset();
  renew(form);
  form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
  band.focus();
  band.scrollIntoView({ block: "center" });
}

/** What comes next from this form is another act. */
function renew(form) {
  const once = form.elements.namedItem("once");
  if (once) once.value = fresh();
}

function note(tone, title, text) {
  const band = document.createElement("div");
  band.className = `band ${tone} queue-answer`;
  const inner = document.createElement("div");
  const strong = document.createElement("strong");
  strong.textContent = title;
  const words = document.createElement("p");
  words.textContent = text;
  inner.append(strong, words);
  band.append(drawn(PICTURES[tone]), inner);
  return band;
}

// -- what waits ----------------------------------------------------------------------------------------------

/** Send what waits, the oldest first; stops where the network does. One tab at a time, where the browser can tell. */
export async function flush() {
  if (sending || !user) return;
  sending = true;
  try {
    const alone = navigator.locks?.request.bind(navigator.locks) ?? ((_name, _options, work) => work({}));
    await alone("trace-queue", { ifAvailable: true }, async (lock) => {
      if (lock) await flushAll();
    });
  } catch {
    // the browser keeps nothing: then nothing waits
  } finally {
    sending = false;
  }
  await show();
}

async function flushAll() {
  for (const entry of await list(user)) {
    if (entry.state !== "waiting") continue;
    const outcome = await send(entry);
    if ("done" in outcome) await recorded(entry, outcome.next);
    else if ("refused" in outcome) await put({ ...entry, state: "refused", why: outcome.refused });
    else return again();
    await show();
  }
}

// A number that was given with the record, of a case say, is to be read by whoever has the case in his hands.
async function recorded(entry, next) {
  const told = new URL(next, location.origin).searchParams.get("unit");
  if (told) await put({ ...entry, state: "given", fields: [], told, next });
  else await remove(entry.id);
}

function again() {
  clearTimeout(timer);
  timer = setTimeout(flush, AGAIN);
}

/** How many entries wait, were refused, or were given a number, in the page's own words, with what to do about each. */
export async function show() {
  const region = document.getElementById("waiting");
  if (!region) return;
  let entries = [];
  try {
    entries = await list(user);
  } catch {
    return;
  }
  const open = region.querySelector("details")?.open ?? false;
  region.hidden = entries.length === 0;
  region.replaceChildren();
  if (!entries.length) return;
  const [count, refusedOnes, given] = ["waiting", "refused", "given"].map((state) => entries.filter((entry) => entry.state === state).length);
  const details = document.createElement("details");
  details.className = `waiting ${refusedOnes ? "stop" : count ? "warn" : "good"}`;
  details.open = open || refusedOnes + given > 0;
  const summary = document.createElement("summary");
  summary.textContent = [
    count && t("js_desk_waiting", { count }),
    refusedOnes && t("js_desk_refused_count", { count: refusedOnes }),
    given && t("js_desk_given_count", { count: given }),
  ]
    .filter(Boolean)
    .join(" · ");
  const rows = document.createElement("ul");
  rows.className = "rows";
  rows.append(...entries.map(row));
  const now = button(t("js_desk_send_now"), flush);
  details.append(summary, rows, ...(count ? [now] : []));
  region.append(details);
}

function row(entry) {
  const item = document.createElement("li");
  const title = document.createElement("b");
  title.textContent = [entry.title, entry.told].filter(Boolean).join(" · ");
  const when = document.createElement("span");
  when.className = "soft";
  when.textContent = new Date(entry.created).toLocaleString(document.documentElement.lang);
  const state = document.createElement("span");
  state.className = `tag ${{ refused: "stop", waiting: "warn", given: "good" }[entry.state]}`;
  state.textContent = t(`js_desk_state_${entry.state}`);
  item.append(title, when, state);
  if (entry.state === "refused") {
    const why = document.createElement("p");
    why.textContent = entry.why ?? "";
    item.append(why, ways(entry.path, t("js_desk_open"), button(t("js_desk_drop"), () => drop(entry))));
  } else if (entry.state === "given") {
    item.append(ways(entry.next, t("js_desk_given_open"), button(t("js_desk_given_seen"), () => remove(entry.id).then(show))));
  }
  return item;
}

function ways(path, words, button) {
  const link = document.createElement("a");
  link.href = path;
  link.textContent = words;
  const end = document.createElement("div");
  end.className = "end";
  end.append(link, button);
  return end;
}

async function drop(entry) {
  if (!confirm(t("js_desk_drop_sure"))) return;
  await remove(entry.id);
  await show();
}

function button(words, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = words;
  made.addEventListener("click", work);
  return made;
}

/** How many entries of this user are not sent yet. */
export async function unsent() {
  try {
    return (await list(user)).filter((entry) => entry.state !== "given").length;
  } catch {
    return 0;
  }
}
