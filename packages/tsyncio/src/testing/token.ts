/** A failing schedule as a short text, which can be kept and replayed. */

import { ValueError } from "../base/errors.ts";
import { type Deviation, KINDS } from "./choices.ts";
import { MODELS, type Model, type Settings } from "./settings.ts";

/** The version of the format: a token of another version is refused, not misread. */
const VERSION = "tsy1";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The content of a token. */
export interface Schedule {
  readonly model: Model;
  readonly jitter: number;
  readonly checkpointEveryAwait: boolean;
  readonly cancelEverywhere: boolean;
  /** The seed of the run; 0 if the run drew no random number. */
  readonly seed: number;
  /** The number of choices of the run. */
  readonly length: number;
  readonly deviations: readonly Deviation[];
}

export function toToken(settings: Settings, seed: number, length: number, deviations: readonly Deviation[]): string {
  const { model, jitter, checkpointEveryAwait, cancelEverywhere } = settings;
  const flags = MODELS.indexOf(model) | (checkpointEveryAwait ? 4 : 0) | (cancelEverywhere ? 8 : 0);
  const numbers = [flags, Math.round(jitter * 1000), seed >>> 0, length];
  for (let kind = 0; kind < KINDS; kind++) {
    const own = deviations.filter((deviation) => deviation.kind === kind);
    numbers.push(own.length);
    let place = 0;
    for (const { index, value, count } of own) {
      numbers.push(index - place, value, count);
      place = index + 1;
    }
  }
  return `${VERSION}.${encode(numbers)}`;
}

/** @throws {ValueError} for a text that is not a token of this version. */
export function fromToken(token: string): Schedule {
  if (typeof token !== "string" || !token.startsWith(`${VERSION}.`)) {
    throw new ValueError(
      `a schedule's token looks like ${VERSION}.AAfQ…; got ${String(token)}. One of another version of tsyncio cannot be played`,
    );
  }
  const numbers = decode(token.slice(VERSION.length + 1));
  const [flags = -1, jitter = 0, seed = 0, length = -1, ...rest] = numbers ?? [];
  const model = MODELS[flags & 3];
  const deviations = numbers === null || length < 0 ? null : readDeviations(rest);
  if (model === undefined || deviations === null) {
    throw new ValueError(`the token ${token} is damaged: copy it as a whole`);
  }
  const checkpointEveryAwait = (flags & 4) !== 0;
  return {
    model,
    jitter: jitter / 1000,
    checkpointEveryAwait,
    cancelEverywhere: (flags & 8) !== 0,
    seed,
    length,
    deviations,
  };
}

/**
 * For each kind how many there are, and then each with its distance from the one before. Null if they do not add up.
 */
function readDeviations(numbers: readonly number[]): Deviation[] | null {
  const deviations: Deviation[] = [];
  let at = 0;
  for (let kind = 0; kind < KINDS; kind++) {
    let place = 0;
    for (let left = numbers[at++] ?? Number.NaN; left !== 0; left--) {
      const [gap, value, count] = numbers.slice(at, at + 3);
      if (gap === undefined || value === undefined || count === undefined) return null;
      deviations.push({ kind, index: place + gap, value, count });
      place += gap + 1;
      at += 3;
    }
  }
  return at === numbers.length ? deviations : null;
}

/** Five bits per letter, the lowest first; the sixth bit says that the number goes on. */
function encode(numbers: readonly number[]): string {
  let text = "";
  for (const number of numbers) {
    let rest = number;
    do {
      const low = rest % 32;
      rest = Math.floor(rest / 32);
      text += ALPHABET[rest > 0 ? low + 32 : low];
    } while (rest > 0);
  }
  return text;
}

function decode(text: string): number[] | null {
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return null;
    number += (digit % 32) * factor;
    factor *= 32;
    if (digit >= 32) continue;
    numbers.push(number);
    number = 0;
    factor = 1;
  }
  return factor === 1 ? numbers : null;
}
