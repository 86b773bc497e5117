/** PostgreSQL's request to cancel what a session runs. */

import { TimeoutError } from "../base/errors.ts";
import type { Pg, PgClient } from "./library.ts";

/**
 * Asks the server, on a connection of its own, to cancel what the client's session runs. `answered` is called once:
 * when the server has taken the request and has closed that connection, or with an error, after `seconds` at the
 * latest.
 *
 * The server's answer matters: until then the request may still be on its way, and would cancel the session's next
 * query.
 */
export function cancelRequest(
  pg: Pg,
  client: PgClient,
  seconds: number,
  answered: (error: Error | null) => void,
): void {
  const { host, port, ssl, sslNegotiation } = client;
  const wire = new pg.Connection({ ssl, sslNegotiation });
  let failure: Error | null = new Error("the server closed the connection before it took the request");
  const fail = (error: Error): void => {
    failure = error;
    wire.stream.destroy();
  };
  const send = (): void => {
    failure = null;
    wire.cancel(client.processID, client.secretKey);
  };
  const timer = setTimeout(fail, seconds * 1000, new TimeoutError("the server has not taken the request to cancel"));
  wire.on("connect", () => {
    if (!ssl) send();
    else if (sslNegotiation !== "direct") wire.requestSsl();
  });
  wire.on("sslconnect", send);
  wire.on("error", fail);
  wire.once("end", () => {
    clearTimeout(timer);
    answered(failure);
  });
  // A path is the folder of the server's unix socket.
  if (host.startsWith("/")) wire.connect(`${host}/.s.PGSQL.${port}`);
  else wire.connect(port, host);
}
