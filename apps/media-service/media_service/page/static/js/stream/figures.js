/** The stream's figures in one line, readable across the room. */

import { breakerOf } from "../alarms.js";
import { h, setText } from "../dom.js";
import { duration, percent, seconds, signed } from "../format.js";

/** More than this between sound and picture is seen (EBU R37: 40 ms early, 60 ms late). */
const SYNC_MS = { early: -40, late: 60 };

/** @type {{title: string, of: (view: any) => {text: string, level: string}}[]} */
const FIGURES = [
  { title: "Dubbed, 5 min", of: (view) => shareOf(view.dubbed_share) },
  { title: "Delay", of: (view) => plain(seconds(view.delay_ms)) },
  { title: "A/V delta", of: (view) => syncOf(view.av_sync_delta_ms) },
  { title: "Breaker", of: (view) => ({ text: breakerOf(view)?.word ?? "–", level: breakerOf(view)?.level ?? "none" }) },
  { title: "Uptime", of: (view) => plain(duration(view.uptime_s)) },
];

const plain = (/** @type {string} */ text) => ({ text, level: text === "–" ? "none" : "plain" });

function shareOf(/** @type {number | null | undefined} */ share) {
  if (share === null || share === undefined) return plain("–");
  return { text: percent(share), level: share >= 0.9 ? "good" : share >= 0.5 ? "warning" : "fault" };
}

function syncOf(/** @type {number | null | undefined} */ ms) {
  if (ms === null || ms === undefined) return plain("–");
  return { text: signed(ms), level: ms >= SYNC_MS.early && ms <= SYNC_MS.late ? "good" : "fault" };
}

export class Figures {
  constructor() {
    this.values = FIGURES.map(() => h("dd", {}));
    this.element = h("dl.figures", {}, ...FIGURES.map((figure, i) => h("div", {}, h("dt", {}, figure.title), this.values[i])));
  }

  draw(/** @type {any} */ view) {
    FIGURES.forEach((figure, i) => {
      const { text, level } = figure.of(view);
      setText(this.values[i], text);
      this.values[i].className = `is-${level}`;
    });
  }
}
