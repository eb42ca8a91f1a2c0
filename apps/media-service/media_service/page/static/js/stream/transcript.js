/** What was said and what was dubbed, fragment by fragment, the newest at the bottom; so many, and no more. */

import { h, setText } from "../dom.js";
import { clockTime, signed, span } from "../format.js";
import { changeWords, isBad, outcomeOf } from "./outcome.js";

export const MOST_ROWS = 300;
const NEAR_PX = 60;

export class Transcript {
  /** @type {{element: HTMLElement, airMs: number, endMs: number}[]} */ #slots = [];
  /** @type {HTMLElement | null} */ #heard = null;
  #follows = true;
  #top = 0;
  #waits = 0;

  constructor() {
    this.list = h("ol.fragments", {});
    this.nothing = h("p.empty", {}, "Nothing was said yet.");
    this.box = h("div.scroll", { tabindex: 0, role: "log", "aria-live": "off", "aria-label": "Transcript and translation" }, this.nothing, this.list);
    this.jump = h("button.quiet.jump", { type: "button", hidden: true }, "To the newest ↓");
    this.jump.addEventListener("click", () => this.#toEnd());
    this.box.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.box;
      // More may have come since the page itself went to the end: only a hand goes up.
      if (scrollHeight - clientHeight - scrollTop < NEAR_PX) this.#follow(true);
      else if (scrollTop < this.#top) this.#follow(false);
      this.#top = scrollTop;
    }, { passive: true });
    this.tally = h("span.dim", {});
    this.element = h("section.panel.transcript", { "aria-labelledby": "transcript-title" },
      h("div.panel-head", {}, h("h2", { id: "transcript-title" }, "Transcript and translation"), this.tally, h("span.space", {}), this.jump), this.box);
  }

  slot(/** @type {any} */ slot) {
    const outcome = outcomeOf(slot);
    const numbers = [
      slot.margin_ms !== undefined && `margin ${signed(slot.margin_ms)}`,
      slot.rtt_ms !== undefined && `took ${span(slot.rtt_ms)}`,
      ...(slot.warnings ?? []).map((/** @type {string} */ one) => one.replaceAll("_", " ")),
    ].filter(Boolean).join(" · ");
    const silent = outcome.look === "dubbed" && !slot.transcript && !slot.translation;
    const element = h(`li.fragment.is-${outcome.look}`, {},
      h("span.time", { title: `fragment ${slot.batch_number}, ${(slot.duration_ns / 1e9).toFixed(1)} s` }, clockTime(slot.at_unix_ms)),
      h("span.said", { lang: "" }, slot.transcript || (silent ? "no speech" : "–")),
      h("span.dubbed", { lang: "" }, slot.translation || (outcome.look === "dubbed" ? "–" : "original sound")),
      h("span.outcome", {}, h("span.sign", { "aria-hidden": true }, outcome.sign), h("span.word", {}, outcome.word),
        h("span.why", {}, outcome.why || numbers)));
    if (silent) element.classList.add("is-silent");
    // A slot is decided, and told of, when its first sample goes on air.
    this.#slots.push({ element, airMs: slot.at_unix_ms, endMs: slot.at_unix_ms + slot.duration_ns / 1e6 });
    if (this.#slots.length > MOST_ROWS) this.#slots.shift();
    this.#append(element);
  }

  change(/** @type {any} */ change) {
    this.#append(h(`li.change${isBad(change) ? ".is-bad" : ""}`, {},
      h("span.time", {}, clockTime(change.at_unix_ms)), h("span.told", {}, changeWords(change))));
  }

  /** Marks what the players play now. @param {number | null} airMs when that went on air */
  heard(airMs) {
    const now = airMs === null ? undefined : this.#slots.findLast((one) => one.airMs <= airMs && airMs < one.endMs);
    const element = now?.element ?? null;
    if (element === this.#heard) return;
    this.#heard?.classList.remove("is-heard");
    element?.classList.add("is-heard");
    this.#heard = element;
  }

  #append(/** @type {HTMLElement} */ element) {
    this.nothing.hidden = true;
    this.list.append(element);
    while (this.list.children.length > MOST_ROWS) this.list.firstElementChild.remove();
    const slots = this.list.querySelectorAll(".fragment").length;
    setText(this.tally, `${slots} fragments`);
    if (this.#follows) requestAnimationFrame(() => this.#follows && this.#toEnd());
    else this.#fresh(this.#waits + 1);
  }

  #fresh(/** @type {number} */ count) {
    this.#waits = count;
    this.jump.hidden = count === 0;
    if (count) setText(this.jump, `${count} new ↓`);
  }

  #follow(/** @type {boolean} */ follows) {
    this.#follows = follows;
    this.box.classList.toggle("is-followed", follows);
    if (follows) this.#fresh(0);
  }

  #toEnd() {
    this.#follow(true);
    this.box.scrollTop = this.box.scrollHeight;
  }
}
