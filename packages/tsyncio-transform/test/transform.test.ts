import { parseSync } from "rolldown/utils";
import { isMarked, TransformError, transform } from "tsyncio-transform";
import { describe, expect, it } from "vitest";
import { compiled, output } from "./support.ts";

describe("a module", () => {
  it("that is not marked is left alone", () => {
    expect(transform("async function f() {}", { filename: "a.ts" })).toBeNull();
    expect(isMarked("async function f() {}")).toBe(false);
  });

  it("that only mentions the directive is left alone", () => {
    for (const code of ['const s = "use tsyncio";', '// "use tsyncio"\nasync function f() {}', 'f("use tsyncio")']) {
      expect(transform(code, { filename: "a.js" }), code).toBeNull();
    }
  });

  it("imports the helpers that it uses, on the line of the directive", () => {
    expect(compiled("export async function f() { await g() }")).toMatch(
      /^import\{coroutineFunction as \$c,awaited as \$a\}from"tsyncio\/native";\n/,
    );
    expect(transform(`#!/usr/bin/env node\n'use tsyncio'\nasync function f() {}`, { filename: "a.js" })?.code).toBe(
      `#!/usr/bin/env node\nimport{coroutineFunction as $c}from"tsyncio/native";\nconst f=/* @__PURE__ */$c(function* f() {});`,
    );
  });

  it("requires them where it is CommonJS", () => {
    const made = transform(`"use strict";\n"use tsyncio";\nasync function f() {}`, { filename: "a.cjs" });
    expect(made?.code).toMatch(/^"use strict";\nconst\{coroutineFunction:\$c\}=require\("tsyncio\/native"\);\n/);
  });

  it("keeps its other directives before the import", () => {
    const made = transform(`"use tsyncio"\n"use client"\nasync function f() {}`, { filename: "a.ts" });
    expect(made?.code.split("\n")[1]).toMatch(/^"use client";import/);
  });

  it("whose directive is not its first statement is an error", () => {
    expect(() => transform(`import x from "x";\n"use tsyncio";`, { filename: "a.ts" })).toThrow(
      'a.ts:2:1: "use tsyncio" must be the first statement of the module: here it means nothing',
    );
  });

  it("that cannot be parsed is an error with the place", () => {
    let error: unknown;
    try {
      transform(`"use tsyncio";\n\nconst a = ;`, { filename: "a.ts" });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TransformError);
    expect(error).toMatchObject({ filename: "a.ts", line: 3, column: 11 });
    expect(String(error)).toContain("a.ts:3:11: ");
  });

  it("may use the helpers' names itself", () => {
    const made = compiled("const $a = 1, $$c = 2; export async function f() { await $a; }");
    expect(made).toContain("awaited as $$$a");
    expect(made).toContain("yield*$$$a($a)");
  });

  it("can be parsed by any parser with the same AST", () => {
    const code = `"use tsyncio";\nexport async function f<T>(x: T) { return await g(x); }`;
    expect(transform(code, { filename: "a.ts", parse: parseSync })?.code).toBe(
      transform(code, { filename: "a.ts" })?.code,
    );
  });

  it("has a source map when it is asked for", () => {
    const map = transform(`"use tsyncio";\nconst f = async () => { await g(); }`, { filename: "a.ts" })?.map;
    expect(map).toMatchObject({ version: 3, sources: ["a.ts"] });
    expect(map?.mappings.split(";")).toHaveLength(2);
  });

  it("stays native at its own level", () => {
    const code = "await f();\nfor await (const x of xs) x;\nawait using a = b;\nexport const y = await z;";
    expect(output(code)).toBe(code);
  });
});

