/** tsyncio/http-client: aiohttp's ClientSession, over the platform's fetch. */

import { installNativeCalls } from "../tasks/nativeCalls.ts";

export {
  ClientConnectionError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  ContentTypeError,
  InvalidURL,
  ServerConnectionError,
  ServerDisconnectedError,
  ServerTimeoutError,
  TooManyRedirects,
} from "./errors.ts";
export type {
  ClientTimeout,
  Fetch,
  FetchedResponse,
  FetchInit,
  HeaderFields,
  RequestData,
  RequestOptions,
  SessionOptions,
} from "./options.ts";
export { ClientResponse } from "./response.ts";
export type { RetryOptions } from "./retrying.ts";
export { ClientSession } from "./session.ts";

installNativeCalls();
