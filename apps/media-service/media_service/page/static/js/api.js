/** The orchestrator's API: JSON in and out, problem documents as errors. */

const PATIENCE_MS = 10_000;

/** What a request was refused with (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  /** What is wrong with which field; what concerns no field stands under "". @returns {Map<string, string>} */
  get fields() {
    const found = new Map();
    for (const part of this.message.split(/; (?=[a-z_.0-9]+: )/)) {
      const [, name = "", told = part] = /^([a-z_]+)(?:\.[\w.]+)?: (.+)$/s.exec(part) ?? [];
      found.set(name, found.has(name) ? `${found.get(name)}; ${told}` : told);
    }
    return found;
  }
}

/** No answer came. */
export class Unreachable extends Error {}

/** Who acts, where nobody is logged in. */
export const operator = {
  get name() {
    return localStorage.getItem("livedub.operator") ?? "";
  },
  set name(/** @type {string} */ name) {
    localStorage.setItem("livedub.operator", name);
  },
};

/** Told of every answer and of every silence: whether there is a connection, and whether one is logged in. */
export const line = new EventTarget();

/**
 * @param {string} method @param {string} path @param {unknown} [body]
 * @returns {Promise<any>} the answer's JSON, null where there is none
 */
export async function ask(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && operator.name) headers["X-Operator"] = encodeName(operator.name);
  let answer, text;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: "no-store",
    });
    text = await answer.text();
  } catch (error) {
    line.dispatchEvent(new Event("silence"));
    throw new Unreachable("the orchestrator does not answer", { cause: error });
  }
  line.dispatchEvent(new Event("answer"));
  if (answer.ok) return text ? JSON.parse(text) : null;
  if (answer.status === 401) line.dispatchEvent(new Event("strangers"));
  throw new Problem(answer.status, detailOf(text) || `${answer.status} ${answer.statusText}`);
}

function detailOf(/** @type {string} */ text) {
  try {
    const told = JSON.parse(text);
    return String(told.detail || told.title || "");
  } catch {
    return "";
  }
}

/** A header holds Latin letters only. */
const encodeName = (/** @type {string} */ name) => name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "");

const stream = (/** @type {string} */ id) => `/v1/streams/${encodeURIComponent(id)}`;

export const api = {
  session: () => ask("GET", "/v1/session"),
  login: (/** @type {string} */ token, /** @type {string} */ name) =>
    ask("POST", "/login", name ? { token, name } : { token }),
  logout: () => ask("POST", "/logout"),
  streams: async () => (await ask("GET", "/v1/streams")).streams,
  stream: (/** @type {string} */ id) => ask("GET", stream(id)),
  add: (/** @type {object} */ settings) => ask("POST", "/v1/streams", settings),
  edit: (/** @type {string} */ id, /** @type {object} */ changes) => ask("PATCH", stream(id), changes),
  remove: (/** @type {string} */ id) => ask("DELETE", stream(id)),
  start: (/** @type {string} */ id) => ask("POST", `${stream(id)}/start`),
  stop: (/** @type {string} */ id) => ask("POST", `${stream(id)}/stop`),
  restart: (/** @type {string} */ id) => ask("POST", `${stream(id)}/restart`),
  mode: (/** @type {string} */ id, /** @type {string} */ mode) => ask("POST", `${stream(id)}/mode`, { mode }),
  actions: async (/** @type {string | null} */ id, limit = 50) =>
    (await ask("GET", `/v1/actions?limit=${limit}${id ? `&stream_id=${encodeURIComponent(id)}` : ""}`)).actions,
  speech: () => ask("GET", "/v1/speech"),
  eventsOf: (/** @type {string} */ id) => `${stream(id)}/events`,
  events: "/v1/events",
  preview: (/** @type {string} */ id, /** @type {"input" | "output"} */ side) =>
    `/preview/${encodeURIComponent(id)}/${side}/index.m3u8`,
};
