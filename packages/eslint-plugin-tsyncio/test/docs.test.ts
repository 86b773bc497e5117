import { readdirSync, readFileSync } from "node:fs";
import plugin from "eslint-plugin-tsyncio";
import { expect, it } from "vitest";

const folder = new URL("../docs/", import.meta.url);
const names = Object.keys(plugin.rules);

it("has a page for each rule, which the README names and its own url leads to", () => {
  expect(readdirSync(folder).sort()).toEqual(names.map((name) => `${name}.md`).sort());
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const [name, rule] of Object.entries(plugin.rules)) {
    expect(readFileSync(new URL(`${name}.md`, folder), "utf8")).toMatch(`# ${name}\n`);
    expect(readme).toContain(`[\`${name}\`](docs/${name}.md)`);
    expect(readme).toContain(`"tsyncio/${name}": "error"`);
    expect(rule.meta?.docs?.url).toMatch(new RegExp(`/${name}\\.md$`));
    expect(plugin.configs.recommended.rules).toHaveProperty([`tsyncio/${name}`], "error");
  }
});
