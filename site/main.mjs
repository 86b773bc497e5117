// npm run site: docs/, and the reference of the packages, as static files in site/dist.
import { cpSync, existsSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { build, createServer } from "vitepress";
import { homePage } from "./lib/home.mjs";
import { Pages } from "./lib/pages.mjs";
import { languages, navigation } from "./navigation.mjs";
import { drawPictures } from "./pictures/main.mjs";

const HELP = `Usage: npm run site [-- OPTIONS]

Builds the site into site/dist: static files, which ask nothing of another host.

  --dev           serves it on this machine, and follows changes of docs/
  --serve         serves what was built
  --check         builds it and looks at it: links, search, and pages in Chromium; screenshots go to .cache/site
  --base PATH     where it will stand on its host: /tsyncio/; / by default
  --port N        for --dev and --serve
  --pictures      draws docs/pictures, and does nothing else
  --no-reference  leaves the reference as it was made the last time, which takes the longest`;

const root = fileURLToPath(new URL("../", import.meta.url));
const site = fileURLToPath(new URL("./", import.meta.url));
const cache = join(site, ".cache");
const pagesFolder = join(cache, "pages");
const dist = join(site, "dist");
const playground = join(root, "playground", "dist");

const { values: options } = parseArgs({
  options: {
    dev: { type: "boolean" },
    serve: { type: "boolean" },
    check: { type: "boolean" },
    pictures: { type: "boolean" },
    base: { type: "string", default: "/" },
    port: { type: "string" },
    "no-reference": { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
const base = `/${options.base}/`.replace(/\/+/g, "/");
const port = options.port === undefined ? undefined : Number(options.port);

if (options.help) console.log(HELP);
else if (options.serve) await serve();
else if (options.pictures) {
  const different = await drawPictures(root, { write: true });
  console.log(different.length === 0 ? "The pictures were up to date." : `Drawn: ${different.join(", ")}`);
} else {
  const reference = await referenceOf();
  writePages(reference);
  if (options.dev) await develop(reference);
  else {
    await buildSite();
    if (options.check) await (await import("./check.mjs")).check({ root, base, dist });
  }
}

/** Makes the pages of the reference, and returns their sidebars. */
async function referenceOf() {
  const made = join(cache, "reference.json");
  if (!options["no-reference"]) {
    rmSync(pagesFolder, { recursive: true, force: true });
    const { writeReference } = await import("./lib/reference.mjs");
    writeFileSync(made, JSON.stringify(await writeReference(root, pagesFolder)));
  }
  return existsSync(made) ? JSON.parse(readFileSync(made, "utf8")) : { en: {}, ko: {} };
}

/**
 * Writes what VitePress builds. Where something is wrong with the pages there is no site; with --dev it can be mended.
 */
function writePages(reference) {
  const pages = new Pages(root);
  const listed = navigation.flatMap(([, ...some]) => some.map(([page]) => page));
  for (const page of listed) {
    if (!pages.guides.includes(page)) pages.problems.push(`site/navigation.mjs: there is no docs/${page}.md`);
  }
  if (pages.problems.length > 0) {
    console.error(`The pages have faults:\n  ${pages.problems.join("\n  ")}`);
    if (!options.dev) process.exit(1);
  }
  pages.write(pagesFolder, ({ route }, text) => {
    const language = Object.keys(languages).find((name) => route === `${languages[name].folder}index.md`);
    return language === undefined ? text : homePage(language, text, languages[language].folder);
  });
  const more = pages.guides.filter((page) => !listed.includes(page)).map((page) => [page, pages.titles(page)]);
  const plan = { base, reference, more, playground: existsSync(playground) };
  writeFileSync(join(cache, "plan.json"), JSON.stringify(plan));
}

async function buildSite() {
  await build(site, { base, outDir: dist });
  if (existsSync(playground)) cpSync(playground, join(dist, "playground"), { recursive: true });
  console.log(`The site is in ${dist}. To look at it: npm run site -- --serve`);
}

async function develop(reference) {
  const server = await createServer(site, { host: "127.0.0.1", port, base });
  await server.listen();
  console.log(`http://127.0.0.1:${server.httpServer.address().port}${base}`);
  let timer;
  watch(join(root, "docs"), () => {
    clearTimeout(timer);
    timer = setTimeout(writePages, 50, reference);
  });
}

async function serve() {
  if (!existsSync(dist)) {
    console.error("There is no site yet: npm run site");
    process.exit(1);
  }
  const server = await preview({
    configFile: false,
    root: site,
    base,
    appType: "mpa",
    build: { outDir: dist },
    preview: { host: "127.0.0.1", port },
  });
  server.printUrls();
}
