/** Keeps one player at the same moment of the source as the other: slowly if it can, by a jump if it must. Pure. */

export const STILL_MS = 30;
/** Less than this is left alone: nobody sees it, and the measure itself is no better. */

const JUMP_MS = 1000;
const GENTLE = 0.06;
/** Speech and music sound unchanged at up to this share faster or slower. */

const SETTLES_MS = 3000;
/** An offset is to be gone after about so long. */

const AFTER_JUMP_MS = 4000;
/** A jump takes a while to load; another one meanwhile would only begin it anew. */

/**
 * @param {{leaderMs: number, followerMs: number, nowMs: number, jumpedMs: number}} at moments of the source; of the wall
 * @returns {{rate: number, jump: boolean}}
 */
export function steer({ leaderMs, followerMs, nowMs, jumpedMs }) {
  const ahead = followerMs - leaderMs;
  if (Math.abs(ahead) > JUMP_MS) return { rate: 1, jump: nowMs - jumpedMs > AFTER_JUMP_MS };
  if (Math.abs(ahead) < STILL_MS) return { rate: 1, jump: false };
  const wanted = -ahead / SETTLES_MS;
  return { rate: 1 + Math.max(-GENTLE, Math.min(GENTLE, wanted)), jump: false };
}

/**
 * Where in a playlist a moment of the source lies.
 * @param {{start: number, duration: number, programDateTime: number | null}[]} fragments of the playlist
 * @param {number} sourceMs
 * @returns {number | null} seconds of the player's own time; the nearest there is; null without dates
 */
export function positionOf(fragments, sourceMs) {
  const dated = fragments.filter((one) => one.programDateTime !== null && one.programDateTime !== undefined);
  if (!dated.length) return null;
  let found = dated[0];
  for (const one of dated) if (/** @type {number} */ (one.programDateTime) <= sourceMs) found = one;
  const within = (sourceMs - /** @type {number} */ (found.programDateTime)) / 1000;
  return found.start + Math.max(0, Math.min(within, found.duration));
}

/**
 * Which moment of the source is played.
 * @param {{start: number, duration: number, programDateTime: number | null}[]} fragments
 * @param {number} position seconds of the player's own time
 * @returns {number | null}
 */
export function momentOf(fragments, position) {
  let found = null;
  for (const one of fragments) {
    if (one.programDateTime === null || one.programDateTime === undefined) continue;
    if (one.start <= position + 0.05 || found === null) found = one;
  }
  return found && /** @type {number} */ (found.programDateTime) + (position - found.start) * 1000;
}
