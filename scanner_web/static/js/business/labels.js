// Shows what will be printed as soon as the form says something else. Without it, or without a network, a button does.

const form = document.querySelector("[data-label=form]");
const parts = ["pictures", "said"];
const usual = ["stock", "count"]; // what the page proposes until somebody chooses
const chosen = new Set(new URLSearchParams(location.search).keys());
let asking = new AbortController();

const part = (page, name) => page.querySelector(`[data-label=${name}]`);

/** What the form asks for; what nobody chose is left out, so that the page proposes what suits the rest. */
function asked() {
  const values = new URLSearchParams(new FormData(form));
  for (const name of usual) if (!chosen.has(name)) values.delete(name);
  return values;
}

async function fetched() {
  asking.abort();
  asking = new AbortController();
  const answer = await fetch(`${location.pathname}?${asked()}`, { headers: { Accept: "text/html" }, signal: asking.signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Signed out, or a fault: another page came.
  if (answer.redirected || !parts.every((name) => part(page, name))) throw new Error(`no label: ${answer.status}`);
  return page;
}

async function show() {
  const again = part(document, "again");
  const pictures = part(document, "pictures");
  try {
    const page = await fetched();
    for (const name of parts) part(document, name).replaceChildren(...part(page, name).childNodes);
    for (const name of usual) if (!chosen.has(name)) form.elements[name].value = part(page, "form").elements[name].value;
    again.hidden = true;
    pictures.classList.remove("stale");
  } catch (error) {
    if (error.name === "AbortError") return; // something newer is asked for
    again.hidden = false;
    pictures.classList.add("stale");
    part(document, "said").replaceChildren(); // it was said of what was asked before
  }
}

if (form) {
  part(document, "again").hidden = true;
  form.addEventListener("change", (event) => {
    chosen.add(event.target.name);
    show();
  });
}
