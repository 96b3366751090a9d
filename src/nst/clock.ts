/** Progress of a run: steps counted over all scales, seconds gone, and an estimate of those left. */
import type { Scale } from "./settings.ts";

/** Steps weigh as much as their scale has pixels: the time of a step is proportional to that. */
export class Clock {
  readonly #steps: number;
  readonly #totalWork: number;
  #step = 0;
  #work = 0;
  #milliseconds = 0;
  readonly #began = performance.now();

  constructor(private readonly scales: readonly Scale[]) {
    this.#steps = scales.reduce((sum, { steps }) => sum + steps, 0);
    this.#totalWork = scales.reduce((sum, { size, steps }) => sum + steps * size ** 2, 0);
  }

  /** Times one step at a scale. */
  async time<Result>(scale: number, step: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await step();
    this.#milliseconds += performance.now() - began;
    this.#work += this.scales[scale].size ** 2;
    this.#step++;
    return result;
  }

  /** What a step report says of time. */
  read(): { step: number; steps: number; seconds: number; secondsLeft: number } {
    const secondsLeft = ((this.#milliseconds / this.#work) * (this.#totalWork - this.#work)) / 1000;
    return { step: this.#step, steps: this.#steps, seconds: (performance.now() - this.#began) / 1000, secondsLeft };
  }
}
