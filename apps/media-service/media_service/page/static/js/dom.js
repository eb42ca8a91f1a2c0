/** Elements made and filled as text: nothing that comes from a stream can become markup. */

/**
 * @param {string} tag `name.class.class`
 * @param {Record<string, any>} [props] `on*`: a listener; `data`: a dataset; a boolean: there or not
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(made.dataset, value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  fill(made, ...children);
  return made;
}

/**
 * What was in it is gone.
 * @param {Element} where
 * @param {...(Node | string | number | null | undefined | false)} children what is nothing is left out
 */
export function fill(where, ...children) {
  const there = children.filter((one) => one !== null && one !== undefined && one !== false);
  where.replaceChildren(...there.map((one) => (one instanceof Node ? one : String(one))));
}

/** Touches the page only where something has changed: live parts are written many times a minute. */
export function setText(/** @type {Element} */ where, /** @type {string} */ text) {
  if (where.textContent !== text) where.textContent = text;
}

export function setAttr(/** @type {Element} */ where, /** @type {string} */ name, /** @type {any} */ value) {
  if (value === null || value === undefined || value === false) {
    if (where.hasAttribute(name)) where.removeAttribute(name);
    return;
  }
  const told = value === true ? "" : String(value);
  if (where.getAttribute(name) !== told) where.setAttribute(name, told);
}

/** @returns {any} */
export function byId(/** @type {string} */ id) {
  return document.getElementById(id);
}
