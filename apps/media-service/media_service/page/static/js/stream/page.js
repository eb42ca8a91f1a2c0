/** One stream: what comes in, what goes out, what was said, and the operator's buttons. */

import { actionLog } from "../actions.js";
import { alarmsOf } from "../alarms.js";
import { api, Problem } from "../api.js";
import { h, setText } from "../dom.js";
import { Feed } from "../feed.js";
import { askStream } from "../forms/stream_form.js";
import { icon } from "../icons.js";
import { attempt } from "../notices.js";
import { repeat } from "../repeat.js";
import { LIST_PATH } from "../routes.js";
import { speechPanel } from "../speech.js";
import { lookOf, phaseWords } from "../states.js";
import { Charts } from "./charts.js";
import { Desk } from "./desk.js";
import { Facts } from "./facts.js";
import { Figures } from "./figures.js";
import { Previews } from "./previews.js";
import { Transcript } from "./transcript.js";

const EVERY_MS = 1500;
const ABSENT_MS = 4000;
const EVERYTHING = "none-0";
/** An id of no run: the worker then tells all events that it still has. */

/** @param {HTMLElement} where @param {string} id */
export function showStream(where, id) {
  where.className = "stream-page";
  /** @type {any} */
  let view = null;
  const sign = h("span.sign", { "aria-hidden": true });
  const word = h("span.word", {});
  const phase = h("span.phase", {});
  const badge = h("p.state-badge", { role: "status" }, sign, word);
  const alarms = h("div.alarm-line", { role: "status" });
  const figures = new Figures();
  const facts = new Facts();
  const transcript = new Transcript();
  const previews = new Previews(id, (sourceMs) => transcript.heard(sourceMs === null ? null : sourceMs + (view?.delay_ms ?? 0)));
  const charts = new Charts();
  const desk = new Desk(id, draw, edit);
  const speech = speechPanel();
  const log = actionLog(id);
  const head = h("div.stream-head", {},
    h("a.back", { href: LIST_PATH, "aria-label": "Back to all streams" }, icon("back")),
    h("div.stream-title", {}, h("h1", {}, id), phase), badge, figures.element);
  const gone = h("p.empty", { hidden: true });
  const content = h("div.stream-body", {},
    previews.element, desk.element, transcript.element, charts.element, log.element, facts.element, speech.element);
  where.append(head, alarms, gone, content);

  /** @type {Feed | null} there while the stream is */
  let feed = null;
  let absentMs = -Infinity;
  const poll = repeat(async () => {
    if (performance.now() - absentMs < ABSENT_MS) return;
    try {
      draw(await api.stream(id));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) vanish();
      throw error;
    }
    appear();
  }, EVERY_MS);

  function appear() {
    if (feed) return;
    gone.hidden = true;
    content.hidden = false;
    feed = new Feed(api.eventsOf(id), {
      slot(slot) {
        transcript.slot(slot);
        charts.slot(slot);
      },
      change(change) {
        transcript.change(change);
        poll.now();
        if (change.what === "mode") log.refresh();
      },
    }, { since: EVERYTHING });
  }

  function draw(/** @type {any} */ now) {
    view = now;
    const look = lookOf(view.state);
    head.className = `stream-head is-${view.state}`;
    setText(sign, look.sign);
    setText(word, look.word);
    badge.title = look.tells;
    setText(phase, phaseWords(view.phase));
    const found = alarmsOf(view).map((one) => `${one.level} ${one.text}`).join("\n");
    if (alarms.dataset.drawn !== found) {
      alarms.dataset.drawn = found;
      alarms.replaceChildren(...alarmsOf(view).map((one) => h(`span.alarm.is-${one.level}`, {}, one.text)));
    }
    figures.draw(view);
    facts.draw(view);
    desk.draw(view);
    previews.draw(view);
    charts.sample(Date.now() / 1000, view.av_sync_delta_ms);
  }

  /** It may yet be added, or published: then it appears. */
  function vanish() {
    absentMs = performance.now();
    feed?.close();
    feed = null;
    previews.stop("The stream is gone");
    gone.hidden = false;
    content.hidden = true;
    setText(gone, `There is no stream called ${id} now. As soon as it is added or published, it is shown here.`);
    setText(word, "Unknown");
    setText(sign, "?");
    setText(phase, "");
    alarms.replaceChildren();
    delete alarms.dataset.drawn;
  }

  async function edit() {
    if (!view) return;
    const edited = await askStream(view);
    if (!edited) return;
    draw(edited);
    await attempt(async () => {}, `${id} is edited`);
  }

  const key = (/** @type {KeyboardEvent} */ event) => {
    const typing = /** @type {Element} */ (event.target).closest("input, textarea, select, dialog");
    if (event.key.toLowerCase() === "s" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) previews.swapSound();
  };
  document.addEventListener("keydown", key);

  return {
    refresh() {
      absentMs = -Infinity;
      poll.now();
      speech.refresh();
      log.refresh();
    },
    end() {
      document.removeEventListener("keydown", key);
      poll.end();
      feed?.close();
      previews.end();
      charts.end();
      speech.end();
      log.end();
    },
  };
}
