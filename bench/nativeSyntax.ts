/** Compiles the programs in native syntax as they load: `node --import`. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "../packages/tsyncio-transform/src/index.ts";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/tsyncio-?[Nn]ative\.ts$/.test(url)) return loaded;
    const compiled = transform(String(loaded.source), { filename: fileURLToPath(url) });
    return compiled === null ? loaded : { ...loaded, source: compiled.code };
  },
});
