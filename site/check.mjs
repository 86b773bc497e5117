/**
 * npm test -- site: what was built, looked at. Every link leads somewhere; a search for a name of asyncio finds its
 * form; the pages have no fault that axe knows, in both themes and languages and on a narrow screen. Screenshots go to
 * .cache/site.
 */
import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { preview } from "vite";
import { isThere, program, withChromium } from "../scripts/lib/chromium.mjs";
import { brokenLinks } from "./lib/links.mjs";
import { asyncioNames } from "./lib/names.mjs";
import { comparePeers } from "./lib/peers.mjs";
import { tokenize } from "./lib/search.mjs";
import { drawPictures } from "./pictures/main.mjs";

const WIDE = [1280, 900];
const NARROW = [390, 844];
/** Each theme, language and width, and each pair of them. */
const LOOKS = [
  { screen: WIDE, theme: "light", folder: "" },
  { screen: WIDE, theme: "dark", folder: "ko/" },
  { screen: NARROW, theme: "dark", folder: "" },
  { screen: NARROW, theme: "light", folder: "ko/" },
];
/**
 * A column of remarks has no head in a table; and the button of the search names its key, which the theme's label does
 * not.
 */
const OFF = ["empty-table-header", "label-content-name-mismatch"];
const RULES = JSON.stringify({
  resultTypes: ["violations"],
  rules: Object.fromEntries(OFF.map((rule) => [rule, { enabled: false }])),
});
/** What is looked at with axe: a page of each kind. */
const LOOKED_AT = ["", "start", "concepts", "cookbook", "asyncio-names", "reference/"];

export async function check({ root, base, dist }) {
  const { pages, count, problems } = brokenLinks(dist, base);
  fail(problems, "links lead nowhere");
  console.log(`${count} links of ${pages} pages lead somewhere`);
  fail(await drawPictures(root, { write: false }), "pictures are out of date: npm run site -- --pictures");
  fail(await comparePeers(root), "programs print something else");
  for (const language of ["root", "ko"]) console.log(searchNames(root, dist, language));
  if (!isThere) {
    console.error(`${program} is not there. Install Debian's package chromium, or set CHROMIUM to its path.`);
    process.exit(1);
  }
  await lookAt({ root, base, dist });
}

function fail(problems, what) {
  if (problems.length === 0) return;
  console.error(`${problems.length} ${what}:\n  ${problems.slice(0, 50).join("\n  ")}`);
  process.exit(1);
}

/** Each name of asyncio that has a form, looked up in the index that the browser gets. */
function searchNames(root, dist, language) {
  const [file] = globSync(`assets/chunks/@localSearchIndex${language}.*.js`, { cwd: dist });
  const source = readFileSync(join(dist, file), "utf8");
  const json = new Function(
    `return ${/=\s*('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")/s.exec(source)[1]}`,
  )();
  const index = MiniSearch.loadJSON(json, {
    fields: ["title", "titles", "text"],
    storeFields: ["title", "titles"],
    tokenize,
    searchOptions: { fuzzy: 0.1, prefix: true, boost: { title: 6, titles: 2, text: 1 } },
  });
  const missed = [];
  let found = 0;
  for (const { python, ours } of asyncioNames(root)) {
    if (ours.length === 0) continue;
    for (const name of python) {
      const first = index.search(name).slice(0, 5);
      const [whole, owner = whole] = [name, /^(.*\.[A-Z]\w*)\.\w+$/.exec(name)?.[1]];
      if (first.some(({ title }) => title.includes(whole) || title.includes(owner))) found++;
      else missed.push(`${language}: ${name} finds ${first.map(({ title }) => title).join(", ")}`);
    }
  }
  fail(missed, "names of asyncio are not found");
  return `${found} names of asyncio are found among the first five, in the index ${language}`;
}

async function lookAt({ root, base, dist }) {
  const shots = join(root, ".cache", "site");
  rmSync(shots, { recursive: true, force: true });
  mkdirSync(shots, { recursive: true });
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const options = { configFile: false, base, appType: "mpa", logLevel: "error", build: { outDir: dist } };
  const server = await preview({ ...options, preview: { host: "127.0.0.1", port: 0 } });
  try {
    const url = server.resolvedUrls.local[0];
    await withChromium(async (open) => {
      const page = await open(url);
      const faults = [];
      for (const { screen, theme, folder } of LOOKS) {
        await page.viewport(...screen);
        await page.prefers(theme);
        for (const name of LOOKED_AT) {
          await page.go(url + folder + (name === "" || name.endsWith("/") ? name : `${name}.html`));
          await page.becomes("document.querySelector('.VPContent') !== null");
          const label = `${folder}${name || "home"}`.replaceAll("/", "-").replace(/-$/, "");
          const shot = `${label}-${screen === WIDE ? "wide" : "narrow"}-${theme}`;
          await page.screenshot(join(shots, `${shot}.png`));
          faults.push(...(await faultsOf(page, axe)).map((fault) => `${shot}: ${fault}`));
          const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          if (beyond > 0) faults.push(`${shot}: ${beyond} pixels wider than the screen`);
        }
      }
      fail(faults, "faults");
      await search(page, url, shots);
      assert.deepEqual(page.errors, []);
    });
  } finally {
    await server.close();
  }
  console.log(`The pages are looked at: ${shots}`);
}

async function faultsOf(page, axe) {
  await page.evaluate(`${axe}; 0`);
  return await page.evaluate(`axe.run(document, ${RULES}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ target }) => target.join(" ")).join("; ")))`);
}

/** By keys and mouse, as a reader does it. */
async function search(page, url, shots) {
  await page.viewport(...WIDE);
  for (const [asked, heading] of [
    ["create_task", "createTask() · asyncio.create_task"],
    ["wait_for", "waitFor() · asyncio.wait_for"],
    ["asyncio.TaskGroup", "TaskGroup · asyncio.TaskGroup"],
  ]) {
    await page.go(`${url}start.html`);
    await page.becomes("document.querySelector('.VPNavBarSearch button') !== null");
    await page.click(".VPNavBarSearch button");
    await page.becomes("document.querySelector('.VPLocalSearchBox input') !== null");
    await page.select(".VPLocalSearchBox input"); // it keeps what was asked before
    await page.type(asked);
    const first = "document.querySelector('.VPLocalSearchBox .result').innerText";
    await page.becomes(`${first}.includes(${JSON.stringify(heading)})`);
    await page.screenshot(join(shots, `search-${asked}.png`));
  }
  console.log("A search in the browser finds create_task, wait_for and asyncio.TaskGroup first");
}
