// The button and the line "check it on this phone", and by itself on a phone that has checked before. Everything else is loaded then.

import { lang, t, told } from "../words.js";

const PATIENCE = 20000;
const MOST = 5;

const root = document.querySelector("[data-proof]");
const part = (name) => root.querySelector(`[data-proof-${name}]`);
const line = document.querySelector("[data-proof-line]");

/** A part could not be looked at; thrown before the modules are there. */
class Stuck extends Error {
  constructor(code, params) {
    super(code);
    this.code = code;
    this.params = params || {};
  }
}

function begin() {
  part("cannot").hidden = true;
  part("live").hidden = false;
  part("run").addEventListener("click", () => run(true));
  line?.addEventListener("click", () => part("result").hidden && run(true));
  try {
    if (localStorage.getItem("trace.ledger") !== null) run(false);
  } catch (error) {
    // this browser keeps nothing: the button is there
  }
}

/** @param {boolean} asked whether the reader pressed the button: then the result gets the focus */
async function run(asked) {
  part("run").disabled = true;
  part("result").hidden = false;
  part("save").hidden = true;
  for (const step of root.querySelectorAll("[data-proof-step]")) draw(step, "waiting", "");
  outcome("busy", t("js_proof_busy"), []);
  const results = [];
  try {
    await work(results);
    conclude(results);
  } catch (error) {
    stuck(error, results.length + 1);
  }
  part("run").disabled = false;
  part("run").querySelector("span").textContent = t("js_proof_again");
  if (asked) part("outcome").focus();
}

async function work(results) {
  const [modules, bytes] = await Promise.all([load(), fetched(root.dataset.bundle)]);
  if (!bytes) throw new Stuck("gone");
  const { verify, recall, keep, compareText, Unable } = modules;
  const shown = JSON.parse(document.getElementById("shown").textContent);
  const kept = recall();
  const tile = async (path) => {
    try {
      return await fetched(`/log/${path}`);
    } catch (error) {
      throw error instanceof Stuck ? new Unable(error.code, error.params) : error;
    }
  };
  const remember = (newest) => keep(Object.assign(newest, { since: kept ? kept.since : new Date().toISOString() }));
  const text = () => compareText(shown, document, lang);
  for await (const result of verify({ bytes, shown, kept, tile, text, remember })) {
    results.push(result);
    const step = root.querySelector(`[data-proof-step="${result.number}"]`);
    draw(step, result.state, sentence(result.code, result.params), result.faults || result.notes);
  }
  offer(bytes);
}

/** Loaded only now; a browser that is too old for them refuses to. */
async function load() {
  try {
    const [a, b, c, d] = await Promise.all([import("./verify.js"), import("./memory.js"), import("./page.js"), import("./fault.js")]);
    return { ...a, ...b, ...c, ...d };
  } catch (error) {
    throw navigator.onLine === false ? new Stuck("offline") : new Stuck(error instanceof SyntaxError ? "old_browser" : "not_loaded");
  }
}

/** The bytes at an address here; undefined where there is nothing. */
async function fetched(path) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(path, { cache: "no-store", credentials: "omit", signal: patience.signal });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Stuck("refused", { status: answer.status });
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof Stuck) throw error;
    throw new Stuck(patience.signal.aborted ? "timeout" : navigator.onLine === false ? "offline" : "no_network");
  } finally {
    clearTimeout(timer);
  }
}

// -- what is shown ----------------------------------------------------------------------------------------------------

function conclude(results) {
  const failed = results.find((result) => result.state === "fails");
  const unsure = results.find((result) => result.state === "unsure");
  if (failed) {
    const said = [sentence(failed.code, failed.params), t(`js_proof_means_${failed.number}`), t("js_proof_do")];
    outcome("fails", t("js_proof_fails", { step: failed.number }), said);
    if (failed.code === "log_key_changed") forgetting();
  } else if (unsure) {
    outcome("unsure", t("js_proof_unsure", { step: unsure.number }), [sentence(unsure.code, unsure.params), t("js_proof_unsure_rest")]);
  } else {
    const first = results.some((result) => result.code === "first_time");
    outcome("holds", t("js_proof_holds"), [t(first ? "js_proof_holds_first" : "js_proof_holds_text")]);
  }
}

/** Something of ours or of the network got in the way: it says nothing about the goods. */
function stuck(error, number) {
  const known = error instanceof Stuck;
  if (!known) console.error(error);
  outcome("unsure", t("js_proof_stuck"), [sentence(known ? error.code : "broken", known ? error.params : {}), t("js_proof_stuck_do")]);
  const step = root.querySelector(`[data-proof-step="${number}"]`);
  if (step) draw(step, "unsure", "");
}

function outcome(state, title, said) {
  const look = { holds: "good", fails: "stop", unsure: "warn", busy: "good" }[state];
  const strong = document.createElement("strong");
  strong.textContent = title;
  const words = document.createElement("div");
  words.append(strong, ...said.map(paragraph));
  part("outcome").className = `outcome band ${look}`;
  part("outcome").dataset.state = state;
  part("outcome").replaceChildren(sign(state), words);
  if (!line) return;
  line.parentElement.className = `proved ${state}`;
  line.replaceChildren(sign(state), Object.assign(document.createElement("span"), { textContent: title }));
}

function draw(step, state, said, findings) {
  step.dataset.state = state;
  step.querySelector(".sign").replaceChildren(...(state === "waiting" ? [] : [sign(state), hiddenWord(state)]));
  step.querySelector("p").textContent = said;
  const old = step.querySelector("ul");
  if (old) old.remove();
  if (!findings || (findings.length < 2 && state === "fails")) return;
  const list = document.createElement("ul");
  for (const one of findings.slice(0, MOST)) list.append(row(state === "fails" ? sentence(one.code, one.params) : noted(one)));
  if (findings.length > MOST) list.append(row(t("js_proof_more", { count: findings.length - MOST })));
  step.querySelector("div").append(list);
}

/** A failed step in words; a reason without a sentence of its own keeps its code, for whoever looks into it. */
function sentence(code, params) {
  const named = Object.assign({}, params);
  if (named.cause) {
    const side = "record" in named ? "record" : "shown";
    named[side] = told("hold", named.cause, named[side]);
  }
  if (named.what) named.what = t(`js_proof_what_${named.what}`);
  for (const side of ["shown", "record"]) if (named[side] === "") named[side] = t("js_proof_nothing");
  const key = `js_proof_${code}`;
  const found = t(key, named);
  return found === key ? t("js_proof_other", { code }) : found;
}

const noted = (one) => `${t(`js_proof_what_${one.code}`)}: ${one.params.shown}`;

function hiddenWord(state) {
  return Object.assign(document.createElement("span"), { className: "hidden", textContent: t(`js_proof_state_${state}`) });
}

const sign = (state) => root.querySelector(`[data-proof-sign="${state}"]`).content.cloneNode(true);
const paragraph = (words) => Object.assign(document.createElement("p"), { textContent: words });
const row = (words) => Object.assign(document.createElement("li"), { textContent: words });

/** The very bytes that were judged, to keep or to show to somebody. */
function offer(bytes) {
  const link = part("save");
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/json" }));
  link.download = `trace-${root.dataset.bundle.split("/").slice(-2)[0].replace(/[^\w-]/g, "-").slice(-40)}.bundle.json`;
  link.hidden = false;
}

function forgetting() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = t("js_proof_forget");
  button.addEventListener("click", async () => {
    (await import("./memory.js")).forget();
    run(true);
  });
  part("outcome").lastElementChild.append(paragraph(t("js_proof_forget_text")), button);
}

if (root) begin();
