/** Tasks in components of React. */

export { type UsedTask, useTask } from "./useTask.ts";
