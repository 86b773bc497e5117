// npm run playground -- --time: how long it takes from the address to the first line that a first program prints, with
// an empty cache, at 10 Mbit/s and 40 ms: the median of five.
import { withChromium } from "../../scripts/lib/chromium.mjs";
import { withServer } from "./served.mjs";

const TIMES = 5;
const LIMIT = 3000; // milliseconds
const network = { bitsPerSecond: 10e6, milliseconds: 40 };

/** In the page: presses Run as soon as it is there, and notes when the first line is printed. */
const watch = `addEventListener("DOMContentLoaded", () => {
  const output = document.querySelector("#output");
  new MutationObserver(() => { globalThis.firstLine ??= performance.now(); }).observe(output, { childList: true });
  const pressed = setInterval(() => {
    if (document.querySelector("#status").textContent === "") return;
    clearInterval(pressed);
    document.querySelector("#run").click();
  }, 5);
});`;

const times = await withServer(({ url, requests }) =>
  withChromium(async (open) => {
    const all = [];
    for (let i = 0; i < TIMES; i++) {
      requests.length = 0;
      const page = await open("about:blank");
      await page.throttle(network);
      await page.prepare(watch);
      await page.go(url);
      await page.becomes("globalThis.firstLine !== undefined");
      all.push(await page.evaluate("globalThis.firstLine"));
      await page.close();
    }
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
    console.log(`${(bytes / 1024).toFixed(0)} KiB in ${requests.length} files, compressed`);
    return all.sort((a, b) => a - b);
  }),
);
const median = times[Math.floor(TIMES / 2)];
console.log(
  `first line printed after ${times.map((time) => time.toFixed(0)).join(", ")} ms: median ${median.toFixed(0)}`,
);
if (median > LIMIT) process.exitCode = 1;
