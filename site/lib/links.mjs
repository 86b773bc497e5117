/** All links of the built pages: each must lead to a file that is there, and to an element of that name. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

export function brokenLinks(dist, base) {
  const pages = globSync("**/*.html", { cwd: dist }).filter((page) => !page.startsWith("playground/"));
  const anchors = new Map();
  const anchorsOf = (page) => {
    if (!anchors.has(page)) {
      const html = readFileSync(join(dist, page), "utf8");
      anchors.set(page, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)));
    }
    return anchors.get(page);
  };
  const problems = [];
  let count = 0;
  for (const page of pages) {
    for (const [, , link] of readFileSync(join(dist, page), "utf8").matchAll(/\s(href|src)="([^"]*)"/g)) {
      if (/^(?:[a-z]+:|\/\/)/i.test(link)) continue;
      count++;
      const [path, anchor] = link.replaceAll("&amp;", "&").split("#");
      const target = fileOf(path, page);
      if (target === null) problems.push(`${page}: ${link} leads nowhere`);
      else if (anchor && target.endsWith(".html") && !anchorsOf(target).has(decodeURIComponent(anchor))) {
        problems.push(`${page}: ${link}: there is no such anchor`);
      }
    }
  }
  return { pages: pages.length, count, problems };

  function fileOf(path, page) {
    if (path === "") return page;
    const decoded = decodeURIComponent(path);
    if (decoded.startsWith("/") && !decoded.startsWith(base)) return null;
    const inside = decoded.startsWith("/") ? decoded.slice(base.length) : posix.join(dirname(page), decoded);
    const candidates = [inside, `${inside}.html`, posix.join(inside, "index.html")];
    return candidates.find((file) => existsSync(join(dist, file)) && statSync(join(dist, file)).isFile()) ?? null;
  }
}
