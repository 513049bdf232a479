// The camera and photo buttons beside a field: <div data-scanner data-target="#f-batch">. Nothing else is loaded
// until one of them is pressed.
//   data-target   the field that gets the text; without it, listen to the event "scanned" (detail.texts)
//   data-several  codes one after the other until the camera is closed, each added to the field
//   data-submit   sends the field's form when the text is in it
//   data-open     the camera opens at once where it was allowed before

import { t } from "../words.js";
import { button, drawn, element } from "./dom.js";

const CAMERA = "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16";
const PHOTO = "M4 6h16v13H4zM7 16l4-4.500 3 3 2-2 3 3.500M9 9.500v.01";

/** Puts the buttons into `root`; once, however often it is asked. @param {HTMLElement} root */
export function mountScanner(root) {
  if (root.dataset.mounted !== undefined) return;
  root.dataset.mounted = "";
  root.classList.add("scanner");
  const file = element("input", { type: "file", accept: "image/*", hidden: true });
  const camera = button(t("js_scan_open"), "button", () => use((shown) => shown.camera()));
  const photo = button(t("js_scan_photo"), "button quiet", () => file.click());
  camera.prepend(drawn(CAMERA));
  photo.prepend(drawn(PHOTO));
  const buttons = element("div", { className: "buttons" }, camera, photo, file);
  const panel = element("div", { className: "panel", hidden: true });
  root.append(buttons, panel);

  const use = async (work) => {
    const { Panel } = await import("./panel.js").catch(() => ({}));
    if (!Panel) return refuse(panel);
    const shown = new Panel(panel, {
      several: root.dataset.several !== undefined,
      onTexts: (texts) => deliver(root, texts),
      onOpen: (open) => (buttons.hidden = open),
    });
    await work(shown);
  };
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = ""; // the same photo may be chosen again
    if (chosen) use((shown) => shown.photo(chosen));
  });
  if (root.dataset.open !== undefined) openWhereAllowed(() => camera.click());
}

/** The rest of the scanner could not be fetched: no network, and it was never used before. */
function refuse(panel) {
  panel.hidden = false;
  panel.replaceChildren(element("p", { className: "note warn" }, t("js_scan_reader")));
  panel.firstChild.setAttribute("role", "alert");
}

async function openWhereAllowed(open) {
  const asked = navigator.permissions?.query({ name: "camera" });
  const answer = await asked?.catch(() => null); // a browser that does not know the name
  if (answer?.state === "granted") open();
}

function deliver(root, texts) {
  const { target, several, submit } = root.dataset;
  const field = target ? document.querySelector(target) : null;
  if (field) fill(field, texts, several !== undefined);
  root.dispatchEvent(new CustomEvent("scanned", { bubbles: true, detail: { texts } }));
  if (field && several === undefined) {
    field.focus();
    if (submit !== undefined) field.form.requestSubmit();
  }
}

function fill(field, texts, several) {
  const before = several ? field.value.split("\n").filter(Boolean) : [];
  field.value = several ? [...new Set([...before, ...texts])].join("\n") : texts[0];
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

for (const root of document.querySelectorAll("[data-scanner]")) mountScanner(root);
