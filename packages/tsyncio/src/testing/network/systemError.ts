/** The errors of a simulated system, as Node makes them. */

/** Linux's numbers, as in `error.errno`. */
const NUMBERS: Readonly<Record<string, number>> = {
  EINVAL: -22,
  EPIPE: -32,
  EMSGSIZE: -90,
  EADDRINUSE: -98,
  EADDRNOTAVAIL: -99,
  ENETUNREACH: -101,
  ECONNRESET: -104,
  ETIMEDOUT: -110,
  ECONNREFUSED: -111,
  ENOTFOUND: -3008,
};

/** `connect ECONNREFUSED 10.0.0.2:80`. The streams make Python's classes of it. */
export function systemError(
  syscall: string,
  code: string,
  about: { readonly address?: string; readonly port?: number; readonly hint?: string } = {},
): Error {
  const { address, port, hint } = about;
  const where = address === undefined ? "" : ` ${address}${port === undefined ? "" : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${where}${hint === undefined ? "" : `: ${hint}`}`);
  return Object.assign(error, { code, errno: NUMBERS[code], syscall, address, port });
}
