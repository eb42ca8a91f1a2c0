/** Which of the two is heard, and how loud both are. Browsers let sound begin only once somebody has pressed something. */

/** @typedef {"dubbed" | "original" | "off"} Heard */

const FADE_S = 0.02;
const SAMPLES = 2048;

export class Sound {
  /** @type {AudioContext | null} */ #context = null;
  /** @type {Map<HTMLVideoElement, {gain: GainNode, sides: AnalyserNode[]}>} */ #paths = new Map();
  #samples = new Float32Array(SAMPLES);
  /** @type {Heard} */ heard = "off";

  /** @param {Record<"dubbed" | "original", HTMLVideoElement>} videos @param {() => void} changed */
  constructor(videos, changed) {
    this.videos = videos;
    this.changed = changed;
    for (const video of Object.values(videos)) {
      video.addEventListener("refused", () => {
        this.heard = "off";
        this.#apply();
        this.changed();
      });
    }
  }

  listen(/** @type {Heard} */ heard) {
    this.heard = heard;
    this.#open();
    void this.#context?.resume();
    this.#apply();
    this.changed();
  }

  /** @returns {number[] | null} level of each side, dBFS; null while nothing can be measured */
  levels(/** @type {HTMLVideoElement} */ video) {
    const path = this.#paths.get(video);
    if (!path || this.#context?.state !== "running") return null;
    return path.sides.map((side) => {
      side.getFloatTimeDomainData(this.#samples);
      let most = 0;
      for (const sample of this.#samples) most = Math.max(most, Math.abs(sample));
      return 20 * Math.log10(Math.max(most, 1e-5));
    });
  }

  /** Through the graph both are always measured, and one is heard. */
  #open() {
    if (this.#context || !window.AudioContext) return;
    const context = (this.#context = new AudioContext({ latencyHint: "playback" }));
    for (const video of Object.values(this.videos)) {
      const source = context.createMediaElementSource(video);
      const split = context.createChannelSplitter(2);
      const gain = context.createGain();
      gain.gain.value = 0;
      const sides = [0, 1].map((side) => {
        const analyser = context.createAnalyser();
        analyser.fftSize = SAMPLES;
        split.connect(analyser, side);
        return analyser;
      });
      source.connect(split);
      source.connect(gain);
      gain.connect(context.destination);
      this.#paths.set(video, { gain, sides });
    }
  }

  #apply() {
    for (const [name, video] of Object.entries(this.videos)) {
      const on = this.heard === name;
      const path = this.#paths.get(video);
      video.muted = path ? false : !on;
      path?.gain.gain.setTargetAtTime(on ? 1 : 0, /** @type {AudioContext} */ (this.#context).currentTime, FADE_S);
    }
  }

  end() {
    void this.#context?.close();
    this.#paths.clear();
  }
}
