/** What became of a fragment, in words. Pure. */

/** @typedef {{word: string, why: string, look: "dubbed" | "partial" | "late" | "failed" | "skipped", sign: string}} Outcome */

const LATE = new Set(["deadline", "timeout", "no_time"]);
const SKIPPED = new Set(["ended", "short"]);
const UNSENT = new Set(["disconnected", "breaker_open", "backpressure", "overflow"]);

/** @type {Record<string, string>} */
const WHY = {
  deadline: "no answer when it was due",
  timeout: "no answer within the time-out",
  no_time: "no time left to send it",
  disconnected: "no connection to the speech service",
  breaker_open: "the breaker is open",
  failed: "the service failed",
  refused: "the service did not take it",
  backpressure: "the service asked to wait",
  overflow: "too many newer ones waited",
  unreadable: "the answer could not be read",
  ended: "the stream ended or changed its format",
  short: "too short to send",
  TIMEOUT: "the service ran out of time",
  MODEL_ERROR: "an engine failed",
  GPU_OOM: "the GPU's memory was full",
  QUEUE_FULL: "the service's queue was full",
  RATE_LIMIT: "the service's rate limit",
  RATE_LIMIT_EXCEEDED: "the service's rate limit",
  TRANSLATION_API_UNAVAILABLE: "the translator does not answer",
};

/** @param {any} slot an event of the worker's @returns {Outcome} */
export function outcomeOf(slot) {
  if (slot.outcome === "dubbed") return { word: "dubbed", why: "", look: "dubbed", sign: "●" };
  if (slot.outcome === "partial") return { word: "in part", why: "part of it was dubbed", look: "partial", sign: "◐" };
  const reason = slot.reason ?? "";
  const why = WHY[reason] ?? reason;
  if (LATE.has(reason)) return { word: "late", why, look: "late", sign: "◷" };
  if (SKIPPED.has(reason)) return { word: "original", why, look: "skipped", sign: "◇" };
  return { word: UNSENT.has(reason) ? "not sent" : "failed", why, look: "failed", sign: "▲" };
}

/** @type {Record<string, string>} */
const WHAT = { state: "State", mode: "Sound", input: "Source", output: "Output", sts: "Speech service", breaker: "Breaker", advice: "Deadlines" };
/** @type {Record<string, string>} */
const TO = { half_open: "probing", original: "original", late: "too many dubs come late", enough: "enough are in time again" };

/** A change of the worker's, in one line. */
export function changeWords(/** @type {any} */ change) {
  const to = change.what === "mode" && change.to === "original" ? "ORIGINAL SOUND" : (TO[change.to] ?? change.to);
  const by = change.who ? ` by ${change.who}` : "";
  const why = change.reason && change.what !== "advice" ? ` (${change.reason})` : "";
  const needs = change.needed_offset_ms ? `, needs ${change.needed_offset_ms} ms of offset` : "";
  return `${WHAT[change.what] ?? change.what}: ${to}${by}${why}${needs}`;
}

/** Whether a change is bad news. */
export const isBad = (/** @type {any} */ change) =>
  ["lost", "disconnected", "open", "late", "degraded"].includes(change.to);
