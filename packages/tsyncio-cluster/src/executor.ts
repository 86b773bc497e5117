/** An executor whose workers are on many machines. */

import { type Coroutine, getRunningLoop, iscoroutinefunction } from "tsyncio";
import type { Job, ShutdownOptions } from "tsyncio/executors";
import {
  allArguments,
  type ContextMethod,
  checkCount,
  describe,
  JobExecutor,
  type JobResult,
  loopOfCaller,
  type OptionNames,
  ownOptions,
  type Reference,
  referenceOf,
  takeShutdownOptions,
} from "tsyncio/executors/internal";
import { callSite } from "./callSites.ts";
import type { Engine } from "./engine/engine.ts";
import { type Connection, openEngine } from "./engines/open.ts";
import { ClusterJob } from "./job.ts";
import { checkSeconds, JOB_OPTIONS, type JobOptions, type JobSettings, jobSettings } from "./options.ts";
import { Submitter } from "./submitter.ts";
import { functionName, moduleName } from "./wire/names.ts";
import { toText } from "./wire/values.ts";

/** The options of `ClusterExecutor`; those of a job are the defaults of its jobs. */
export interface ClusterOptions extends JobOptions {
  /**
   * Where the queue is: "redis://…", "rediss://…", "postgres://…", or "embedded", which joins no machines: the queue
   * and the worker are in this process, for trying and for tests. There is no default: jobs must not be lost by
   * mistake.
   */
  connection: Connection;
  /** The name of the queue; workers of the same name do its jobs. */
  queue: string;
  /**
   * Which build of the program this is. A worker of another build refuses its jobs. Null, the default, is not compared.
   */
  build?: string | null;
  /** How many bytes the arguments of a job, a result or a report may have as they are sent. Defaults to 1 MiB. */
  sizeLimit?: number;
  /** After how many seconds a job that could not be put into the queue fails. Defaults to 10. */
  submitTimeout?: number;
}

const CLUSTER_OPTIONS: OptionNames<ClusterOptions> = {
  ...JOB_OPTIONS,
  connection: true,
  queue: true,
  build: true,
  sizeLimit: true,
  submitTimeout: true,
};

export const SIZE_LIMIT = 1 << 20;
/** Seconds. What is lost of the engine's news is found after so long. */
const LOOK_AGAIN = 15;

/** Seconds. The database of this process takes three to start, on a machine that is busy many more. */
const EMBEDDED_STARTS = 300;

/** What the executors of one `options()` have in common. */
interface Shared {
  readonly submitter: Submitter;
  readonly build: string | null;
  readonly sizeLimit: number;
  /** Before the numbers of its jobs. */
  readonly prefix: string;
  jobs: number;
}

/** Of the jobs of one executor: no other one has it. */
function newPrefix(): string {
  return crypto.randomUUID().slice(0, 18);
}

const DERIVED = Symbol("derived");

/**
 * Runs jobs on the workers of a queue, wherever these are: `concurrent.futures.Executor`. The workers are started with
 * `npx tsyncio worker ./jobs.ts --queue …`.
 *
 *     await using cluster = new ClusterExecutor({ connection: "redis://localhost", queue: "hashing" });
 *     const hash = await cluster.submit(hashFile, "a.txt");
 *
 * Arguments and results are copied, as text: what `submit` cannot send is a `TypeError` of the job. Jobs are plain,
 * async and coroutine functions. The connection keeps the process alive until `shutdown()`.
 *
 * @throws {TypeError} For options that do not exist, and without a connection.
 */
export class ClusterExecutor extends JobExecutor {
  private readonly shared: Shared;
  private readonly settings: JobSettings;

  constructor(options: ClusterOptions);
  /** @internal */
  constructor(options: typeof DERIVED, shared: Shared, settings: JobSettings);
  constructor(options: ClusterOptions | typeof DERIVED, shared?: Shared, settings?: JobSettings) {
    super();
    if (options === DERIVED) {
      this.shared = shared as Shared;
      this.settings = settings as JobSettings;
      return;
    }
    const own = ownOptions("ClusterExecutor", options, CLUSTER_OPTIONS);
    const { connection, queue, build = null, sizeLimit = SIZE_LIMIT, ...others } = own;
    const { submitTimeout = connection === "embedded" ? EMBEDDED_STARTS : 10, ...rest } = others;
    this.settings = jobSettings("ClusterExecutor", rest);
    checkBuild(build);
    checkCount("sizeLimit", sizeLimit, false);
    checkSeconds("submitTimeout", submitTimeout);
    const engine = openEngine("ClusterExecutor", connection, queue, { sizeLimit, build });
    this.shared = {
      submitter: new Submitter(engine, { sizeLimit, submitTimeout, lookAgain: LOOK_AGAIN }),
      build,
      sizeLimit,
      prefix: newPrefix(),
      jobs: 0,
    };
  }

