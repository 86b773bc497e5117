/** `tsyncio/native`, the runtime of the native syntax: see production.ts, to which this adds what index.ts does. */

import { installDiagnostics } from "../diagnostics/install.ts";
import { installPlatform } from "../host/platform.ts";

export * from "./production.ts";

// A module of coroutines need not import tsyncio itself.
installPlatform();
installDiagnostics();
