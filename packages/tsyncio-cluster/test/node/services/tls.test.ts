// rediss://: the server's certificate must be signed by one that this machine trusts, and be for its name.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeOptions } from "../../../../tsyncio/test/node/children.ts";
import { type Certificates, makeCertificates } from "../../../../tsyncio/test/node/net/certificates.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { WorkerProcess } from "./workers.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

/** What a program of its own has of a job: Node reads what it trusts as it starts. */
function submit(url: string, env: Record<string, string>): Promise<string> {
  const program = fileURLToPath(new URL("./oneJob.ts", import.meta.url));
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, [...nodeOptions, program, url], options, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

it("a job goes over TLS where the certificate can be verified, and fails with the reason where it cannot", async () => {
  const { ca, good } = certificates;
  const server = await RedisServer.start({ tls: { cert: good.certFile, key: good.keyFile, ca: ca.cert } });
  const trust = { NODE_EXTRA_CA_CERTS: ca.certFile };
  const worker = await new WorkerProcess(server.url, "tls", ["--threads", "1"], { env: trust }).ready();
  expect(await submit(server.url, trust)).toBe("42\n");
  const refused = await submit(server.url, {});
  expect(refused).toMatch(/TimeoutError: the job could not be put .* does not answer \(.*certificate/);
  expect(refused).not.toContain(PASSWORD);
  expect(await worker.end()).toBe(0);
  await server.stop();
});

it("a certificate for another name is refused", async () => {
  const { ca, wrongHost } = certificates;
  const server = await RedisServer.start({ tls: { cert: wrongHost.certFile, key: wrongHost.keyFile, ca: ca.cert } });
  const refused = await submit(server.url, { NODE_EXTRA_CA_CERTS: ca.certFile });
  expect(refused).toMatch(/does not answer \(.*altnames/);
  await server.stop();
});
