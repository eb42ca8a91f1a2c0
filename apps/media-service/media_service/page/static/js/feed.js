/** Server-sent events that come back by themselves. Hidden tabs hang up: a browser has six lines to one host. */

const FIRST_MS = 1000;
const LONGEST_MS = 10_000;

export class Feed {
  /** @type {EventSource | null} */ #source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #wait_ms = FIRST_MS;
  #closed = false;
  #seen = () => (document.hidden ? this.#hangUp() : this.#source || this.#connect());

  /**
   * @param {string} path
   * @param {Record<string, (data: any) => void>} handlers by the event's name
   * @param {{since?: string, up?: () => void, down?: () => void}} [options] `since`: what was missed comes first
   */
  constructor(path, handlers, { since = "", up = () => {}, down = () => {} } = {}) {
    this.path = path;
    this.handlers = handlers;
    this.lastId = since;
    this.up = up;
    this.down = down;
    document.addEventListener("visibilitychange", this.#seen);
    if (!document.hidden) this.#connect();
  }

  #connect() {
    if (this.#closed) return;
    const since = this.lastId ? `?since=${encodeURIComponent(this.lastId)}` : "";
    const source = (this.#source = new EventSource(this.path + since));
    source.onopen = () => {
      this.#wait_ms = FIRST_MS;
      this.up();
    };
    // Where it is refused, or answered otherwise, a browser does not try again; and it may try for ever too fast.
    source.onerror = () => {
      this.#hangUp();
      this.down();
      this.#timer = setTimeout(() => !document.hidden && this.#connect(), this.#wait_ms);
      this.#wait_ms = Math.min(this.#wait_ms * 2, LONGEST_MS);
    };
    for (const [name, handle] of Object.entries(this.handlers)) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.lastId = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  close() {
    this.#closed = true;
    this.#hangUp();
    document.removeEventListener("visibilitychange", this.#seen);
  }
}
