#!/usr/bin/env -S node --experimental-vm-modules --no-warnings
/** Reads the page's modules as a browser would: syntax, and whether what each imports is there. Runs none of them. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../apps/media-service/media_service/page");
const modules = new Map();

function read(file) {
  if (!modules.has(file)) {
    modules.set(file, new vm.SourceTextModule(fs.readFileSync(file, "utf8"), { identifier: path.relative(".", file) }));
  }
  return modules.get(file);
}

const find = (name, from) =>
  read(name.startsWith("/") ? path.join(root, name) : path.resolve(path.dirname(from.identifier), name));

let wrong = 0;
const folder = path.join(root, "static/js");
for (const name of fs.readdirSync(folder, { recursive: true }).filter((one) => one.endsWith(".js"))) {
  try {
    const module = read(path.join(folder, name));
    if (module.status === "unlinked") await module.link(find);
  } catch (error) {
    wrong += 1;
    console.error(String(error.stack).split("\n").slice(0, 4).join("\n"), `\n  in ${name}`);
  }
}
process.exit(wrong ? 1 : 0);
