/** The choices of one run: at each place with several options, the option that was taken. */

/** The options of the choice that is being made. */
export interface Candidates {
  /** What option `index` runs next: a runnable, or the clock, when the first event would be late. */
  candidate(index: number): object;
}

/** Makes the choices: a strategy, or the playback of a schedule. */
export interface Chooser {
  /** Chooses one of `count` options, at least 2; option 0 is the default order. */
  pick(count: number, candidates: Candidates): number;
  /** Whether a fault of probability `p` happens; false in the default order. */
  decide(p: number, label: string | undefined): boolean;
  /** Whether to cancel the task that has just begun the `n`th wait of the run; false in the default order. */
  cancels(n: number): boolean;
}

/** The kinds of choices. Each kind has its own numbers, so that leaving out a choice moves none of another kind. */
export const ORDER = 0;
export const FAULT = 1;
export const CANCEL = 2;
export const KINDS = 3;

/** A choice that differs from the default order. */
export interface Deviation {
  readonly kind: number;
  /** The number of the choice within its kind, from 0. */
  readonly index: number;
  /** The option that was taken, and the number of options. */
  readonly value: number;
  readonly count: number;
}

/** Asks the chooser, and records its answers. */
export class Choices {
  readonly taken: number[] = [];
  readonly counts: number[] = [];
  private readonly kinds: number[] = [];
  /** The number of waits at which the chooser could cancel. */
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

  /** A hash of the choices: equal for equal choices, and nearly always different for others. */
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

/** Plays back the deviations, with the default elsewhere. An option that no longer exists counts as the default. */
export class Playback implements Chooser {
  /** The first deviation that does not fit the run. */
  misfit: { deviation: Deviation; count: number } | null = null;
  private readonly lines: Line[];

  constructor(deviations: readonly Deviation[]) {
    this.lines = Array.from({ length: KINDS }, (_, kind) => new Line(deviations.filter((d) => d.kind === kind)));
  }

  /** The deviations whose choice the run has not reached. */
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

/** The deviations of one kind, and the position of the run among them. */
class Line {
  readonly deviations: readonly Deviation[];
  place = 0;
  index = 0;

  constructor(deviations: readonly Deviation[]) {
    this.deviations = deviations;
  }
}
