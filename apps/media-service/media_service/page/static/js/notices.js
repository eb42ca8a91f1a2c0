/** What an action has come to, said for a few seconds at the edge of the page. */

import { byId, h } from "./dom.js";

const SHOWN_MS = 6000;
const FAULT_SHOWN_MS = 12_000;
const MOST = 4;

/** Somebody has done something here: told to the window. */
export const ACTED = "livedub-acted";

/** @param {string} text @param {"good" | "fault"} level */
export function notice(text, level = "good") {
  const where = byId("notices");
  const made = h(`p.notice.is-${level}`, {}, h("span.sign", { "aria-hidden": true }, level === "good" ? "✓" : "▲"), text);
  where.append(made);
  while (where.children.length > MOST) where.firstElementChild.remove();
  setTimeout(() => made.remove(), level === "good" ? SHOWN_MS : FAULT_SHOWN_MS);
}

/** Does it, and says what came of it. Resolves to whether it was done. */
export async function attempt(/** @type {() => Promise<any>} */ act, /** @type {string} */ done) {
  try {
    await act();
    window.dispatchEvent(new Event(ACTED));
    if (done) notice(done);
    return true;
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "fault");
    return false;
  }
}
