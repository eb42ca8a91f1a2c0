/** Something done again and again: one at a time, and less often while nobody looks. */

const HIDDEN_MS = 20_000;

/**
 * @param {() => Promise<void>} act what it throws is its own business
 * @param {number} everyMs
 */
export function repeat(act, everyMs) {
  let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  let ended = false;
  let busy = false;
  let again = false;
  const round = async () => {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await act();
    } catch {
      // Told where it is asked: here it only goes on.
    }
    busy = false;
    if (ended) return;
    timer = setTimeout(round, again ? 0 : document.hidden ? Math.max(HIDDEN_MS, everyMs) : everyMs);
    again = false;
  };
  const seen = () => !document.hidden && round();
  document.addEventListener("visibilitychange", seen);
  round();
  return {
    now: () => void round(),
    end() {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}
