// The form of a new batch: says the last day of use while the day of production is chosen, and opens the way to the
// supplier when one is named.

const form = document.querySelector("form[data-shelf]");
const shown = document.getElementById("use-by");
const produced = document.getElementById("f-produced");

/** The day so many days after an ISO date, as an ISO date. @param {string} day @param {number} days */
export function after(day, days) {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? "" : new Date(time + days * 86_400_000).toISOString().slice(0, 10);
}

if (form && shown && produced) {
  const say = () => {
    const date = after(produced.value, Number(form.dataset.shelf));
    shown.hidden = !date;
    shown.textContent = shown.dataset.words.replace("{date}", date);
  };
  produced.addEventListener("input", say);
}

const bought = document.querySelector("[type=checkbox][name=bought]");
const supplier = document.getElementById("f-supplier-name");
if (bought && supplier) {
  const ask = () => (supplier.required = bought.checked);
  bought.addEventListener("change", ask);
  supplier.addEventListener("input", () => {
    if (supplier.value) bought.checked = true;
    ask();
  });
}
