/** What happens when a connection breaks in the middle of an answer. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClusterExecutor } from "../../../src/index.ts";
import { ENGINES, type TestEngine } from "./engines.ts";
import { execute } from "./faultJobs.ts";
import { TestCluster } from "./testCluster.ts";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-answers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const JOBS = 300;

describe.each(["Redis", "PostgreSQL"] as const)("on %s", (name) => {
  let engine: TestEngine;
  let cluster: TestCluster;
  const queue = `answers-${name}`;
  beforeAll(async () => {
    engine = await ENGINES[name]();
    cluster = await TestCluster.at(engine, queue, folder, 1);
    await cluster.worker();
  });
  afterAll(async () => {
    await cluster.close();
    await engine.stop();
  });

  it("of jobs that were submitted together: each runs once, and has its result", async () => {
    const way = await cluster.way();
    const submitter = new ClusterExecutor({ connection: way.url(engine.url), queue, submitTimeout: 60 });
    expect(await submitter.submit(execute, cluster.file, 0, 1)).toBe(0);
    way.breakAnswers(1000);
    const jobs = Array.from({ length: JOBS }, (_, n) => submitter.submit(execute, cluster.file, n + 1, 1));
    expect(await Promise.all(jobs)).toEqual(jobs.map((_, n) => (n + 1) * 2));
    expect(cluster.executions()).toHaveLength(JOBS + 1);
    await submitter.shutdown();
  });
});
