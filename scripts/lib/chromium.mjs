// A page in headless Chromium, driven by its DevTools protocol over a WebSocket. Runs on the newer Node.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const program = process.env.CHROMIUM || "/usr/bin/chromium";
export const isThere = existsSync(program);

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  "--no-first-run",
  "--remote-debugging-port=0",
  "--window-size=720,640",
];
const KEY_CODES = { Backspace: 8, Enter: 13, Tab: 9, Escape: 27, End: 35, Home: 36 };
export const limit = 60_000; // milliseconds that a condition of a page may take to come true

/** Calls `use(open)`, where `open(url)` opens a page; the browser is ended after that. */
export async function withChromium(use) {
  const profile = mkdtempSync(join(tmpdir(), "tsyncio-pages-"));
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`], { stdio: ["ignore", "ignore", "pipe"] });
  const gone = new Promise((resolve) => child.on("close", resolve));
  try {
    const protocol = await Protocol.connect(await debuggerUrl(child));
    return await use((url) => Page.open(protocol, url));
  } finally {
    child.kill("SIGKILL");
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function debuggerUrl(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
      const url = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`${program} ended with ${code}\n${output}`)));
  });
}

/** Calls by number, answers by number; events go to what listens for the session. */
class Protocol {
  #socket;
  #calls = new Map();
  #next = 1;
  onEvent = () => {};

  static async connect(url) {
    const protocol = new Protocol();
    protocol.#socket = new WebSocket(url);
    protocol.#socket.onmessage = ({ data }) => protocol.#heard(JSON.parse(data));
    await new Promise((resolve, reject) => {
      protocol.#socket.onopen = resolve;
      protocol.#socket.onerror = () => reject(new Error(`no connection to ${url}`));
    });
    return protocol;
  }

  call(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#calls.set(id, { method, resolve, reject }));
  }

  #heard({ id, result, error, ...event }) {
    if (id === undefined) return this.onEvent(event);
    const { method, resolve, reject } = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${method}: ${error.message}`));
  }
}

class Page {
  /** What the page has written as errors, and exceptions that nothing has caught. */
  errors = [];
  #requests = [];
  #protocol;
  #session;

  static async open(protocol, url) {
    const page = new Page();
    page.#protocol = protocol;
    const { targetId } = await protocol.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await protocol.call("Target.attachToTarget", { targetId, flatten: true });
    page.#session = sessionId;
    protocol.onEvent = ({ method, params, sessionId: from }) => {
      if (from !== sessionId) return;
      if (method === "Network.requestWillBeSent") page.#requests.push(params.request.url);
      if (method === "Runtime.exceptionThrown") page.errors.push(params.exceptionDetails.exception?.description);
      if (method === "Runtime.consoleAPICalled" && params.type === "error") {
        page.errors.push(params.args.map(({ value, description }) => value ?? description).join(" "));
      }
    };
    await page.#call("Runtime.enable");
    await page.#call("Network.enable");
    await page.#call("Page.enable");
    await page.#call("Page.navigate", { url });
    return page;
  }

  /** The value of an expression; a promise is waited for. */
  async evaluate(expression) {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", options);
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  text() {
    return this.evaluate("document.querySelector('main')?.innerText ?? ''");
  }

  /** Waits until the text of the page matches. */
  async shows(pattern) {
    const end = Date.now() + limit;
    while (!pattern.test(await this.text())) {
      if (Date.now() > end)
        throw new Error(`the page does not show ${pattern}, but\n${await this.text()}\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Into what has the focus, as keys. */
  async type(text) {
    for (const key of text) await this.#call("Input.dispatchKeyEvent", { type: "char", text: key });
  }

  /** At once, as if pasted. */
  async insert(text) {
    await this.#call("Input.insertText", { text });
  }

  /** One key; `modifiers` are those of the protocol: 1 Alt, 2 Control, 8 Shift. */
  async press(key, modifiers = 0) {
    const code = /^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : key;
    const windowsVirtualKeyCode = KEY_CODES[key] ?? key.toUpperCase().charCodeAt(0);
    const text = modifiers === 0 && key === "Enter" ? { text: "\r" } : {};
    const event = { key, code, windowsVirtualKeyCode, modifiers };
    await this.#call("Input.dispatchKeyEvent", { type: "keyDown", ...text, ...event });
    await this.#call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** What comes over the network from now on comes so slowly, and is not cached. */
  async throttle({ bitsPerSecond, milliseconds }) {
    const throughput = bitsPerSecond / 8;
    const speed = { latency: milliseconds, downloadThroughput: throughput, uploadThroughput: throughput };
    await this.#call("Network.setCacheDisabled", { cacheDisabled: true });
    await this.#call("Network.emulateNetworkConditions", { offline: false, ...speed });
  }

  /** Runs in each document from its beginning. */
  async prepare(source) {
    await this.#call("Page.addScriptToEvaluateOnNewDocument", { source });
  }

  /** Waits until it has begun a request for that path. */
  async requested(path) {
    const end = Date.now() + limit;
    while (!this.#requests.some((url) => url.endsWith(path))) {
      if (Date.now() > end) throw new Error(`the page has not asked for ${path}, but for ${this.#requests}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async select(selector) {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
  }

  async focus(selector) {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  }

  /** With the mouse, on the element of that role or kind and text. */
  async click(selector, text = "") {
    const at = { ...(await this.#middle(selector, text)), button: "left", clickCount: 1 };
    await this.#call("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
    await this.#call("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
  }

  /** Moves the mouse there. */
  async point(selector, text = "") {
    await this.#call("Input.dispatchMouseEvent", { type: "mouseMoved", ...(await this.#middle(selector, text)) });
  }

  async #middle(selector, text) {
    const find = `[...document.querySelectorAll(${JSON.stringify(selector)})].find((e) => e.innerText.includes(${JSON.stringify(text)}))`;
    const [x, y] = await this.evaluate(
      `(() => { const e = ${find}; e.scrollIntoView({ block: "nearest" }); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`,
    );
    return { x, y };
  }

  /** As a window of that size shows it; below 500 pixels as a telephone does. */
  viewport(width, height) {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    return this.#call("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** What the system prefers: `"light"` or `"dark"`. */
  prefers(scheme) {
    return this.#call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  /** Goes to another page, and waits until it has loaded. */
  async go(url) {
    await this.#call("Page.navigate", { url });
    await this.becomes("document.readyState === 'complete'");
  }

  /** Waits until the expression is true. */
  async becomes(expression) {
    const end = Date.now() + limit;
    while (!(await this.evaluate(expression).catch(() => false))) {
      if (Date.now() > end) throw new Error(`the page never has ${expression}: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async screenshot(file) {
    const { data } = await this.#call("Page.captureScreenshot", { format: "png" });
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  close() {
    return this.#call("Page.close");
  }

  #call(method, params) {
    return this.#protocol.call(method, params, this.#session);
  }
}
