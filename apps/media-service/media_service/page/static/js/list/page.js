/** The list of all streams: the worst first, unless told otherwise. */

import { actionLog } from "../actions.js";
import { h, setAttr, setText } from "../dom.js";
import { askStream } from "../forms/stream_form.js";
import { icon } from "../icons.js";
import { attempt } from "../notices.js";
import { speechPanel } from "../speech.js";
import { Streams } from "../streams.js";
import { COLUMNS, matches, sorted } from "./columns.js";
import { Counts } from "./counts.js";
import { Row } from "./row.js";
import { stay } from "./stay.js";

/** @param {HTMLElement} where @param {(id: string) => void} open */
export function showList(where, open) {
  where.className = "list-page";
  /** @type {Map<string, Row>} */
  const rows = new Map();
  let order = { key: "state", down: false };
  let waiting = 0;

  const filter = h("input.filter", { type: "search", placeholder: "Filter: name, language, alarm…", "aria-label": "Filter streams", spellcheck: "false" });
  const add = h("button.primary", { type: "button", onclick: addStream }, icon("add"), "Add stream");
  const counts = new Counts(soon);
  const body = h("tbody", {});
  const heads = COLUMNS.map((column) => {
    const sort = h("button.sort", { type: "button" }, column.title, h("span.arrow", { "aria-hidden": true }));
    const head = h("th", { scope: "col", class: column.look }, sort);
    sort.addEventListener("click", () => {
      order = { key: column.key, down: order.key === column.key && !order.down };
      soon();
    });
    return { column, head };
  });
  const table = h("table.streams", {}, h("caption.sr", {}, "Streams"),
    h("colgroup", {}, ...[...COLUMNS.map((one) => `${one.key} ${one.look}`), "tools"].map((name) => h("col", { class: `col-${name}` }))),
    h("thead", {}, h("tr", {}, ...heads.map((one) => one.head), h("th", { scope: "col", class: "tools" }, h("span.sr", {}, "Actions")))), body);
  const nothing = h("p.empty", {}, "Asking for the streams…");
  const found = h("p.sr", { role: "status" });
  const speech = speechPanel();
  const log = actionLog(null);
  where.append(
    h("div.list-head", {}, h("h1", {}, "Streams"), counts.element, h("span.space", {}), filter, add),
    h("div.table-box", { role: "region", "aria-label": "List of streams", tabindex: 0 }, table, nothing), found,
    h("div.below", {}, speech.element, log.element));

  const streams = new Streams(soon);
  filter.addEventListener("input", soon);

  /** Many changes at once are drawn once. */
  function soon() {
    if (!waiting) waiting = requestAnimationFrame(draw);
  }

  function draw() {
    waiting = 0;
    const all = [...streams.views.values()];
    for (const [id, row] of rows) {
      if (!streams.views.has(id)) {
        row.element.remove();
        rows.delete(id);
      }
    }
    counts.draw(all);
    const shown = sorted(all.filter((view) => matches(view, filter.value) && (counts.chosen ?? view.state) === view.state), order);
    place(shown.map(rowOf));
    for (const { column, head } of heads) {
      setAttr(head, "aria-sort", column.key === order.key ? (order.down ? "descending" : "ascending") : null);
    }
    nothing.hidden = shown.length > 0;
    if (streams.known) setText(nothing, all.length ? "No stream is like that." : "No streams yet: add one, or publish one to the media server.");
    setText(found, streams.known ? `${shown.length} of ${all.length} streams` : "");
  }

  function rowOf(/** @type {any} */ view) {
    const row = rows.get(view.stream_id);
    if (row) {
      row.draw(view);
      return row;
    }
    const made = new Row(view, editStream);
    rows.set(view.stream_id, made);
    return made;
  }

  /** Moves only what is elsewhere than it should be: focus and scroll stay. */
  function place(/** @type {Row[]} */ wanted) {
    const keep = new Set(wanted.map((row) => row.element));
    for (const element of [...body.children]) if (!keep.has(element)) element.remove();
    const places = new Map([...body.children].map((element, i) => [element, i]));
    const stays = stay(wanted.map((row) => places.get(row.element) ?? -1));
    let next = null;
    for (let i = wanted.length - 1; i >= 0; i -= 1) {
      const { element } = wanted[i];
      if (!stays.has(i)) body.insertBefore(element, next);
      next = element;
    }
  }

  async function addStream() {
    const made = await askStream();
    if (!made) return;
    streams.put(made);
    await attempt(async () => {}, `${made.stream_id} is added`);
  }

  async function editStream(/** @type {any} */ view) {
    const edited = await askStream(view);
    if (!edited) return;
    streams.put(edited);
    await attempt(async () => {}, `${edited.stream_id} is edited`);
  }

  body.addEventListener("dblclick", (/** @type {any} */ event) => {
    const row = [...rows.values()].find((one) => one.element.contains(event.target));
    if (row && !event.target.closest("button, a")) open(row.id);
  });

  return {
    refresh() {
      streams.poll.now();
      speech.refresh();
      log.refresh();
    },
    end() {
      cancelAnimationFrame(waiting);
      streams.end();
      speech.end();
      log.end();
    },
  };
}
