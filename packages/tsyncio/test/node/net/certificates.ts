/** Certificates, made by openssl when the tests run. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificates {
  /** The authority that has signed the others. */
  readonly ca: Certificate;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly good: Certificate;
  /** For wrong.example only. */
  readonly wrongHost: Certificate;
  readonly expired: Certificate;
  readonly selfSigned: Certificate;
  /** For a client. */
  readonly client: Certificate;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-tls-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string): Certificate => ({
    cert: readFileSync(file(`${name}.crt`), "utf8"),
    key: readFileSync(file(`${name}.key`), "utf8"),
    certFile: file(`${name}.crt`),
    keyFile: file(`${name}.key`),
  });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const selfSign = (name: string, subject: string, names: string): Certificate => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
    openssl("req", "-x509", ...curve, ...files, "-days", "30", "-subj", subject, "-addext", names);
    return read(name);
  };
  const sign = (name: string, names: string, ...dates: string[]): Certificate => {
    openssl("req", ...curve, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `subjectAltName=${names}\n`);
    const issuer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    const days = dates.length > 0 ? dates : ["-days", "30"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...issuer, "-out", `${name}.crt`, "-extfile", `${name}.ext`, ...days);
    return read(name);
  };
  const here = "DNS:localhost,IP:127.0.0.1,IP:::1";
  const ca = selfSign("ca", "/CN=tsyncio test authority", "basicConstraints=critical,CA:TRUE");
  return {
    ca,
    good: sign("good", here),
    wrongHost: sign("wrong", "DNS:wrong.example"),
    expired: sign("expired", here, "-days", "-1"),
    selfSigned: selfSign("self", "/CN=localhost", `subjectAltName=${here}`),
    client: sign("client", "DNS:client.example"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
