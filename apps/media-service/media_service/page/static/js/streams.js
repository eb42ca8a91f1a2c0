/** What is known of all streams: asked for every few seconds, and told of each change at once. */

import { api } from "./api.js";
import { Feed } from "./feed.js";
import { repeat } from "./repeat.js";

const EVERY_MS = 4000;

export class Streams {
  /** @type {Map<string, any>} */ views = new Map();
  /** @type {Map<string, number>} when an event told of it */ #told = new Map();
  known = false;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.poll = repeat(() => this.#ask(), EVERY_MS);
    this.feed = new Feed(
      api.events,
      {
        stream: ({ what }) => this.put(what),
        deleted: ({ what }) => this.drop(typeof what === "string" ? what : what.stream_id),
      },
      { up: () => this.poll.now() },
    );
  }

  async #ask() {
    const asked = performance.now();
    const found = new Map((await api.streams()).map((/** @type {any} */ view) => [view.stream_id, view]));
    for (const [id, at] of this.#told) {
      // What an event told while the answer was on its way is newer than the answer.
      if (at < asked) this.#told.delete(id);
      else if (this.views.has(id)) found.set(id, this.views.get(id));
      else found.delete(id);
    }
    this.views = found;
    this.known = true;
    this.changed();
  }

  put(/** @type {any} */ view) {
    this.#told.set(view.stream_id, performance.now());
    this.views.set(view.stream_id, view);
    this.changed();
  }

  drop(/** @type {string} */ id) {
    this.#told.set(id, performance.now());
    this.views.delete(id);
    this.changed();
  }

  end() {
    this.poll.end();
    this.feed.close();
  }
}
