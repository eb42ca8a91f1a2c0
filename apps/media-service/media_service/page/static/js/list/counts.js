/** How many streams are in which state; each count is a switch that shows only those. */

import { h, setAttr, setText } from "../dom.js";
import { STATES } from "../states.js";

export class Counts {
  /** @type {string | null} */ chosen = null;

  /** @param {() => void} changed */
  constructor(changed) {
    const chip = (/** @type {string | null} */ state, /** @type {string} */ word, /** @type {string} */ sign) => {
      const count = h("span.count", {}, "0");
      const button = h(`button.chip${state ? `.is-${state}` : ""}`, { type: "button", "aria-pressed": "false" },
        sign && h("span.sign", { "aria-hidden": true }, sign), h("span", {}, word), count);
      button.addEventListener("click", () => {
        this.chosen = this.chosen === state ? null : state;
        changed();
      });
      return { state, button, count };
    };
    this.chips = [chip(null, "All", ""), ...Object.entries(STATES).map(([state, look]) => chip(state, look.word, look.sign))];
    this.element = h("div.chips", { role: "group", "aria-label": "Show only" }, ...this.chips.map((one) => one.button));
  }

  draw(/** @type {any[]} */ views) {
    for (const { state, button, count } of this.chips) {
      const number = state === null ? views.length : views.filter((view) => view.state === state).length;
      setText(count, String(number));
      setAttr(button, "aria-pressed", String(this.chosen === state));
      button.classList.toggle("is-none", number === 0);
    }
  }
}
