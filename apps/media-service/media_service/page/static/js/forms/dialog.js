/** A modal dialog that asks one thing, and is gone after it. The browser keeps the focus in it, and Escape leaves it. */

import { h } from "../dom.js";

/**
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {{accept: string, danger?: boolean, extra?: Node | null, act?: () => Promise<boolean>}} options
 *   `act`: tries it, and says whether the dialog may close
 * @returns {Promise<boolean>} whether it was accepted
 */
export function dialog(title, content, { accept, danger = false, extra = null, act = async () => true }) {
  return new Promise((resolve) => {
    const yes = h(danger ? "button.danger" : "button.primary", { type: "submit" }, accept);
    const no = h("button", { type: "button", onclick: () => box.close() }, "Cancel");
    const form = h("form", { novalidate: true },
      h("h2", { id: "dialog-title" }, title), h("div.dialog-body", {}, ...content),
      h("div.dialog-foot", {}, extra, h("span.space", {}), no, yes));
    const box = h("dialog.dialog", { "aria-labelledby": "dialog-title" }, form);
    let accepted = false;
    form.addEventListener("submit", async (/** @type {Event} */ event) => {
      event.preventDefault();
      yes.disabled = true;
      try {
        accepted = await act();
      } finally {
        yes.disabled = false;
      }
      if (accepted) box.close();
    });
    box.addEventListener("close", () => {
      box.remove();
      resolve(accepted);
    });
    document.body.append(box);
    box.showModal();
    (box.querySelector("input:not([type=radio]), textarea, select") ?? (danger ? no : yes)).focus();
  });
}

/** @param {string} title @param {string} words @param {string} accept */
export const confirmed = (title, words, accept) => dialog(title, [h("p", {}, words)], { accept, danger: true });
