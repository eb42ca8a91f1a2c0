/** A level meter of two sides, -60 to 0 dBFS. */

import { h, setAttr } from "../dom.js";

const LOWEST_DB = -60;
const FALL_DB = 1.5;
/** a frame: bars fall more slowly than they rise, as on a desk. */

export class Meter {
  /** @param {string} name */
  constructor(name) {
    this.sides = ["left", "right"].map((side) => {
      const cover = h("span.meter-cover", {});
      const bar = h("span.meter-bar", { role: "meter", "aria-label": `${name}, ${side}`, "aria-valuemin": LOWEST_DB, "aria-valuemax": 0, "aria-valuenow": LOWEST_DB, "aria-valuetext": "not measured" }, cover);
      return { bar, cover, level: LOWEST_DB };
    });
    this.element = h("div.meter", {}, ...this.sides.map((one) => one.bar));
    this.told = 0;
  }

  /** @param {number[] | null} levels dBFS */
  draw(levels, nowMs = performance.now()) {
    const tells = nowMs - this.told > 500;
    if (tells) this.told = nowMs;
    this.element.classList.toggle("is-off", levels === null);
    this.sides.forEach((side, i) => {
      const level = Math.max(LOWEST_DB, Math.min(0, levels?.[i] ?? LOWEST_DB));
      side.level = Math.max(level, side.level - FALL_DB);
      side.cover.style.transform = `scaleX(${side.level / LOWEST_DB})`;
      if (tells) {
        setAttr(side.bar, "aria-valuenow", Math.round(level));
        setAttr(side.bar, "aria-valuetext", levels === null ? "not measured" : `${Math.round(level)} dBFS`);
      }
    });
  }
}
