// The page: links, keys, languages, themes, widths.
import assert from "node:assert/strict";
import { Playground } from "./playground.mjs";

const SHIFT = 8;

export async function aLinkCarriesTheProgramAndNeverRunsIt({ open, url }) {
  const playground = await Playground.open(open, url);
  const code = '// 한글, "quotes" & <tags>\nconsole.log("from a link");';
  await playground.paste(code);
  await playground.choose("clock", "virtual");
  await playground.press("share");
  await playground.says(/^The link to this program is in the address bar/);
  const link = await playground.page.evaluate("location.href");
  await playground.page.close();

  const other = await Playground.open(open, link);
  await other.says(/It runs when you press Run/);
  assert.equal(await other.text(), code);
  assert.equal(await other.page.evaluate("document.querySelector('#clock').value"), "virtual");
  assert.equal(await other.page.evaluate("document.querySelector('#output').childElementCount"), 0);
  await other.press("run");
  await other.prints(/^from a link/);
  await other.page.close();
}

export async function badLinksAndLongProgramsAreRefused({ open, url }) {
  const playground = await Playground.open(open, url);
  const bomb = await playground.page.evaluate(`(async () => {
    const stream = new Blob([new Uint8Array(5e6)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    return btoa(String.fromCharCode(...new Uint8Array(await new Response(stream).arrayBuffer())));
  })()`);
  for (const code of ["!!!", "AAAA", bomb.replaceAll("+", "-").replaceAll("/", "_"), "A".repeat(9000)]) {
    await playground.page.evaluate("document.querySelector('#status').textContent = ''");
    await playground.page.evaluate(`location.hash = ${JSON.stringify(`v=1&clock=real&code=${code}`)}`);
    await playground.says(/^The link holds no program/);
  }
  const random = "Array.from({ length: 20000 }, () => Math.random().toString(36)[2]).join('')";
  await playground.paste(`// ${await playground.page.evaluate(random)}`);
  await playground.press("share");
  await playground.says(/too long for a link/);
  await playground.page.close();
}

export async function allOfItIsReachedByKeys({ open, url }) {
  const playground = await Playground.open(open, url);
  const { page } = playground;
  const focused = "document.activeElement.id || document.activeElement.className.split(' ')[0]";
  const order = ["language", "theme", "example", "run", "race", "clock", "share", "types"];
  order.push("cm-content", "output", "timeline");
  await page.evaluate("document.body.focus()");
  const seen = [];
  for (let i = 0; i < order.length; i++) {
    await page.press("Tab");
    seen.push(await page.evaluate(focused));
  }
  assert.deepEqual(seen, order);
  for (const expected of ["output", "cm-content", "types"]) {
    if (expected !== "output") assert.equal(await page.evaluate(focused), expected);
    await page.press("Tab", SHIFT);
    if (expected === "output") assert.equal(await page.evaluate(focused), "output");
    if (expected === "output") await page.press("Tab", SHIFT);
  }
  await page.close();
}

export async function axeFindsNothing({ open, url, shot }) {
  const looks = {
    light: [1280, 800, "light", "en"],
    dark: [1280, 800, "dark", "ko"],
    narrow: [360, 740, "light", "en"],
  };
  for (const [name, [width, height, scheme, language]] of Object.entries(looks)) {
    const playground = await Playground.open(open, `${url}?lang=${language}`);
    await playground.page.viewport(width, height);
    await playground.page.prefers(scheme);
    await playground.choose("example", "taskGroup");
    await playground.run();
    await playground.page.screenshot(shot(name));
    await playground.choose("example", "staleAnswer");
    await playground.press("race");
    await playground.ended();
    await playground.page.screenshot(shot(`${name}-race`));
    if (name !== "light") assert.deepEqual(await playground.violations(), [], name);
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert.equal(await playground.page.evaluate(overflow), 0, `${name}: wider than the window`);
    await playground.page.close();
  }
}

export async function languageAndThemeAreChosen({ open, url }) {
  const playground = await Playground.open(open, url);
  const { page } = playground;
  await playground.choose("language", "ko");
  assert.equal(await page.evaluate("document.querySelector('#run').textContent"), "실행");
  assert.equal(await page.evaluate("document.documentElement.lang"), "ko");
  await playground.run();
  await playground.says(/초 만에 끝났습니다/);
  const background = "getComputedStyle(document.body).backgroundColor";
  await playground.choose("theme", "dark");
  const dark = await page.evaluate(background);
  await playground.choose("theme", "light");
  assert.notEqual(await page.evaluate(background), dark);
  await playground.choose("language", "en");
  await playground.choose("theme", "auto");
  await page.close();
}

export async function thePageIsSmallEnough({ open, url, requests }) {
  requests.length = 0;
  const playground = await Playground.open(open, url);
  await playground.run();
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  assert.ok(bytes < 1.5 * 1024 * 1024, `${bytes} bytes, compressed`);
  await playground.page.close();
}
