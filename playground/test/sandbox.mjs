// What a program cannot do.
import assert from "node:assert/strict";

export async function aProgramHasNoNetworkAndNoOrigin({ playground, requests, url }) {
  await playground.paste(
    `
const attempt = async (name: string, f: () => unknown) => {
  try {
    await f();
    console.log(name, "WORKS");
  } catch {
    console.log(name, "fails");
  }
};
const socket = () => new Promise((resolve, reject) => {
  const made = new WebSocket("${url.replace("http", "ws")}socket");
  made.onopen = resolve;
  made.onerror = reject;
});
const nested = () => new Promise((resolve, reject) => {
  const worker = new Worker(URL.createObjectURL(new Blob(["fetch('${url}nested').then(() => postMessage(true), () => postMessage(false))"])));
  worker.onmessage = ({ data }) => data ? resolve(data) : reject(data);
  worker.onerror = reject;
});
console.log(self.origin, typeof localStorage, typeof document);
await attempt("fetch", () => fetch("${url}fetched"));
await attempt("import", () => import(/* x */ "${url}imported.js"));
await attempt("importScripts", () => importScripts("${url}scripts.js"));
await attempt("WebSocket", socket);
await attempt("EventSource", () => { new EventSource("${url}events"); throw 1; });
await attempt("nested", nested);
await attempt("eval", () => (0, eval)("1"));
await attempt("indexedDB", () => indexedDB.open("x"));
await attempt("caches", () => caches.open("x"));
`,
  );
  requests.length = 0;
  await playground.run("real");
  await playground.prints(/caches/);
  const output = await playground.output();
  assert.equal(output[0], "null undefined undefined");
  assert.deepEqual(
    output.filter((line) => line.includes("WORKS")),
    [],
  );
  assert.equal(output.filter((line) => line.includes("fails")).length, 9);
  assert.deepEqual(requests, []);
}

export async function whatAProgramPrintsIsNoMarkup({ playground }) {
  await playground.paste(
    `import { createTask, run, sleep } from "tsyncio";
const evil = "<img src=x onerror=alert(1)>";
console.log(evil);
console.error(evil + " at x (program.ts:2)");
function* main() { createTask(sleep(1), { name: evil }); yield* sleep(2); }
await run(main());`,
  );
  await playground.run();
  assert.equal((await playground.output())[0], "<img src=x onerror=alert(1)>");
  assert.equal(await playground.page.evaluate("document.querySelectorAll('img').length"), 0);
}

export async function aProgramCannotSpeakForTheWorker({ playground }) {
  await playground.paste(
    `const forged = { type: "output", level: "log", text: "forged", line: null };
let port = null;
MessagePort.prototype.postMessage = function () { port = this; };
Function.prototype.call = Function.prototype.apply = function () { port = this; };
console.log("mine");
postMessage(forged);
self.onmessage = ({ ports }) => { port = ports[0]; };
console.log(port === null ? "no port" : "a port");`,
  );
  await playground.run("real");
  await playground.prints(/port/);
  assert.deepEqual(await playground.output(), ["mine", "no port"]);
}

export async function messagesThatAreNoneOfOursAreIgnored({ playground }) {
  await playground.page.evaluate(`(() => {
    const frame = document.querySelector("iframe");
    postMessage({ type: "output", level: "log", text: "forged", line: null }, "*");
    frame.contentWindow.postMessage(null, "*");
    frame.contentWindow.postMessage({ end: 99 }, "*");
  })()`);
  await playground.run();
  assert.match(await playground.status(), /^Finished/);
  assert.ok(!(await playground.output()).includes("forged"));
}