describe("a function", () => {
  it("that nothing refers to before its declaration becomes a constant, which bundlers can drop", () => {
    expect(output("export async function f(x: number): Promise<void> {}")).toBe(
      "export const f=/* @__PURE__ */$c(function* f(x: number): Promise<void> {});",
    );
    expect(output("export default async function f() { return f }")).toBe(
      '               const f=/* @__PURE__ */$c(function* f() { return yield*$r($w(f,"file.ts:2")) });export{f as default};',
    );
    expect(output("export default async function () {}")).toBe(
      "export default /* @__PURE__ */(()=>$c({default:function* () {}}.default))();",
    );
    expect(output("async function* g() {}\nexport { g };")).toBe(
      "const g=/* @__PURE__ */$g(function* g() {});\nexport { g };",
    );
  });

  it("stays a declaration where another shape would change its meaning", () => {
    for (const [code, name] of [
      ["f();\nasync function f() {}", "f"],
      ["const g = () => f();\ng();\nasync function f() {}", "f"],
      ["const g = { f };\nasync function f() {}", "f"],
      ["const g = [1].map(() => f());\nasync function f() {}", "f"],
      ["class A { static x = new A(); y = f() }\nasync function f() {}", "f"],
      ["export default f;\nasync function f() {}", "f"],
      ["async function f() {}\nf = null;", "f"],
      ["async function f() { f = 1 }", "f"],
      ["async function f() {}\nvar f;", "f"],
      ["function f(a: string): Promise<void>;\nasync function f(a: any) {}", "f"],
      ["async function f() {}\nnamespace f { export const x = 1 }", "f"],
    ] as const) {
      const made = compiled(code);
      expect(made, code).toContain(`${name}.prototype=$P;`);
      expect(made, code).toMatch(/function\* {6}f\(/);
    }
  });

  it("may be referred to above by functions that cannot have run yet", () => {
    const above =
      'import { l } from "l";\nconst a = l("a"), m = new Map();\nclass A { m() { return f() } }\nexport async function g() { await f() }';
    const made = output(`${above}\nasync function f() {}\nawait g();`);
    expect(made).toContain("const f=");
    expect(made).toContain("export const g=");
  });

  it("that refers to itself alone becomes a constant", () => {
    expect(output("async function f(n) { if (n) await f(n - 1) }\nf(1)")).toContain("const f=");
  });

  it("inside of another is registered at the head of its block", () => {
    expect(output("function outer() {\n  async function f() {}\n  if (1) { async function* g() {} }\n}")).toBe(
      "function outer() {f.prototype=$P;\n  function*      f() {}\n  if (1) {g.prototype=$G; function*       g() {} }\n}",
    );
  });

  it("in a switch is registered by the first test, and behind the directives of a function", () => {
    expect(output("function o(x) { switch (x) { default: case 1: async function f() {} } }")).toContain(
      "case (f.prototype=$P,1):",
    );
    expect(output('function o() { "use strict"\n async function f() {} }')).toContain('"use strict";f.prototype=$P;\n');
  });

  it("as an expression has the name that JavaScript has for it", () => {
    expect(output("const f = async () => 1;")).toBe("const f = /* @__PURE__ */$c(function* f() {return( 1)});");
    expect(output("let f = async () => f();")).toContain(
      '/* @__PURE__ */(()=>$c({f:function*() {return(yield*$r( $u(f,"f")()))}}.f))()',
    );
    expect(output("const f = async () => f;")).toContain("function* f()");
    expect(output("() => ({ a: async function () {}, default: async () => {}, 'b c': async () => {} });")).toBe(
      '() => ({ a: $W($c(function* a    () {}),"file.ts:2"), default: $W($c({default:function*()    {}}.default),"file.ts:2"), ' +
        '\'b c\': $W($c({["b c"]:function*()    {}}["b c"]),"file.ts:2") });',
    );
  });

  it("keeps its types, comments and generics", () => {
    expect(
      output("const f = async <T,>(x?: (a: T) => void): Promise<T> /* => */ => { return await g<T>(x) };"),
    ).toContain("function* f<T,>(x?: (a: T) => void): Promise<T> /* => */    { return yield*$a(g<T>(x)) }");
  });
});

describe("an arrow function", () => {
  it("is bound where it uses this, also in a function inside of it", () => {
    const bound = output("function o() { const f = async () => { () => this.x } }");
    expect(bound).toContain("const f = $b($c(function* f()    { () => this.x }).bind(this))");
    expect(output("function o() { return async () => { function f() { this } } }")).not.toContain("bind");
  });

  it("takes arguments, new.target and super from around it", () => {
    expect(output("function o() { const f = async () => [arguments, { arguments }, new.target] }")).toBe(
      "function o() { const f = (($n1,$n2)=>$c(function* f() {return( [$n1      , { arguments:$n1 }, $n2       ])}))(arguments,new.target) }",
    );
    expect(
      output(
        "class A extends B { m() { return async (k) => [super.a, super[k], super.b(1), super.c?.(), super[k]()] } }",
      ),
    ).toContain(
      '[$n1("a"), $n1(  k), $n1("b").call(this,1), $n1("c")?.call(this), $n1(  k).call(this)])}).bind(this)))((key)=>super[key])',
    );
  });

  it("that assigns to super is an error with advice", () => {
    for (const code of ["super.x = 1", "super.x++", "[super.x] = y", "({ a: super.x } = y)"]) {
      expect(() => output(`class A extends B { m() { return async () => { ${code} } } }`), code).toThrow(
        /^file\.ts:2:\d+: super\.x cannot be assigned to in an async arrow function: use an async method$/,
      );
    }
  });

  it("in the constructor of a subclass takes its `this` when it runs: before super() there is none", () => {
    expect(
      output("class A extends B { constructor() { super(async () => this.x, () => async () => this) } }"),
    ).toContain(
      'super($W((($n1)=>$c(function*() {return(yield*$r( $n1().x))}))(()=>this),"file.ts:2"), () => $W((($n2)=>',
    );
    expect(output("class A { constructor() { this.f = async () => this } }")).toContain(".bind(this)");
    expect(output("class A extends B { constructor() { super(); class C { f = async () => this } } }")).toContain(
      ".bind(this)",
    );
  });

  it("that calls super() is an error with advice", () => {
    expect(() => output("class A extends B { constructor() { (async () => super())() } }")).toThrow(
      /^file\.ts:2:\d+: super\(\) cannot be called in an async arrow function/,
    );
  });

  it("with one bare parameter gets its parentheses", () => {
    expect(output("function o() { const f = async x => { x }, g = async/**/y=>y }")).toBe(
      "function o() { const f = $c(function* f(x)    { x }), g = $c(function* g(y){return(yield*$r(y))}) }",
    );
  });

  it("that ended a statement without a semicolon still ends it", () => {
    expect(output("const f = async () => {}\n(g)")).toContain("{})\n;(g)");
    expect(output("const f = async () => {}\nconst g = 1")).toContain("{})\nconst g");
    expect(output("function o() { return async () => {}\n(g) }")).toContain('"file.ts:2")\n;(g)');
    expect(output("class A { x = async () => {}\n*g() {} }")).toContain('"file.ts:2")\n;*g() {}');
  });
});

describe("methods", () => {
  it("of a class are registered by a static block", () => {
    expect(output("class A {\n  async m() {}\n  static async *s() {}\n  async [k]() {}\n  async 'a b'() {}\n}")).toBe(
      'class A {static{$m(this.prototype,["m",$k1,\'a b\'],[]);$m(this,[],["s"])}\n' +
        "  *     m() {}\n  static *      s() {}\n  *     [$k1=$k(k)]() {}\n  *     'a b'() {}\n}",
    );
  });

  it("that are private are registered by a field", () => {
    expect(output("class A { async #m() {} static async #s() {} }")).toBe(
      "class A {static{$c(this.#s)}#$r1=($C(this.#m),0); *     #m() {} static *     #s() {} }",
    );
  });

  it("below a field without a semicolon are no multiplication", () => {
    expect(output("class A {\n  x = 1\n  async m() {}\n  y\n  private async n() {}\n}")).toContain(
      "  x = 1\n  ;*     m() {}\n  y\n  ;private *     n() {}",
    );
    expect(output("class A {\n  accessor x = 1\n  async m() {}\n}")).toContain("x = 1\n  ;*     m");
    // Where types are taken out of the text, the first semicolon goes with them.
    for (const type of ["abstract y: number", "m(): Promise<void>", "declare y: number"]) {
      const made = (above: string) => output(`abstract class A {\n  ${above}\n  ${type}\n  async m() {}\n}`);
      expect(made("x = 1"), type).toContain(`${type}\n  ;;*     m`);
      expect(made("x = 1;"), type).toContain(`${type}\n  *     m`);
    }
    expect(output("class A {\n  x() {}\n  async m() {}\n}")).toContain("  x() {}\n  *     m");
  });

  it("keep their modifiers, and are registered before their decorators see them", () => {
    expect(output("class A { @log() public static override async m(): Promise<void> {} }")).toContain(
      "@log() @((method,key,property)=>void $c(property?property.value:method)) public static override *     m(): Promise<void> {}",
    );
  });

  it("of an object become its values; those with super stay methods", () => {
    expect(output("function o() { return { async m() {}, async *[Symbol.asyncIterator]() {}, async get() {} } }")).toBe(
      'function o() { return { m:$W($c(function* m() {}),"file.ts:2"),        [Symbol.asyncIterator]:$g({*[Symbol.asyncIterator]() {}}[Symbol.asyncIterator]), get:$W($c(function* get() {}),"file.ts:2") } }',
    );
    expect(output("function o() { return { async m() { super.m() }, async __proto__() {} } }")).toMatch(
      /return \$o\(\{ \* {5}m\(\) \{ super\.m\(\)\?\.\[\$s\] \}, \* {5}__proto__\(\) \{\} \},\["m","__proto__"\],\[\]\)/,
    );
  });
});

describe("await, return and yield", () => {
  const inside = (code: string) => output(`async function f() {\n${code}\n}`).split("\n").slice(1, -1).join("\n");

  it("keep the columns of a call of a known function", () => {
    expect(inside("await f(1); const x = await f(2);")).toBe("yield*f(1); const x = yield*f(2);");
    expect(output('import { sleep } from "tsyncio";\nasync function f() { await sleep(1) }')).toContain(
      "{ yield*sleep(1) }",
    );
    expect(output('import { sleep } from "own";\nasync function f() { await sleep(1) }')).toContain(
      "yield*$a(sleep(1))",
    );
  });

  it("have parentheses where the operators around them bind more tightly", () => {
    expect(inside("x(1 + await a, (await a).b, await a ? 1 : 2, -await a, await a in b)")).toBe(
      "x(1 + (yield*$a(a)), (yield*$a(a)).b, (yield*$a(a)) ? 1 : 2, -(yield*$a(a)), (yield*$a(a)) in b)?.[$s]",
    );
  });

  it("begin no call of the line above", () => {
    expect(inside("a\nawait a || b")).toBe("a\n;(yield*$a(a)) || b");
    expect(inside("if (a)\nawait a || b")).toBe("if (a)\n(yield*$a(a)) || b");
    expect(inside("if (a) x; else\nawait a || b")).toBe("if (a) x; else\n(yield*$a(a)) || b");
  });

  it("wait for what is returned, unless it is plainly no promise", () => {
    expect(inside("return g();")).toBe("return yield*$r(g());");
    expect(inside("return f();")).toBe("return yield*f();");
    for (const plain of [
      "1",
      "{ a: g() }",
      "[g()]",
      "await g()",
      "a + b",
      "`x`",
      "!x",
      "(a, 1)",
      "undefined",
      "(1 as const)!",
    ]) {
      expect(inside(`return ${plain === "{ a: g() }" ? `(${plain})` : plain};`), plain).not.toContain("$r(");
    }
  });

  it("follow the protocol of async generators", () => {
    expect(output("async function* g() { const x = yield h(); yield 1; yield; yield* xs; return h() }")).toContain(
      "{ const x = yield yield*$r(h()); yield 1; yield; yield* $d(xs); return yield*$r(h()) }",
    );
  });
});

describe("loops and resources", () => {
  it("for await keeps labels at the loop and every line where it was", () => {
    expect(
      output("async function f() {\n  a: for await (const { x = 1 } of g(\n    1)) {\n    continue a;\n  }\n}")
        .split("\n")
        .slice(1),
    ).toEqual([
      "  const $i1=new $I(g(",
      "    1));try{a:while(yield*$i1.next())      {const { x = 1 }=$i1.value;",
      "    continue a;",
      "  }}catch($e2){throw $i1.fail($e2)}finally{if($i1.left())yield*$i1.close()}",
      "});",
    ]);
  });

  it("for await keeps the names of its block apart from those of its head", () => {
    expect(output("async function f() { for await (const x of z) { const x = 1; y(x) } }")).toContain(
      "{const x=$i1.value;      { const x = 1; y(x)?.[$s] }}}catch",
    );
    expect(output("async function f() { for await (const { x = y } of z) { let y } }")).toContain(
      "=$i1.value;      { let y }}}",
    );
  });

  it("for await is one statement where only one may stand", () => {
    expect(output("async function f() { if (a) for await (x of y) z; else b }")).toMatch(
      /if \(a\) \{const \$i1=.*\$i1\.close\(\)\}\} else b/,
    );
  });

  it("for await assigns to any target", () => {
    expect(output("async function f() { for await ([o.x, y] of z); }")).toContain("{([o.x, y]=$i1.value);");
  });

  it("using and await using leave their block through a scope", () => {
    expect(output("async function f() { await using a = g(), b = h(); using c = i(); }")).toBe(
      "const f=/* @__PURE__ */$c(function* f() {const $s1=new $S();try{ const       a = yield*$s1.use(g()), b = yield*$s1.use(h()); " +
        "const c = $s1.add(i()); }catch($e2){$s1.fail($e2)}finally{yield*$s1.exit()}});",
    );
    expect(output("function f() { using c = i(); g() }")).toBe(
      "function f() {const $s1=new $S();try{ const c = $s1.add(i()); g()?.[$s] }catch($e2){$s1.fail($e2)}finally{$s1.end()}}",
    );
  });

  it("using in the head of any loop", () => {
    expect(output("function f() { l: for (using a = g(); a.x; ) continue l; }")).toContain(
      "{ const $s1=new $S();try{l: for (const a = $s1.add(g()); a.x; ) continue l;}catch($e2){$s1.fail($e2)}finally{$s1.end()} }",
    );
    expect(output("async function f() { for (await using a of g()) h; }")).toContain(
      "for (const       a of g()) {const $s1=new $S();try{yield*$s1.use(a);h;}catch",
    );
    expect(output("async function f() { for (using a of b) for await (const c of a) d; }")).toContain(
      "{const $s1=new $S();try{$s1.add(a);{const $i3=new $I(a);try{while",
    );
  });
});

