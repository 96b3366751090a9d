/**
 * Waiting for the GPU in Node. As long as a promise of Dawn is pending, its bindings poll in every turn of the event loop, which
 * burns a CPU core: half of a small machine, whose software adapter has better use for it. So each turn takes a nap: the
 * events of the process are handled between two, at most {@link LONGEST_NAP} late.
 */
import { isMainThread } from "node:worker_threads";
import type * as contract from "./adapter.ts";
import { MAP_MODE_READ } from "./adapter.ts";

/** Milliseconds that are waited without a nap: GPUs answer most requests in less. */
const AWAKE = 10;

/** The part of the time waited so far that the next nap takes, by which an answer may be late. */
const PART = 1 / 32;

/** Milliseconds. */
const LONGEST_NAP = 2;

const cell = new Int32Array(new SharedArrayBuffer(4));
let pending = 0;
let began = 0;
let isNapping = false;

/** Passes on a promise of the GPU, and naps until it is settled. */
export async function patiently<Value>(promise: Promise<Value>): Promise<Value> {
  if (pending++ === 0) began = performance.now();
  if (!isNapping) setImmediate(nap);
  isNapping = true;
  try {
    return await promise;
  } finally {
    pending--;
  }
}

/** Buffers that are being mapped. */
const mapping = new Set<GPUBuffer>();

// Dawn's bindings abort the process where a promise of theirs is not settled when a worker thread exits. Those of buffers that are destroyed are.
if (!isMainThread) {
  process.on("exit", () => {
    for (const buffer of mapping) buffer.destroy();
  });
}

/** See {@link contract.mapForReading}. */
export const mapForReading: typeof contract.mapForReading = async (buffer) => {
  mapping.add(buffer);
  try {
    await buffer.mapAsync(MAP_MODE_READ);
  } finally {
    mapping.delete(buffer);
  }
};

function nap(): void {
  isNapping = pending > 0;
  if (!isNapping) return;
  const waited = performance.now() - began;
  if (waited > AWAKE) Atomics.wait(cell, 0, 0, Math.min(LONGEST_NAP, PART * waited));
  setImmediate(nap);
}
