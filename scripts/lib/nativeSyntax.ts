// A plugin of Vite, Rollup and Rolldown that compiles the modules of this repository that begin with "use tsyncio".
import { transform } from "../../packages/tsyncio-transform/src/index.ts";

export function nativeSyntax() {
  return {
    name: "native-syntax",
    /** Before the others: the compiler takes TypeScript as it is written. */
    enforce: "pre" as const,
    transform(code: string, id: string): { code: string; map: string } | null {
      const compiled = transform(code, { filename: id.split("?")[0] ?? id });
      return compiled && { code: compiled.code, map: String(compiled.map) };
    },
  };
}
