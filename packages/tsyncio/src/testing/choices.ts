/** The choices of one run: where there was more than one way to go on, which was taken. */

/** What may come next at the choice that is being made. */
export interface Candidates {
  /** What option `index` would let come next: a runnable; the clock where the first event would be late. */
  candidate(index: number): object;
}

/** What makes the choices: a strategy, or a schedule that is played again. */
export interface Chooser {
  /** One of `count` options, 2 or more; 0 is what comes by default. */
  pick(count: number, candidates: Candidates): number;
  /** Whether a fault of probability `p` happens. No is the default. */
  decide(p: number, label: string | undefined): boolean;
  /** Whether to cancel the task that has just come to its wait, the `n`th of the run. No is the default. */
  cancels(n: number): boolean;
}

/** The kinds of choices. Each is counted by itself, so that one that is left out does not move those of other kinds. */
export const ORDER = 0;
export const FAULT = 1;
export const CANCEL = 2;
export const KINDS = 3;

/** A choice that was not the default. */
export interface Deviation {
  readonly kind: number;
  /** Which choice of its kind, from 0. */
  readonly index: number;
  /** The option taken, and how many there were. */
  readonly value: number;
  readonly count: number;
}

/** Asks the chooser, and keeps what it said. */
export class Choices {
  readonly taken: number[] = [];
  readonly counts: number[] = [];
  private readonly kinds: number[] = [];
  /** How many waits of tasks have been offered for cancellation. */
  waits = 0;
  private readonly chooser: Chooser;

  constructor(chooser: Chooser) {
    this.chooser = chooser;
  }

  pick(count: number, candidates: Candidates): number {
    return this.keep(this.chooser.pick(count, candidates), count, ORDER);
  }

  decide(p: number, label?: string): boolean {
    return this.keep(this.chooser.decide(p, label) ? 1 : 0, 2, FAULT) === 1;
  }

  cancels(): boolean {
    return this.keep(this.chooser.cancels(this.waits++) ? 1 : 0, 2, CANCEL) === 1;
  }

  deviations(): Deviation[] {
    const found: Deviation[] = [];
    const places = new Array<number>(KINDS).fill(0);
    this.taken.forEach((value, i) => {
      const kind = this.kinds[i] as number;
      const index = places[kind] as number;
      places[kind] = index + 1;
      if (value !== 0) found.push({ kind, index, value, count: this.counts[i] as number });
    });
    return found;
  }

  /** The same number for the same choices; others have nearly always another. */
  hash(): number {
    const { taken, counts } = this;
    let low = taken.length;
    let high = 0x9e3779b9;
    for (let i = 0; i < taken.length; i++) {
      const word = ((counts[i] as number) << 16) ^ (taken[i] as number);
      low = Math.imul(low ^ word, 0x01000193);
      high = Math.imul(high ^ (word + i), 0x85ebca6b);
      high ^= high >>> 15;
    }
    return (high & 0x1fffff) * 0x100000000 + (low >>> 0);
  }

  private keep(value: number, count: number, kind: number): number {
    this.taken.push(value);
    this.counts.push(count);
    this.kinds.push(kind);
    return value;
  }
}

/** Plays the deviations, and the default elsewhere. An option that is not there any more counts as the default. */
export class Playback implements Chooser {
  /** The first deviation that did not fit the run. */
  misfit: { deviation: Deviation; count: number } | null = null;
  private readonly lines: Line[];

  constructor(deviations: readonly Deviation[]) {
    this.lines = Array.from({ length: KINDS }, (_, kind) => new Line(deviations.filter((d) => d.kind === kind)));
  }

  /** The deviations whose place the run has not come to. */
  get left(): readonly Deviation[] {
    return this.lines.flatMap(({ deviations, place }) => deviations.slice(place));
  }

  pick(count: number, _candidates?: Candidates): number {
    return this.take(ORDER, count);
  }

  decide(_p: number, _label: string | undefined): boolean {
    return this.take(FAULT, 2) === 1;
  }

  cancels(_wait: number): boolean {
    return this.take(CANCEL, 2) === 1;
  }

  private take(kind: number, count: number): number {
    const line = this.lines[kind] as Line;
    const deviation = line.deviations[line.place];
    if (deviation === undefined || deviation.index !== line.index++) return 0;
    line.place++;
    if (deviation.count !== count) this.misfit ??= { deviation, count };
    return deviation.value < count ? deviation.value : 0;
  }
}

/** The deviations of one kind, and how far the run has come. */
class Line {
  readonly deviations: readonly Deviation[];
  place = 0;
  index = 0;

  constructor(deviations: readonly Deviation[]) {
    this.deviations = deviations;
  }
}
