/** Which engines speak, said plainly, and what would sound better. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { repeat } from "./repeat.js";

const EVERY_MS = 15_000;

/** @type {Record<string, string>} */
const STAGES = { recognition: "Hears", translation: "Translates", voice: "Speaks" };
/** @type {Record<string, {sign: string, words: string, look: string}>} */
const STATES = {
  ready: { sign: "●", words: "ready", look: "good" },
  starting: { sign: "○", words: "starting", look: "warning" },
  unreachable: { sign: "▲", words: "unreachable: the original is heard", look: "fault" },
};

export function speechPanel() {
  const state = h("span.state-word", {});
  const list = h("ul.engines", {});
  const advice = h("div.advice", {});
  const echo = h("p.advice", { hidden: true }, "This is the echo service: it gives the sound back, and dubs nothing.");
  const element = h("section.panel.speech", { "aria-labelledby": "speech-title" },
    h("h2", { id: "speech-title" }, "Speech engines ", state), echo, list, advice);
  let drawn = "";
  const poll = repeat(async () => {
    const told = await api.speech();
    const now = JSON.stringify(told);
    if (now === drawn) return;
    drawn = now;
    const look = STATES[told.state] ?? { sign: "?", words: told.state, look: "warning" };
    state.className = `state-word is-${look.look}`;
    state.replaceChildren(h("span.sign", { "aria-hidden": true }, look.sign), ` ${look.words}`);
    const stages = told.stages ?? [];
    list.replaceChildren(...stages.map(engine));
    list.hidden = stages.length === 0;
    echo.hidden = told.kind !== "echo";
    advice.replaceChildren(...adviceOf(stages));
  }, EVERY_MS);
  return { element, refresh: poll.now, end: poll.end };
}

const engine = (/** @type {any} */ stage) =>
  h("li", {}, h("span.dim", {}, STAGES[stage.stage] ?? stage.stage),
    h("span", {}, h("strong", {}, stage.engine ?? "none"),
      h("span.dim", {}, ["", stage.model, stage.embedded && "embedded, download-free", stage.licence].filter((one) => one || one === "").join(" · "))));

function adviceOf(/** @type {any[]} */ stages) {
  const better = stages.filter((stage) => stage.better);
  if (!better.length) return [];
  const embedded = stages.some((stage) => stage.embedded);
  return [
    h("p", {}, embedded ? "These engines need no download, and sound so. For broadcast quality:" : "Better still:"),
    h("ul", {}, ...better.map((stage) => h("li", {}, stage.better))),
  ];
}
