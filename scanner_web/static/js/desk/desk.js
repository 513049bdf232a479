// On every page behind the sign-in: what waits to be sent, whether there is a network, and what a sign-out takes along.

import { t } from "../words.js";
import { flush, show, takeOver, unsent } from "./queue.js";

const OWNER = "trace.user"; // whose pages this phone keeps
const worker = navigator.serviceWorker;
const user = document.body.dataset.user ?? "";

takeOver();
show().then(flush);
addEventListener("online", () => {
  told();
  flush();
});
addEventListener("offline", () => told());
addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());

if (worker) {
  worker.register("/sw.js", { updateViaCache: "none" }).catch(() => {}); // a private window: pages are not kept then
  worker.addEventListener("message", (event) => told(event.data.asOf));
  worker.controller?.postMessage("as-of?");
  if (localStorage.getItem(OWNER) !== user) {
    worker.controller?.postMessage("forget");
    localStorage.setItem(OWNER, user);
  }
  // What will be wanted when the network is gone: the lines of a delivery, an inspector's hold.
  const ahead = [...document.querySelectorAll("a[data-keep]")].map((link) => link.pathname + link.search);
  if (ahead.length) worker.ready.then(({ active }) => active.postMessage({ keep: ahead }));
}
told();

for (const form of document.querySelectorAll('form[action="/out"]')) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const count = await unsent();
    if (count && !confirm(t("js_desk_out_unsent", { count }))) return;
    form.submit();
  });
}

/** Say that there is no network, and of when the page is where it was kept. */
function told(asOf = null) {
  const region = document.getElementById("network");
  if (!region) return;
  const offline = !navigator.onLine || asOf !== null;
  region.hidden = !offline;
  if (!offline) return;
  const time = asOf ? new Date(asOf).toLocaleString(document.documentElement.lang) : "";
  const keeps = worker ? "js_desk_offline" : "js_desk_offline_insecure";
  region.textContent = [t(keeps), time && t("js_desk_as_of", { time })].filter(Boolean).join(" ");
}
