/** What the command line needs from the process that it runs in, so that tests can give it another, and its exit codes. */
import type { AdapterReport } from "#gpu";
import type { StepReport, StyleTransferOptions } from "../nst/options.ts";
import type { Screen } from "./progress.ts";

/** Exit codes of `nst-gpu`, explained in its help; that of a signal is 128 more than its number, as in shells. */
export const EXIT = { done: 0, failed: 1, badInput: 2, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The signals that end a run early; Ctrl-C sends SIGINT. */
export const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** One of {@link SIGNALS}. */
export type Signal = (typeof SIGNALS)[number];

/** Process and library as the command line sees them. */
export interface Host {
  /** Gets results only: lists, JSON lines, the help. */
  stdout: Pick<Screen, "write" | "isTTY">;
  /** Gets progress, warnings and errors. */
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
  /** Where signals come from, as from `process`. */
  signals: {
    on(signal: Signal, listener: (signal: Signal) => void): unknown;
    off(signal: Signal, listener: (signal: Signal) => void): unknown;
  };
  /** Ends the process at once; called only at a Ctrl-C that follows another signal. */
  exit(code: number): void;
  /** `styleTransfer.steps` */
  steps(options: StyleTransferOptions): AsyncGenerator<StepReport>;
  listAdapters(): Promise<AdapterReport[]>;
}
