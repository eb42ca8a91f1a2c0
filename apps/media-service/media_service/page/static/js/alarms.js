/** What is wrong with a stream, from what the orchestrator shows of it. Pure. */

import { span } from "./format.js";

/**
 * @typedef {{level: "fault" | "warning" | "note", text: string}} Alarm
 * @param {any} view
 * @returns {Alarm[]} the worst first
 */
export function alarmsOf(view) {
  /** @type {Alarm[]} */
  const found = [];
  const add = (/** @type {Alarm["level"]} */ level, /** @type {string} */ text) => found.push({ level, text });
  const worker = view.worker ?? {};
  if (view.phase === "gave_up") add("fault", view.reason ? `given up: ${view.reason}` : "worker given up");
  else if (view.phase === "restarting") add("fault", "worker restarts");
  if (view.worker) {
    if (worker.input?.state === "lost") add("fault", "source lost");
    if (worker.output?.state === "lost") add("fault", "output lost");
    if (worker.sts_mode !== "passthrough" && worker.sts_connected === false) add("fault", "speech service lost");
    if (worker.advice) add("warning", adviceWords(worker.advice));
    if (worker.preview?.state === "failed") add("note", "no previews");
  }
  if (view.mode === "mute") add("warning", "dub muted");
  if (view.restarts > 0) add("warning", `${view.restarts} ${view.restarts === 1 ? "restart" : "restarts"} in 10 min`);
  for (const forward of view.forwards ?? []) {
    if (forward.state === "retrying") add("warning", `destination retries: ${forward.url}`);
  }
  if (view.restart_needed) add("note", "edited: takes effect with a restart");
  const order = { fault: 0, warning: 1, note: 2 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

/** @param {{missed_share: number, needed_offset_ms: number, raise_by_ms: number}} advice */
export function adviceWords(advice) {
  const late = `${Math.round(advice.missed_share * 100)} % late`;
  return advice.raise_by_ms > 0 ? `${late}: needs ${span(advice.needed_offset_ms)} of offset` : late;
}

/** @type {Record<string, {word: string, level: "good" | "warning" | "fault"}>} */
const BREAKER = {
  closed: { word: "closed", level: "good" },
  half_open: { word: "probing", level: "warning" },
  open: { word: "open", level: "fault" },
};

/** Where the circuit breaker stands; null while no worker tells. */
export function breakerOf(/** @type {any} */ view) {
  const told = view.worker?.breaker;
  return told ? (BREAKER[told] ?? { word: told, level: "warning" }) : null;
}
