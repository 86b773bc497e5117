import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

/** A coroutine that waits, with this handler. */
const handler = (body: string, param = "(error)") =>
  `import { isCancelled, CancelledError } from "tsyncio"; function* f() { try { yield* work(); } catch ${param} { ${body} } }`;
const found = (messageId: "swallowed" | "converted", body: string, param?: string) => ({
  code: handler(body, param),
  errors: [{ messageId }],
});

tester.run("no-swallowed-cancellation", plugin.rules["no-swallowed-cancellation"], {
  valid: [
    handler("throw error;"),
    handler("log(error); undo(); throw error;"),
    handler("if (isCancelled(error)) throw error; log(error);"),
    handler("if (error instanceof CancelledError) throw error; log(error);"),
    handler("throw isCancelled(error) ? error : new AppError(error);"),
    handler("if (!(error instanceof RangeError)) throw error; fallback();"),
    handler("if (error instanceof RangeError) return 0; throw error;"),
    handler("if (error.code === 5) { retry(); } else { throw error; }"),
    handler("if (last) { throw error; } else { log(); throw error; }"),
    handler("try { undo(); } finally { throw error; }"),
    handler("switch (error.code) { case 1: return 0; default: throw error; }"),
    handler("{ throw error; }"),
    handler("const transient = error instanceof RangeError; if (!transient || left === 0) throw error;"),
    handler("const known = KINDS.some((kind) => error instanceof kind); if (!known) throw error;"),
    handler("const { code } = error; if (last || code !== 5) throw error; again();"),
    `import * as tsy from "tsyncio"; function* f() { try { yield* g(); } catch (e) { if (tsy.isCancelled(e)) throw e; } }`,
    // Nothing is waited for there, or not by a coroutine.
    `import "tsyncio"; function* f() { try { work(); } catch {} yield* g(); }`,
    `import "tsyncio"; function* f() { try { each(function* () { yield* g(); }); } catch {} }`,
    `import "tsyncio"; async function f() { try { await g(); } catch {} }`,
    `import "tsyncio"; function* f() { try { yield* g(); } finally { end(); } }`,
    `import { call } from "typed-redux-saga"; function* f() { try { yield* call(g); } catch (error) { log(error); } }`,
    // In native syntax a cancellation passes by itself.
    `"use tsyncio"; async function f() { try { await g(); } catch (error) { log(error); } }`,
  ],
  invalid: [
    found("swallowed", "", ""),
    found("swallowed", ""),
    found("swallowed", "log(error);"),
    found("swallowed", "return null;"),
    found("swallowed", "log(error.message);", "({ message })"),
    found("swallowed", "if (attempt === 3) throw error; attempt++;"),
    found("swallowed", "if (error instanceof RangeError) throw new AppError(error); log(error);"),
    found("swallowed", "const last = left === 0; if (last) throw error; log(error);"),
    found("swallowed", "// isCancelled\n log('CancelledError');"),
    found("swallowed", "function isCancelled2() {} isCancelled2(error);"),
    found("converted", "throw new AppError('failed', { cause: error });"),
    found("converted", "undo(); throw new AppError();"),
    {
      code: `import "tsyncio"; function isCancelled(e) { return false; } function* f() { try { yield* g(); } catch (e) { if (isCancelled(1)) throw e; } }`,
      errors: [{ messageId: "swallowed" }],
    },
    {
      code: `import "tsyncio"; const f = function* () { while (true) { try { yield* g(); } catch { continue; } } };`,
      errors: [{ messageId: "swallowed" }],
    },
    {
      code: `import "tsyncio"; class A { *m() { try { yield* g(); } catch (e) { this.report(e); } } }`,
      errors: [{ messageId: "swallowed" }],
    },
  ],
});
