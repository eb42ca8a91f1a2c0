/** The control room: who is here, what is looked at, and whether the orchestrator answers. */

import { api, line, Problem } from "./api.js";
import { watchConnection } from "./connection.js";
import { byId, h } from "./dom.js";
import { showList } from "./list/page.js";
import { showLogin } from "./login.js";
import { route, streamPath } from "./routes.js";
import { showStream } from "./stream/page.js";
import { drawTop } from "./top.js";

/** @typedef {{end: () => void, refresh?: () => void}} Page */

/** @type {Page | null} */
let page = null;
let shown = "";

/** @type {{login_needed: boolean, logged_in: boolean, name: string | null}} */
let session = { login_needed: false, logged_in: true, name: null };

function clear() {
  page?.end();
  page = null;
  const main = byId("main");
  main.replaceChildren();
  main.className = "";
  return main;
}

function show() {
  const where = route(location.hash);
  const key = JSON.stringify(where);
  if (key === shown) return;
  const first = shown === "";
  shown = key;
  const main = clear();
  drawTop(session, where, begin);
  if (where.page === "stream") {
    document.title = `${where.id} – livedub`;
    page = showStream(main, where.id);
  } else {
    document.title = "Streams – livedub";
    page = showList(main, (id) => (location.hash = streamPath(id)));
  }
  if (!first) main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function askWho() {
  shown = "login";
  document.title = "Log in – livedub";
  drawTop(session, null, begin);
  page = showLogin(clear(), () => {
    shown = "";
    void begin();
  });
}

async function begin() {
  try {
    session = await api.session();
  } catch (error) {
    if (!(error instanceof Problem)) {
      if (!page) byId("main").replaceChildren(h("p.empty", {}, "Waiting for the orchestrator…"));
      setTimeout(begin, 2000);
      return;
    }
    session = { login_needed: error.status === 401, logged_in: false, name: null };
  }
  shown = "";
  if (session.login_needed && !session.logged_in) askWho();
  else show();
}

line.addEventListener("strangers", () => {
  if (shown === "login" || !session.logged_in) return;
  session = { login_needed: true, logged_in: false, name: null };
  askWho();
});
watchConnection(() => page?.refresh?.());
window.addEventListener("hashchange", () => shown !== "login" && show());
void begin();
