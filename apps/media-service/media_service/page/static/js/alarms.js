/** What is wrong with a stream: the orchestrator says it, and here it gets its short words. Pure. */

/** @typedef {{level: "fault" | "warning" | "note", text: string, short: string}} Alarm */

/** @type {Record<string, string>} */
const SHORT = {
  crashed: "worker crashed",
  silent: "worker silent",
  source: "source lost",
  output: "output lost",
  speech: "speech service lost",
  breaker: "breaker open",
  late: "dubs come late",
  little_dubbed: "little is dubbed",
  av_sync: "A/V off",
  forward: "destination lost",
  preview: "no preview",
};

/** @param {any} view @returns {Alarm[]} the worst first */
export function alarmsOf(view) {
  /** @type {Alarm[]} */
  const found = (view.alarms ?? []).map((/** @type {any} */ one) => ({
    level: one.level === "alarm" ? "fault" : "warning",
    text: one.text,
    short: SHORT[one.code] ?? one.code,
  }));
  const add = (/** @type {Alarm["level"]} */ level, /** @type {string} */ short, text = short) => found.push({ level, text, short });
  if (view.mode === "mute") add("warning", "dub muted");
  if (view.restarts > 0) add("warning", `${view.restarts} ${view.restarts === 1 ? "restart" : "restarts"} in 10 min`);
  if (view.restart_needed) add("note", "edited", "edited: takes effect when its worker is restarted");
  return found;
}

/** @type {Record<string, {word: string, level: "good" | "warning" | "fault"}>} */
const BREAKER = {
  closed: { word: "closed", level: "good" },
  half_open: { word: "probing", level: "warning" },
  open: { word: "open", level: "fault" },
};

/** Where the circuit breaker stands; null while no worker tells. */
export function breakerOf(/** @type {any} */ view) {
  const told = view.breaker;
  return told ? (BREAKER[told] ?? { word: told, level: "warning" }) : null;
}
