// The words that scripts say: the page brings them in its own language, as blocks of data (see answers.js_words).

const blocks = [...document.querySelectorAll("script.words")].map((block) => JSON.parse(block.textContent));
const words = Object.assign({}, ...blocks.map((block) => block.words));

/** The language of the page: "zh" or "en". */
export const lang = blocks[0]?.lang ?? "zh";

/** Words by code, with `{name}` filled in; an unknown code is shown as it is, so that its absence is seen. */
export function t(code, params = {}) {
  return (words[code] ?? code).replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/** A recorded reason: the words for its cause, then what was added (trace/services/naming.py). */
export function told(kind, cause, said) {
  const code = `cause_${kind}_${cause}`;
  const chosen = words[code] ?? "";
  return chosen && said ? t("cause_told", { cause: chosen, said }) : chosen || said || "";
}
