/** Options that are times. */

/** A timer can be set to no more. */
const MOST = 2_000_000;

/** @throws {Error} The text is no number above 0; for a point in `time`, no number of at least 0. */
export function secondsOf(option: string, text: string, { time = false } = {}): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0 || (time && value === 0))) {
    const least = time ? "0 or more" : "above 0";
    throw new Error(`--${option} must be a number of seconds, ${least}, got ${JSON.stringify(text)}`);
  }
  if (value > MOST) throw new Error(`--${option} must be at most ${MOST} seconds, got ${JSON.stringify(text)}`);
  return value;
}
