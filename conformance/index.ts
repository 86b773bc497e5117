/** The portable face: what runs conformance cases in any runtime, browsers included. */

export { type ExecuteOptions, execute } from "./execute.ts";
export { BadProgram, type Case, checkCase, type Program, parseCases, type TraceEvent } from "./program.ts";
export { check, firstDifference, type Outcome, passed, sideBySide } from "./report.ts";
export { translate } from "./translate.ts";
