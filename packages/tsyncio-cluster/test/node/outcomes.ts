/** For all tests of jobs. */

export async function failure(job: PromiseLike<unknown>): Promise<unknown> {
  try {
    await job;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
