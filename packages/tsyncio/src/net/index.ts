/** tsyncio/net: streams. */

export { type PausableTransport, StreamReader, type StreamReaderOptions } from "./streamReader.ts";
