// The camera: its picture in an element, the codes in it, its lenses and its light.

import { loadReader } from "./decode.js";
import { requireCamera, troubleOf } from "./reasons.js";
import { steady } from "./steady.js";

const KEPT = "trace-lens"; // which lens this phone's user chose last
const PAUSE = 60; // milliseconds between two looks, so that the page stays at hand
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 }, advanced: [{ focusMode: "continuous" }] };

/**
 * @typedef {object} Camera
 * @property {() => void} close  stops it; the lamp beside the lens goes out
 * @property {(() => Promise<boolean>) | null} torch  switches the light and says whether it is on; null where this
 *   lens has none
 * @property {() => Promise<{id: string, label: string, used: boolean}[]>} lenses
 * @property {(id: string) => Promise<void>} use  takes another lens, and remembers it
 */

/**
 * Shows the camera's picture in `element` and looks for codes. `onCodes` gets their texts: once with all that are
 * in view, then the camera is closed; with `several` each text when it is first seen, until it is closed. It stops
 * while the page is hidden. `onTrouble` gets what ends it later on. Raises Trouble where there is no picture.
 * @param {HTMLElement} element
 * @param {{onCodes: (texts: string[]) => void, several?: boolean, onTrouble?: (trouble: Error) => void}} options
 * @returns {Promise<Camera>}
 */
export async function openCamera(element, { onCodes, several = false, onTrouble = () => {} }) {
  requireCamera();
  const video = picture();
  /** @type {MediaStream | null} */
  let stream = null;
  let closed = false;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  };
  const start = async (lens) => {
    stop();
    const taken = await taking(lens);
    if (closed || document.hidden) return taken.getTracks().forEach((track) => track.stop());
    stream = taken;
    stream.getVideoTracks()[0].addEventListener("ended", () => fail(new DOMException("", "NotReadableError")));
    video.srcObject = stream;
    await video.play().catch(() => {}); // interrupted where the page was left meanwhile
  };
  const fail = (error) => {
    if (closed) return;
    close();
    onTrouble(troubleOf(error));
  };
  const close = () => {
    closed = true;
    stop();
    video.remove();
    document.removeEventListener("visibilitychange", whenHidden);
    removeEventListener("pagehide", close);
  };
  const whenHidden = () => (document.hidden ? stop() : start(kept()).catch(fail));

  try {
    const [read] = await Promise.all([loadReader(), start(kept())]);
    element.append(video);
    document.addEventListener("visibilitychange", whenHidden);
    addEventListener("pagehide", close);
    const seen = several ? eachOnce(onCodes) : allAtOnce(onCodes, close);
    watch(video, read, () => closed, seen).catch(fail);
  } catch (error) {
    close();
    throw troubleOf(error);
  }
  return {
    close,
    get torch() {
      return torchOf(stream);
    },
    lenses: () => lensesOf(stream),
    use: async (id) => {
      keep(id);
      await start(id).catch(fail);
    },
  };
}

function picture() {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.setAttribute("aria-hidden", "true");
  return video;
}

/** The picture of a lens; of the one that looks away from the user where that one is gone or none was chosen. */
async function taking(lens) {
  const ask = (video) => navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...video }, audio: false });
  if (lens) {
    try {
      return await ask({ deviceId: { exact: lens } });
    } catch (error) {
      if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error;
      keep("");
    }
  }
  return ask({ facingMode: { ideal: "environment" } });
}

/** Looks at the picture again and again, and hands over what was seen steadily. */
async function watch(video, read, closed, seen) {
  const settle = steady();
  while (!closed()) {
    await new Promise((next) => setTimeout(next, PAUSE));
    if (closed()) return;
    if (document.hidden || video.paused || video.readyState < 2) continue;
    const texts = settle(await read(video));
    if (texts.length && !closed()) seen(texts);
  }
}

/** Each text once, as long as the camera runs. */
function eachOnce(onCodes) {
  const had = new Set();
  return (texts) => {
    const fresh = texts.filter((text) => !had.has(text));
    fresh.forEach((text) => had.add(text));
    if (fresh.length) onCodes(fresh);
  };
}

/** All that is in view, one look after the first was certain, so that its neighbours are seen too. */
function allAtOnce(onCodes, close) {
  let waited = false;
  return (texts) => {
    if (waited) {
      close();
      onCodes(texts);
    }
    waited = true;
  };
}

/** A switch for the light of the lens in use; it is out whenever a lens is taken. */
function torchOf(stream) {
  const track = stream?.getVideoTracks()[0];
  if (!track?.getCapabilities?.().torch) return null;
  return async () => {
    const lit = !track.getSettings().torch;
    await track.applyConstraints({ advanced: [{ torch: lit }] });
    return lit;
  };
}

async function lensesOf(stream) {
  const used = stream?.getVideoTracks()[0].getSettings().deviceId;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map(({ deviceId, label }) => ({ id: deviceId, label, used: deviceId === used }));
}

function kept() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
}

function keep(id) {
  try {
    localStorage.setItem(KEPT, id);
  } catch {
    // it will be chosen anew
  }
}
