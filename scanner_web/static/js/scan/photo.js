// Codes in a photo, for whoever has no camera here or has the label in a picture.

import { loadReader } from "./decode.js";
import { Trouble } from "./reasons.js";

// Longest sides in pixels at which a photo is looked at, one after the other: most codes are read at the first;
// small ones need all there is, and blurred ones are clearer when they are small.
const SIDES = [1600, 4000, 700];

/** The texts of all codes in the photo. Raises Trouble: no picture, or no code in it. @param {Blob} file */
export async function readPhoto(file) {
  const [read, picture] = await Promise.all([loadReader(), opened(file)]);
  const longest = Math.max(picture.width, picture.height);
  try {
    for (const side of new Set(SIDES.map((side) => Math.min(side, longest)))) {
      const texts = await read(drawn(picture, side / longest));
      if (texts.length) return texts;
    }
  } finally {
    picture.close();
  }
  throw new Trouble("nothing");
}

/** @param {Blob} file */
async function opened(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Trouble("photo_bad");
  }
}

/** On white with a margin: a picture cut at the code's own edge has no quiet zone. */
function drawn(picture, scale) {
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const margin = 16;
  const canvas = document.createElement("canvas");
  canvas.width = width + 2 * margin;
  canvas.height = height + 2 * margin;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, margin, margin, width, height);
  return canvas;
}
