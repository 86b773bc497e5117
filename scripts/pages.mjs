// npm test -- pages: the pages of examples/react, built by Vite with React 18 and 19, used in Chromium by mouse and
// keys. What becomes of their requests is asked of the server. Screenshots go to .cache/pages. Then a page whose
// handlers are async functions of each kind: its logs must be those that it leaves natively. Needs the build.
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import tsyncio from "tsyncio-transform/vite";
import { build, preview } from "vite";
import { root } from "./lib/bootstrap.mjs";
import { isThere, limit, program, withChromium } from "./lib/chromium.mjs";

const folder = join(root, ".cache", "pages");
const configFile = join(root, "examples", "react", "vite.config.ts");
const handlers = join(root, "packages", "tsyncio-transform", "test", "pages");
const dependencies = join(root, "node_modules");
/** The packages of each version of React. */
const versions = {
  "React 18": { react: "react-18", "react-dom": "react-dom-18" },
  "React 19": { react: "react", "react-dom": "react-dom" },
};

/** What the server tells of the requests since the last time. */
class Requests {
  constructor(url) {
    this.url = url;
  }

  async become(expected) {
    const got = [];
    for (const end = Date.now() + limit; got.length < expected.length && Date.now() < end; ) {
      got.push(...(await (await fetch(`${this.url}api/log`)).json()));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(got, expected);
  }
}

if (!isThere) {
  console.error(`${program} is not there. Install Debian's package chromium, or set CHROMIUM to its path.`);
  process.exit(1);
}
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await withChromium(async (open) => {
  for (const [version, names] of Object.entries(versions)) {
    const alias = Object.fromEntries(Object.entries(names).map(([name, path]) => [name, join(dependencies, path)]));
    const outDir = join(folder, version.replace(" ", "-"));
    const options = { configFile, configLoader: "native", logLevel: "error", resolve: { alias }, build: { outDir } };
    await build(options);
    const server = await preview({ ...options, preview: { host: "127.0.0.1", port: 0 } });
    try {
      const url = server.resolvedUrls.local[0];
      const shot = (name) => `${outDir}-${name}.png`;
      const requests = new Requests(url);
      await searches(await open(`${url}search.html`), requests, shot);
      await downloads(await open(`${url}download.html`), requests, shot);
      console.log(`${version}: the search page and the download page do what they say`);
    } finally {
      await server.close();
    }
    for (const [syntax, plugins] of [
      ["natively", []],
      ["compiled", [tsyncio()]],
    ]) {
      const count = await handles(open, { plugins, resolve: { alias } }, `${outDir}-handlers-${syntax}`);
      console.log(`${version}: ${count} kinds of async handlers leave their logs, ${syntax}`);
    }
  }
});

async function handles(open, config, outDir) {
  const rolldownOptions = { input: join(handlers, "handlers.html") };
  const base = { ...config, root: handlers, configFile: false, logLevel: "error", build: { outDir, rolldownOptions } };
  await build(base);
  const server = await preview({ ...base, preview: { host: "127.0.0.1", port: 0 } });
  try {
    const page = await open(`${server.resolvedUrls.local[0]}handlers.html`);
    const all = "Object.keys(globalThis.expected ?? {})";
    await page.becomes(`${all}.length > 0 && ${all}.every((row) => document.querySelector(\`[data-row="\${row}"]\`))`);
    const rows = await page.evaluate(all);
    for (const row of rows) {
      await page.click(`[data-row="${row}"] [data-click]`);
      await page.becomes(`logs["${row}"]?.length >= expected["${row}"].length`);
    }
    assert.deepEqual(await page.evaluate("logs"), await page.evaluate("expected"));
    assert.deepEqual(page.errors, []);
    await page.screenshot(`${outDir}.png`);
    await page.close();
    return rows.length;
  } finally {
    await server.close();
  }
}

async function searches(page, requests, shot) {
  await page.shows(/Functions of asyncio/);
  await page.focus("input");
  await page.type("queue"); // faster than the debounce: one request
  await page.shows(/Searching/);
  await page.screenshot(shot("searching"));
  await page.shows(/3 found[\s\S]*PriorityQueue/);
  await page.screenshot(shot("found"));
  await requests.become(["search queue: answered"]);

  await page.select("input");
  await page.type("t");
  await page.requested("/api/search?q=t"); // the server takes its time; the next key cancels the request
  await page.type("ask");
  await page.shows(/2 found[\s\S]*TaskGroup/);
  await requests.become(["search t: client gone", "search task: answered"]);

  await page.select("input");
  await page.type("fail");
  await page.shows(/The server says 503/);
  await page.screenshot(shot("failed"));
  assert.deepEqual(page.errors, []);
  await requests.become(["search fail: answered"]);
  await page.close();
}

async function downloads(page, requests, shot) {
  await page.shows(/A large file/);
  await page.click("button", "Download");
  await page.shows(/[1-9]\.\d MB of 10\.0 MB/);
  await page.screenshot(shot("downloading"));
  await page.click("button", "Cancel");
  await page.shows(/Cancelled/);
  await page.screenshot(shot("cancelled"));
  await requests.become(["file: client gone"]);

  await page.click("button", "Download");
  await page.shows(/[1-9]\.\d MB of 10\.0 MB/);
  await page.click("label"); // the component goes
  await requests.become(["file: client gone"]);
  await page.click("label");
  await page.click("button", "Download");
  await page.shows(/Done: 10\.0 MB/);
  await page.screenshot(shot("done"));
  await requests.become(["file: answered"]);
  assert.deepEqual(page.errors, []);
  await page.close();
}
