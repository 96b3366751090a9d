/** Signals: the first one lets the step under way end, so that its image can be saved; Ctrl-C after it ends the process. */
import { EXIT, type Host, SIGNALS, type Signal } from "./host.ts";
import type { Progress } from "./progress.ts";

/** A signal before there was an image that could be saved. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor(readonly exitCode: number) {
    super("Interrupted before the first step was done; nothing was written.");
  }
}

/** The state of signals during a run. */
export interface Interrupt {
  /** Aborts with {@link Interrupted}, unless there is an image by then. */
  signal: AbortSignal;
  /** The exit code of the first signal, undefined if none came. */
  exitCode(): number | undefined;
  /** From now on there is an image, so that a signal aborts nothing any more. */
  hasImage(): void;
  /** Gives signals their usual effect back. */
  stop(): void;
}

/** Listens to signals until `stop` is called, and says in `progress` what they do. */
export function watchInterrupt(host: Pick<Host, "signals" | "exit">, progress: Progress): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let image = false;
  const onSignal = (signal: Signal) => {
    if (exitCode === undefined) {
      exitCode = EXIT[signal];
      if (!image) controller.abort(new Interrupted(exitCode));
      progress.note(image ? "saving after this step; Ctrl-C now quits at once" : "stopping");
    } else if (signal === "SIGINT") {
      // Only a person's second signal: `timeout` sends SIGTERM twice, and a terminal that closes may send SIGHUP twice.
      progress.end();
      host.exit(EXIT.SIGINT);
    }
  };
  for (const signal of SIGNALS) host.signals.on(signal, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    hasImage() {
      image = true;
    },
    stop() {
      for (const signal of SIGNALS) host.signals.off(signal, onSignal);
    },
  };
}
