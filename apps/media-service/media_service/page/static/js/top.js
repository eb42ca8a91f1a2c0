/** The bar at the top: where one is, the time of day, who acts. */

import { api, operator } from "./api.js";
import { byId, fill, h, setText } from "./dom.js";
import { clockTime } from "./format.js";
import { askName } from "./forms/name.js";
import { attempt } from "./notices.js";
import { LIST_PATH } from "./routes.js";

/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

/**
 * @param {{login_needed: boolean, logged_in: boolean, name: string | null}} session
 * @param {import("./routes.js").Route | null} where null: the login
 * @param {() => void} again what follows a logout
 */
export function drawTop(session, where, again) {
  clearInterval(ticking);
  const clock = h("span.clock", { "aria-label": "time of day" });
  const tick = () => setText(clock, clockTime(Date.now()));
  tick();
  ticking = setInterval(tick, 1000);
  fill(byId("top"),
    h("a.brand", { href: LIST_PATH },
      h("img", { src: "/static/icon.svg", alt: "", width: 22, height: 22 }), h("span", {}, "livedub"),
      h("span.brand-what", {}, "control room")),
    where && h("nav", { "aria-label": "pages" },
      h("a.nav", { href: LIST_PATH, "aria-current": where.page === "list" && "page" }, "Streams"),
      where.page === "stream" && h("span.nav.is-here", { "aria-current": "page" }, where.id),
      h("a.nav", { href: "/docs", target: "_blank", rel: "noopener" }, "API")),
    h("span.space", {}),
    clock,
    where && whoActs(session, again),
  );
}

function whoActs(/** @type {any} */ session, /** @type {() => void} */ again) {
  if (session.login_needed) {
    const out = async () => (await attempt(() => api.logout(), "")) && again();
    return h("span.who", {}, h("span.who-name", {}, session.name || "logged in"),
      h("button.quiet", { type: "button", onclick: out }, "Log out"));
  }
  const name = h("button.quiet.who-name", { type: "button", title: "The name under which your actions are logged" });
  const draw = () => setText(name, operator.name ? `Operator: ${operator.name}` : "Who are you?");
  name.addEventListener("click", async () => {
    await askName();
    draw();
  });
  draw();
  return name;
}
