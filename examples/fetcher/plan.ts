/** Which server a URL is on and how that server treats each request: drawn from the seed, so that runs are alike. */

export const servers = [
  { name: "fast", share: 0.5 },
  { name: "slow", share: 0.3 },
  { name: "flaky", share: 0.16 },
  { name: "dead", share: 0.04 },
] as const;

export type ServerName = (typeof servers)[number]["name"];

export interface Treatment {
  /** Seconds until something happens. */
  delay: number;
  answer: "ok" | "error 500" | "reset" | "none";
}

/** The server of item `id`. */
export function serverOf(seed: number, id: number): ServerName {
  let rest = random(seed, id, 0);
  for (const { name, share } of servers) {
    rest -= share;
    if (rest < 0) return name;
  }
  return "fast";
}

/** What the server does with the request for item `id`; `attempt` counts from 1. */
export function treat(seed: number, id: number, attempt: number): Treatment {
  const luck = random(seed, id, 2 * attempt);
  const speed = random(seed, id, 2 * attempt + 1);
  switch (serverOf(seed, id)) {
    case "fast":
      return { delay: 0.02 + 0.08 * speed, answer: "ok" };
    case "slow":
      return { delay: 0.2 + 0.4 * speed, answer: "ok" };
    case "flaky":
      return { delay: 0.03 + 0.12 * speed, answer: luck < 0.4 ? "error 500" : luck < 0.55 ? "reset" : "ok" };
    case "dead":
      // Some answer when asked again.
      return { delay: 0.1, answer: luck < 0.7 ? "none" : "ok" };
  }
}

/** A number from 0 to 1 that depends on nothing but the arguments. */
function random(...numbers: number[]): number {
  let hash = 0x9e3779b9;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
