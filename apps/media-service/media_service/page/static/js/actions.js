/** Who did what and when: the newest first, so many. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { moment } from "./format.js";
import { ACTED } from "./notices.js";
import { repeat } from "./repeat.js";

const EVERY_MS = 5000;
const MOST = 60;

/** @type {Record<string, string>} */
const WORDS = { add: "added", edit: "edited", delete: "deleted", start: "started", stop: "stopped", restart: "restarted worker", mode: "sound" };
/** @type {Record<string, string>} */
const MODES = { dub: "dub", original: "ORIGINAL SOUND", mute: "dub muted" };

const did = (/** @type {any} */ one) =>
  one.what === "mode" ? `switched to ${MODES[one.detail] ?? one.detail}` : (WORDS[one.what] ?? one.what);

/** @param {string | null} id null: of all streams */
export function actionLog(id) {
  const body = h("tbody", {});
  const table = h("table.log", {}, h("caption.sr", {}, "What was done, the newest first"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Time"), h("th", { scope: "col" }, "Who"),
      id === null && h("th", { scope: "col" }, "Stream"), h("th", { scope: "col" }, "What"))), body);
  const nothing = h("p.empty", {}, "Nothing was done yet.");
  const box = h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Log of actions" }, table, nothing);
  const element = h("div.panel.actions", {}, h("h2", {}, "Log of actions"), box);
  let drawn = "";
  const poll = repeat(async () => {
    const found = await api.actions(id, MOST);
    const now = JSON.stringify(found);
    if (now === drawn) return;
    drawn = now;
    nothing.hidden = found.length > 0;
    table.hidden = found.length === 0;
    body.replaceChildren(...found.map((/** @type {any} */ one) => h("tr", {},
      h("td.num", {}, moment(one.at_unix_ms)), h("td", {}, one.who),
      id === null && h("td", {}, one.stream_id ?? ""),
      h("td", {}, did(one), one.what !== "mode" && one.detail ? h("span.dim", {}, ` ${one.detail}`) : ""))));
  }, EVERY_MS);
  window.addEventListener(ACTED, poll.now);
  const end = () => {
    window.removeEventListener(ACTED, poll.now);
    poll.end();
  };
  return { element, refresh: poll.now, end };
}
