/** The errors of a simulated system, as Node makes them. */

/** Linux's numbers, as in `error.errno`: a run is the same on every system. */
const NUMBERS = {
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
} as const;

export type SystemErrorCode = keyof typeof NUMBERS;

/** `connect ECONNREFUSED 10.0.0.2:80`. The streams make Python's classes of it. */
export function systemError(
  syscall: string,
  code: SystemErrorCode,
  about: { readonly address?: string; readonly port?: number; readonly hint?: string } = {},
): Error {
  const { address, port, hint } = about;
  const where = address === undefined ? "" : ` ${address}${port === undefined ? "" : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${where}${hint === undefined ? "" : `: ${hint}`}`);
  return Object.assign(error, { code, errno: NUMBERS[code], syscall, address, port });
}
