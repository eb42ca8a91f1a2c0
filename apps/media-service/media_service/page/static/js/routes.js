/** What the address names: `#/` the list, `#/stream/ID` one stream. Pure. */

/** @typedef {{page: "list"} | {page: "stream", id: string}} Route */

/** @returns {Route} */
export function route(/** @type {string} */ hash) {
  const found = /^#\/stream\/([^/]+)$/.exec(hash);
  if (!found) return { page: "list" };
  try {
    return { page: "stream", id: decodeURIComponent(found[1]) };
  } catch {
    return { page: "list" };
  }
}

export const LIST_PATH = "#/";
export const streamPath = (/** @type {string} */ id) => `#/stream/${encodeURIComponent(id)}`;
