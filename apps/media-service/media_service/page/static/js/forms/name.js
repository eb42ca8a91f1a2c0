/** Asks under which name actions are logged, where nobody has to log in. */

import { operator } from "../api.js";
import { dialog } from "./dialog.js";
import { Field } from "./fields.js";

export async function askName() {
  const name = new Field("name", "Your name", {
    hint: "Stands beside what you do in the log of actions. Kept in this browser.", value: operator.name, maxlength: 64,
  });
  if (await dialog("Who are you?", [name.element], { accept: "That is me" })) operator.name = name.value;
}
