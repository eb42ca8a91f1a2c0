/** The last ten minutes of a stream's measures, in bounded columns as the charts want them. Pure. */

export const KEPT_S = 600;
const MOST_POINTS = 1200;

export class History {
  /** @type {number[]} seconds of Unix time */ times = [];
  /** @type {(number | null)[][]} */ columns;

  /** @param {number} width how many values each moment has */
  constructor(width) {
    this.columns = Array.from({ length: width }, () => []);
  }

  /** @param {number} atS @param {(number | null | undefined)[]} values */
  add(atS, values) {
    const last = this.times.at(-1);
    if (last !== undefined && atS < last) return;
    this.times.push(atS);
    this.columns.forEach((column, i) => column.push(values[i] ?? null));
    this.trim(atS);
  }

  trim(/** @type {number} */ nowS) {
    let old = Math.max(0, this.times.length - MOST_POINTS);
    while (old < this.times.length && this.times[old] < nowS - KEPT_S) old += 1;
    if (!old) return;
    this.times.splice(0, old);
    for (const column of this.columns) column.splice(0, old);
  }

  get data() {
    return [this.times, ...this.columns];
  }
}
