/** The order in which the nodes of a graph run: any that has inputs before users is right, and it decides how much memory is live. */
import { isContinuation, isLeaf, type Tensor, topologicalOrder } from "./graph.ts";
import { liveBytes } from "./plan.ts";

/**
 * The nodes under `outputs` and `values` in the order in which they run: inputs before users, and what is added to in place
 * where least memory is live. Masks, and what only `values` need, come right after what they are made of, whose buffer is free
 * the earlier for it.
 */
export function schedule(outputs: readonly Tensor[], values: readonly Tensor[] = []): readonly Tensor[] {
  const needed = new Set(topologicalOrder(outputs));
  const order = topologicalOrder([...outputs, ...values]).filter((tensor) => !isLeaf(tensor));
  const isMask = ({ operation: { kind }, inputs }: Tensor) =>
    (kind === "signMask" || kind === "poolMask") && !isLeaf(inputs[0]);
  const hasty = new Set(order.filter((tensor) => isMask(tensor) || !needed.has(tensor)));
  const users = new Map<Tensor, Tensor[]>();
  for (const user of hasty) for (const input of user.inputs) users.set(input, [...(users.get(input) ?? []), user]);
  const early = new Set<Tensor>();
  const isReady = ({ inputs }: Tensor) => inputs.every((input) => isLeaf(input) || early.has(input));
  for (const next of order) {
    // An explicit stack, as in topologicalOrder.
    const stack = hasty.has(next) && !isReady(next) ? [] : [next];
    while (stack.length > 0) {
      const tensor = stack.pop()!;
      if (early.has(tensor)) continue;
      early.add(tensor);
      stack.push(...(users.get(tensor) ?? []).filter(isReady).reverse());
    }
  }
  return postpone([...early]);
}

/** The most bytes that are live at once when nodes run in an order. */
export function peakBytes(order: readonly Tensor[]): number {
  return Math.max(...liveBytes(order, true));
}

/** Moves products that are added to in place to where least memory is live, between what they are made of and their use. */
function postpone(order: readonly Tensor[]): readonly Tensor[] {
  const products = order.flatMap((tensor) => (isContinuation(tensor) ? [tensor.inputs[0]] : []));
  return products.filter(({ operation }) => operation.kind === "matmul").reduce(moveDown, order);
}

function moveDown(order: readonly Tensor[], tensor: Tensor): readonly Tensor[] {
  const from = order.indexOf(tensor);
  let best = order.findIndex(({ inputs }) => inputs.includes(tensor));
  const live = liveBytes(order, true);
  for (let position = best - 1; position > from; position--) if (live[position] < live[best]) best = position;
  return [...order.slice(0, from), ...order.slice(from + 1, best), tensor, ...order.slice(best)];
}
