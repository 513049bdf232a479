// @ts-check
// Passkeys: shown only where the browser has them for this very address. A form asks the server what is to be signed,
// lets the phone sign it behind its lock, and is then sent as a plain form with what the phone gave.
import { t } from "/assets/js/words.js";

/** @param {string} text base64url */
function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} buffer */
function spelled(buffer) {
  if (!buffer) return undefined;
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {any} asked options as JSON, Web Authentication section 5.1 */
async function create(asked) {
  const excludeCredentials = asked.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) }));
  const user = { ...asked.user, id: bytes(asked.user.id) };
  return navigator.credentials.create({
    publicKey: { ...asked, challenge: bytes(asked.challenge), user, excludeCredentials },
  });
}

/** @param {any} asked */
async function get(asked) {
  return navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: [] } });
}

/** @param {any} made what the authenticator gave */
function told(made) {
  const { response } = made;
  return JSON.stringify({
    id: made.id,
    rawId: spelled(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: spelled(response.clientDataJSON),
      attestationObject: spelled(response.attestationObject),
      authenticatorData: spelled(response.authenticatorData),
      signature: spelled(response.signature),
      userHandle: spelled(response.userHandle),
    },
  });
}

/** @param {unknown} error why nothing came of it, in words */
function reason(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return t("js_passkey_already");
  if (name === "NotSupportedError" || name === "SecurityError") return t("js_passkey_unable");
  return t("js_passkey_cancelled");
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<any>} what is to be signed; throws a sentence where it is refused
 */
async function ask(form) {
  const headers = { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf ?? "" };
  let answer;
  let found;
  try {
    answer = await fetch(form.dataset.passkey ?? "", { method: "POST", headers, body: new FormData(form) });
    found = await answer.json();
  } catch {
    throw t("js_passkey_away");
  }
  if (!answer.ok) throw found.detail;
  return found;
}

/** @param {HTMLFormElement} form */
async function run(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  const show = (words, kind) => {
    if (!(said instanceof HTMLElement)) return;
    said.textContent = words;
    said.className = `note ${kind}`;
    said.hidden = false;
  };
  if (button) button.disabled = true; // one question at a time
  try {
    const asked = await ask(form);
    show(t("js_passkey_wait"), "good");
    const made = await (asked.user ? create(asked) : get(asked)).catch((error) => {
      throw reason(error);
    });
    /** @type {HTMLInputElement} */ (form.elements.namedItem("credential")).value = told(made);
    const password = form.elements.namedItem("password");
    if (password instanceof HTMLInputElement) password.disabled = true; // it was given, and is not sent twice
    form.submit();
  } catch (words) {
    show(typeof words === "string" ? words : reason(words), "warn");
  } finally {
    if (button) button.disabled = false;
  }
}

for (const part of document.querySelectorAll("[data-origin]")) {
  const here = part.getAttribute("data-origin") === location.origin;
  if (!here || !window.isSecureContext || !window.PublicKeyCredential) continue;
  part.removeAttribute("hidden");
  const form = part.querySelector("form[data-passkey]");
  if (!(form instanceof HTMLFormElement)) continue;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}
