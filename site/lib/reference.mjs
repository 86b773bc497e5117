/** The reference: the docstrings, by TypeDoc, as a page for each export; and lists of them in both languages. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import { Examples } from "./examples.mjs";
import { asyncioNames, byOurName } from "./names.mjs";
import { slugify } from "./slug.mjs";

const PACKAGES = ["tsyncio", "tsyncio-cluster", "tsyncio-transform"];
/** What the compiler's output imports, and what packages of ours share: not for programs. */
const INTERNAL = /^tsyncio\/(?:native|executors\/internal)|^tsyncio-cluster\/worker|^tsyncio-transform\/(?!vite$)/;
const KINDS = [
  [ReflectionKind.Function, { en: "Functions", ko: "함수" }],
  [ReflectionKind.Class, { en: "Classes", ko: "클래스" }],
  [ReflectionKind.Variable, { en: "Constants", ko: "상수" }],
  [ReflectionKind.Interface, { en: "Interfaces", ko: "인터페이스" }],
  [ReflectionKind.TypeAlias, { en: "Types", ko: "타입" }],
];

/** Writes the pages below `folder`, and returns the sidebars. */
export async function writeReference(root, folder) {
  const entries = PACKAGES.flatMap((name) => entryPoints(root, name));
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entries.map(({ file }) => file),
    tsconfig: join(root, "site", "tsconfig.reference.json"),
    basePath: root,
    plugin: ["typedoc-plugin-markdown"],
    out: join(folder, "reference"),
    readme: "none",
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    disableSources: true,
    githubPages: false,
    logLevel: "Error",
    // The compiler that checks them is another one: TypeScript 7.
    skipErrorChecking: true,
    validation: false,
    // The plugin's.
    entryFileName: "index",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    parametersFormat: "table",
    pageTitleTemplates: { index: "Reference", module: ({ name }) => name, member: ({ name }) => name },
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the packages");
  for (const module of project.children) {
    // It has the name of its file.
    const entry = entries.find(({ file }) => relative(root, file).replace(/(\/index)?\.ts$/, "") === module.name);
    if (entry === undefined) throw new Error(`no entry point is called ${module.name}`);
    module.name = entry.name;
  }
  const pages = new ReferencePages(root);
  app.renderer.on(MarkdownPageEvent.END, (page) => pages.finish(page));
  await app.generateOutputs(project);
  return pages.lists(folder);
}

/** The entry points of a package that programs import, with their sources. */
function entryPoints(root, name) {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.entries(exports).flatMap(([path, conditions]) => {
    const source = conditions["@tsyncio/source"];
    const entry = name + path.slice(1);
    return source === undefined || INTERNAL.test(entry) ? [] : [{ name: entry, file: join(folder, source) }];
  });
}

class ReferencePages {
  /** The exports that have a page, in the order of TypeDoc's. */
  #exports = [];
  #entries = new Map();
  #examples;
  #asyncio;

  constructor(root) {
    this.#examples = new Examples(root);
    this.#asyncio = byOurName(asyncioNames(root));
  }

  /** Called for each page that the plugin has made. */
  finish(page) {
    const { model, url } = page;
    if (model.isProject()) page.contents = "";
    else if (model.kind === ReflectionKind.Module) {
      this.#entries.set(model.name, { url, summary: summaryOf(model) });
      page.contents = fenced(page.contents);
    } else page.contents = this.#exportPage(model, url, page.contents);
  }

