/** A stream's state in word, sign and colour: never in colour alone. Pure. */

/** @typedef {{word: string, sign: string, rank: number, tells: string}} StateLook */

/** In the order in which an operator wants to see them. @type {Record<string, StateLook>} */
export const STATES = {
  degraded: { word: "Degraded", sign: "▲", rank: 0, tells: "too little is dubbed, or its worker keeps failing" },
  original: { word: "Original", sign: "◆", rank: 1, tells: "the operator chose the original sound" },
  dubbing: { word: "Dubbing", sign: "●", rank: 2, tells: "as it should be" },
  waiting: { word: "Waiting", sign: "○", rank: 3, tells: "no source yet, or no media yet" },
  ended: { word: "Ended", sign: "■", rank: 4, tells: "stopped, or its source has ended" },
};

/** @type {Record<string, string>} */
const PHASES = {
  stopped: "stopped",
  waiting: "waits for its source",
  starting: "worker starts",
  running: "worker runs",
  handing_over: "worker is replaced",
  stopping: "plays out and ends",
  restarting: "worker restarts",
  gave_up: "worker failed too often",
};

export const phaseWords = (/** @type {string} */ phase) => PHASES[phase] ?? phase;

export const lookOf = (/** @type {string} */ state) =>
  STATES[state] ?? { word: state, sign: "?", rank: 9, tells: "" };
