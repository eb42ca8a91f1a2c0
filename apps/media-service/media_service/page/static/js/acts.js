/** What can be done to a stream from more than one place. */

import { api } from "./api.js";
import { confirmed } from "./forms/dialog.js";
import { attempt } from "./notices.js";

export const start = (/** @type {string} */ id) => attempt(() => api.start(id), `${id} is started`);

export async function stop(/** @type {string} */ id) {
  if (!(await confirmed(`Stop ${id}?`, "What is buffered plays out, then the output ends.", "Stop"))) return false;
  return attempt(() => api.stop(id), `${id} is asked to end`);
}

export async function restart(/** @type {string} */ id) {
  const words = "Viewers lose the output for some seconds, and again the delay passes until the dub is heard.";
  if (!(await confirmed(`Restart the worker of ${id}?`, words, "Restart worker"))) return false;
  return attempt(() => api.restart(id), `The worker of ${id} is restarted`);
}

export async function remove(/** @type {string} */ id) {
  const words = "Its worker ends first. Its settings and its keys are forgotten; its log of actions stays.";
  if (!(await confirmed(`Delete ${id}?`, words, "Delete"))) return false;
  return attempt(() => api.remove(id), `${id} is deleted`);
}
