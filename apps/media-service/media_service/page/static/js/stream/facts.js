/** Where the stream comes from and goes to, and what it is set to. */

import { h } from "../dom.js";
import { languages } from "../format.js";

const END = { connecting: "connecting", up: "up", lost: "LOST", ended: "ended" };

/** @param {any} view @returns {[string, string][]} */
function factsOf(view) {
  const worker = view.worker ?? {};
  const end = (/** @type {any} */ told) =>
    told ? [END[/** @type {"up"} */ (told.state)] ?? told.state, told.kind, told.video_codec, told.audio_codec, told.reconnects ? `${told.reconnects} reconnections` : ""].filter(Boolean).join(", ") : "";
  return [
    ["Source", view.input_url], ["", end(worker.input) || (view.publishing ? "is published" : view.pulls ? "" : "nobody publishes it")],
    ["Output", view.output_url], ["", end(worker.output)],
    ...view.forwards.map((/** @type {any} */ one) => ["Sent on to", `${one.url}: ${one.state}`]),
    ["Languages", languages(view.source_language, view.target_language)],
    ["Voice, mix", `${view.voice}, ${view.mix}`],
    ["Speech service", worker.sts_mode === "passthrough" ? "none (passthrough)" : view.worker ? (worker.sts_connected ? `connected, ${worker.inflight} in flight` : "NOT CONNECTED") : ""],
    ["Reason", view.reason ?? ""],
  ].filter(([, text]) => text);
}

export class Facts {
  #drawn = "";

  constructor() {
    this.list = h("dl.facts", {});
    this.element = h("section.panel.facts-panel", { "aria-labelledby": "facts-title" }, h("h2", { id: "facts-title" }, "Source and output"), this.list);
  }

  draw(/** @type {any} */ view) {
    const facts = factsOf(view);
    const now = JSON.stringify(facts);
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.list.replaceChildren();
    let group = null;
    for (const [name, text] of facts) {
      if (name || !group) this.list.append((group = h("div", {}, h("dt", {}, name || "State"))));
      group.append(h("dd", {}, text));
    }
  }
}
