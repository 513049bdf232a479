// Elements for small parts that scripts put into a page.

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

/** A picture of one stroke, beside words. @param {string} path */
export function drawn(path) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const settings = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2" };
  for (const [key, value] of Object.entries(settings)) picture.setAttribute(key, value);
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(picture.namespaceURI, "path");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
}
