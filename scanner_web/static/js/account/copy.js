// @ts-check
// A button beside a field that holds something to be passed on: copies it. Over plain http there is no clipboard but
// the old command, which copies what is marked; where that fails too, the field is left marked to be copied by hand.
import { t } from "/assets/js/words.js";

/**
 * @param {HTMLInputElement} field what is copied
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.getAttribute("data-copy") ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  field.addEventListener("focus", () => field.select());
  button.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    if (await copy(field)) button.textContent = t("js_account_copied");
  });
}
