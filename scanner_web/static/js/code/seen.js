// "I bought this": asks the phone where it is, rounds that to a tenth of a degree, and sends the form.
import { t } from "/assets/js/words.js";

/**
 * Degrees rounded to a tenth, about 11 km: nothing finer leaves the phone.
 * @param {number} degrees
 * @returns {string}
 */
export const rounded = (degrees) => (Math.round(degrees * 10) / 10).toFixed(1);

/** @param {HTMLFormElement} form */
function mount(form) {
  const said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const send = (/** @type {GeolocationPosition} */ { coords }) => {
    field("latitude").value = rounded(coords.latitude);
    field("longitude").value = rounded(coords.longitude);
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said.textContent = t("js_code_wait");
    const failed = () => { said.textContent = t("js_code_denied"); };
    navigator.geolocation.getCurrentPosition(send, failed, { maximumAge: 600_000, timeout: 20_000 });
  });
  form.hidden = false;
}

// Over plain http a phone gives no place: then nothing is offered that would not work.
if (globalThis.isSecureContext && "geolocation" in navigator)
  for (const form of document.querySelectorAll("form[data-seen]")) mount(/** @type {HTMLFormElement} */ (form));
