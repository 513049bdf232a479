// Why there is no picture or no code, and what to do about it. Words are in the page, by these reasons.

import { t } from "../words.js";

/** What stands in the way; `reason` is one of those in NAMES, or insecure, unable, reader, photo_bad, nothing. */
export class Trouble extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

// Media Capture and Streams, section 10.2 (getUserMedia): what each error is called.
const NAMES = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
  OverconstrainedError: "lens_gone",
};

/** @param {unknown} error @returns {Trouble} */
export function troubleOf(error) {
  return error instanceof Trouble ? error : new Trouble(NAMES[error?.name] ?? "failed");
}

/** Raises a Trouble where a browser gives no page a camera, before anything is asked of it. */
export function requireCamera() {
  if (!globalThis.isSecureContext) throw new Trouble("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new Trouble("unable");
}

/** What happened, what to do next, and what whoever runs the service could do. @param {Trouble} trouble */
export function wordsFor({ reason }) {
  return {
    what: t(`js_scan_${reason}`),
    next: t(`js_scan_${reason}_next`),
    admin: reason === "insecure" ? t("js_scan_insecure_admin") : "",
  };
}
