/** What the command line needs from the process that it runs in, so that tests can give it another, and its exit codes. */
import type { AdapterReport } from "#gpu";
import type { StepReport, StyleTransferOptions } from "../nst/options.ts";
import type { Screen } from "./progress.ts";

/** Exit codes of `nst-gpu`, explained in its help. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Process and library as the command line sees them. */
export interface Host {
  /** Gets results only: lists, JSON lines, the help. */
  stdout: Pick<Screen, "write" | "isTTY">;
  /** Gets progress, warnings and errors. */
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
  /** Where SIGINT comes from, as from `process`. */
  signals: {
    on(signal: "SIGINT", listener: () => void): unknown;
    off(signal: "SIGINT", listener: () => void): unknown;
  };
  /** Ends the process at once; called at the second Ctrl-C only. */
  exit(code: number): void;
  /** `styleTransfer.steps` */
  steps(options: StyleTransferOptions): AsyncGenerator<StepReport>;
  listAdapters(): Promise<AdapterReport[]>;
}
