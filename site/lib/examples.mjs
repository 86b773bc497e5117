/** The programs of the guides, which a test runs, by what they import. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PROGRAM = /^```ts.*\n([\s\S]*?)^```$/gm;
const IMPORT = /^import \{([^}]*)\} from "(tsyncio[^"]*)";/gm;
const LONGEST = 45; // lines that the reference shows

/** `of("tsyncio", "gather")`: a short program that uses it, or undefined; and the guides that do. */
export class Examples {
  #programs = new Map();

  constructor(root) {
    for (const file of readdirSync(join(root, "docs")).sort()) {
      if (!file.endsWith(".md") || file.endsWith(".ko.md")) continue;
      const text = readFileSync(join(root, "docs", file), "utf8");
      const title = /^# (.*)$/m.exec(text)[1];
      for (const [, code] of text.matchAll(PROGRAM)) {
        for (const [, names, entry] of code.matchAll(IMPORT)) {
          for (const name of names.split(","))
            this.#add(`${entry} ${bare(name)}`, { page: file.slice(0, -3), title, code });
        }
      }
    }
  }

  #add(key, program) {
    if (!this.#programs.has(key)) this.#programs.set(key, []);
    this.#programs.get(key).push(program);
  }

  of(entry, name) {
    const programs = this.#programs.get(`${entry} ${name}`) ?? [];
    const lines = ({ code }) => code.split("\n").length;
    // Native syntax comes first, and among its programs the shortest.
    const cost = (program) => lines(program) + (program.code.startsWith('"use tsyncio"') ? 0 : LONGEST);
    const [shortest] = [...programs].sort((a, b) => cost(a) - cost(b));
    const guides = new Map(programs.map(({ page, title }) => [page, title]));
    return { program: shortest !== undefined && lines(shortest) <= LONGEST ? shortest : undefined, guides };
  }
}

const bare = (name) =>
  name
    .trim()
    .replace(/^type /, "")
    .split(" as ")[0];
