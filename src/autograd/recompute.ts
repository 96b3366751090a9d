/**
 * Time for memory: a tensor that is live but not used where most memory is live is computed again for its later uses, or only then
 * (rematerialisation; Chen et al. 2016). Loaded only where it is asked for, or a plan does not fit.
 */
import { isContinuation, isLeaf, ownerOf, Tensor } from "./graph.ts";
import type { Operation } from "./kinds.ts";
import { lower } from "./lower.ts";
import { liveBytes, livesOf, planMemory } from "./plan.ts";

/** Most operations done again, as a share of all: what the forward pass of a network is of a step. */
const MOST_AGAIN = 1 / 3;

/** How far the peak has to go down at a time. */
const NEXT_PEAK = 0.95;

/** Tensors of at most this share of the peak are rather kept than computed again. */
const SMALL = 0.02;

/** Nodes in the order in which they run, and those whose values are wanted. */
export interface Schedule {
  order: readonly Tensor[];
  outputs: readonly Tensor[];
}

/** A schedule of the same values: that of the smallest plan among those with lower and lower peaks. */
export function recompute(start: Schedule): Schedule {
  const flopsOf = new Map<Operation, number>();
  const most = (1 + MOST_AGAIN) * flops(start);
  const found: Schedule[] = [];
  let next: Schedule | undefined = start;
  while (next) {
    found.push(next);
    next = within(NEXT_PEAK * Math.max(...liveBytes(next.order)), next);
  }
  const planned = found.map(plannedBytes);
  return found[planned.indexOf(Math.min(...planned))];

  /** A schedule with at most so many bytes live, if there is one: the cheapest change to the peak, again and again. */
  function within(bytes: number, from: Schedule): Schedule | undefined {
    let schedule: Schedule | undefined = from;
    while (schedule && Math.max(...liveBytes(schedule.order)) > bytes) schedule = cheapest(bytes, schedule);
    return schedule;
  }

  function cheapest(bytes: number, schedule: Schedule): Schedule | undefined {
    const live = liveBytes(schedule.order);
    const before = { excess: excess(live, bytes), flops: flops(schedule) };
    let best: Schedule | undefined;
    let mostGained = 0;
    for (const next of changes(schedule, live)) {
      const after = { excess: excess(liveBytes(next.order), bytes), flops: flops(next) };
      // What costs nothing is compared by bytes alone.
      const gained = (before.excess - after.excess) / (after.flops - before.flops + most / 1000);
      if (gained <= mostGained || after.flops > most) continue;
      best = next;
      mostGained = gained;
    }
    return best;
  }

  function flops({ order }: Schedule): number {
    let sum = 0;
    for (const tensor of order) {
      if (!flopsOf.has(tensor.operation)) flopsOf.set(tensor.operation, lower(tensor).flops);
      sum += flopsOf.get(tensor.operation)!;
    }
    return sum;
  }
}

function plannedBytes({ order, outputs }: Schedule): number {
  return planMemory(order, new Set(outputs)).bytes.reduce((sum, bytes) => sum + bytes, 0);
}

/** How far the bytes are over a limit, in all. */
function excess(live: readonly number[], limit: number): number {
  return live.reduce((sum, bytes) => sum + Math.max(0, bytes - limit), 0);
}

/** The schedules in which one of the large tensors that are live at the peak is computed after it. */
function changes(schedule: Schedule, live: readonly number[]): Schedule[] {
  const { order } = schedule;
  const most = Math.max(...live);
  const peak = live.indexOf(most);
  const lives = livesOf(order, new Set());
  const idle = lives.filter(({ first, last, bytes }) => first < peak && peak < last && bytes > SMALL * most);
  return idle.flatMap(({ tensor }) => {
    // What is in its buffer at the peak.
    const value = order.slice(0, peak).reduce((last, node) => (continues(node, last) ? node : last), tensor);
    const use = order.findIndex(({ inputs }, position) => position > peak && inputs.includes(value));
    if (use < 0) return [];
    // Where least memory is live.
    let position = use;
    for (let each = use; each > peak; each--) if (live[each - 1] < live[position - 1]) position = each;
    const keptUntil = new Map(
      lives.map(({ tensor: owner, last, bytes }) => [owner, bytes > SMALL * most ? last : order.length]),
    );
    return [computeAgain(schedule, value, position, keptUntil)];
  });
}

function continues(node: Tensor, tensor: Tensor): boolean {
  return isContinuation(node) && node.inputs[0] === tensor;
}

/**
 * Computes a value once more before a position, for its uses from there on, and so all that it is made of and that is not there any more.
 * `keptUntil` says how long a buffer may be read.
 */
function computeAgain(
  { order, outputs }: Schedule,
  value: Tensor,
  position: number,
  keptUntil: ReadonlyMap<Tensor, number>,
): Schedule {
  const before = new Set(order.slice(0, position));
  const overwritten = new Set([...before].filter(isContinuation).map(({ inputs }) => inputs[0]));
  const isThere = (tensor: Tensor) =>
    before.has(tensor) && !overwritten.has(tensor) && keptUntil.get(ownerOf(tensor))! >= position;
  const again = new Map<Tensor, Tensor>();
  const copy = (tensor: Tensor): Tensor => {
    if (isLeaf(tensor) || (tensor !== value && isThere(tensor))) return tensor;
    const known = again.get(tensor) ?? withInputs(tensor, tensor.inputs.map(copy));
    again.set(tensor, known);
    return known;
  };
  const become = new Map([[value, copy(value)]]);
  const later = order.slice(position).map((tensor) => {
    const inputs = tensor.inputs.map((input) => become.get(input) ?? input);
    if (inputs.every((input, index) => input === tensor.inputs[index])) return tensor;
    const result = withInputs(tensor, inputs);
    become.set(tensor, result);
    return result;
  });
  become.delete(value);
  const kept = outputs.map((output) => become.get(output) ?? output);
  return { order: needed([...order.slice(0, position), ...again.values(), ...later], kept), outputs: kept };
}

function withInputs({ operation, shape, label, format }: Tensor, inputs: readonly Tensor[]): Tensor {
  return Object.assign(new Tensor(operation, inputs, shape), { label, format });
}

/** Leaves out what nothing uses any more. */
function needed(order: readonly Tensor[], outputs: readonly Tensor[]): Tensor[] {
  const used = new Set(outputs);
  for (const tensor of order.toReversed()) if (used.has(tensor)) for (const input of tensor.inputs) used.add(input);
  return order.filter((tensor) => used.has(tensor));
}
