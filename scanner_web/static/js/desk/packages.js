// Another unit of the same goods: what stood in the field is told in it, or the field is emptied where it does not
// come out even.

import { parsed, written } from "../business/balance.js";

/** An amount in another unit of its product; empty where it is no whole number of millionths of it.
 * @param {string} amount @param {string} from how many base units the old unit holds @param {string} to the same of the new one */
export function converted(amount, from, to) {
  const [value, before, after] = [amount, from, to].map(parsed);
  if (value === null || !before || !after) return "";
  const whole = value * before;
  return whole % after === 0n ? written(whole / after) : "";
}

for (const select of document.querySelectorAll(".how-much select")) {
  const held = () => select.selectedOptions[0].dataset.holds ?? "1";
  let before = held();
  select.addEventListener("change", () => {
    const field = select.parentElement.querySelector(".number");
    field.value = converted(field.value, before, held());
    before = held();
    if (!field.value) field.focus();
  });
}
