import { transform } from "tsyncio-transform";
import { describe, expect, it } from "vitest";
import { output } from "./support.ts";

/** The line, in a function of a module that has a coroutine function `f` and a class with a coroutine method `m`. */
function line(code: string, imports = ""): string {
  const made = output(
    `${imports}\nasync function f() {}\nclass A { async m() {} }\nfunction o(p, e, x) {\n${code}\n}`,
    "a.tsx",
  );
  return made.split("\n")[4] ?? "";
}

describe("a coroutine function that leaves as a value", () => {
  it.each([
    ["an argument", "e.on(1, f);", 'e.on(1, $w(f,"a.tsx:6"))?.[$s];'],
    ["an argument of a constructor", "x = new E(f);", 'x = new E($w(f,"a.tsx:6"));'],
    ["in place", "e.on(1, async () => {});", 'e.on(1, $W($c(function*()    {}),"a.tsx:6"))?.[$s];'],
    [
      "a bound arrow",
      "e.on(async () => this);",
      'e.on($W($b($c(function*() {return(yield*$r( this))}).bind(this)),"a.tsx:6"))?.[$s];',
    ],
    ["a member", "e.on(x.m);", 'e.on($w(x.m,"a.tsx:6"))?.[$s];'],
    ["a property", "x = { f, g: f, h: 1 };", 'x = { f:$w(f,"a.tsx:6"), g: $w(f,"a.tsx:6"), h: 1 };'],
    ["an element", "x = [f];", 'x = [$w(f,"a.tsx:6")];'],
    ["an assigned member", "e.onclick = f;", 'e.onclick = $w(f,"a.tsx:6");'],
    ["what is returned", "return f;", 'return $w(f,"a.tsx:6");'],
    ["what an arrow function returns", "x = () => f;", 'x = () => $w(f,"a.tsx:6");'],
    ["bound", "x = e.m.bind(e);", 'x = $w(e.m,"a.tsx:6").bind(e);'],
    [
      "one of two",
      "e.on(x ? f : (g, e.m as any), x || f);",
      'e.on(x ? $w(f,"a.tsx:6") : (g, $w(e.m,"a.tsx:6") as any), x || $w(f,"a.tsx:6"))?.[$s];',
    ],
    ["JSX", "x = <B onClick={f}>{f}</B>;", 'x = <B onClick={$w(f,"a.tsx:6")}>{$w(f,"a.tsx:6")}</B>;'],
    ["another name of it", "const g = f; e.on(g);", 'const g = f; e.on($w(g,"a.tsx:6"))?.[$s];'],
    ["a private member", "e.on(e.#p);", "e.on(e.#p)?.[$s];"],
  ])("%s is handed over", (_, code, expected) => {
    if (code.includes("#p")) {
      expect(output("class A { async #p() {} o(e) { e.on(this.#p) } }")).toContain('e.on($w(this.#p,"file.ts:2"))');
    } else expect(line(code)).toBe(expected);
  });

  it("is handed over by an imported name, which may be one", () => {
    expect(line("e.on(g);", 'import { g } from "./g";')).toBe('e.on($w(g,"a.tsx:6"))?.[$s];');
    expect(line("e.on(g);", 'import g from "g";')).toBe('e.on($w(g,"a.tsx:6"))?.[$s];');
    expect(line("e.on(g);", 'import { g } from "node:g";')).toBe("e.on(g)?.[$s];");
    expect(line("e.on(g);", 'import * as g from "g";')).toBe("e.on(g)?.[$s];");
  });

  it("is handed over as a field and as a method of a literal", () => {
    expect(
      output("class A { x = async () => {}; static y = f; #z = async () => {}; }\nlet f = async () => {};"),
    ).toContain(
      'x = $W($c(function* x()    {}),"file.ts:2"); static y = $w(f,"file.ts:2"); #z = $c({["#z"]:function*()    {}}["#z"]); }',
    );
    expect(output("function o() { x = { async fetch() {}, async [k]() {} } }")).toContain(
      '{ fetch:$W($c(function* fetch() {}),"file.ts:2"),       [$k1=$k(k)]:$W($c({*[$k1]() {}}[$k1]),"file.ts:2") }',
    );
  });

  it("stays what it is in a call of tsyncio's, and where it does not leave", () => {
    const imports =
      'import * as tsy from "tsyncio"; import { run } from "tsyncio"; import { test } from "tsyncio/testing/vitest";';
    for (const code of [
      "run(f);",
      "tsy.run(f);",
      "new tsy.TaskGroup(f);",
      'test("x", async () => {});',
      "const g = f;",
      "f.call(1);",
      "x = f;",
      "x = typeof f;",
      "x ? f : 1;",
      "e.on(p);",
      "e.on(async function* () {});",
    ]) {
      expect(line(code, imports), code).not.toMatch(/\$[wW]\(/);
    }
  });

  it("names the file and the line", () => {
    const made = transform('"use tsyncio";\n\nf(async () => {})', { filename: "/a/b/c.ts?v=1" });
    expect(made?.code).toContain('"c.ts:3"');
  });
});

describe("a call in a marked module", () => {
  it.each([
    ["a parameter", "p(1);", '$u(p,"p")(1)?.[$s];'],
    ["a variable", "let g = f; g();", 'let g = f; $u(g,"g")()?.[$s];'],
    ["what a call returns", "p.x()(1);", '$u(p.x(),"p.x(...)")(1)?.[$s];'],
    ["one of two", "(p || e)?.(1);", "$u((p || e))?.(1)?.[$s];"],
    ["of a known function", "f(1);", "f(1)?.[$s];"],
    ["of a class's method", "x.m(1);", "x.m(1)?.[$s];"],
    ["of a global", "setTimeout(1);", "setTimeout(1)?.[$s];"],
  ])("of %s is lazy", (_, code, expected) => {
    expect(line(code)).toBe(expected);
  });

  it("of an import from a module of the program's own is lazy", () => {
    for (const source of ["./g", "../g", "#g", "@/g", "~/g"]) {
      expect(line("g();", `import { g } from "${source}";`), source).toBe('$u(g,"g")()?.[$s];');
    }
    for (const source of ["g", "@g/g", "node:g", "tsyncio"]) {
      expect(line("g();", `import { g } from "${source}";`), source).toBe("g()?.[$s];");
    }
  });

  it("is no decorator's", () => {
    const made = output('import { g } from "./g";\n@g() class A { @g() x = 1; }');
    expect(made).toContain("@g() class A { @g() x = 1; }");
  });

  it("of a member that may hold a wrapper is lazy, and keeps its this", () => {
    const call = (code: string) =>
      output(`const l = { async w() {} };\nasync function g(x, k) { ${code} }`).split("\n")[1];
    expect(call("await x.w(1)")).toContain('yield*$a($u(x.w,"x.w").call(x,1))');
    expect(call("await this.w()")).toContain('$u(this.w,"this.w").call(this)');
    expect(call("x.y().w(1)")).toContain('$u(($t1=x.y()).w,"x.y(...).w").call($t1,1)?.[$s]');
    expect(call("x.w?.(1)")).toContain("$u(x.w)?.call(x,1)?.[$s]");
    expect(call("x?.w(1)")).toContain('(x==null?void 0:$u(x. w,"x?.w").call(x,1))?.[$s]');
    expect(call("x.y?.w?.(1)")).toContain("(($t1=x.y)==null?void 0:$u($t1. w)?.call($t1,1))?.[$s]");
    expect(call("x?.w(1).y")).toContain("x?.w(1).y");
    expect(call("x.w<T>(1)")).toContain('$u(x.w,"x.w").call<T>(x,1)');
    expect(call("x[k](1)")).toContain("x[k](1)");
    // No call of what stands above, in code without semicolons.
    expect(output("const l = { async w() {} };\nfunction g(x, k) {\nk\nx?.w(1)\n}")).toContain("k\n;(x==null?void 0:");
    expect(output("const l = [async () => {}];\nasync function g(x, k) { x[k](1) }")).toContain(
      '$u(x[k],"x[k]").call(x,1)',
    );
  });
});

describe(".then, .catch and .finally", () => {
  it("directly under an await stay in the task", () => {
    expect(line("x = async () => { await e().catch(1) }")).toContain('yield*$a($h($u(e,"e")()).catch(1))');
    expect(line("x = async () => { await (e().then(1).finally(2)) }")).toContain(
      'yield*$a(($h($h($u(e,"e")()).then(1)).finally(2)))',
    );
    expect(line("x = async () => { return e().catch(1) }")).toContain('return yield*$r($h($u(e,"e")()).catch(1))');
    expect(line("x = async () => e().catch(1)")).toContain('yield*$r( $h($u(e,"e")()).catch(1))');
  });

  it("elsewhere draw a warning, where a coroutine is certain", () => {
    expect(warnings("const g = f().catch(h);")).toEqual([
      [
        "unlinked-chain",
        3,
        11,
        "what .catch() returns is no part of this task: cancelling it does not reach the call. Write await … .catch(…), or createTask(…) for work on its own",
      ],
    ]);
    expect(rules("f().then(h).finally(h)")).toEqual(["unlinked-chain", "unlinked-chain"]);
    expect(rules("new A().m().catch(h)")).toEqual(["unlinked-chain"]);
    expect(rules('import { run, sleep } from "tsyncio"; sleep(1).then(h); run(f()).then(h).catch(h)')).toEqual([
      "unlinked-chain",
    ]);
    expect(rules("fetch(1).then(h); h().catch(1); (async () => { await f().then(h); return f().then(h) })")).toEqual(
      [],
    );
  });
});

describe("Promise's combinators", () => {
  it("of coroutines draw a warning that names what cancels", () => {
    expect(warnings("Promise.all([1, f()])")).toEqual([
      [
        "promise-combinator",
        3,
        1,
        "Promise.all does not cancel the coroutines that it waits for: write await gather(…)",
      ],
    ]);
    for (const [code, instead] of [
      ["Promise.race([f()])", "wait(…, { returnWhen: FIRST_COMPLETED })"],
      ["Promise.any([...[f()]])", "asCompleted(…)"],
      ["Promise.allSettled(xs.map(f))", "gather(…, { returnExceptions: true })"],
      ["Promise.all(xs.map(async () => {}))", "gather(…)"],
    ] as const) {
      expect(String(warnings(code)[0]?.[3]), code).toContain(instead);
    }
  });

  it("of promises do not", () => {
    for (const code of [
      "Promise.all([fetch(1), x.y()])",
      "Promise.all(xs)",
      "Promise.resolve(f())",
      "class Promise {} Promise.all([f()])",
    ]) {
      expect(rules(code), code).toEqual([]);
    }
  });
});

describe("a function that returns the coroutine of another, for a caller that drops it", () => {
  it("is handed over like a coroutine function", () => {
    expect(line("setTimeout(() => f(x), 1);")).toBe('setTimeout($W(() => f(x),"a.tsx:6"), 1)?.[$s];');
    expect(line("e.forEach((y) => f(y));")).toBe('e.forEach($W((y) => f(y),"a.tsx:6"))?.[$s];');
    expect(rules("setTimeout(() => f(), 1)")).toEqual([]);
    expect(line("e.map((y) => f(y));")).not.toContain("$W");
    expect(line("setTimeout(() => p());")).not.toContain("$W");
  });

  it("draws a warning where it is not certain", () => {
    expect(warnings("x.on('a', () => new A().m())")).toEqual([
      [
        "lost-coroutine",
        3,
        11,
        "this function returns a coroutine, which on does not await: write async (…) => await …",
      ],
    ]);
    expect(
      rules("x.map(() => f()); x.on('a', async () => f()); x.on('a', () => g()); x.on('a', () => { f() })"),
    ).toEqual([]);
    expect(rules("const setTimeout = h; setTimeout(() => new A().m())")).toEqual([]);
  });
});

describe("a guarded catch", () => {
  it("that does more than report draws a warning", () => {
    const inside = (handler: string) => rules(`async () => { try { await 1 } catch (e) { ${handler} } }`);
    expect(inside("rollback(e)")).toEqual(["guarded-catch"]);
    expect(inside("console.error(e)")).toEqual([]);
    expect(inside("console.error(String(e))")).toEqual([]);
    expect(inside("throw new Error('x', { cause: e })")).toEqual([]);
    expect(inside("rollback(e); throw e")).toEqual([]);
    expect(warnings("async () => { try { await 1 } catch { a() } }")).toEqual([
      [
        "guarded-catch",
        3,
        31,
        "this catch is not run when the task is cancelled: put cleanup into finally, or ask isCancelled(error)",
      ],
    ]);
  });

  it("does not where the work is for errors of a class", () => {
    const inside = (handler: string) => rules(`async () => { for (;;) try { await 1 } catch (e) { ${handler} } }`);
    for (const handler of [
      "if (!(e instanceof Lost)) throw e; rollback()",
      "if (!(e instanceof Lost) || left === 0) { throw e } rollback()",
      "if (!(e instanceof Lost) && !(e instanceof Late)) return; rollback()",
      "if (!(e instanceof Lost || e instanceof Late)) break; rollback()",
      "if (e instanceof Lost) rollback(); else throw e",
      "if (e instanceof Lost && e.again) { rollback() } else if (e instanceof Late) { retry() } else console.log(e)",
      "if (!(e instanceof Lost)) { console.log(e) } else { rollback() }",
    ]) {
      expect(inside(handler), handler).toEqual([]);
    }
    for (const handler of [
      "if (!(e instanceof Error)) throw e; rollback()",
      "if (!(other instanceof Lost)) throw e; rollback()",
      "if (!(e instanceof Lost)) console.log(e); rollback()",
      "if (e instanceof Lost || left === 0) rollback()",
      "if (!(e instanceof Lost) && left === 0) throw e; rollback()",
      "if (e instanceof Lost) throw e; rollback()",
      "if (e instanceof Lost) console.log(e); else rollback()",
      "e = wrapped; if (!(e instanceof Lost)) throw e; rollback()",
    ]) {
      expect(inside(handler), handler).toEqual(["guarded-catch"]);
    }
  });
});

function warnings(code: string) {
  const made = transform(`"use tsyncio";\nasync function f() {} class A { async m() {} }\n${code}`, {
    filename: "a.ts",
  });
  return (made?.warnings ?? []).map(({ rule, line, column, message }) => [rule, line, column, message]);
}

const rules = (code: string) => warnings(code).map(([rule]) => rule);
