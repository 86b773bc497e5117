import plugin from "eslint-plugin-tsyncio";
import { tester } from "./ruleTester.ts";

const errors = [{ messageId: "dropped" }];

tester.run("no-dropped-task", plugin.rules["no-dropped-task"], {
  valid: [
    `import { createTask } from "tsyncio"; const task = createTask(f()); tasks.add(createTask(f()));`,
    `import { createTask } from "tsyncio"; function* g() { yield* createTask(f()); return createTask(f()); }`,
    `import { createTask } from "tsyncio"; createTask(f()).addDoneCallback(done);`,
    `import { createTask } from "tsyncio"; void createTask(f());`,
    `import { TaskGroup } from "tsyncio"; group.createTask(f());`,
    `import { getRunningLoop } from "tsyncio"; const loop = getRunningLoop(); loop.createTask(f());`,
    `createTask(f()); getRunningLoop().createTask(f());`,
    `import { createTask } from "other"; createTask(f());`,
  ],
  invalid: [
    { code: `import { createTask } from "tsyncio"; createTask(f());`, errors },
    { code: `import { createTask as start } from "tsyncio"; function* g() { start(f(), { name: "x" }); }`, errors },
    { code: `import * as tsy from "tsyncio"; ready && tsy.createTask(f());`, errors },
    { code: `import { ensureFuture } from "tsyncio"; ensureFuture(f());`, errors },
    { code: `import { getRunningLoop } from "tsyncio"; getRunningLoop().createTask(f());`, errors },
    { code: `"use tsyncio"; import { createTask } from "tsyncio"; async function g() { createTask(f()); }`, errors },
  ],
});
