"use tsyncio";
import { sleep } from "tsyncio";

async function declared(): Promise<void> {
  await sleep(0);
}

class Methods {
  async method(): Promise<void> {
    await declared();
  }
  field = async (): Promise<this> => this;
}

const object = {
  async member(): Promise<void> {
    await declared();
  },
};

/** Makes a coroutine of each kind, and awaits only the last. */
export async function main(): Promise<unknown[]> {
  const arrow = async (): Promise<void> => await declared();
  const methods = new Methods();
  const made = [declared(), methods.method(), methods.field(), object.member(), arrow()];
  await declared();
  return made.map((coroutine) => typeof coroutine);
}
