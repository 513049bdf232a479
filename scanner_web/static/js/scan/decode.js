// Reads codes out of pictures: by the browser itself where it can read all that stands on labels, else by ZXing.

import { Trouble } from "./reasons.js";

const NEEDED = ["qr_code", "data_matrix", "code_128", "ean_13", "ean_8", "upc_a"];
const BESIDES = ["databar", "databar_expanded", "databar_limited", "itf_14"]; // weighed goods, cartons
const VENDOR = new URL("../../vendor/", import.meta.url).href;

/** @typedef {(picture: ImageBitmapSource) => Promise<string[]>} Reader */

/** @type {Promise<Reader> | undefined} */
let reader;

/** The reader, loaded once. A load that failed is tried anew the next time. @returns {Promise<Reader>} */
export function loadReader() {
  reader ??= load().catch(() => {
    reader = undefined;
    throw new Trouble("reader");
  });
  return reader;
}

async function load() {
  const detector = (await ownDetector()) ?? (await vendorDetector());
  return async (picture) => {
    const found = await detector.detect(picture);
    return [...new Set(found.map((code) => code.rawValue).filter(Boolean))];
  };
}

async function ownDetector() {
  const Own = globalThis.BarcodeDetector;
  if (!Own) return null;
  const formats = await Own.getSupportedFormats().catch(() => []);
  return NEEDED.every((format) => formats.includes(format)) ? new Own({ formats: NEEDED }) : null;
}

async function vendorDetector() {
  if (!globalThis.BarcodeDetectionAPI) await run(`${VENDOR}barcode-detector.js`);
  const { BarcodeDetector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
  const overrides = { locateFile: (name) => VENDOR + name };
  await prepareZXingModule({ overrides, fireImmediately: true });
  return new BarcodeDetector({ formats: [...NEEDED, ...BESIDES] });
}

/** @param {string} source */
function run(source) {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.addEventListener("load", loaded);
    script.addEventListener("error", failed);
    script.src = source;
    document.head.append(script);
  });
}
