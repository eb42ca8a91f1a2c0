/** The list's columns: what stands in them, and how they sort. Pure. */

import { alarmsOf, breakerOf } from "../alarms.js";
import { duration, languages, percent, seconds } from "../format.js";
import { lookOf } from "../states.js";

const LEVELS = { fault: 2, warning: 1, note: 0 };

/** The heavier, the higher: what wants a person's eye. */
export function weight(/** @type {any} */ view) {
  return alarmsOf(view).reduce((sum, one) => sum + 10 ** LEVELS[one.level], 0);
}

/** @typedef {{key: string, title: string, text: (view: any) => string, sort: (view: any) => number | string, look: string}} Column */

/** @type {Column[]} */
export const COLUMNS = [
  { key: "state", title: "State", look: "", text: (view) => lookOf(view.state).word, sort: (view) => lookOf(view.state).rank * 1000 - weight(view) },
  { key: "stream", title: "Stream", look: "", text: (view) => view.stream_id, sort: (view) => view.stream_id },
  { key: "languages", title: "Languages", look: "mid", text: (view) => languages(view.source_language, view.target_language), sort: (view) => view.target_language + view.source_language },
  { key: "uptime", title: "Uptime", look: "num few", text: (view) => duration(view.uptime_s), sort: (view) => -(view.uptime_s ?? -1) },
  { key: "delay", title: "Delay", look: "num mid", text: (view) => seconds(view.delay_ms), sort: (view) => -(view.delay_ms ?? -1) },
  { key: "share", title: "Dubbed, 5 min", look: "num share-cell", text: (view) => percent(view.dubbed_share), sort: (view) => view.dubbed_share ?? 2 },
  { key: "breaker", title: "Breaker", look: "low", text: (view) => breakerOf(view)?.word ?? "–", sort: (view) => ({ open: 0, half_open: 1, closed: 2 })[/** @type {"open"} */ (view.breaker)] ?? 3 },
  { key: "alarms", title: "Alarms", look: "", text: (view) => alarmsOf(view).map((one) => `${one.short} ${one.text}`).join("; "), sort: (view) => -weight(view) },
];

/** @typedef {{key: string, down: boolean}} Order */

/** @param {any[]} views @param {Order} order */
export function sorted(views, order) {
  const column = COLUMNS.find((one) => one.key === order.key) ?? COLUMNS[0];
  const sign = order.down ? -1 : 1;
  const keyed = views.map((view) => ({ view, key: column.sort(view) }));
  keyed.sort((a, b) => {
    const byKey = typeof a.key === "string" ? byName(a.key, String(b.key)) : a.key - /** @type {number} */ (b.key);
    return sign * byKey || byName(a.view.stream_id, b.view.stream_id);
  });
  return keyed.map((one) => one.view);
}

const names = new Intl.Collator("en", { numeric: true });
const byName = names.compare;

/** Every word of the filter stands somewhere in the row. */
export function matches(/** @type {any} */ view, /** @type {string} */ filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = [...COLUMNS.map((one) => one.text(view)), view.input_url, view.voice, view.reason].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
