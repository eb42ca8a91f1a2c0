/** The banner that says that what is shown is old: the orchestrator does not answer. */

import { line } from "./api.js";
import { byId, h } from "./dom.js";
import { clockTime } from "./format.js";

let lost = false;

/** Begins to watch; `back` is called when the orchestrator answers again. */
export function watchConnection(/** @type {() => void} */ back) {
  line.addEventListener("silence", () => {
    if (lost) return;
    lost = true;
    const since = clockTime(Date.now());
    byId("banner").replaceChildren(
      h("div.banner", {},
        h("strong", {}, "▲ No connection to the orchestrator"),
        h("span", {}, ` since ${since}. What is shown is of then; the streams themselves go on. Trying again…`)),
    );
    document.body.classList.add("is-lost");
  });
  line.addEventListener("answer", () => {
    if (!lost) return;
    lost = false;
    byId("banner").replaceChildren();
    document.body.classList.remove("is-lost");
    back();
  });
}
