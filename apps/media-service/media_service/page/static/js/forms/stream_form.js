/** A stream's settings, new or edited; what the API finds wrong is shown at the field that it is about. */

import { api, Problem } from "../api.js";
import { h } from "../dom.js";
import { dialog } from "./dialog.js";
import { Field } from "./fields.js";
import { said } from "./rules.js";
import { changesOf, newStreamOf } from "./settings.js";

const KEEP = "Leave it empty to keep it as it is.";

/**
 * Asks for a new stream, or (`view`) for what to change of one.
 * @param {any} [view]
 * @returns {Promise<any>} the stream as the API shows it then; null where nothing was done
 */
export async function askStream(view) {
  const fields = view ? editFields(view) : newFields();
  const general = h("p.form-fault", { role: "alert" });
  /** @type {any} */
  let result = null;
  const act = async () => {
    for (const field of fields) field.fault("");
    general.textContent = "";
    const values = Object.fromEntries(fields.map((field) => [field.name, field]));
    try {
      result = view ? await edit(view, values) : await api.add(newStreamOf(values));
      return true;
    } catch (error) {
      showFaults(error, fields, general);
      return false;
    }
  };
  const about = view?.pid ? [h("p.hint", {}, "A running worker takes these up when it is restarted; destinations at once.")] : [];
  const body = [...about, ...rows(fields), general];
  depend(fields);
  await dialog(view ? `Edit ${view.stream_id}` : "Add a stream", body, { accept: view ? "Save" : "Add stream", act });
  return result;
}

async function edit(/** @type {any} */ view, /** @type {Record<string, Field>} */ values) {
  const changes = changesOf(values);
  return Object.keys(changes).length ? api.edit(view.stream_id, changes) : view;
}

/** Faults of fields at the fields, the first of them in focus; the rest above the buttons. */
function showFaults(/** @type {unknown} */ error, /** @type {Field[]} */ fields, /** @type {Element} */ general) {
  const told = error instanceof Problem ? error.fields : new Map([["", error instanceof Error ? error.message : String(error)]]);
  const rest = [];
  let first = null;
  for (const [name, words] of told) {
    const field = fields.find((one) => one.name === name) ?? guessed(words, fields);
    if (!field) rest.push(name ? `${name}: ${words}` : words);
    else {
      field.fault(said(field.name, words));
      first ??= field;
    }
  }
  general.textContent = rest.join("; ");
  first?.focus();
}

/** Some sentences name what they are about in their own words. */
function guessed(/** @type {string} */ words, /** @type {Field[]} */ fields) {
  const named = [
    [/^stream id|already/i, "stream_id"],
    [/sent on/i, "forward_urls"],
    [/^an? output|^the output/i, "output_url"],
    [/^an? input|^the input/i, "input_url"],
    [/^a voice/i, "voice"],
    [/^mix/i, "mix"],
  ];
  const found = named.find(([pattern]) => /** @type {RegExp} */ (pattern).test(words));
  return found && fields.find((one) => one.name === found[1]);
}

function newFields() {
  return [
    new Field("stream_id", "Stream id", {
      hint: "Letters, digits, _ and -. Published to live/<id>/in, unless it is fetched.", required: true, maxlength: 64, autocomplete: "off",
    }),
    new Field("input_url", "Fetch from", { hint: "rtmp, rtsp, srt or http(s) …m3u8. Empty: somebody publishes it to our media server.", autocomplete: "off" }),
    new Field("source_language", "Spoken language", { hint: "en. Empty: as usual.", autocomplete: "off" }),
    new Field("target_language", "Dub into", { hint: "es, es-419, fr. Empty: as usual.", autocomplete: "off" }),
    new Field("voice", "Voice", { hint: "By the speech service's name for it. Empty: as usual.", autocomplete: "off" }),
    new Field("mix", "Mix", { type: "choice", choices: [["", "as usual"], ["duck", "duck: original underneath"], ["replace", "replace: dub only"]] }),
    new Field("output_url", "Send to", { hint: "rtmp, rtsp or srt. Empty: our media server.", autocomplete: "off" }),
    new Field("forward_urls", "Send on to", { type: "area", hint: "Further destinations, one in a line: they get the dubbed stream as it is." }),
  ];
}

function editFields(/** @type {any} */ view) {
  const source = view.pulls ? "fetched" : "published";
  return [
    new Field("source_language", "Spoken language", { value: view.source_language, autocomplete: "off" }),
    new Field("target_language", "Dub into", { value: view.target_language, autocomplete: "off" }),
    new Field("voice", "Voice", { value: view.voice, autocomplete: "off" }),
    new Field("mix", "Mix", { type: "choice", value: view.mix, choices: [["duck", "duck: original underneath"], ["replace", "replace: dub only"]] }),
    new Field("source_kind", "Source", {
      hint: `Now ${view.input_url}`,
      type: "choice", value: source, choices: [["published", "published to our media server"], ["fetched", "fetched from a URL"]],
    }),
    new Field("input_url", "Fetch from", { hint: view.pulls ? `Now ${view.input_url}. ${KEEP}` : "rtmp, rtsp, srt or http(s) …m3u8.", autocomplete: "off" }),
    new Field("output_kind", "Output", {
      type: "choice", choices: [["keep", "as it is"], ["usual", "our media server's path"], ["url", "a URL"]], value: "keep", hint: `Now ${view.output_url}`,
    }),
    new Field("output_url", "Send to", { hint: "rtmp, rtsp or srt.", autocomplete: "off" }),
    new Field("forward_kind", "Destinations", {
      type: "choice", choices: [["keep", "as they are"], ["these", "exactly these"]], value: "keep",
      hint: view.forwards.length ? `Now ${view.forwards.map((/** @type {any} */ one) => one.url).join(", ")}` : "Now none",
    }),
    new Field("forward_urls", "Send on to", { type: "area", hint: "One in a line. None: it is sent on to nobody." }),
  ];
}

/** A field that another one makes pointless is not there. @type {Record<string, [string, string]>} */
const ONLY_WITH = { input_url: ["source_kind", "fetched"], output_url: ["output_kind", "url"], forward_urls: ["forward_kind", "these"] };

function depend(/** @type {Field[]} */ fields) {
  for (const field of fields) {
    const [name, value] = ONLY_WITH[field.name] ?? [];
    const kind = fields.find((one) => one.name === name);
    if (!kind) continue;
    const look = () => (field.element.hidden = kind.value !== value);
    kind.input.addEventListener("change", look);
    look();
  }
}

/** Two languages, and the like, stand beside each other. */
function rows(/** @type {Field[]} */ fields) {
  const wide = new Set(["stream_id", "source_kind", "input_url", "output_kind", "output_url", "forward_kind", "forward_urls"]);
  return fields.map((field) => {
    field.element.classList.toggle("is-wide", wide.has(field.name));
    return field.element;
  });
}
