/** Which rows may stay where they are when the order changes: as many as can. Pure. */

/**
 * The longest rising run through it.
 * @param {number[]} places where each row stands now, in the order that is wanted; -1: nowhere yet
 * @returns {Set<number>} indexes of `places` that need not move
 */
export function stay(places) {
  /** @type {number[]} index of the smallest last place of a run of each length */ const ends = [];
  /** @type {number[]} */ const before = [];
  places.forEach((place, i) => {
    if (place < 0) return;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[ends[middle]] < place) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? ends[low - 1] : -1;
    ends[low] = i;
  });
  const found = new Set();
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i]) found.add(i);
  return found;
}
