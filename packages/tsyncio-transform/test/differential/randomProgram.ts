/**
 * Random programs whose log must not depend on what runs them: they wait for everything that they begin. Each has async
 * functions, arrow functions, methods and generators, loops, errors, cleanup and resources, nested at random.
 */

/** The same program for the same seed. */
export function randomProgram(seed: number): string {
  return new Writer(seed).program();
}

/** What the programs use: ways to wait, iterators written by hand, resources that log. */
const PRELUDE = `
let fuel = 40; // calls: functions call each other in loops
const later = (v) => new Promise((resolve) => setImmediate(resolve, v));
const soon = (v) => Promise.resolve(v);
const failing = (v) => Promise.reject(new Error("rejected " + v));
const thenable = (v) => ({ then(resolve) { resolve(v); } });
const byHand = (log, n) => {
  let i = 0;
  return {
    [Symbol.asyncIterator]() { return this; },
    async next() { log("next", i); return i < n ? { value: i++, done: false } : { value: undefined, done: true }; },
    async return(v) { log("return"); return { value: v, done: true }; },
  };
};
const resource = (log, n) => ({ n, async [Symbol.asyncDispose]() { await later(0); log("left", n); } });
const syncResource = (log, n) => ({ n, [Symbol.dispose]() { log("left at once", n); } });
`;

interface Place {
  /** What may be used here: variables that hold numbers. */
  readonly names: readonly string[];
  readonly depth: number;
  /** Labels of the loops around, the innermost one last. */
  readonly loops: readonly string[];
  readonly generator: boolean;
}

class Writer {
  private state: number;
  private made = 0;
  private readonly functions: string[] = [];
  private readonly generators: string[] = [];

  constructor(seed: number) {
    this.state = seed;
  }

  program(): string {
    const parts: string[] = [];
    for (let i = 0; i < 3; i++) parts.push(this.declaration());
    const place: Place = { names: ["n"], depth: 0, loops: [], generator: false };
    const main = this.block(place, 6);
    return `"use tsyncio";${PRELUDE}${parts.join("\n")}\nasync function main(log) {\nconst n = 3;\n${main}\n}\nmodule.exports = { main };\n`;
  }

  // ---- chance

  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  private fresh(letter: string): string {
    return `${letter}${++this.made}`;
  }

  // ---- functions

  private declaration(): string {
    const place: Place = { names: ["a", "b"], depth: 1, loops: [], generator: false };
    const name = this.fresh("f");
    const body = () => `if (--fuel < 0) return 0;\n${this.block(place, 3)}`;
    const text = this.pick([
      () => `async function ${name}(log, a, b = a + 1) {\n${body()}\nreturn a + b;\n}`,
      () => `const ${name} = async (log, a, b = 2) => {\n${body()}\nreturn ${this.value(place)};\n};`,
      () =>
        `const ${name} = async (log, a, { b = a } = {}) => (--fuel < 0 ? 0 : ${this.value({ ...place, depth: 3 })});`,
      () => this.classWith(name, body),
      () => this.literalWith(name, body),
      () => this.generatorNamed(name),
    ])();
    if (!text.includes("function*") && !text.startsWith("async function*")) this.functions.push(name);
    return text;
  }

  private classWith(name: string, body: () => string): string {
    const key = this.pick(["m", "#m", "[String('m')]", "'m'"]);
    const call = key === "#m" ? "this.#m(log, a)" : "this.m(log, a)";
    return (
      `class ${name}Class {\nn = 1\nasync ${key}(log, a, b = 3) {\n${body()}\nreturn a * b + this.n;\n}\n` +
      `run = async (log, a) => ${call};\nstatic async of(log, a) { return await new ${name}Class().run(log, a); }\n}\n` +
      `const ${name} = (log, a) => ${name}Class.of(log, a);`
    );
  }

  private literalWith(name: string, body: () => string): string {
    return (
      `const ${name}Object = {\nn: 2,\nasync m(log, a, b = this.n) {\n${body()}\nreturn a - b;\n},\n` +
      `get f() { return async (log, a) => (await this.m(log, a)) + this.n; },\n};\n` +
      `const ${name} = async (log, a) => await ${this.pick([`${name}Object.m(log, a)`, `${name}Object.f(log, a)`, `${name}Object?.m(log, a)`])};`
    );
  }

  private generatorNamed(name: string): string {
    this.generators.push(name);
    const place: Place = { names: ["a"], depth: 1, loops: [], generator: true };
    return `async function* ${name}(log, a) {\nif (--fuel < 0) return;\ntry {\nyield a;\n${this.block(place, 3)}\nyield soon(a + 1);\n} finally {\nlog("closed ${name}");\n}\n}`;
  }

  // ---- statements

  private block(place: Place, most: number): string {
    let names = place.names;
    const lines: string[] = [];
    for (let i = 1 + this.below(most); i > 0; i--) {
      const [text, name] = this.statement({ ...place, names });
      lines.push(text);
      if (name !== null) names = [...names, name];
    }
    return lines.join("\n");
  }

