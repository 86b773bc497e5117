/** What the compiler makes of iteration. Checked by tsc. */

import {
  type AsyncGen,
  aiter,
  anext,
  asyncFilter,
  asyncFor,
  asyncGenerator,
  asyncMap,
  asyncWith,
  coroutine,
  cursor,
  Lock,
  type Suspend,
  sleep,
  TaskGroup,
  timeout,
  toArray,
  toAsyncIterable,
  toMap,
  toSet,
} from "tsyncio";
import { expectTypeOf } from "vitest";

const count = asyncGenerator(function* (n: number, label?: string) {
  yield* sleep(1);
  for (let i = 0; i < n; i++) yield { i, label: label ?? "x" };
});
type Item = { i: number; label: string };

/** The values are what the body yields, without the suspensions of what it waits for. */
expectTypeOf(count).parameters.toEqualTypeOf<[n: number, label?: string | undefined]>();
expectTypeOf(count(1)).toExtend<AsyncGen<Item>>();
expectTypeOf(count(1).anext()[Symbol.iterator]()).toEqualTypeOf<Iterator<Suspend, Item, unknown>>();

/** A body that yields nothing. */
expectTypeOf(
  asyncGenerator(function* () {
    yield* sleep(1);
  })(),
).toExtend<AsyncGen<never>>();

/** What `asend` takes is what the body says of its `yield`; unknown if it says nothing. */
const echo = asyncGenerator(function* (): Generator<number, void, string> {
  const got = yield 1;
  expectTypeOf(got).toEqualTypeOf<string>();
});
expectTypeOf(echo().asend).parameter(0).toEqualTypeOf<string | null | undefined>();
expectTypeOf(count(1).asend).parameter(0).toEqualTypeOf<unknown>();

/** A generic body keeps its type parameter. */
const each = asyncGenerator(function* <T>(items: readonly T[]) {
  for (const item of items) {
    yield* sleep(0);
    yield item;
  }
});
expectTypeOf(each([1, 2])).toExtend<AsyncGen<number>>();
expectTypeOf(each(["a"])).toExtend<AsyncGen<string>>();

class Source {
  label = "s";
  each = asyncGenerator(function* (this: Source) {
    yield this.label;
  });
  bound = asyncGenerator(function* (this: Source, n: number) {
    yield [this.label, n] as const;
  }, this);
}
expectTypeOf(new Source().each()).toExtend<AsyncGen<string>>();
expectTypeOf(new Source().bound).parameters.toEqualTypeOf<[n: number]>();

class Counter {
  n = 0;
  aiter() {
    return this;
  }
  *anext() {
    yield* sleep(1);
    return this.n++;
  }
}

async function* native() {
  yield "native";
}

