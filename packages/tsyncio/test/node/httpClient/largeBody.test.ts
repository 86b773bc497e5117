import { asyncFor, asyncWith } from "tsyncio";
import { ClientSession } from "tsyncio/http-client";
import { expect, test } from "vitest";
import { serving } from "../../io/httpServers.ts";
import { clean } from "../subprocess/support.ts";

test(
  "a body of 1 GiB is read in pieces, and is never in memory as a whole",
  () =>
    clean(() =>
      serving(
        (_request, response) => {
          const block = new Uint8Array(2 ** 20);
          let left = 1024;
          const more = (): void => {
            while (left-- > 0) if (!response.write(block)) return void response.once("drain", more);
            response.end();
          };
          more();
        },
        (site) =>
          asyncWith(new ClientSession({ timeout: null }), function* (session) {
            const before = process.memoryUsage().rss;
            let [length, most] = [0, 0];
            yield* asyncFor((yield* session.get(site.url)).chunks(), function* (chunk) {
              length += chunk.byteLength;
              most = Math.max(most, process.memoryUsage.rss());
            });
            expect(length).toBe(2 ** 30);
            expect(most - before).toBeLessThan(400 * 2 ** 20);
          }),
      ),
    ),
  300_000,
);
