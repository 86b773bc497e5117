// The page of the playground, for tests: what a user sees and does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CONTROL = 2;

export class Playground {
  constructor(page) {
    this.page = page;
  }

  /** The page at that address, once it is ready to be used. */
  static async open(open, url) {
    const playground = new Playground(await open(url));
    await playground.page.becomes("document.querySelector('#status')?.textContent.length > 0");
    return playground;
  }

  status() {
    return this.page.evaluate("document.querySelector('#status').textContent");
  }

  async says(pattern) {
    await this.page.becomes(`${pattern}.test(document.querySelector('#status').textContent)`);
  }

  /** What has become of type help. */
  async typesSay(pattern) {
    await this.page.becomes(`${pattern}.test(document.querySelector('#types-status').textContent)`);
  }

  /** The line and the text of what is marked as wrong, in the order of the program. */
  marks() {
    return this.page.evaluate(
      "[...document.querySelectorAll('.cm-lintRange-error')].map((e) => [[...document.querySelectorAll('.cm-line')].indexOf(e.closest('.cm-line')) + 1, e.textContent])",
    );
  }

  /** The printed lines, without the buttons that lead to lines of the program. */
  output() {
    return this.page.evaluate(
      "[...document.querySelectorAll('#output > div')].map((e) => e.firstChild.textContent).join('\\n').split('\\n')",
    );
  }

  async prints(pattern) {
    await this.page.becomes(`${pattern}.test(document.querySelector('#output').textContent)`);
  }

  /** The lines that errors are marked on, as the buttons name them. */
  errorLines() {
    return this.page.evaluate("[...document.querySelectorAll('#output .line')].map((e) => e.textContent)");
  }

  tasks() {
    return this.page.evaluate(
      "[...document.querySelectorAll('#timeline li')].map((e) => e.innerText.split('\\n').join(' '))",
    );
  }

  steps() {
    return this.page.evaluate("[...document.querySelectorAll('#steps li')].map((e) => e.innerText)");
  }

  async choose(id, value) {
    await this.page.evaluate(
      `(() => { const e = document.querySelector('#${id}'); e.value = ${JSON.stringify(value)}; e.dispatchEvent(new Event('change')); })()`,
    );
  }

  examples() {
    return this.page.evaluate("[...document.querySelectorAll('#example option')].map((e) => e.value).filter(Boolean)");
  }

  /** Puts the text into the editor as a user pastes it. */
  async paste(code) {
    await this.page.focus(".cm-content");
    await this.page.press("a", CONTROL);
    await this.page.press("Backspace");
    await this.page.insert(code);
  }

  text() {
    return this.page.evaluate("[...document.querySelectorAll('.cm-line')].map((e) => e.textContent).join('\\n')");
  }

  /** A button, by its key: nothing that moves meanwhile is hit instead. */
  async press(id) {
    await this.page.focus(`#${id}`);
    await this.page.press("Enter");
  }

  /** Runs what is in the editor to its end. */
  async run(clock = "virtual") {
    await this.choose("clock", clock);
    await this.press("run");
    await this.ended();
  }

  async ended() {
    await this.page.becomes("document.querySelector('#stop').disabled");
  }

  /** What axe finds, as texts. */
  async violations() {
    await this.page.evaluate(`window.axe === undefined && (0, eval)(${JSON.stringify(axe)})`);
    return this.page.evaluate(
      "axe.run(document, { iframes: false }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((n) => id + ': ' + n.target + ' ' + n.failureSummary)))",
    );
  }
}
