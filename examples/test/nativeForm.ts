/**
 * The examples in native syntax, as they are imported. Those that call run() themselves are tested as programs: see
 * ../node.
 */

export * as asCompleted from "../asCompleted.ts";
export * as asyncFor from "../asyncFor.ts";
export * as asyncGenerator from "../asyncGenerator.ts";
export * as asyncWith from "../asyncWith.ts";
export * as awaitables from "../awaitables.ts";
export * as awaitSum from "../awaitSum.ts";
export * as cancellation from "../cancellation.ts";
export * as comprehensions from "../comprehensions.ts";
export * as coroutineObject from "../coroutineObject.ts";
export * as createTask from "../createTask.ts";
export * as delivery from "../delivery.ts";
export * as deliveryGather from "../deliveryGather.ts";
export * as deliveryTasks from "../deliveryTasks.ts";
export * as ensureFutureGather from "../ensureFutureGather.ts";
export * as fetchData from "../fetchData.ts";
export * as gather from "../gather.ts";
export * as gatherExceptions from "../gatherExceptions.ts";
export * as gatherTasks from "../gatherTasks.ts";
export * as generatorCoroutine from "../generatorCoroutine.ts";
export * as hello from "../hello.ts";
export * as partial from "../partial.ts";
export * as queue from "../queue.ts";
export * as sayAfterCoroutine from "../sayAfterCoroutine.ts";
export * as sayAfterTask from "../sayAfterTask.ts";
export * as semaphore from "../semaphore.ts";
export * as sleep from "../sleep.ts";
export * as taskGroup from "../taskGroup.ts";
export * as timeout from "../timeout.ts";
export * as wait from "../wait.ts";
export * as waitFor from "../waitFor.ts";
