// Elements for the scanner's own small parts.

/** An element with properties and content. @returns {HTMLElement} */
export function element(name, properties, ...content) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...content);
  return made;
}

/** A button that sends no form. @param {string} words @param {string} className @param {() => void} work */
export function button(words, className, work) {
  const made = element("button", { type: "button", className }, words);
  made.addEventListener("click", work);
  return made;
}