describe("a catch around an await", () => {
  const handler = (text: string, imports = "") =>
    output(`${imports}\nasync function f(g) { try { await g } catch ${text} }`).includes("$x(");

  it("lets cancellations pass, whatever it catches by", () => {
    const around = (code: string) => output(`async function f(g) { try { await g } catch ${code} }`);
    expect(around("(e) { h }")).toContain("catch (e) {$x(e); h }");
    expect(around("{ h }")).toContain("catch ($e1){$x($e1); h }");
    expect(around("({ message }: any) { h }")).toContain("catch ($e1){$x($e1);let { message }: any=$e1;{ h }}");
  });

  it("takes them where the handler refers to cancellation by a binding of tsyncio's", () => {
    expect(handler("(e) { if (isCancelled(e)) h }", 'import { isCancelled } from "tsyncio";')).toBe(false);
    expect(handler("(e) { if (gone(e)) h }", 'import { isCancelled as gone } from "tsyncio";')).toBe(false);
    expect(handler("(e) { if (e instanceof tsy.CancelledError) h }", 'import * as tsy from "tsyncio";')).toBe(false);
    expect(handler("(e) { if (isCancelled(e)) h }", 'import { isCancelled } from "./own";')).toBe(true);
    expect(handler("(e) { if (isCancelled(e)) h }", "function isCancelled() {}")).toBe(true);
    expect(handler("(e) { /* isCancelled */ h('CancelledError') }", 'import { isCancelled } from "tsyncio";')).toBe(
      true,
    );
    expect(handler("(e) { const isCancelled = 1; isCancelled }", 'import { isCancelled } from "tsyncio";')).toBe(true);
  });

  it("takes them where every path throws what was caught", () => {
    for (const code of [
      "(e) { h(); throw e }",
      "(e) { if (h) throw e; else { i(); throw e } }",
      "(e) { try { h() } finally { throw e } }",
      "(e) { while (h) i(); throw e }",
    ]) {
      expect(handler(code), code).toBe(false);
    }
    for (const code of [
      "(e) { if (h) throw e }",
      "(e) { if (h) return; throw e }",
      "(e) { e = h; throw e }",
      "(e) { throw new Error('x', { cause: e }) }",
      "(e) { while (h) return; throw e }",
      "(e) { { const e = h; throw e } }",
    ]) {
      expect(handler(code), code).toBe(true);
    }
  });

  it("has no guard where nothing is waited for", () => {
    expect(output("async function f(g) { try { (async () => { await g }) } catch (e) { h } }")).not.toContain("$x(");
    expect(output("function f(g) { try { g } catch (e) { h } }")).not.toContain("$x(");
    expect(output("async function f(g) { try { return g() } catch (e) { h } }")).toContain("$x(");
  });
});

describe("a call as a statement", () => {
  it("is asked for a coroutine that was not taken", () => {
    expect(output("f(); void f(); a && f(); a ? f() : g(); (f(), a?.b());")).toBe(
      "f()?.[$s]; void f()?.[$s]; a && f()?.[$s]; a ? f()?.[$s] : g()?.[$s]; (f()?.[$s], a?.b()?.[$s]);",
    );
  });

  it("is left alone with all that it has, where vitest moves it above the imports", () => {
    const code = [
      'import { vi as v } from "vitest";',
      'v.mock("./a", async (original) => ({ ...(await original()), f: async () => 1 }));',
      "const { g } = v.hoisted(() => ({ g: async () => 2 }));",
    ].join("\n");
    expect(output(code)).toBe(code);
    expect(output('vi.mock("./a");')).toBe('vi.mock("./a");');
    expect(output('import { mock } from "m";\nmock.mock(async () => {});')).toContain("$W(");
  });

  it("is left alone where the result is used, and for globals that return nothing", () => {
    const code =
      "console.log(1); x = f(); class A extends B { constructor() { super() } } async function g() { await h }";
    expect(output(code)).not.toContain("[$s]");
    expect(output("const console = f; console.log(1)")).toContain("[$s]");
  });
});
