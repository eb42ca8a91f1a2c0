/** The operator's buttons. What is shown as active is what the orchestrator says, not what was clicked. */

import { api } from "../api.js";
import * as acts from "../acts.js";
import { h, setAttr, setText } from "../dom.js";
import { icon } from "../icons.js";
import { attempt } from "../notices.js";

/** @type {Record<string, {name: string, active: string, done: string}>} */
const SOUNDS = {
  original: { name: "Original sound", active: "Original sound is on air", done: "Original sound, now" },
  dub: { name: "Resume dubbing", active: "Dubbing is on", done: "The dub is heard again" },
  mute: { name: "Mute dub", active: "Dub is muted", done: "The dub is muted" },
};

export class Desk {
  /** @param {string} id @param {(view: any) => void} changed @param {() => void} edit */
  constructor(id, changed, edit) {
    const sound = (/** @type {string} */ mode) => {
      const word = h("span.big-word", {}, SOUNDS[mode].name);
      const sub = h("span.big-sub", {});
      const button = h(`button.big.big-${mode}`, { type: "button", "aria-pressed": "false" }, word, sub);
      button.addEventListener("click", async () => {
        button.classList.add("is-asked");
        await attempt(async () => changed(await api.mode(id, mode)), SOUNDS[mode].done);
        button.classList.remove("is-asked");
      });
      return { mode, button, word, sub };
    };
    this.sounds = ["original", "dub", "mute"].map(sound);
    this.restart = h("button.tool-wide", { type: "button", onclick: () => acts.restart(id) }, icon("restart"), "Restart worker");
    this.toggle = h("button.tool-wide", { type: "button" });
    this.toggle.addEventListener("click", () => (this.enabled ? acts.stop(id) : acts.start(id)));
    this.enabled = true;
    this.element = h("section.desk.panel", { "aria-label": "Operator's buttons" },
      ...this.sounds.map((one) => one.button),
      h("div.desk-tools", {}, this.restart, this.toggle,
        h("button.tool-wide", { type: "button", onclick: edit }, icon("edit"), "Edit"),
        h("button.tool-wide", { type: "button", onclick: () => acts.remove(id) }, icon("bin"), "Delete")));
  }

  draw(/** @type {any} */ view) {
    const told = view.worker?.mode;
    for (const { mode, button, word, sub } of this.sounds) {
      const active = view.mode === mode;
      setAttr(button, "aria-pressed", String(active));
      setText(word, active ? SOUNDS[mode].active : SOUNDS[mode].name);
      setText(sub, !active || !view.worker ? (active ? "once its worker runs" : "") : told === mode ? "" : "being switched…");
    }
    this.enabled = view.enabled;
    const words = view.enabled ? "Stop" : "Start";
    if (this.toggle.dataset.does !== words) {
      this.toggle.dataset.does = words;
      this.toggle.replaceChildren(icon(view.enabled ? "stop" : "play"), words);
    }
    this.restart.disabled = !view.pid && view.phase !== "gave_up";
  }
}
