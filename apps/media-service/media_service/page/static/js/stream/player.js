/** One preview: HLS in a video element, or a plain word why there is none. It comes back by itself. */

import Hls from "/static/vendor/hls/hls.light.min.mjs";
import { h, setText } from "../dom.js";
import { momentOf, positionOf } from "./align.js";

const RETRY_MS = 2000;
const STUCK_MS = 12_000;
/** Played nothing for so long although it should: begun anew. */

const BEHIND_S = 5;
/** How far from the live edge: two segments and a half. */

/** @type {Record<string, string>} */
const CODECS = { h264: "avc1.64001f", h265: "hvc1.1.6.L93.B0", hevc: "hvc1.1.6.L93.B0" };

const SETTINGS = {
  enableWorker: true,
  workerPath: "/static/vendor/hls/hls.worker.js",
  liveSyncDuration: BEHIND_S,
  liveMaxLatencyDuration: Infinity,
  maxLiveSyncPlaybackRate: 1,
  backBufferLength: 8,
  maxBufferLength: 10,
  maxMaxBufferLength: 20,
  maxBufferSize: 16_000_000,
};

/** Whether this browser can show such a picture at all. */
export function canPlay(/** @type {string | null | undefined} */ codec) {
  const known = codec && CODECS[codec.toLowerCase()];
  return !known || MediaSource.isTypeSupported(`video/mp4; codecs="${known}"`);
}

export class Player {
  /** @type {any} */ #hls = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {any[]} */ #fragments = [];
  #ended = false;
  #mended = false;
  #movedAt = 0;
  #position = -1;
  /** It plays, or tries to until it is stopped, or has found that it never can. */ isBegun = false;

  /**
   * @param {string} url
   * @param {string} name
   * @param {() => number | null} startsAt the moment of the source to begin with; null: live
   */
  constructor(url, name, startsAt) {
    this.url = url;
    this.startsAt = startsAt;
    this.video = h("video", { playsinline: true, muted: true, "aria-label": name, disablepictureinpicture: true, tabindex: -1 });
    this.video.muted = true;
    this.message = h("p.player-message", { role: "status" });
    this.element = h("div.screen", {}, this.video, this.message);
    this.video.addEventListener("playing", () => {
      this.#mended = false;
      this.say("");
    });
    this.say("No preview yet");
  }

  say(/** @type {string} */ words) {
    setText(this.message, words);
    this.message.hidden = !words;
  }

  /** Tries until there is something to play. */
  begin() {
    this.stop();
    this.isBegun = true;
    if (!Hls.isSupported()) return this.say("This browser cannot play HLS previews. The stream itself is not concerned.");
    this.#ended = false;
    void this.#look();
  }

  stop(words = "") {
    this.#ended = true;
    this.isBegun = false;
    clearTimeout(this.#timer);
    this.#drop();
    if (words) this.say(words);
  }

  /** @returns {number | null} the moment of the source that is played, in Unix milliseconds */
  get sourceMs() {
    return this.#hls && this.video.readyState >= 2 ? momentOf(this.#fragments, this.video.currentTime) : null;
  }

  goTo(/** @type {number} */ sourceMs) {
    const position = positionOf(this.#fragments, sourceMs);
    if (position !== null) this.video.currentTime = position;
  }

  /** Called now and then: what does not move although it should is begun anew. */
  watch(/** @type {number} */ nowMs) {
    if (!this.#hls || this.video.currentTime !== this.#position || this.video.paused) {
      this.#position = this.video.currentTime;
      this.#movedAt = nowMs;
      if (this.#hls && this.video.paused) this.#play();
    } else if (nowMs - this.#movedAt > STUCK_MS) {
      this.#movedAt = nowMs;
      this.#again("The preview stands still. Trying again…");
    }
  }

  async #look() {
    let there = false;
    try {
      const answer = await fetch(this.url, { cache: "no-store", signal: AbortSignal.timeout(5000) });
      there = answer.ok && (await answer.text()).includes("#EXTINF");
    } catch {
      // Not there, or no connection: both are told elsewhere.
    }
    if (this.#ended) return;
    if (there) this.#open();
    else this.#timer = setTimeout(() => this.#look(), RETRY_MS);
  }

  #open() {
    const hls = (this.#hls = new Hls({ ...SETTINGS, autoStartLoad: false }));
    let started = false;
    hls.on(Hls.Events.LEVEL_LOADED, (/** @type {string} */ _, /** @type {any} */ { details }) => {
      this.#fragments = details.fragments;
      if (started) return;
      started = true;
      const at = this.startsAt();
      hls.startLoad(at === null ? -1 : (positionOf(this.#fragments, at) ?? -1));
    });
    // The player's time of a fragment is known exactly once it is read.
    hls.on(Hls.Events.LEVEL_PTS_UPDATED, (/** @type {string} */ _, /** @type {any} */ { details }) => (this.#fragments = details.fragments));
    hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {any} */ error) => error.fatal && this.#failed(error));
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
    hls.on(Hls.Events.BUFFER_APPENDED, () => this.#play());
  }

  #play() {
    if (!this.video.paused) return;
    this.video.play().catch(() => {
      // A sound nobody asked for may be refused; a silent picture never is.
      if (this.#hls && !this.video.muted) {
        this.video.muted = true;
        this.video.dispatchEvent(new Event("refused"));
        this.video.play().catch(() => {});
      }
    });
  }

  #failed(/** @type {any} */ error) {
    const details = String(error.details);
    if (/codec/i.test(details)) {
      this.stop("This browser cannot play this codec. The stream itself is not concerned.");
      this.isBegun = true;
      return;
    }
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && !this.#mended) {
      this.#mended = true;
      return this.#hls.recoverMediaError();
    }
    this.#again("The preview is interrupted. Trying again…");
  }

  #again(/** @type {string} */ words) {
    this.#drop();
    this.say(words);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), RETRY_MS);
  }

  #drop() {
    this.#hls?.destroy();
    this.#hls = null;
    this.#fragments = [];
  }
}
