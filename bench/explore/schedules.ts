/**
 * Prints schedules a second of one kind: schedules.ts KIND REPEATS MILLISECONDS. A second is one of processor time, all
 * threads together: none of these programs ever waits, and a machine that does other things too would count as slow.
 */
import { median } from "../measure.ts";
import { programs } from "./programs.ts";

const [kind = "", repeats = "", atLeast = ""] = process.argv.slice(2);
const run = programs[kind];
if (run === undefined) throw new Error(`there is no program "${kind}" here`);

let seed = 1;
/** Milliseconds that `count` schedules take. */
const time = async (count: number): Promise<number> => {
  const begun = process.cpuUsage();
  await run(count, seed++);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
};

// As many schedules in each measurement as take that long; finding out how many is the warm-up.
let count = 100;
for (let warm = 0; ; ) {
  const took = await time(count);
  warm += took;
  if (took >= Number(atLeast) && warm >= 1000) break;
  if (took < Number(atLeast)) count *= 2;
}
const figures: number[] = [];
for (let i = 0; i < Number(repeats); i += 1) figures.push((count * 1000) / (await time(count)));
console.log(median(figures));
