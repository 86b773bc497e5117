/** What `transport.getExtraInfo(name)` knows. */

import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Address } from "./protocols.ts";

/**
 * The address of this side, unless it is known. Node cannot tell it any more when the socket is closed; of the peer's
 * it keeps the answer, so that is asked for here.
 */
export function rememberAddresses(
  socket: Socket,
  extra: Readonly<Record<string, unknown>> | null,
): Address | undefined {
  void socket.remoteAddress;
  return extra?.sockname === undefined ? pair(socket.localAddress, socket.localPort) : undefined;
}

export function extraInfo(socket: Socket, extra: Readonly<Record<string, unknown>> | null, name: string): unknown {
  const given = extra?.[name];
  if (given !== undefined) return given;
  switch (name) {
    case "peername":
      return pair(socket.remoteAddress, socket.remotePort);
    case "socket":
      return socket;
    default:
      return "encrypted" in socket && socket.encrypted ? tlsInfo(socket as TLSSocket, name) : undefined;
  }
}

function pair(host: string | undefined, port: number | undefined): Address | undefined {
  return host === undefined || port === undefined ? undefined : [host, port];
}

function tlsInfo(socket: TLSSocket, name: string): unknown {
  switch (name) {
    case "sslObject":
      return socket;
    case "peercert":
      return peerCertificate(socket);
    case "cipher": {
      const { name: cipher, version } = socket.getCipher();
      return [cipher, version, secretBits(cipher)];
    }
    case "alpnProtocol":
      return socket.alpnProtocol || undefined;
    case "servername":
      return socket.servername || undefined;
    default:
      return undefined;
  }
}

/** As in Python: nothing if the peer has sent none, an empty one if it was not verified. */
function peerCertificate(socket: TLSSocket): object | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate === null || Object.keys(certificate).length === 0) return undefined;
  return socket.authorized ? certificate : {};
}

/** The secret bits of a cipher, which Node does not tell, are in its name. */
function secretBits(cipher: string): number {
  if (/CHACHA20/.test(cipher)) return 256;
  if (/3DES|DES-CBC3/.test(cipher)) return 112;
  const [, bits] = /(?:AES|ARIA|CAMELLIA)_?(128|256)/.exec(cipher) ?? [];
  return bits === undefined ? (cipher.includes("NULL") ? 0 : 128) : Number(bits);
}

/** `[host, port]` of a server, a datagram socket; a path as it is. */
export function addressOf(address: AddressInfo | string | null): Address | undefined {
  if (address === null || typeof address === "string") return address ?? undefined;
  return [address.address, address.port];
}
