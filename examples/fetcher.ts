"use tsyncio";
// The main job: URLs from local servers, some at a time, with timeouts and retries.
// What it stands for: aiohttp's session.get(url) in tasks under a semaphore. `npm start` runs it; Ctrl-C stops it.
// Note: "비동기함수", fetcher의 의미. Its parts are in fetcher/; begin with fetcher/main.ts.
// It has no generator form beside it: `tsyncio-transform --print FILE` shows that of any file.
import { KeyboardInterrupt, run } from "tsyncio";
import { main } from "./fetcher/main.ts";
import { help, parseOptions, UsageError } from "./fetcher/options.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") console.log(help);
  else await run(main(options));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}. --help shows the options.`);
    process.exitCode = 2;
  } else if (error instanceof KeyboardInterrupt) {
    process.exitCode = 130; // what a shell expects of a program that Ctrl-C has ended
  } else throw error;
}
