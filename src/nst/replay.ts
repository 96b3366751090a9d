/** Runs of a compiled program whose scalar results, such as the terms of the loss, are read back after each. */
import type { Tensor } from "../autograd/graph.ts";
import type { Program } from "../autograd/program.ts";
import type { Device } from "../gpu/device.ts";
import { ScalarReader } from "../gpu/scalar-reader.ts";
import type { Terms } from "./objective.ts";
import type { Losses } from "./options.ts";

/** Owns the program, all of whose results are scalars. Rings rotate from run to run. */
export class Replay {
  readonly #names: readonly string[];
  readonly #reader: ScalarReader;
  #runs = 0;
  /** The values of runs that are submitted and not asked for yet. */
  readonly #ahead: Promise<Float32Array>[] = [];
  /** When the last run whose values came was done. */
  #done = 0;

  constructor(
    device: Device,
    readonly program: Program,
  ) {
    this.#names = Object.keys(program.results);
    this.#reader = new ScalarReader(
      device,
      this.#names.map((name) => program.results[name].storage!.buffer),
    );
  }

  /**
   * Runs once and gives the results by name. Where `more` runs are to follow, the next one is submitted before these results are waited for:
   * the device then goes on while they are read and looked at.
   */
  async run(more = false): Promise<Record<string, number>> {
    while (this.#ahead.length < (more ? 2 : 1)) this.#submit();
    const values = await this.#ahead.shift()!;
    return Object.fromEntries(this.#names.map((name, index) => [name, values[index]]));
  }

  /** Whether a run is submitted that has not been asked for. */
  get isAhead(): boolean {
    return this.#ahead.length > 0;
  }

  /** Waits for the run that is ahead, if there is one, and forgets its results. */
  async catchUp(): Promise<void> {
    await this.#ahead.pop();
  }

  #submit(): void {
    const [run, submitted] = [this.#runs++, performance.now()];
    this.program.run(run, this.#reader.copy);
    const reading = this.#reader.read(run).then((values) => {
      const now = performance.now();
      this.program.milliseconds = now - Math.max(submitted, this.#done);
      this.#done = now;
      return values;
    });
    // Nobody may ask for it any more.
    reading.catch(() => {});
    this.#ahead.push(reading);
  }

  /** Frees the program too. */
  dispose(): void {
    this.#reader.dispose();
    this.program.dispose();
  }
}

/** The terms of the loss as results of a program. Their names carry the term, so that they can be told apart again. */
export function resultsOf({ total, content, style, tv }: Terms): Record<string, Tensor> {
  const prefixed = (prefix: string, terms: Record<string, Tensor>) =>
    Object.entries(terms).map(([layer, term]) => [`${prefix} ${layer}`, term]);
  return { total, tv, ...Object.fromEntries([...prefixed("content", content), ...prefixed("style", style)]) };
}

/**
 * The reverse of {@link resultsOf}, for the values that were read. An image that is not finite may have a loss that is, as ReLU makes 0 of
 * NaN; its total variation is none, and then neither is the total.
 */
export function lossesOf({ total, tv, ...terms }: Record<string, number>): Losses {
  const losses: Losses = { total: Number.isFinite(tv) ? total : tv, content: {}, style: {}, tv };
  for (const [name, value] of Object.entries(terms)) {
    const [term, layer] = name.split(" ");
    losses[term as "content" | "style"][layer] = value;
  }
  return losses;
}
