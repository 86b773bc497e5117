/** What the portable tests of the client share: servers that are functions. */

import { type Coroutine, sleep } from "tsyncio";
import { ClientSession, type FetchedResponse, type FetchInit, type SessionOptions } from "tsyncio/http-client";

export interface Call {
  readonly url: string;
  readonly init: FetchInit;
}

type Answer = (call: Call, count: number) => FetchedResponse;

/** A session whose server answers after `delay` seconds; what it is asked is in `calls`. */
export function sessionTo(
  answer: Answer,
  options: SessionOptions & { delay?: number } = {},
): { session: ClientSession; calls: Call[] } {
  const calls: Call[] = [];
  const { delay = 1, ...rest } = options;
  const fetch = function* (url: string, init: FetchInit): Coroutine<FetchedResponse> {
    const call = { url, init };
    const count = calls.push(call);
    yield* sleep(delay);
    return answer(call, count);
  };
  return { session: new ClientSession({ base: "http://server/", ...rest, fetch }), calls };
}

export const ok = (body: string): FetchedResponse => ({ status: 200, body });
