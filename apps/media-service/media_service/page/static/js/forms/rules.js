/** What the API says by a pattern, said for people. Pure. */

const LANGUAGE = "A language tag is meant, such as en or es-419.";

/** @type {Record<string, string>} */
const RULES = {
  stream_id: "Only letters, digits, _ and -, at most 64 of them.",
  source_language: LANGUAGE,
  target_language: LANGUAGE,
};

/** @param {string} name of the field @param {string} words the API's */
export const said = (name, words) => (/should match pattern/.test(words) ? (RULES[name] ?? words) : words);
