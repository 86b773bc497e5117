/**
 * What the compiler of the native syntax (`tsyncio-transform`) imports, under short names. Their names and their
 * meaning are a
 * contract: the output of one version of the compiler runs on a later runtime, so that a change of meaning is a new
 * name.
 */

import { installNativeCalls } from "../tasks/nativeCalls.ts";

export { adopted, awaited } from "./awaiting.ts";
export { chained } from "./chained.ts";
export { coroutineFunction, coroutinePrototype } from "./coroutinePrototype.ts";
export { delegate } from "./delegate.ts";
export { dropped } from "./dropped.ts";
export {
  boundFunction,
  generatorFunction,
  methods,
  objectMethods,
  privateGenerator,
  privateMethod,
  propertyKey,
} from "./functions.ts";
export { generatorPrototype } from "./generatorPrototype.ts";
export { guard } from "./guard.ts";
export { handedOver, handedOverHere, lazy } from "./handedOver.ts";
export { Iteration } from "./iteration.ts";
export { Scope } from "./scope.ts";

installNativeCalls();
