/** A form's field: label, hint, and what is wrong with it, tied together for those who hear the page. */

import { h, setAttr, setText } from "../dom.js";

let made = 0;

export class Field {
  /**
   * @param {string} name as the API calls it
   * @param {string} label
   * @param {any} [options] `type`: of the input, or `area`, or `choice` with `choices` [[value, words], ...]
   */
  constructor(name, label, { type = "text", hint = "", value = "", choices = [], ...more } = {}) {
    this.name = name;
    const id = `field-${name}-${++made}`;
    const common = { id, name, "aria-describedby": `${id}-hint ${id}-fault`, ...more };
    if (type === "area") this.input = h("textarea", { rows: 2, spellcheck: "false", ...common });
    else if (type === "choice") {
      this.input = h("select", common, ...choices.map(([key, words]) => h("option", { value: key }, words)));
    } else this.input = h("input", { type, spellcheck: "false", autocapitalize: "off", ...common });
    this.input.value = value;
    this.was = value;
    this.told = h("p.field-fault", { id: `${id}-fault`, role: "alert" });
    this.element = h("div.field", {}, h("label", { for: id }, label), this.input,
      h("p.hint", { id: `${id}-hint` }, hint), this.told);
    this.input.addEventListener("input", () => this.fault(""));
  }

  /** @returns {string} */
  get value() {
    return this.input.value.trim();
  }

  set value(/** @type {string} */ value) {
    this.input.value = value;
  }

  get edited() {
    return this.value !== this.was;
  }

  fault(/** @type {string} */ words) {
    setText(this.told, words);
    setAttr(this.input, "aria-invalid", words ? "true" : null);
    this.element.classList.toggle("is-wrong", Boolean(words));
  }

  focus() {
    this.input.focus();
  }
}

/** A box to tick, with its words. */
export class Tick {
  /** @param {string} name @param {string} words @param {boolean} [on] */
  constructor(name, words, on = false) {
    this.input = h("input", { type: "checkbox", name, checked: on });
    this.element = h("label.tick", {}, this.input, words);
  }

  get on() {
    return this.input.checked;
  }
}
