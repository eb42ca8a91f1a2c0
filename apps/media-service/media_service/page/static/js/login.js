/** The login: a token, and a name for the log of actions. */

import { api, operator, Problem } from "./api.js";
import { h } from "./dom.js";
import { Field } from "./forms/fields.js";

/** @param {HTMLElement} where @param {() => void} done */
export function showLogin(where, done) {
  where.className = "login-page";
  const name = new Field("name", "Your name", {
    hint: "Stands beside what you do in the log of actions.", value: operator.name, autocomplete: "username", maxlength: 64,
  });
  const token = new Field("token", "Token", {
    type: "password", hint: "What LIVEDUB_TOKEN is set to on the server.", autocomplete: "current-password", required: true,
  });
  const enter = h("button.primary.wide", { type: "submit" }, "Log in");
  const form = h("form.login.panel", { novalidate: true, "aria-labelledby": "login-title" },
    h("h1", { id: "login-title" }, "Log in"), name.element, token.element, enter);
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    token.fault(token.value ? "" : "A token is needed.");
    if (!token.value) return token.focus();
    enter.disabled = true;
    try {
      await api.login(token.value, name.value);
      operator.name = name.value;
      token.value = "";
      done();
    } catch (error) {
      const wrong = error instanceof Problem && error.status === 401;
      token.fault(wrong ? `That is not the token. ${detail(error)}`.trim() : error instanceof Error ? error.message : String(error));
      token.focus();
    } finally {
      enter.disabled = false;
    }
  });
  where.append(form);
  (operator.name ? token : name).focus();
  return { end() {} };
}

const detail = (/** @type {Problem} */ error) => (/slow|later|wait|second/i.test(error.message) ? error.message : "");
