/** What a form's fields say, as the API wants it. Pure. */

/** @typedef {Record<string, {value: string, edited: boolean}>} Said */

const lines = (/** @type {string} */ text) => text.split(/\s+/).filter(Boolean);

/** Only what was said: the rest is as usual. */
export function newStreamOf(/** @type {Said} */ said) {
  /** @type {Record<string, unknown>} */
  const made = {};
  for (const name of ["stream_id", "input_url", "source_language", "target_language", "voice", "mix", "output_url"]) {
    if (said[name].value || name === "stream_id") made[name] = said[name].value;
  }
  const forwards = lines(said.forward_urls.value);
  if (forwards.length) made.forward_urls = forwards;
  return made;
}

/** URLs are shown masked, so that an empty field stands for the one that is there. */
export function changesOf(/** @type {Said} */ said) {
  /** @type {Record<string, unknown>} */
  const changes = {};
  for (const name of ["source_language", "target_language", "voice", "mix"]) {
    if (said[name].edited) changes[name] = said[name].value;
  }
  if (said.source_kind.value === "published") {
    if (said.source_kind.edited) changes.input_url = null;
  } else if (said.input_url.value || said.source_kind.edited) changes.input_url = said.input_url.value;
  if (said.output_kind.value === "usual") changes.output_url = null;
  if (said.output_kind.value === "url") changes.output_url = said.output_url.value;
  if (said.forward_kind.value === "these") changes.forward_urls = lines(said.forward_urls.value);
  return changes;
}
