/**
 * The memory plan: which part of which physical buffer each intermediate tensor lives in.
 *
 * Every kernel in order writes one tensor. A tensor is live from the kernel that writes it to the last that reads it; two
 * tensors may share memory when their lives do not touch, and a buffer when no dispatch reads one and writes the other:
 * WebGPU refuses a buffer bound for both, even at disjoint ranges. Each tensor in turn takes the place that makes the
 * buffers grow least (greedy by size, Pisarchyk and Lee 2020, section 5.2, over several buffers). Which goes first, the
 * largest or the longest-lived, and among equals the earlier or the later, is tried in several ways: the smallest plan wins.
 */
import { ownerOf, type Tensor } from "./graph.ts";

/**
 * The life of a tensor in steps, both ends included.
 *
 * @category Gradients and programs
 */
export interface Life {
  tensor: Tensor;
  bytes: number;
  first: number;
  last: number;
}

/**
 * Where a tensor is: a buffer by its index, and an offset in bytes.
 *
 * @category Gradients and programs
 */
export interface Place {
  buffer: number;
  offset: number;
}

/**
 * Where the tensors of a program live, see {@link Program.plan}.
 *
 * @category Gradients and programs
 */
export interface Plan {
  lives: readonly Life[];
  /** Of every planned tensor that owns its memory. */
  placeOf: ReadonlyMap<Tensor, Place>;
  /** Size of each physical buffer, in bytes. */
  bytes: readonly number[];
  /** What all tensors would take with a buffer each. */
  naiveBytes: number;
}

/** WebGPU's default `minStorageBufferOffsetAlignment`. */
const ALIGNMENT = 256;

/**
 * Plans the tensors of `steps` (in order of execution) that have no buffer of their own: all but those in `pinned`. No
 * buffer gets larger than `maxBytes`, unless for a single tensor.
 */
export function planMemory(steps: readonly Tensor[], pinned: ReadonlySet<Tensor>, maxBytes = Infinity): Plan {
  const lives = livesOf(steps, new Set([...pinned].map(ownerOf)));
  const conflicts = conflictsOf(steps);
  const plans = [0, 1 / 4, 1 / 2, 1].flatMap((exponent) => {
    const weight = ({ bytes, first, last }: Life) => bytes * (last - first + 1) ** exponent;
    return [1, -1].map((direction) => {
      const order = [...lives].sort((a, b) => weight(b) - weight(a) || direction * (a.first - b.first));
      return place(order, conflicts, maxBytes);
    });
  });
  const smallest = plans.reduce((best, plan) => (sum(plan.bytes) < sum(best.bytes) ? plan : best));
  const naiveBytes = lives.reduce((total, life) => total + life.bytes, 0);
  return { lives, naiveBytes, ...smallest };
}

/** Gives each life a place, in the order given. */
function place(order: readonly Life[], conflicts: ReadonlyMap<Tensor, ReadonlySet<Tensor>>, maxBytes: number) {
  const bytes: number[] = [];
  const placed: (Life & Place)[][] = [];
  const placeOf = new Map<Tensor, Place>();
  for (const life of order) {
    const forbidden = new Set([...(conflicts.get(life.tensor) ?? [])].map((other) => placeOf.get(other)?.buffer));
    let best: Place = { buffer: bytes.length, offset: 0 };
    let leastGrowth = life.bytes;
    bytes.forEach((size, buffer) => {
      if (forbidden.has(buffer)) return;
      const offset = firstGap(life, placed[buffer]);
      const growth = Math.max(0, offset + life.bytes - size);
      if (growth >= leastGrowth || (growth > 0 && size + growth > maxBytes)) return;
      best = { buffer, offset };
      leastGrowth = growth;
    });
    if (best.buffer === bytes.length) {
      bytes.push(0);
      placed.push([]);
    }
    placed[best.buffer].push({ ...life, ...best });
    bytes[best.buffer] = Math.max(bytes[best.buffer], best.offset + life.bytes);
    placeOf.set(life.tensor, best);
  }
  return { bytes, placeOf };
}

/** The lowest offset at which a life fits beside those placed that it touches. */
function firstGap(life: Life, placed: readonly (Life & Place)[]): number {
  const touching = placed.filter((other) => life.first <= other.last && other.first <= life.last);
  let offset = 0;
  for (const other of touching.sort((a, b) => a.offset - b.offset)) {
    if (other.offset - offset >= life.bytes) break;
    const end = Math.ceil((other.offset + other.bytes) / ALIGNMENT) * ALIGNMENT;
    offset = Math.max(offset, end);
  }
  return offset;
}

/** The lives of the tensors of `steps` that own their memory, but for those in `pinned`. */
export function livesOf(steps: readonly Tensor[], pinned: ReadonlySet<Tensor>): Life[] {
  const lives = new Map<Tensor, Life>();
  steps.forEach((tensor, index) => {
    const owner = ownerOf(tensor);
    if (owner === tensor && !pinned.has(tensor)) {
      lives.set(tensor, { tensor, bytes: tensor.bytes, first: index, last: index });
    }
    for (const input of [owner, ...tensor.inputs]) {
      const life = lives.get(ownerOf(input));
      if (life) life.last = index;
    }
  });
  return [...lives.values()];
}

/** Bytes that are live while each of `steps` runs, or with `between`, after the step before it has ended. */
export function liveBytes(steps: readonly Tensor[], between = false): number[] {
  const change = Array<number>(steps.length + 1).fill(0);
  for (const { first, last, bytes } of livesOf(steps, new Set())) {
    change[between ? first + 1 : first] += bytes;
    change[last + 1] -= bytes;
  }
  let live = 0;
  return change.slice(0, -1).map((bytes) => (live += bytes));
}

/** For each tensor, those that a dispatch reads while it writes the tensor, or writes while it reads the tensor. */
function conflictsOf(steps: readonly Tensor[]): Map<Tensor, Set<Tensor>> {
  const conflicts = new Map<Tensor, Set<Tensor>>();
  const note = (a: Tensor, b: Tensor) => conflicts.set(a, (conflicts.get(a) ?? new Set()).add(b));
  for (const tensor of steps) {
    const written = ownerOf(tensor);
    for (const read of new Set(tensor.inputs.map(ownerOf))) {
      if (read === written) continue;
      note(read, written);
      note(written, read);
    }
  }
  return conflicts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
