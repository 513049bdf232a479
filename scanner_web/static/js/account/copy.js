// @ts-check
// A button beside a field that holds something to be passed on: copies it. Without a clipboard it is not shown, and
// the field can be marked and copied by hand.
import { t } from "/assets/js/words.js";

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.getAttribute("data-copy") ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = t("js_account_copied");
    } catch {
      field.select();
    }
  });
}
