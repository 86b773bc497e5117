// What every package says of itself, and whether the links of the pages that are packed lead somewhere.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { brokenLinks, extras, manifestOf, packages } from "../../../../scripts/lib/packed.mjs";

const folder = fileURLToPath(new URL("../../../", import.meta.url));

describe.each(packages)("the package %s", (name) => {
  const manifest = manifestOf(name);
  const packed = extras(name);

  it("has all fields that npm shows, and those that others have", () => {
    expect(manifest).toMatchObject({
      name,
      version: manifestOf("tsyncio").version,
      description: expect.stringMatching(/^.{40,140}$/),
      keywords: expect.arrayContaining(["tsyncio"].slice(name === "tsyncio" ? 1 : 0)),
      license: "MIT",
      author: expect.any(String),
      type: "module",
      engines: { node: expect.any(String) },
      files: expect.any(Array),
    });
    // The address is written by scripts/repository.mjs: everywhere or nowhere.
    const { repository } = manifestOf("tsyncio") as { repository?: { url: string } };
    expect(manifest.repository).toEqual(
      repository && { type: "git", url: repository.url, directory: `packages/${name}` },
    );
  });

  it("has a README and a licence", () => {
    expect(readme(name, packed)).toMatch(new RegExp(`^# ${name}\n`));
    expect(packed.get("LICENSE")).toContain("MIT License");
  });

  it("has pages whose links lead to other pages of the package", () => {
    const shipped = manifest.files as string[];
    const has = (path: string) =>
      [...packed.keys()].some((file) => file === path || file.startsWith(`${path}/`)) ||
      (shipped.some((start) => path === start || path.startsWith(`${start}/`)) && existsSync(join(folder, name, path)));
    const pages = new Map([...packed].filter(([path]) => path.endsWith(".md")));
    for (const path of ownPages(name)) pages.set(path, readFileSync(join(folder, name, path), "utf8"));
    expect([...pages].flatMap(([path, text]) => brokenLinks(path, text, has))).toEqual([]);
    for (const path of packed.keys()) expect(path === "LICENSE" || isShipped(path, shipped)).toBe(true);
  });
});

function readme(name: string, packed: Map<string, string>): string {
  return packed.get("README.md") ?? readFileSync(join(folder, name, "README.md"), "utf8");
}

/** The pages in the folder of a package, but those that prepack puts there. */
function ownPages(name: string): string[] {
  if (name === "tsyncio") return [];
  const docs = join(folder, name, "docs");
  const there = existsSync(docs) && statSync(docs).isDirectory() ? readdirSync(docs).map((file) => `docs/${file}`) : [];
  return ["README.md", ...there];
}

/** npm packs README, LICENSE and package.json always. */
function isShipped(path: string, files: string[]): boolean {
  return path === "README.md" || files.some((start) => path === start || path.startsWith(`${start}/`));
}
