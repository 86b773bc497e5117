/** tsyncio: Python's asyncio for TypeScript. */

import { installDiagnostics } from "./diagnostics/install.ts";
import { installPlatform } from "./host/platform.ts";

export * from "./production.ts";

installPlatform();
installDiagnostics();
