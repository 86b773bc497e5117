import { ValueError } from "tsyncio";
import { afterAll, describe, expect, it } from "vitest";
import { ClusterExecutor } from "../../src/index.ts";
import { SimulatedCluster } from "../../src/testing.ts";

const wrong = (options: object): never => options as never;
const executor = new SimulatedCluster().executor();
afterAll(() => executor.shutdown());

describe("a ClusterExecutor refuses", () => {
  it.each<[string, object, ErrorConstructor | typeof ValueError, string]>([
    ["no connection", { queue: "q" }, TypeError, "needs a connection, and has no default"],
    ["an unknown connection", { queue: "q", connection: "amqp://me:secret@host" }, ValueError, "got amqp://…"],
    ["what is no URL", { queue: "q", connection: "secret" }, ValueError, "is no URL"],
    ["no queue", { connection: "redis://localhost" }, TypeError, "needs the name of a queue"],
    ["a queue with a colon", { connection: "redis://localhost", queue: "a:b" }, ValueError, "letters, digits"],
    ["an option that it does not have", { conection: "x" }, TypeError, "did you mean connection"],
  ])("%s", (_name, options, cls, text) => {
    let error: unknown;
    try {
      new ClusterExecutor(wrong(options));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(cls);
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain("secret");
  });
});

describe("options of jobs", () => {
  it.each<[object, string]>([
    [{ priority: -1 }, "priority must be"],
    [{ delay: "1" }, "delay must be a number of seconds"],
    [{ retries: 1.5 }, "retries must be"],
    [{ timeout: 0 }, "timeout must be greater than 0"],
    [{ deduplicate: "" }, "deduplicate must be"],
    [{ backoff: { type: "linear", base: 1 } }, 'backoff.type must be "fixed" or "exponential"'],
    [{ cancel: "kill" }, 'cancel must be "leave" or "terminate"'],
    [{ retrys: 1 }, "did you mean retries"],
    [{ connection: "x" }, "has no option"],
  ])("%o is refused", (options, text) => {
    expect(() => executor.options(wrong(options))).toThrow(text);
  });

  it("own properties only", () => {
    expect(() => executor.options(Object.create({ retries: -1 }))).not.toThrow();
  });
});
