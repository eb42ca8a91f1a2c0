/** One stream's row: made once, and touched only where something changed. */

import { alarmsOf, breakerOf } from "../alarms.js";
import { fill, h, setAttr, setText } from "../dom.js";
import { duration, languages, percent, seconds } from "../format.js";
import { icon } from "../icons.js";
import { streamPath } from "../routes.js";
import { lookOf, phaseWords } from "../states.js";
import * as acts from "../acts.js";

const MOST_ALARMS = 3;

export class Row {
  #drawn = "";
  #alarms = "";

  /** @param {any} view @param {(view: any) => void} edit */
  constructor(view, edit) {
    const id = (this.id = view.stream_id);
    this.view = view;
    this.sign = h("span.sign", { "aria-hidden": true });
    this.word = h("span.word", {});
    this.phase = h("span.phase", {});
    this.tongues = h("td.mid", {});
    this.uptime = h("td.num.few", {});
    this.delay = h("td.num.mid", {});
    this.bar = h("span.bar-fill", {});
    this.share = h("span.share", {});
    this.breaker = h("td.low", {});
    this.alarms = h("td.alarms", {});
    this.toggle = h("button.tool", { type: "button", onclick: () => (this.view.enabled ? acts.stop(id) : acts.start(id)) });
    const tool = (/** @type {any} */ name, /** @type {string} */ words, /** @type {() => void} */ act) =>
      h("button.tool", { type: "button", "aria-label": `${words} ${id}`, title: words, onclick: act }, icon(name));
    this.restart = tool("restart", "Restart worker of", () => acts.restart(id));
    this.element = h("tr", {},
      h("td", {}, h("span.badge", {}, this.sign, this.word), this.phase),
      h("th.stream-name", { scope: "row" }, h("a", { href: streamPath(id) }, id)),
      this.tongues, this.uptime, this.delay,
      h("td.num.share-cell", {}, h("span.bar", { "aria-hidden": true }, this.bar), this.share),
      this.breaker, this.alarms,
      h("td.tools", {}, this.toggle, this.restart,
        tool("edit", "Edit", () => edit(this.view)), tool("bin", "Delete", () => acts.remove(id))));
    this.draw(view);
  }

  draw(/** @type {any} */ view) {
    this.view = view;
    const now = JSON.stringify(view);
    if (now === this.#drawn) return;
    this.#drawn = now;
    const look = lookOf(view.state);
    this.element.className = `row is-${view.state}`;
    setText(this.sign, look.sign);
    setText(this.word, look.word);
    setText(this.phase, view.phase === "running" ? "" : phaseWords(view.phase));
    setText(this.tongues, languages(view.source_language, view.target_language));
    setText(this.uptime, duration(view.uptime_s));
    setText(this.delay, seconds(view.delay_ms));
    const share = view.dubbed_share;
    setText(this.share, percent(share));
    this.bar.style.transform = `scaleX(${share ?? 0})`;
    this.bar.className = `bar-fill ${share === null || share === undefined || share >= 0.9 ? "" : "is-low"}`;
    const breaker = breakerOf(view);
    setText(this.breaker, breaker ? breaker.word : "–");
    this.breaker.className = `low ${breaker && breaker.level !== "good" ? `is-${breaker.level}` : ""}`;
    this.#drawAlarms(alarmsOf(view));
    const words = view.enabled ? "Stop" : "Start";
    setAttr(this.toggle, "aria-label", `${words} ${this.id}`);
    setAttr(this.toggle, "title", words);
    if (this.toggle.dataset.does !== words) {
      this.toggle.dataset.does = words;
      this.toggle.replaceChildren(icon(view.enabled ? "stop" : "play"));
    }
    this.restart.disabled = !view.pid && view.phase !== "gave_up";
  }

  #drawAlarms(/** @type {import("../alarms.js").Alarm[]} */ alarms) {
    const now = JSON.stringify(alarms);
    if (now === this.#alarms) return;
    this.#alarms = now;
    const more = alarms.length - MOST_ALARMS;
    fill(this.alarms,
      ...alarms.slice(0, MOST_ALARMS).map((one) => h(`span.alarm.is-${one.level}`, { title: one.text }, one.short)),
      more > 0 && h("span.alarm.is-note", {}, `+${more}`));
  }
}
