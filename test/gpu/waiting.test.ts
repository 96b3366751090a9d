/** Waiting in Node: what would poll without end naps instead, never long, and the process stays awake for all else. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { patiently } from "../../src/gpu/waiting.node.ts";

afterEach(() => vi.restoreAllMocks());

/** Counts naps as long as a promise is pending, and turns of the event loop from the first one on. */
async function count(promise: Promise<unknown>) {
  const naps = vi.spyOn(Atomics, "wait");
  let turns = 0;
  let isPending = true;
  const turn = () => {
    if (naps.mock.calls.length > 0) turns++;
    if (isPending) setImmediate(turn);
  };
  setImmediate(turn);
  await promise;
  isPending = false;
  return { naps: naps.mock.calls.map(([, , , milliseconds]) => milliseconds!), turns };
}

it("naps once in every turn but the first ones, never longer than a part of the time waited", async () => {
  const began = performance.now();
  const { naps, turns } = await count(patiently(sleep(300)));
  const waited = performance.now() - began;
  expect(naps.length).toBeGreaterThan(5);
  expect(naps.length).toBeLessThanOrEqual(turns + 1);
  for (const milliseconds of naps) expect(milliseconds).toBeLessThanOrEqual(Math.min(2, waited / 32));
});

it("is awake for 10 ms, then naps for a 32nd of the time waited, for 2 ms at most", async () => {
  let now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const naps = vi.spyOn(Atomics, "wait").mockReturnValue("timed-out");
  let settle = () => {};
  const waiting = patiently(new Promise<void>((resolve) => (settle = resolve)));
  for (const [waited, nap] of [
    [5, undefined],
    [10, undefined],
    [16, 0.5],
    [48, 1.5],
    [64, 2],
    [5000, 2],
  ]) {
    naps.mockClear();
    now = 1000 + waited!;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(new Set(naps.mock.calls.map(([, , , milliseconds]) => milliseconds))).toEqual(new Set(nap ? [nap] : []));
  }
  settle();
  await waiting;
});

it("does not nap where the answer comes at once, nor when nothing is pending", async () => {
  const { naps } = await count(patiently(Promise.resolve()));
  expect(naps).toEqual([]);
  expect((await count(sleep(50))).naps).toEqual([]);
});

it("naps once in a turn however many wait, and however often", async () => {
  for (let i = 0; i < 50; i++) await patiently(Promise.resolve());
  const { naps, turns } = await count(Promise.all(Array.from({ length: 5 }, () => patiently(sleep(200)))));
  expect(naps.length).toBeGreaterThan(5);
  expect(naps.length).toBeLessThanOrEqual(turns + 1);
});

it("passes on values and errors", async () => {
  expect(await patiently(Promise.resolve(3))).toBe(3);
  await expect(patiently(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
});
