// What a package holds besides its own files: the licence, and for tsyncio the READMEs and the guides.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./bootstrap.mjs";

/** Every package that is published, as its folder in packages/. */
export const packages = readdirSync(join(root, "packages")).sort();

export function manifestOf(name) {
  return JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
}

/** The files that prepack puts into a package: paths inside of it, and what they hold. */
export function extras(name) {
  const files = new Map([["LICENSE", read("LICENSE")]]);
  if (name !== "tsyncio") return files;
  for (const readme of ["README.md", "README.ko.md"]) files.set(readme, read(readme));
  for (const folder of ["docs", "docs/pictures"]) {
    for (const file of readdirSync(join(root, folder)))
      if (/\.(md|svg)$/.test(file)) files.set(`${folder}/${file}`, read(`${folder}/${file}`));
  }
  const home = manifestOf(name).repository?.url?.replace(/^git\+|\.git$/g, "");
  for (const [path, text] of files) if (path.endsWith(".md")) files.set(path, outward(path, text, files, home));
  return files;
}

function read(path) {
  return readFileSync(join(root, path), "utf8");
}

const LINK = /(?<!!)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)/g;

/** Links to what is not in the package lead to the repository; where its address is not known, their text stays. */
function outward(path, text, files, home) {
  return mapProse(text, (prose) =>
    prose.replace(LINK, (link, label, target, anchor = "") => {
      const full = resolved(path, target);
      if (files.has(full)) return link;
      return home === undefined ? label : `[${label}](${home}/tree/main/${full}${anchor})`;
    }),
  );
}

function resolved(path, target) {
  return posix.join(posix.dirname(path), target).replace(/\/$/, "");
}

/** Changes what is not in a fenced block. */
function mapProse(text, change) {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join("");
}

/** The links and pictures of a page that lead to nothing in the package. `has` knows its files, by path. */
export function brokenLinks(path, text, has) {
  const broken = [];
  mapProse(text, (prose) => {
    for (const [, target] of prose.matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)\s]*)?\)/g))
      if (!has(resolved(path, target))) broken.push(`${path}: ${target}`);
    return prose;
  });
  return broken;
}
