/** Stage times, deadline margin and A/V delta of the last ten minutes. */

import uPlot from "/static/vendor/uplot/uPlot.esm.js";
import { h, setAttr, setText } from "../dom.js";
import { signed, span } from "../format.js";
import { History, KEPT_S } from "./history.js";

const HEIGHT_PX = 126;
const REDRAW_MS = 1000;
const COLOURS = { text: "#a3b0c2", grid: "#222c3a" };
const FONT = "12px system-ui, 'DejaVu Sans', sans-serif";

/** @typedef {{label: string, colour: string, dash?: number[], points?: boolean}} Line */

class Chart {
  /** @param {string} title @param {string} group @param {Line[]} lines @param {{floor?: [number, number], zones?: [number, number], tell: (values: (number|null)[]) => string}} look */
  constructor(title, group, lines, look) {
    this.title = title;
    this.look = look;
    this.history = new History(lines.length);
    this.now = h("span.chart-now", {});
    this.place = h("div.chart-place", { role: "img" });
    const keys = lines.map((line) => {
      const swatch = h("span.swatch", { "aria-hidden": true });
      swatch.style.borderColor = line.colour;
      swatch.style.borderStyle = line.dash ? "dashed" : "solid";
      return lines.length > 1 && h("span.key", {}, swatch, line.label);
    });
    this.element = h("figure.chart", {}, h("figcaption", {}, h("h3", {}, title), h("span.keys", {}, ...keys), h("span.space", {}), this.now), this.place);
    this.plot = new uPlot(this.#options(group, lines), /** @type {any} */ (this.history.data), this.place);
    this.watcher = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 50) this.plot.setSize({ width, height: HEIGHT_PX });
    });
    this.watcher.observe(this.place);
  }

  #options(/** @type {string} */ group, /** @type {Line[]} */ lines) {
    const axis = { stroke: COLOURS.text, font: FONT, grid: { stroke: COLOURS.grid, width: 1 }, ticks: { show: false } };
    const [low, high] = this.look.floor ?? [0, 100];
    return {
      width: 400,
      height: HEIGHT_PX,
      padding: [6, 18, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: group }, drag: { x: false, y: false }, y: false },
      scales: {
        x: { range: () => nowRange() },
        y: { range: (/** @type {any} */ _, /** @type {number} */ min, /** @type {number} */ max) => [Math.min(low, min ?? low), Math.max(high, (max ?? high) * 1.05)] },
      },
      axes: [
        { ...axis, size: 22, splits: () => evenMinutes(), values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((one) => minutesAgo(one)) },
        { ...axis, size: 58, space: 26, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((one) => span(one)) },
      ],
      series: [{}, ...lines.map((line) => ({ label: line.label, stroke: line.colour, width: 1.5, dash: line.dash, spanGaps: true, points: { show: Boolean(line.points), size: 4, fill: line.colour } }))],
      hooks: { drawClear: [(/** @type {any} */ plot) => this.#zones(plot)] },
    };
  }

  /** What is out of bounds lies on red ground. */
  #zones(/** @type {any} */ plot) {
    if (!this.look.zones) return;
    const { ctx, bbox } = plot;
    const [low, high] = this.look.zones.map((at) => (Number.isFinite(at) ? plot.valToPos(at, "y", true) : at > 0 ? bbox.top : bbox.top + bbox.height));
    ctx.save();
    ctx.fillStyle = "rgba(255, 92, 92, 0.13)";
    const bottom = bbox.top + bbox.height;
    if (high > bbox.top) ctx.fillRect(bbox.left, bbox.top, bbox.width, Math.min(high, bottom) - bbox.top);
    if (low < bottom) ctx.fillRect(bbox.left, Math.max(low, bbox.top), bbox.width, bottom - Math.max(low, bbox.top));
    ctx.restore();
  }

  draw() {
    this.history.trim(Date.now() / 1000);
    this.plot.setData(/** @type {any} */ (this.history.data));
    const last = this.history.columns.map((column) => column.at(-1) ?? null);
    const told = this.history.times.length ? this.look.tell(last) : "nothing yet";
    setText(this.now, told);
    setAttr(this.place, "aria-label", `${this.title}, last ten minutes: ${this.history.times.length} values, the newest ${told}`);
  }

  end() {
    this.watcher.disconnect();
    this.plot.destroy();
  }
}

const nowRange = () => /** @type {[number, number]} */ ([Date.now() / 1000 - KEPT_S, Date.now() / 1000]);

const evenMinutes = () => [10, 8, 6, 4, 2, 0].map((minutes) => Date.now() / 1000 - minutes * 60);

function minutesAgo(/** @type {number} */ atS) {
  const minutes = Math.round((Date.now() / 1000 - atS) / 60);
  return minutes <= 0 ? "now" : `−${minutes}`;
}

export class Charts {
  #timer;

  constructor() {
    const group = "stream";
    this.stages = new Chart("Stage times", group, [
      { label: "recognition", colour: "#5aa9ff" }, { label: "translation", colour: "#c792ea" },
      { label: "voice", colour: "#3ddc97" }, { label: "in all", colour: "#e8edf4", dash: [4, 3] },
    ], { floor: [0, 500], tell: (values) => `${span(values[3])} in all` });
    this.margin = new Chart("Deadline margin", group, [{ label: "margin", colour: "#3ddc97", points: true }],
      { floor: [-250, 500], zones: [0, Infinity], tell: ([ms]) => signed(ms) });
    this.sync = new Chart("A/V delta", group, [{ label: "sound after picture", colour: "#ffb02e" }],
      { floor: [-80, 80], zones: [-40, 60], tell: ([ms]) => signed(ms) });
    this.all = [this.stages, this.margin, this.sync];
    this.element = h("section.panel.charts", { "aria-labelledby": "charts-title" }, h("h2", { id: "charts-title" }, "The last ten minutes"), ...this.all.map((one) => one.element));
    this.#timer = setInterval(() => !document.hidden && this.draw(), REDRAW_MS);
    this.draw();
  }

  slot(/** @type {any} */ slot) {
    const atS = slot.at_unix_ms / 1000;
    const took = slot.stage_ms ?? {};
    if (slot.rtt_ms !== undefined) this.stages.history.add(atS, [took.asr_ms, took.translation_ms, took.tts_ms, slot.rtt_ms]);
    if (slot.margin_ms !== undefined) this.margin.history.add(atS, [slot.margin_ms]);
  }

  sample(/** @type {number} */ atS, /** @type {number | null | undefined} */ syncMs) {
    if (syncMs !== null && syncMs !== undefined) this.sync.history.add(atS, [syncMs]);
  }

  draw() {
    for (const chart of this.all) chart.draw();
  }

  end() {
    clearInterval(this.#timer);
    for (const chart of this.all) chart.end();
  }
}
