// @ts-check
// While the ledger is being verified: how far it is, and the verdict as soon as it is there.
import { t } from "/assets/js/words.js";

const PAUSE = 1500; // milliseconds

const card = document.querySelector("[data-verdict]");
const bar = card?.querySelector("progress");
const stage = card?.querySelector("[data-stage]");

async function look() {
  try {
    const answer = await fetch("/operate/health/verdict", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    if (!found.running) {
      location.reload();
      return;
    }
    if (bar) {
      bar.max = found.total || 1;
      bar.value = found.done;
    }
    if (stage) stage.textContent = t(`js_verify_${found.stage}`);
  } catch {
    if (stage) stage.textContent = t("js_verify_away");
  }
  setTimeout(look, PAUSE);
}

if (card) setTimeout(look, PAUSE);