  #exportPage(model, url, contents) {
    const entry = model.parent.name;
    const heading = /^# (.*)$/m.exec(contents)[1];
    const called = kindOf(model) === ReflectionKind.Function && !heading.endsWith("()");
    const title = called ? `${heading}()` : heading;
    const members = [];
    const lines = fenced(contents)
      .split("\n")
      .flatMap((line) => {
        const [, marks, heading] = /^(#{1,4}) (.*)$/.exec(line) ?? [];
        if (heading === undefined) return [line];
        const name = heading.replace(/\\|\(\)$|\?$/g, "");
        const python = this.#asyncio.get(marks === "#" ? model.name : `${model.name}.${name}`) ?? [];
        if (marks !== "#" && python.length > 0) members.push({ heading, python });
        return marks === "#"
          ? [`# ${title}`, ...inAsyncio(python), "", importOf(model, entry)]
          : [line, ...inAsyncio(python)];
      });
    this.#exports.push({
      entry,
      model,
      title,
      url,
      members,
      python: this.#asyncio.get(model.name) ?? [],
      summary: summaryOf(model),
    });
    const { program, guides } = this.#examples.of(entry, model.name);
    if (program !== undefined && !hasCode(model)) {
      lines.push("", "## Example", "", "```ts", program.code.trimEnd(), "```", "");
    }
    if (guides.size > 0) {
      lines.push("", "## In the guides", "");
      for (const [name, title] of guides) lines.push(`- [${title}](/${name}.md)`);
    }
    return `${lines.join("\n")}\n`;
  }

  /** Writes the lists, and returns the sidebars of both languages. */
  lists(folder) {
    const entries = [...this.#entries.keys()].sort();
    const write = (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    write("reference/index.md", this.#index(entries));
    write("ko/reference/index.md", this.#koreanIndex(entries));
    for (const entry of entries) write(`ko/reference/${entry}/index.md`, this.#koreanList(entry));
    const undocumented = this.#exports.filter(({ summary }) => summary === "");
    console.log(
      `Reference: ${this.#exports.length} exports of ${entries.length} entry points, ${undocumented.length} without a description` +
        undocumented.map(({ entry, title }) => `\n  ${entry}: ${title}`).join(""),
    );
    return { en: this.#sidebars(entries, "en"), ko: this.#sidebars(entries, "ko") };
  }

  #of(entry) {
    return this.#exports.filter((found) => found.entry === entry);
  }

  #groups(entry) {
    const all = this.#of(entry).sort((a, b) => a.model.name.localeCompare(b.model.name));
    return KINDS.map(([kind, names]) => ({ names, all: all.filter(({ model }) => kindOf(model) === kind) })).filter(
      ({ all }) => all.length > 0,
    );
  }

  #index(entries) {
    return [
      "# Reference",
      "",
      "Every export of every entry point, from the docstrings. A search for a name of asyncio (`create_task`, `asyncio.wait_for`) finds its form here;",
      "[the whole table](/asyncio-names.md) is a page of its own.",
      ...entries.flatMap((entry) => [
        "",
        `## [${entry}](/reference/${this.#entries.get(entry).url})`,
        "",
        this.#entries.get(entry).summary,
        "",
        ...this.#groups(entry).map(
          ({ names, all }) =>
            `- ${names.en}: ${all.map(({ title, url }) => `[${title}](/reference/${url})`).join(", ")}`,
        ),
      ]),
    ].join("\n");
  }

  #koreanIndex(entries) {
    return [
      "# 레퍼런스",
      "",
      "모든 엔트리 포인트의 모든 내보내기입니다. 설명은 독스트링에서 가져온 영어입니다. asyncio의 이름(`create_task`, `asyncio.wait_for`)으로 검색하면 여기서의 형태를 찾습니다.",
      "전체 표는 [asyncio의 모든 이름](/ko/asyncio-names.md)에 있습니다.",
      "",
      ...entries.map((entry) => `- [${entry}](/ko/reference/${entry}/index.md): ${this.#of(entry).length}개`),
    ].join("\n");
  }

  #koreanList(entry) {
    return [
      `# ${entry}`,
      "",
      ...this.#groups(entry).flatMap(({ names, all }) => [
        `## ${names.ko}`,
        ...all.flatMap(({ title, url, python, summary, members }) => [
          "",
          `### ${title}`,
          ...inAsyncio(python),
          "",
          `${summary} [설명 전체](/reference/${url})`,
          ...members.flatMap(({ heading, python }) => [
            "",
            `#### ${heading}`,
            ...inAsyncio(python),
            "",
            `[설명](/reference/${url}#${slugify(heading.replaceAll("\\", ""))})`,
          ]),
        ]),
        "",
      ]),
    ].join("\n");
  }

  #sidebars(entries, language) {
    const prefix = language === "ko" ? "/ko/reference/" : "/reference/";
    const list = entries.map((entry) => ({ text: entry, link: `${prefix}${entry}/` }));
    const top = [{ text: { en: "Reference", ko: "레퍼런스" }[language], link: prefix, items: list }];
    const sidebars = { [prefix]: top };
    for (const entry of entries) {
      // The pages themselves are in English.
      const groups = this.#groups(entry).map(({ names, all }) => ({
        text: names[language],
        items: all.map(({ title, url }) => ({
          text: title.replaceAll("\\", ""),
          link: `/reference/${url.replace(/\.md$/, "")}`,
        })),
      }));
      sidebars[`${prefix}${entry}/`] = [...top, ...groups];
    }
    return sidebars;
  }
}

/** The line below a heading, which a search takes for a part of it. */
const inAsyncio = (python) =>
  python.length === 0 ? [] : ["", `<p class="asyncio">${python.map((name) => `<code>${name}</code>`).join(", ")}</p>`];

function importOf(model, entry) {
  const isType = model.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias]);
  return `\`\`\`ts\nimport { ${isType ? "type " : ""}${model.name} } from "${entry}";\n\`\`\``;
}

const commentsOf = (model) =>
  [model.comment, ...(model.signatures ?? []).map(({ comment }) => comment)].filter((comment) => comment != null);

/** Some functions and classes are constants for the compiler: what a wrapper has returned, a class of a mixin. */
function kindOf({ kind, name }) {
  if (kind !== ReflectionKind.Variable || name === name.toUpperCase()) return kind;
  return /^[A-Z]/.test(name) ? ReflectionKind.Class : ReflectionKind.Function;
}

const textOf = (parts) => parts.map(({ text }) => text).join("");

function summaryOf(model) {
  const [comment] = commentsOf(model);
  if (comment === undefined) return "";
  return textOf(comment.summary)
    .split(/\n\s*\n/)[0]
    .replace(/\s*\n\s*/g, " ");
}

const hasCode = (model) =>
  commentsOf(model).some(
    (comment) => /```|^ {4}/m.test(textOf(comment.summary)) || comment.getTag("@example") !== undefined,
  );

/** Docstrings have their programs indented: with a fence they are highlighted. */
function fenced(markdown) {
  return markdown.replace(/(^|\n\n)((?: {4}.*\n?|\n(?= {4}))+)/g, (_all, before, code) => {
    const text = code.replace(/^ {4}/gm, "").trimEnd();
    return `${before}\`\`\`ts\n${text}\n\`\`\`\n`;
  });
}
