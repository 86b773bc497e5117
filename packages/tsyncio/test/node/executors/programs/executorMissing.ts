/** Without tsyncio/executors there is no default executor, and the error says so. */
import { run, toThread } from "tsyncio";

await run(toThread(() => 1)).catch((error) => console.log(String(error)));
