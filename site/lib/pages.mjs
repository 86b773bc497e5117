/**
 * The markdown of the repository as pages of the site. The files stay where they are, and their links work on GitHub
 * too; here they are rewritten. Each link must lead to a file that is there, and to a heading that it has.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, posix } from "node:path";
import { languages } from "../navigation.mjs";
import { plainText, slugify } from "./slug.mjs";

const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;
/** The line by which a page of docs/ links to its translation: the site has a switch for that. */
const TRANSLATION = /^\[(?:English|한국어)\]\([^)]+\)$/;
const CODE_LANGUAGES = { ".ts": "ts", ".tsx": "tsx", ".mjs": "js", ".json": "json", ".html": "html", ".css": "css" };

/** A page that was read: what it is called, and what links find in it. */
class Page {
  title = "";
  headings = new Set();
  lines = [];

  constructor(source, route) {
    this.source = source;
    this.route = route;
  }
}

export class Pages {
  /** What is wrong, as texts that name file and line. */
  problems = [];
  #root;
  #pages = new Map();
  #unread = [];
  #links = [];

  constructor(root) {
    this.#root = root;
    for (const { readme, folder } of Object.values(languages)) this.add(readme, `${folder}index.md`);
    for (const name of readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))) {
      const { folder, suffix } = name.endsWith(languages.ko.suffix) ? languages.ko : languages.en;
      this.add(`docs/${name}`, `${folder}${name.slice(0, -suffix.length)}.md`);
    }
    for (let page = this.#unread.shift(); page !== undefined; page = this.#unread.shift()) this.#read(page);
    this.#checkAnchors();
  }

  /** The names of the guides. */
  get guides() {
    return [...this.#pages.values()].flatMap(({ source }) => /^docs\/([^.]+)\.md$/.exec(source)?.[1] ?? []);
  }

  /** What a guide is called in each language. */
  titles(guide) {
    const titleIn = ({ suffix }) =>
      (this.#pages.get(`docs/${guide}${suffix}`) ?? this.#pages.get(`docs/${guide}.md`)).title;
    return Object.fromEntries(Object.entries(languages).map(([name, language]) => [name, titleIn(language)]));
  }

  add(source, route) {
    const page = new Page(source, route);
    this.#pages.set(source, page);
    this.#unread.push(page);
    return page;
  }

  /** Writes all pages below `folder`; `change(page, text)` returns the text that is written. */
  write(folder, change) {
    const put = (route, page) => {
      const file = join(folder, route);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, change(page, page.lines.join("\n")));
    };
    for (const page of this.#pages.values()) put(page.route, page);
    // A guide that is not translated stands in both languages, so that both have the same pages.
    for (const name of this.guides) {
      if (!this.#pages.has(`docs/${name}.ko.md`)) put(`ko/${name}.md`, this.#pages.get(`docs/${name}.md`));
    }
  }

  #read(page) {
    const path = join(this.#root, page.source);
    if (extname(page.source) !== ".md") return this.#readSource(page, path);
    let fence = null;
    for (const [i, line] of readFileSync(path, "utf8").split("\n").entries()) {
      const [, mark, info = ""] = FENCE.exec(line) ?? [];
      if (fence !== null) {
        if (mark?.startsWith(fence) && info.trim() === "") fence = null;
        page.lines.push(line);
      } else if (mark !== undefined) {
        fence = mark;
        // Behind the language stands what the tests read.
        page.lines.push(line.replace(info, info.trim().split(" ")[0]));
      } else if (!TRANSLATION.test(line)) page.lines.push(this.#prose(line, page, i + 1));
    }
  }

  #prose(line, page, number) {
    const [, marks, heading] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (heading !== undefined) {
      if (marks === "#") page.title = plainText(heading);
      const slug = slugify(plainText(heading));
      let unique = slug;
      for (let n = 1; page.headings.has(unique); n++) unique = `${slug}-${n}`;
      page.headings.add(unique);
    }
    const picture = /^!\[([^\]]*)\]\(([^)]+\.svg)\)$/.exec(line);
    if (picture !== null) return this.#picture(picture[2], page, number);
    return line
      .replace(/<!--.*?-->/g, "")
      .split(/(`+[^`]+`+)/)
      .map((part, i) => (i % 2 === 1 ? part : this.#plain(part, page, number)))
      .join("");
  }

  /** A part of a line that is no code. */
  #plain(text, page, number) {
    return text
      .replace(/<(?=[a-z/!])(?!https?:)/gi, "&lt;") // VitePress would take it for a component
      .replaceAll("{{", "&#123;&#123;")
      .replace(/\]\(([^)\s]+)\)/g, (link, target) => {
        const route = this.#route(target, page, number);
        return route === null ? link : `](${route})`;
      });
  }

  /** Where a link leads on the site; null leaves it as it is. */
  #route(target, page, number) {
    if (/^[a-z]+:/i.test(target)) return null;
    const [path, anchor] = target.split("#");
    const source = path === "" ? page.source : posix.join(posix.dirname(page.source), path).replace(/\/$/, "");
    if (source.startsWith("..") || !existsSync(join(this.#root, source))) {
      this.problems.push(`${page.source}:${number}: ${target} leads nowhere`);
      return null;
    }
    const linked = this.#pages.get(source) ?? this.add(source, routeOf(source));
    this.#links.push({ page, number, linked, target, anchor });
    return `/${linked.route}${anchor === undefined ? "" : `#${anchor}`}`;
  }

  #checkAnchors() {
    for (const { page, number, linked, target, anchor } of this.#links) {
      if (anchor === undefined || linked.headings.has(decodeURIComponent(anchor))) continue;
      this.problems.push(`${page.source}:${number}: ${target}: ${linked.source} has no such heading`);
    }
  }

  /** The picture itself, in the page: it then has the colours of the theme. */
  #picture(target, page, number) {
    const source = posix.join(posix.dirname(page.source), target);
    if (!existsSync(join(this.#root, source))) {
      this.problems.push(`${page.source}:${number}: there is no picture ${target}`);
      return "";
    }
    const svg = readFileSync(join(this.#root, source), "utf8").replace(/<style>[\s\S]*?<\/style>/, "");
    return `<figure class="picture" tabindex="0" v-pre>${svg.replaceAll(/\s*\n\s*/g, "")}</figure>`;
  }

  /** A file of code, or a folder, to which a guide links: shown, so that the site needs no other. */
  #readSource(page, path) {
    page.title = page.source;
    page.lines.push(`# ${page.source}`, "");
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).filter((name) => statSync(join(path, name)).isFile())) {
        page.lines.push(`- [${name}](${this.#route(name, { ...page, source: `${page.source}/.` }, 0)})`);
      }
      return;
    }
    page.lines.push(`\`\`\`\`${CODE_LANGUAGES[extname(page.source)] ?? "text"}`);
    page.lines.push(readFileSync(path, "utf8").trimEnd(), "````", "");
  }
}

/** Markdown outside of docs/ keeps its path; code gets a page below source/. */
function routeOf(source) {
  if (extname(source) !== ".md") return `source/${source.replaceAll(".", "-")}.md`;
  return `project/${source.replace(/(^|\/)README\.md$/, "$1index.md")}`;
}
