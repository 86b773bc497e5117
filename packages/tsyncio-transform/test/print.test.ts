import { readFileSync } from "node:fs";
import { print } from "tsyncio-transform";
import { describe, expect, it } from "vitest";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");

describe("the generator form", () => {
  it("reads as code that was written by hand", () => {
    expect(print(fixture("printed.in.txt"), { filename: "file.ts" })).toBe(fixture("printed.out.txt"));
  });

  it("of a module that is not marked is nothing", () => {
    expect(print("async function f() {}", { filename: "file.ts" })).toBeNull();
  });

  it("indents by the module's own unit, and leaves texts and comments alone", () => {
    const code =
      '"use tsyncio";\nasync function f() {\n\tawait using a = g();\n\tconst t = `\n x`; /*\n y */\n\tif (a)\n\t\tb()\n\t\t\t.c;\n}';
    expect(print(code, { filename: "file.ts" })?.split("\n").slice(1)).toEqual([
      "const f = coroutine(function* f() {",
      "\tconst scope1 = new Scope();",
      "\ttry {",
      "\t\tconst a = yield* scope1.use(g());",
      "\t\tconst t = `",
      " x`; /*",
      " y */",
      "\t\tif (a)",
      "\t\t\tb()",
      "\t\t\t.c;",
      "\t} catch (error2) {",
      "\t\tscope1.fail(error2);",
      "\t} finally {",
      "\t\tyield* scope1.exit();",
      "\t}",
      "});",
      "",
    ]);
  });

  it("uses no name that the module uses", () => {
    const printed = print('"use tsyncio";\nconst awaited = 1, coroutine = 2;\nexport async function f() { await g }', {
      filename: "a.ts",
    });
    expect(printed).toContain("awaited as $awaited");
    expect(printed).toContain("coroutineFunction as $coroutine");
    expect(printed).toContain("yield* $awaited(g)");
  });
});