  /**
   * The same executor with other options for the jobs that are submitted by it:
   *
   *     cluster.options({ priority: 1, retries: 3 }).submit(hashFile, "a.txt");
   */
  options(options: JobOptions): ClusterExecutor {
    return new ClusterExecutor(DERIVED, this.shared, jobSettings("options", options, this.settings));
  }

  /**
   * A job that this or another program has submitted, by its id: for its outcome, which is kept for the job's
   * `retention`. The job fails with `LookupError` if the queue does not have it.
   */
  job<T = unknown>(id: string): ClusterJob<T> {
    if (typeof id !== "string" || id === "") throw new TypeError(`job expects the id of a job, got ${describe(id)}`);
    const { submitter } = this.shared;
    submitter.checkOpen();
    const reference: Reference = { url: "", name: id, key: id, args: [], terminate: undefined };
    const job = new ClusterJob<T>(submitter, id, reference, loopOfCaller(), this.settings.cancelsHard, false);
    submitter.attach(job as ClusterJob<unknown>);
    return job;
  }

  /**
   * Runs `fn(...args)` in a worker. `fn` is what `blocking` returned, or a `partial` of it. What cannot be sent is a
   * `TypeError` of the job.
   *
   * @throws {TypeError} For another function.
   * @throws {RuntimeError} After `shutdown()`.
   */
  override submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): ClusterJob<JobResult<R>> {
    return super.submit(fn, ...args) as ClusterJob<JobResult<R>>;
  }

  /**
   * No more jobs from now on. Those that were submitted still run, unless `cancelFutures` cancels those that have not
   * begun, and those that go back into the queue because their worker has ended; then the connection is closed. The
   * promise waits for that, or for nothing if `wait` is false. The workers go on.
   */
  shutdown(options?: ShutdownOptions): Promise<void> {
    const { wait, cancelFutures } = takeShutdownOptions(options);
    const ended = new Promise<void>((resolve) => this.shared.submitter.close(cancelFutures, resolve));
    return wait ? ended : Promise.resolve();
  }

  /** `shutdown()`, as leaving Python's `with` does. */
  override aexit(_error: unknown): ContextMethod<void>;
  override *aexit(_error: unknown): Coroutine<void> | ContextMethod<void> {
    const loop = getRunningLoop();
    const ended = loop.createFuture<void>();
    this.shared.submitter.close(false, () => {
      loop.callSoonThreadsafe(() => {
        if (!ended.done()) ended.setResult();
      });
    });
    yield* ended;
  }

  /** @internal */
  get _isSimulated(): boolean {
    return this.shared.submitter._isSimulated;
  }

  /** @internal */
  override _reference(fn: unknown, caller: string): Reference {
    const reference = referenceOf(fn, caller);
    if (!iscoroutinefunction(fn)) return reference;
    return { ...reference, isCoroutine: true } as CoroutineReference;
  }

  /** @internal */
  override _start<T>(reference: Reference, given: readonly unknown[], many: boolean): Job<T> {
    const { shared, settings } = this;
    const { submitter, build, sizeLimit } = shared;
    submitter.checkOpen();
    const { name, url, terminate = settings.cancelsHard } = reference;
    const isCoroutine = (reference as CoroutineReference).isCoroutine === true;
    const id = `${shared.prefix}-${++shared.jobs}`;
    const job = new ClusterJob<T>(submitter, id, reference, loopOfCaller(), terminate, isCoroutine);
    job._submitted = callSite();
    let args: string;
    try {
      args = toText(allArguments(reference, given, many), `an argument of ${name}()`, sizeLimit);
    } catch (error) {
      job._fail(error);
      return job;
    }
    const { retries, timeout, retention } = settings;
    const call = { fn: functionName(moduleName(url), name), args, many, build, retries, timeout, retention };
    submitter.add(job as ClusterJob<unknown>, { id, call, options: settings });
    return job;
  }

  override toString(): string {
    const { submitter } = this.shared;
    return `<ClusterExecutor ${submitter.words}, pending:${submitter.pending}${submitter.closed ? " shutdown" : ""}>`;
  }
}

interface CoroutineReference extends Reference {
  readonly isCoroutine?: boolean;
}

export function checkBuild(build: unknown): asserts build is string | null {
  if (build !== null && typeof build !== "string") {
    throw new TypeError(`build must be a string or null, got ${describe(build)}`);
  }
}

/** An executor over an engine that is there: for `tsyncio-cluster/testing`. */
export function executorOver(
  engine: Engine,
  options: JobOptions & Partial<Pick<ClusterOptions, "build" | "sizeLimit" | "submitTimeout">> = {},
): ClusterExecutor {
  const { build = null, sizeLimit = SIZE_LIMIT, submitTimeout = 10, ...rest } = options;
  const shared: Shared = {
    submitter: new Submitter(engine, { sizeLimit, submitTimeout, lookAgain: LOOK_AGAIN }),
    build,
    sizeLimit,
    prefix: newPrefix(),
    jobs: 0,
  };
  return new ClusterExecutor(DERIVED, shared, jobSettings("ClusterExecutor", rest));
}
