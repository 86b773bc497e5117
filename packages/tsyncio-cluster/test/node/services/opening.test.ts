/** What happens while an executor or a worker connects. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClusterExecutor } from "../../../src/index.ts";
import { failure } from "../outcomes.ts";
import { ENGINES, type TestEngine } from "./engines.ts";
import { execute } from "./faultJobs.ts";
import { TestCluster } from "./testCluster.ts";

describe.each(["Redis", "PostgreSQL"] as const)("on %s", (name) => {
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-opening-"));
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await ENGINES[name]();
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  it("one of the connections breaks as it is made, whichever it is: jobs have their results all the same", async () => {
    const cluster = await TestCluster.at(engine, "opening", folder, 1);
    await cluster.worker();
    let broken = true;
    for (let number = 1; broken; number++) {
      const way = await cluster.way();
      way.breakOne(number);
      const submitter = new ClusterExecutor({ connection: way.url(engine.url), queue: "opening", submitTimeout: 60 });
      const job = submitter.submit(execute, cluster.file, number, 1);
      expect(await job).toBe(number * 2);
      expect(await submitter.job(job.id)).toBe(number * 2);
      await submitter.shutdown();
      broken = way.hasBroken;
    }
    await cluster.close();
  });

  it("a worker takes jobs though one of its connections broke as it was made, whichever it was", async () => {
    let broken = true;
    for (let number = 1; broken; number++) {
      const cluster = await TestCluster.at(engine, `opening-${number}`, folder, 1);
      const way = await cluster.way();
      way.breakOne(number);
      await cluster.worker({}, way.url(engine.url));
      expect(await cluster.executor.submit(execute, cluster.file, number, 1)).toBe(number * 2);
      broken = way.hasBroken;
      await cluster.close();
    }
  });

  it("where the queue cannot be opened, each job is told why: what is submitted, and what is asked for by its id", async () => {
    const connection = engine.url.replace(/:[^:@/]+@/, ":another-password@");
    const submitter = new ClusterExecutor({ connection, queue: "refused", submitTimeout: 60 });
    for (const job of [submitter.submit(execute, "", 1, 1), submitter.job("an-id")]) {
      expect(String(await failure(job))).toMatch(/password|WRONGPASS/);
    }
    await submitter.shutdown();
  });
});
