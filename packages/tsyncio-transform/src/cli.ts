#!/usr/bin/env node
/** The command `tsyncio-transform`. */

import { main } from "./command.ts";

process.exitCode = main(process.argv.slice(2), process.stdout, process.stderr);
