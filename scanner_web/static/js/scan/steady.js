// A bar code can be misread once, and of two codes in view one is often seen first: what counts was seen twice.

const LOOKS = 3;
const TWICE = 2;

/**
 * Gives a function that takes what each look at the picture saw, and returns what was seen twice in the last three.
 * @returns {(texts: string[]) => string[]}
 */
export function steady() {
  /** @type {Set<string>[]} */
  const looks = [];
  return (texts) => {
    looks.push(new Set(texts));
    if (looks.length > LOOKS) looks.shift();
    const all = new Set(looks.flatMap((look) => [...look]));
    return [...all].filter((text) => looks.filter((look) => look.has(text)).length >= TWICE);
  };
}