  private statement(place: Place): readonly [text: string, name: string | null] {
    const name = this.fresh("v");
    if (this.random() < 0.3) {
      return [
        this.pick([
          `const ${name} = ${this.value(place)};`,
          `let ${name}; ${name} = ${this.value(place)};`,
          `const { ${name} = ${this.value(place)} } = ${this.pick(["{}", `{ ${name}: 1 }`, "await soon({})"])};`,
          `const [${name} = ${this.value(place)}] = [${this.pick(["", "await later(4)"])}];`,
        ]),
        name,
      ];
    }
    const simple = [
      () => `log("${name}", ${this.value(place)});`,
      () => `await ${this.waitable(place)};`,
      () => `if (${this.value(place)} % 7 === 3) throw new Error("${name}");`,
    ];
    if (place.generator) simple.push(() => `log("sent", yield ${this.value(place)});`);
    const last = place.loops.at(-1);
    if (last !== undefined) {
      simple.push(
        () =>
          `if (${this.value(place)} % 3 === 1) ${this.pick(["break", "continue"])} ${this.pick([last, place.loops[0]])};`,
      );
    }
    if (place.depth > 3) return [this.pick(simple)(), null];
    const inner = { ...place, depth: place.depth + 1 };
    const nested = [
      () => `if (${this.value(place)} % 2) {\n${this.block(inner, 2)}\n} else {\n${this.block(inner, 2)}\n}`,
      () => this.attempt(inner, name),
      () => this.attempt(inner, name),
      () => this.loop(inner, name),
      () => this.forAwait(inner, name),
      () => this.forAwait(inner, name),
      () => `{\n${this.using(name)}\n${this.block(inner, 3)}\n}`,
      () =>
        `switch (${this.value(place)} % 3) {\ncase await soon(1):\n${this.block(inner, 1)}\nbreak;\ndefault:\nlog("default");\n}`,
      () => `{\n${name}(log);\nfunction ${name}(log) { log("hoisted ${name}"); }\n}`,
    ];
    return [this.pick([...simple, ...nested, ...nested])(), null];
  }

  private attempt(place: Place, name: string): string {
    const caught = this.pick([
      `catch (e) {\nlog("caught", e.message);\n${this.block(place, 1)}\n}`,
      `catch ({ message }) {\nlog("caught", message);\n}`,
      `catch {\nlog("caught something");\n}`,
    ]);
    const last = `finally {\nlog("finally ${name}");\nawait later(0);\n}`;
    return `try {\n${this.block(place, 3)}\n} ${this.pick([caught, `${caught} ${last}`])}`;
  }

  private loop(place: Place, name: string): string {
    const inner = { ...place, names: [...place.names, name], loops: [...place.loops, `l${name}`] };
    const body = this.block(inner, 2);
    return this.pick([
      `l${name}: for (let ${name} = 0; ${name} < 3; ${name}++) {\n${body}\n}`,
      `l${name}: for (const ${name} of [1, await later(2)]) {\n${body}\n}`,
      `{\nlet ${name} = 0;\nl${name}: while (await soon(${name}++ < 2)) {\n${body}\n}\n}`,
      `{\nlet ${name} = 0;\nl${name}: do {\n${body}\n} while (await soon(${name}++ < 2));\n}`,
    ]);
  }

  private forAwait(place: Place, name: string): string {
    const inner = { ...place, names: [...place.names, name], loops: [...place.loops, `l${name}`] };
    const sources = ["[1, later(2), 3]", "byHand(log, 3)", "new Set([soon(4)])"];
    for (const generator of this.generators) sources.push(`${generator}(log, ${this.value({ ...place, depth: 4 })})`);
    const source = this.pick(sources);
    const body = this.block(inner, 2);
    return this.pick([
      `l${name}: for await (const ${name} of ${source}) {\n${body}\n}`,
      `{\nlet ${name};\nl${name}: for await (${name} of ${source}) {\n${body}\n}\n}`,
      `l${name}: for await (const { ${name} = 1 } of ${source}) {\n${body}\n}`,
    ]);
  }

  private using(name: string): string {
    return this.pick([
      `await using ${name} = resource(log, "${name}");`,
      `using ${name} = syncResource(log, "${name}");`,
      `await using ${name} = syncResource(log, "${name}"), ${name}b = resource(log, "${name}b"), none = null;`,
    ]);
  }

  // ---- expressions: all of them numbers

  private value(place: Place): string {
    const leaf = [this.pick(place.names), String(this.below(9)), this.pick(place.names)];
    if (place.depth > 4) return this.pick(leaf);
    const inner = { ...place, depth: place.depth + 1 };
    return this.pick([
      () => this.pick(leaf),
      () => `(${this.value(inner)} + ${this.value(inner)})`,
      () => `(${this.value(inner)} % 2 ? ${this.value(inner)} : await ${this.waitable(inner)})`,
      () => `(await ${this.waitable(inner)})`,
      () => `(await ${this.waitable(inner)} + 1)`,
      () => `Number(await ${this.waitable(inner)} || ${this.value(inner)})`,
      () => `[${this.value(inner)}, await ${this.waitable(inner)}].length`,
      () => `({ x: await ${this.waitable(inner)} }).x`,
      () => `-await ${this.waitable(inner)}`,
      () => `Number(\`\${await ${this.waitable(inner)}}\`)`,
    ])();
  }

  private waitable(place: Place): string {
    const inner = { ...place, depth: place.depth + 1 };
    const value = this.value(inner);
    const choices = [`later(${value})`, `soon(${value})`, `thenable(${value})`, value];
    for (const name of this.functions) choices.push(`${name}(log, ${value})`);
    if (place.depth < 3) {
      const x = this.fresh("x");
      const own = { ...inner, names: [...inner.names, x], generator: false, loops: [] };
      choices.push(`(async (${x}) => ${this.value(own)})(${value})`);
      choices.push(`(async function (${x}) {\n${this.block(own, 2)}\nreturn ${this.value(own)};\n})(${value})`);
      choices.push(`failing(${value}).catch(async (e) => e.message.length)`);
      choices.push(`soon(${value}).then((${x}) => ${x} + 1).finally(() => log("chained"))`);
    }
    return this.pick(choices);
  }
}
