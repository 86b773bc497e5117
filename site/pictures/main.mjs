/** The pictures of docs/pictures. Three of them are recorded runs: they show what the loop does. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cancellation } from "./cancellation.mjs";
import { group } from "./group.mjs";
import { iterations } from "./iterations.mjs";
import { lifeOfATask } from "./lifeOfATask.mjs";

const pictures = { "life-of-a-task": lifeOfATask, iterations, cancellation, group };
const suffixes = { en: ".svg", ko: ".ko.svg" };

/** Draws them, and returns the names of those that were different; with `write` they are no more. */
export async function drawPictures(root, { write }) {
  const folder = join(root, "docs", "pictures");
  mkdirSync(folder, { recursive: true });
  const different = [];
  for (const [name, draw] of Object.entries(pictures)) {
    for (const [language, suffix] of Object.entries(suffixes)) {
      const file = join(folder, name + suffix);
      const drawn = String(await draw(language));
      if (existsSync(file) && readFileSync(file, "utf8") === drawn) continue;
      different.push(`docs/pictures/${name}${suffix}`);
      if (write) writeFileSync(file, drawn);
    }
  }
  return different;
}
