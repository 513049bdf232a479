// What stands below the buttons: the camera's picture with its switches, the codes to choose from, what went wrong.

import { t } from "../words.js";
import { openCamera } from "./camera.js";
import { button, element } from "./dom.js";
import { readPhoto } from "./photo.js";
import { troubleOf, wordsFor } from "./reasons.js";

/**
 * @typedef {object} Uses
 * @property {boolean} several
 * @property {(texts: string[]) => void} onTexts
 * @property {(open: boolean) => void} onOpen  the camera's picture is there, or gone
 */

export class Panel {
  /** @param {HTMLElement} root @param {Uses} uses */
  constructor(root, uses) {
    this.root = root;
    this.uses = uses;
    this.count = 0;
  }

  /** Opens the camera. */
  async camera() {
    this.#say(t("js_scan_opening"));
    const view = element("div", { className: "view" });
    try {
      const camera = await openCamera(view, {
        several: this.uses.several,
        onCodes: (texts) => this.#found(texts),
        onTrouble: (trouble) => this.#trouble(trouble),
      });
      await this.#show(view, camera);
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** Reads a photo. @param {Blob} file */
  async photo(file) {
    this.#say(t("js_scan_reading"));
    try {
      this.#found(await readPhoto(file));
    } catch (error) {
      this.#trouble(error);
    }
  }

  async #show(view, camera) {
    const close = button(t("js_scan_close"), "button", () => {
      camera.close();
      this.#clear();
    });
    const torch = button(t("js_scan_torch"), "button quiet", async () => {
      torch.setAttribute("aria-pressed", String(await camera.torch()));
    });
    const lens = element("select", { ariaLabel: t("js_scan_lens") });
    const light = () => {
      torch.hidden = camera.torch === null;
      torch.setAttribute("aria-pressed", "false");
    };
    lens.addEventListener("change", () => camera.use(lens.value).then(light));
    this.status = element("p", { className: "hint" }, t(this.uses.several ? "js_scan_aim_several" : "js_scan_aim"));
    this.status.setAttribute("role", "status");
    const switches = element("div", { className: "switches" }, close, torch, lens);
    this.#put(view, this.status, switches);
    this.uses.onOpen(true);
    light();
    close.focus({ preventScroll: true });
    view.scrollIntoView({ block: "start", behavior: "instant" });
    const lenses = await camera.lenses();
    lens.hidden = lenses.length < 2;
    lens.append(...lenses.map((one, n) => option(one, n)));
  }

  #found(texts) {
    navigator.vibrate?.(60);
    if (this.uses.several && this.status?.isConnected) {
      this.count += texts.length;
      this.status.textContent = t("js_scan_count", { count: this.count, last: shown(texts.at(-1)) });
      this.uses.onTexts(texts);
    } else if (texts.length === 1 || this.uses.several) {
      this.#clear();
      this.uses.onTexts(texts);
    } else {
      this.#choose(texts);
    }
  }

  /** Several codes are in view: which one is meant? Links first, they say most. */
  #choose(texts) {
    const order = [...texts].sort((a, b) => Number(isLink(b)) - Number(isLink(a)));
    const choices = order.map((text) => {
      const pick = button("", "button quiet choice", () => {
        this.#clear();
        this.uses.onTexts([text]);
      });
      const kind = element("b", {}, t(`js_scan_is_${kindOf(text)}`));
      pick.append(kind, element("span", { className: "mono" }, shown(text)));
      return element("li", {}, pick);
    });
    const title = element("p", { className: "label", tabIndex: -1 }, t("js_scan_choose", { count: texts.length }));
    this.#put(title, element("ul", { className: "choices" }, ...choices));
    this.uses.onOpen(false);
    title.focus();
  }

  #trouble(error) {
    const words = wordsFor(troubleOf(error));
    const note = element("div", { className: "note warn", tabIndex: -1 }, element("b", {}, words.what), words.next);
    note.setAttribute("role", "alert");
    if (words.admin) {
      const more = element("details", {}, element("summary", {}, t("js_scan_admin")), element("p", {}, words.admin));
      note.append(more);
    }
    this.#put(note);
    this.uses.onOpen(false);
    note.focus();
  }

  #say(words) {
    const line = element("p", { className: "hint" }, words);
    line.setAttribute("role", "status");
    this.#put(line);
  }

  #put(...content) {
    this.root.replaceChildren(...content);
    this.root.hidden = false;
  }

  #clear() {
    this.root.replaceChildren();
    this.root.hidden = true;
    this.uses.onOpen(false);
  }
}

const isLink = (text) => /^https?:\/\//i.test(text);

function kindOf(text) {
  if (isLink(text)) return "link";
  if (/^(?:00)?[0-9]{18}$/.test(text)) return "load";
  if (/^[0-9]{8,14}$/.test(text)) return "goods";
  return /^\x1d?(?:01|02|10)[0-9]|^\(0/.test(text) ? "label" : "other";
}

/** What is shown of a text: no control characters, and not all of a long one. */
function shown(text) {
  const plain = text.replace(/[\x00-\x1f]+/g, " ").replace(/^https?:\/\//i, "").trim();
  return plain.length > 60 ? `${plain.slice(0, 40)}…${plain.slice(-16)}` : plain;
}

function option({ id, label, used }, n) {
  return element("option", { value: id, selected: used }, label || t("js_scan_lens_number", { number: n + 1 }));
}
