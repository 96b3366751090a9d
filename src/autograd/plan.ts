/**
 * The memory plan: which physical buffer each intermediate tensor lives in.
 *
 * Every kernel in order writes one tensor. A tensor is live from the kernel that writes it to the last that reads it, and
 * two tensors may share a buffer when their lives do not touch: WebGPU refuses a buffer bound for reading and writing in
 * one dispatch, so whole buffers are shared, never parts. Largest first, each tensor takes the first buffer that is free
 * for its whole life (greedy by size: Pisarchyk and Lee 2020, section 5.2).
 */
import type { Tensor } from "./graph.ts";

/** The life of a tensor in steps, both ends included. */
export interface Life {
  tensor: Tensor;
  bytes: number;
  first: number;
  last: number;
}

/** The result of planning. */
export interface Plan {
  lives: readonly Life[];
  /** Index into `bytes` for every planned tensor. */
  bufferOf: ReadonlyMap<Tensor, number>;
  /** Size of each physical buffer. */
  bytes: readonly number[];
  /** What all tensors would take with a buffer each. */
  naiveBytes: number;
}

/** Plans the tensors of `steps` (in order of execution) that have no buffer of their own: all but those in `pinned`. */
export function planMemory(steps: readonly Tensor[], pinned: ReadonlySet<Tensor>): Plan {
  const lives = livesOf(steps, pinned);
  const shared: Life[][] = [];
  const bytes: number[] = [];
  const bufferOf = new Map<Tensor, number>();
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const free = shared.findIndex((others) =>
      others.every((other) => other.last < life.first || life.last < other.first),
    );
    const index = free === -1 ? shared.length : free;
    if (free === -1) {
      shared.push([]);
      bytes.push(life.bytes);
    }
    shared[index].push(life);
    bufferOf.set(life.tensor, index);
  }
  return { lives, bufferOf, bytes, naiveBytes: lives.reduce((total, life) => total + life.bytes, 0) };
}

function livesOf(steps: readonly Tensor[], pinned: ReadonlySet<Tensor>): Life[] {
  const lives = new Map<Tensor, Life>();
  steps.forEach((tensor, index) => {
    if (!pinned.has(tensor)) lives.set(tensor, { tensor, bytes: 4 * tensor.size, first: index, last: index });
    for (const input of tensor.inputs) {
      const life = lives.get(input);
      if (life) life.last = index;
    }
  });
  return [...lives.values()];
}
