/** Original and dub side by side, at the same moment of the source; one click swaps what is heard. */

import { api } from "../api.js";
import { h, setAttr, setText } from "../dom.js";
import { icon } from "../icons.js";
import { signed } from "../format.js";
import { steer } from "./align.js";
import { Meter } from "./meter.js";
import { canPlay, Player } from "./player.js";
import { Sound } from "./sound.js";

const STEER_MS = 250;
const MARGIN_MS = 3000;
/** A preview begins so much after its first media. */

/** @typedef {"original" | "dubbed"} Side */

export class Previews {
  #runId = "";
  #jumpedMs = 0;
  #frame = 0;
  /** @type {ReturnType<typeof setInterval>} */ #timer;

  /** @param {string} id @param {(sourceMs: number | null) => void} heardAt */
  constructor(id, heardAt) {
    this.heardAt = heardAt;
    const dubbed = new Player(api.preview(id, "output"), "Dubbed preview", () => null);
    const original = new Player(api.preview(id, "input"), "Original preview", () => dubbed.sourceMs);
    /** @type {Record<Side, Player>} */
    this.players = { original, dubbed };
    this.sound = new Sound({ original: original.video, dubbed: dubbed.video }, () => this.#drawSound());
    this.offset = h("span.offset", { title: "how far the original is ahead of the dub; held near nothing" });
    this.views = {
      original: this.#view("original", "Original", this.offset),
      dubbed: this.#view("dubbed", "Dubbed", null),
    };
    this.swap = h("button.swap", { type: "button", onclick: () => this.swapSound(), title: "Swaps the sound (key S)" }, icon("sound"), h("span", {}, "Swap sound"));
    this.off = h("button.quiet", { type: "button", onclick: () => this.sound.listen("off") }, icon("silent"), "Sound off");
    this.hint = h("span.dim.sound-hint", {});
    this.element = h("section.previews", { "aria-label": "Previews" },
      this.views.original.element, this.views.dubbed.element,
      h("div.sound-bar", {}, this.swap, this.off, this.hint));
    this.#timer = setInterval(() => this.#steer(), STEER_MS);
    this.#drawSound();
    this.#drawMeters();
  }

  #view(/** @type {Side} */ side, /** @type {string} */ title, /** @type {Node | null} */ extra) {
    const meter = new Meter(`Level of the ${title.toLowerCase()} sound`);
    const tongue = h("span.tongue", {});
    const listen = h("button.listen", { type: "button", "aria-pressed": "false", "aria-label": `Listen to the ${side} sound`, onclick: () => this.sound.listen(this.sound.heard === side ? "off" : side) });
    const element = h(`article.preview.is-${side}`, { "aria-label": `${title} preview` },
      h("header.preview-head", {}, h("h2", {}, title), tongue, extra, h("span.space", {}), listen),
      this.players[side].element, meter.element);
    return { element, meter, listen, tongue };
  }

  swapSound() {
    this.sound.listen(this.sound.heard === "dubbed" ? "original" : "dubbed");
  }

  /** What is known of the stream decides whether there is anything to play. */
  draw(/** @type {any} */ view) {
    setText(this.views.original.tongue, view.source_language);
    setText(this.views.dubbed.tongue, view.mode === "original" ? "original sound on air" : view.mode === "mute" ? "dub muted" : view.target_language);
    this.views.dubbed.element.classList.toggle("is-original-on-air", view.mode === "original");
    const worker = view.worker;
    const none = reasonForNone(view);
    if (none) return this.stop(none);
    if (worker.run_id !== this.#runId) {
      this.#runId = worker.run_id;
      for (const player of Object.values(this.players)) player.stop("No preview yet");
    }
    const original = this.players.original;
    if (!original.isBegun && worker.uptime_s * 1000 > MARGIN_MS) original.begin();
    const waitsMs = worker.delay_ms + MARGIN_MS - worker.uptime_s * 1000;
    const dubbed = this.players.dubbed;
    if (dubbed.isBegun) return;
    if (waitsMs > 0) dubbed.say(`The dub is on air in ${Math.ceil(waitsMs / 1000)} s`);
    else {
      dubbed.say("No preview yet");
      dubbed.begin();
    }
  }

  stop(/** @type {string} */ words) {
    this.#runId = "";
    for (const player of Object.values(this.players)) player.stop(words);
  }

  #steer() {
    const nowMs = performance.now();
    const { original, dubbed } = this.players;
    original.watch(nowMs);
    dubbed.watch(nowMs);
    const leaderMs = dubbed.sourceMs;
    const followerMs = original.sourceMs;
    this.heardAt(leaderMs ?? followerMs);
    if (leaderMs === null || followerMs === null) {
      original.video.playbackRate = 1;
      return setText(this.offset, "");
    }
    const { rate, jump } = steer({ leaderMs, followerMs, nowMs, jumpedMs: this.#jumpedMs });
    original.video.playbackRate = rate;
    if (jump) {
      this.#jumpedMs = nowMs;
      original.goTo(leaderMs);
    }
    setText(this.offset, Math.abs(followerMs - leaderMs) < 100 ? "in step" : signed(followerMs - leaderMs));
  }

  #drawMeters() {
    for (const [side, { meter }] of Object.entries(this.views)) {
      meter.draw(this.sound.levels(this.players[/** @type {Side} */ (side)].video));
    }
    this.#frame = requestAnimationFrame(() => this.#drawMeters());
  }

  #drawSound() {
    for (const [side, { listen, element }] of Object.entries(this.views)) {
      const on = this.sound.heard === side;
      setAttr(listen, "aria-pressed", String(on));
      listen.replaceChildren(icon(on ? "sound" : "silent"), "Listen");
      element.classList.toggle("is-heard", on);
    }
    setText(this.hint, this.sound.heard === "off" ? "Sound is off, here only: the stream is not concerned." : `You hear the ${this.sound.heard} sound.`);
    this.off.disabled = this.sound.heard === "off";
  }

  end() {
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    for (const player of Object.values(this.players)) player.stop();
    this.sound.end();
  }
}

/** @returns {string} why there can be no preview; empty where there can */
function reasonForNone(/** @type {any} */ view) {
  if (!view.enabled) return "The stream is stopped";
  const worker = view.worker;
  if (!worker) return view.phase === "waiting" ? "Waits for its source" : "No worker runs";
  if (worker.preview?.state === "off") return "Previews are switched off";
  if (worker.preview?.state === "failed") return `Previews have failed: ${worker.preview.reason ?? "see the log"}. The stream itself is not concerned.`;
  if (!canPlay(worker.input?.video_codec)) {
    return `This browser cannot play ${String(worker.input.video_codec).toUpperCase()}. The stream itself is not concerned.`;
  }
  return "";
}
