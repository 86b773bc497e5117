/** One run of a program under one schedule. */

import { lazyOf } from "../base/lazy.ts";
import { Choices, type Chooser } from "./choices.ts";
import type { Found } from "./failure.ts";
import { Random } from "./random.ts";
import type { Checks, Settings } from "./settings.ts";
import { type Main, Simulation } from "./simulation.ts";
import { World } from "./world.ts";

/** A program, with what all of its runs share. */
export interface Program {
  readonly main: Main<unknown>;
  readonly settings: Settings;
  readonly checks: Checks;
  /** Sets the world whose clock and random numbers the program sees. */
  readonly enter: (world: World) => void;
}

export interface Run {
  readonly world: World;
  readonly choices: Choices;
  readonly found: Found | null;
}

/** `prepare` is called with the world before the program begins. */
export function play(program: Program, chooser: Chooser, seed: number, prepare?: (world: World) => void): Run {
  const choices = new Choices(chooser);
  const world = new World(program.settings, program.checks, choices, new Random(seed));
  prepare?.(world);
  program.enter(world);
  const main = lazyOf(program.main); // called as a function, it stands in stacks by its own name
  const found = world.play(() => main(new Simulation(world, seed)));
  return { world, choices, found };
}
