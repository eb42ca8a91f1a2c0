/** Numbers and moments, as they are read aloud in a control room. Pure. */

const NONE = "–";

/** `14:02:11`, of this browser's own time zone. */
export function clockTime(/** @type {number} */ unixMs) {
  return new Date(unixMs).toLocaleTimeString("en-GB", { hour12: false });
}

/** With the day, where it is not today. */
export function moment(/** @type {number} */ unixMs, now = Date.now()) {
  const at = new Date(unixMs);
  const day = at.toLocaleDateString("en-CA");
  return day === new Date(now).toLocaleDateString("en-CA") ? clockTime(unixMs) : `${day} ${clockTime(unixMs)}`;
}

/** `12 s`, `4 min 05 s`, `3 h 20 min`, `5 d 02 h`. */
export function duration(/** @type {number | null | undefined} */ seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${pad(Math.floor((whole % 86_400) / 3600))} h`;
}

/** `9.0 s` */
export function seconds(/** @type {number | null | undefined} */ ms) {
  return ms === null || ms === undefined ? NONE : `${(ms / 1000).toFixed(1)} s`;
}

/** `640 ms`, `1.4 s` */
export function span(/** @type {number | null | undefined} */ ms) {
  if (ms === null || ms === undefined) return NONE;
  return Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : seconds(ms);
}

/** `+12 ms`, `−1.4 s`: what is ahead or behind. */
export function signed(/** @type {number | null | undefined} */ ms) {
  if (ms === null || ms === undefined) return NONE;
  const whole = Math.round(ms);
  return `${whole > 0 ? "+" : whole < 0 ? "−" : "±"}${span(Math.abs(whole))}`;
}

export function percent(/** @type {number | null | undefined} */ share) {
  return share === null || share === undefined ? NONE : `${Math.round(share * 100)} %`;
}

/** `en → es-419` */
export function languages(/** @type {string} */ from, /** @type {string} */ to) {
  return `${from} → ${to}`;
}
