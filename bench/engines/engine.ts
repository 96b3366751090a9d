/** What an engine is to its process (worker.ts). Each file in this folder that is named after a library exports `open`. */
import type { DispatchTime } from "../../src/autograd/profile.ts";

/** A library under measurement. */
export interface Engine {
  version: string;
  /** Replaces the prepared job; what the one before it held is freed, unless the engine keeps it for another turn. */
  // biome-ignore lint/suspicious/noExplicitAny: jobs come as JSON; an engine knows its own.
  prepare(job: any): Promise<{ plannedBytes?: number; naiveBytes?: number; flops?: number; bytes?: number }>;
  /** Enqueues one evaluation. What it returns waits for that and gives its value. */
  start(): () => Promise<number>;
  /** Euclidean norm of what the last evaluation computed besides its value: a gradient, or the result of a kernel. */
  norm?(): Promise<number>;
  /** Times of the dispatches of one evaluation, each by itself. */
  profile?(repetitions: number): Promise<DispatchTime[]>;
}
