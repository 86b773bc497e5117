/** The command line. */

export interface Options {
  urls: number;
  limit: number;
  timeout: number;
  seed: number;
}

export const help = `npm start -- [OPTIONS]

Fetches URLs from local HTTP servers, some of which are slow, fail, or never answer.

  --urls N      how many URLs (200)
  --limit N     how many at a time (20)
  --timeout S   seconds for each try; a URL is tried up to three times (0.8)
  --seed N      another number, another course of things (1)
  --help        this text`;

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

interface Rule {
  otherwise: number;
  accepts(n: number): boolean;
  kind: string;
}

const rules: Readonly<Record<keyof Options, Rule>> = {
  urls: { otherwise: 200, accepts: (n) => Number.isInteger(n) && n >= 1 && n <= 100_000, kind: "from 1 to 100000" },
  limit: { otherwise: 20, accepts: (n) => Number.isInteger(n) && n >= 1, kind: "of at least 1, without a fraction" },
  timeout: { otherwise: 0.8, accepts: (n) => n > 0 && n <= 3600, kind: "of seconds, above 0 and up to 3600" },
  seed: { otherwise: 1, accepts: Number.isSafeInteger, kind: "without a fraction" },
};

/** The options, or "help". Throws `UsageError`. */
export function parseOptions(args: readonly string[]): Options | "help" {
  const options: Options = {
    urls: rules.urls.otherwise,
    limit: rules.limit.otherwise,
    timeout: rules.timeout.otherwise,
    seed: rules.seed.otherwise,
  };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [flag = "", inline] = arg.split("=", 2);
    if (flag === "--help" || flag === "-h") return "help";
    if (!flag.startsWith("--") || !Object.hasOwn(rules, flag.slice(2))) throw new UsageError(`unknown option ${flag}`);
    const name = flag.slice(2) as keyof Options;
    const value = inline ?? rest.shift();
    if (value === undefined) throw new UsageError(`${flag} needs a number after it`);
    const { accepts, kind } = rules[name];
    const n = Number(value);
    if (value.trim() === "" || !accepts(n))
      throw new UsageError(`${flag} expects a number ${kind}, got ${JSON.stringify(value)}`);
    options[name] = n;
  }
  return options;
}
