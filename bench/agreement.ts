/** Whether engines compute the same: a time of something else would mean nothing. */
import type { ModelJob } from "./protocol.ts";
import { EXPECTED, type Mode } from "./workload.ts";

/** What an engine computed in its first runs of a job. */
export interface Computed {
  /** Mean of relu5_1, or the loss. */
  value: number;
  /** Of the gradient, in the mode `gradient`. */
  norm?: number;
  /** The loss after one step, in the mode `step`. */
  second?: number;
}

/** An engine computed something else than it should. */
export class Disagreement extends Error {}

/** What PyTorch computes in float64, for the sizes of which that is known. */
export function expectedOf({ mode, height, width }: ModelJob): Computed | undefined {
  const expected = height === width ? EXPECTED[height] : undefined;
  if (!expected) return undefined;
  const { forward, loss, norm, second } = expected;
  switch (mode) {
    case "forward":
      return { value: forward };
    case "gradient":
      return { value: loss, norm };
    case "step":
      return { value: loss, second };
  }
}

/**
 * Compares all that is expected, relative to its size.
 * @throws {Disagreement} naming the engine and both numbers.
 */
export function checkAgreement(
  engine: string,
  mode: Mode,
  computed: Computed,
  expected: Computed,
  tolerance: number,
): void {
  for (const [what, wanted] of Object.entries(expected)) {
    const found = computed[what as keyof Computed];
    if (found !== undefined && Math.abs(found - wanted) <= tolerance * Math.abs(wanted)) continue;
    throw new Disagreement(
      `${engine} computes the ${NAMES[what as keyof Computed]} ${found} in the mode ${mode}, but ${wanted} is expected within ${tolerance}: its times would mean nothing.`,
    );
  }
}

const NAMES: Readonly<Record<keyof Computed, string>> = {
  value: "value",
  norm: "norm of the gradient",
  second: "loss after one step",
};
