/** tsyncio/net: streams, transports and protocols, servers, TLS, UDP, names; subprocesses, signals, pipes. */

import { installNativeCalls } from "../tasks/nativeCalls.ts";

export {
  type AcceptedSocketOptions,
  type ConnectionOptions,
  connectAcceptedSocket,
  createConnection,
  createUnixConnection,
  type UnixConnectionOptions,
} from "./connection.ts";
export { createServer, createUnixServer, type ServerOptions, type UnixServerOptions } from "./createServer.ts";
export { createDatagramEndpoint, type DatagramOptions } from "./datagram.ts";
export { type AddrInfo, type AddrInfoOptions, type Family, getaddrinfo, getnameinfo } from "./dns.ts";
// Subprocesses, signals, pipes.
export { subprocessExec, subprocessShell } from "./loopSubprocess.ts";
export {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileNotFoundError,
  gaierror,
  OSError,
  PermissionError,
  ProcessLookupError,
  SSLCertVerificationError,
  SSLError,
} from "./osErrors.ts";
export { connectReadPipe, connectWritePipe } from "./pipes.ts";
export { Process } from "./process.ts";
export {
  type Address,
  BaseProtocol,
  BaseTransport,
  BufferedProtocol,
  DatagramProtocol,
  DatagramTransport,
  Protocol,
  type ReadTransport,
  type StreamProtocol,
  Transport,
  type WriteBufferLimits,
  type WriteTransport,
} from "./protocols.ts";
export { SendfileNotAvailableError, sendfile } from "./sendfile.ts";
export { type ListeningSocket, Server } from "./server.ts";
export type { Signal } from "./signalNames.ts";
export { addSignalHandler, removeSignalHandler } from "./signals.ts";
export { DEVNULL, INHERIT, PIPE, STDOUT, type Stdio, type SubprocessOptions } from "./spawn.ts";
export { type StartTlsOptions, startTls } from "./startTls.ts";
export { openStderr, openStdin, openStdout, StdinReader } from "./stdio.ts";
export type { PausableTransport } from "./streamBuffer.ts";
export { type ClientConnected, StreamReaderProtocol } from "./streamProtocol.ts";
export { StreamReader, type StreamReaderOptions } from "./streamReader.ts";
export { openConnection, openUnixConnection, startServer, startUnixServer } from "./streams.ts";
export { StreamWriter } from "./streamWriter.ts";
export { createSubprocessExec, createSubprocessShell, type ProcessOptions, type ProcessWith } from "./subprocess.ts";
export { type PipeNumber, SubprocessProtocol, SubprocessTransport } from "./subprocessProtocol.ts";
export type { ClientTls, ServerTls, TlsTimes } from "./tlsOptions.ts";
export { fromWebStreams, toWebStreams } from "./webStreams.ts";
export type { WebStreams } from "./webTransport.ts";

installNativeCalls();