export function* iteration() {
  expectTypeOf(yield* anext(count(1))).toEqualTypeOf<Item>();
  expectTypeOf(yield* anext(count(1), null)).toEqualTypeOf<Item | null>();
  expectTypeOf(yield* anext(new Counter())).toEqualTypeOf<number>();
  expectTypeOf(yield* anext(native())).toEqualTypeOf<string>();
  expectTypeOf(yield* anext(native(), 0)).toEqualTypeOf<string | number>();
  expectTypeOf(aiter(new Counter())).toEqualTypeOf<Counter>();
  expectTypeOf(yield* aiter(native()).anext()).toEqualTypeOf<string>();
  // @ts-expect-error an array is not an async iterable
  aiter([1]);

  yield* asyncFor(count(1), function* (item) {
    expectTypeOf(item).toEqualTypeOf<Item>();
  });
  yield* asyncFor(native(), function* (item) {
    expectTypeOf(item).toEqualTypeOf<string>();
    yield* sleep(1);
  });
  // The body's this is thisArg.
  yield* asyncFor(
    new Counter(),
    function* (item) {
      expectTypeOf(item).toEqualTypeOf<number>();
      expectTypeOf(this.label).toEqualTypeOf<string>();
    },
    new Source(),
  );
  // A body may be one that coroutine() has made.
  yield* asyncFor(
    count(1),
    coroutine(function* (item: Item) {
      yield* sleep(item.i);
    }),
  );
  // @ts-expect-error an array is not an async iterable
  yield* asyncFor([1], function* () {});
  // @ts-expect-error a body yields suspensions only: `yield` without a star
  yield* asyncFor(count(1), function* (item) {
    yield sleep(item.i);
  });
  // @ts-expect-error an async function is no body
  yield* asyncFor(count(1), async () => {});

  const c = cursor(count(1));
  expectTypeOf(yield* c.next()).toEqualTypeOf<boolean>();
  expectTypeOf(c.value).toEqualTypeOf<Item>();

  expectTypeOf(yield* toArray(native())).toEqualTypeOf<string[]>();
  expectTypeOf(yield* toSet(count(1))).toEqualTypeOf<Set<Item>>();
  const pairs = asyncMap(count(1), (x) => [x.label, x.i] as const);
  expectTypeOf(yield* toMap(pairs)).toEqualTypeOf<Map<string, number>>();
  // @ts-expect-error the items are no pairs
  yield* toMap(count(1));

  expectTypeOf(yield* toArray(asyncMap(count(1), (x) => x.i))).toEqualTypeOf<number[]>();
  const waited = asyncMap(count(1), function* (x) {
    yield* sleep(x.i);
    return x.label;
  });
  expectTypeOf(yield* toArray(waited)).toEqualTypeOf<string[]>();
  expectTypeOf(yield* toArray(asyncMap(new Set(["a"]), (x) => sleep(1, x.length), { limit: 2 }))).toEqualTypeOf<
    number[]
  >();
  expectTypeOf(yield* toArray(asyncMap([1], async (x) => `${x}`, { ordered: false }))).toEqualTypeOf<string[]>();
  // @ts-expect-error there is no such option
  asyncMap([1], (x) => x, { concurrency: 2 });
  // @ts-expect-error not iterable
  asyncMap(5, (x) => x);
  const mixed = each<string | number>([1, "a"]);
  const isString = (x: string | number): x is string => typeof x === "string";
  expectTypeOf(yield* toArray(asyncFilter(mixed, isString))).toEqualTypeOf<string[]>();
  expectTypeOf(yield* toArray(asyncFilter(mixed, (x) => x !== 1))).toEqualTypeOf<(string | number)[]>();
}

export function* managers() {
  // What the body returns is what comes out.
  expectTypeOf(
    yield* asyncWith(new Lock(), function* () {
      return 5;
    }),
  ).toEqualTypeOf<number>();
  expectTypeOf(
    yield* asyncWith(timeout(1), function* (t) {
      expectTypeOf(t.expired()).toEqualTypeOf<boolean>();
      return "done";
    }),
  ).toEqualTypeOf<string>();
  // A manager that may swallow an error may leave no result.
  const suppress = {
    *aenter() {
      return 1;
    },
    *aexit(error: unknown) {
      yield* sleep(0);
      return error instanceof TypeError;
    },
  };
  expectTypeOf(
    yield* asyncWith(suppress, function* (one) {
      return String(one);
    }),
  ).toEqualTypeOf<string | undefined>();
  yield* asyncWith(new TaskGroup(), function* (group) {
    expectTypeOf(group).toEqualTypeOf<TaskGroup>();
  });
  // Objects for `using` are given to the body themselves.
  const file = { name: "f", async [Symbol.asyncDispose]() {} };
  expectTypeOf(
    yield* asyncWith(file, function* (f) {
      return f.name;
    }),
  ).toEqualTypeOf<string>();
  // @ts-expect-error no manager of any kind
  yield* asyncWith({}, function* () {});
  // @ts-expect-error a body yields suspensions only
  yield* asyncWith(new Lock(), function* () {
    yield 5;
  });
}

export async function nativeCode() {
  for await (const item of count(1)) expectTypeOf(item).toEqualTypeOf<Item>();
  for await (const item of toAsyncIterable(new Counter())) expectTypeOf(item).toEqualTypeOf<number>();
}
