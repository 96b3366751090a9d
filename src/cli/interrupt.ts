/** Ctrl-C: the first one lets the step under way end, so that its image can be saved; the second one ends the process. */
import { EXIT, type Host } from "./host.ts";
import type { Progress } from "./progress.ts";

/** Ctrl-C before there was an image that could be saved. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("Interrupted before the first step was done; nothing was written.");
  }
}

/** The state of Ctrl-C during a run. */
export interface Interrupt {
  /** Aborts with {@link Interrupted}, unless there is an image by then. */
  signal: AbortSignal;
  /** Whether Ctrl-C was pressed. */
  requested(): boolean;
  /** From now on there is an image, so that Ctrl-C aborts nothing any more. */
  hasImage(): void;
  /** Gives Ctrl-C its usual effect back. */
  stop(): void;
}

/** Listens to Ctrl-C until `stop` is called, and says in `progress` what it does. */
export function watchInterrupt(host: Pick<Host, "signals" | "exit">, progress: Progress): Interrupt {
  const controller = new AbortController();
  let requested = false;
  let image = false;
  const onSignal = () => {
    if (requested) {
      progress.end();
      host.exit(EXIT.interrupted);
      return;
    }
    requested = true;
    if (!image) controller.abort(new Interrupted());
    progress.note(image ? "saving after this step; Ctrl-C again quits at once" : "stopping");
  };
  host.signals.on("SIGINT", onSignal);
  return {
    signal: controller.signal,
    requested: () => requested,
    hasImage() {
      image = true;
    },
    stop: () => host.signals.off("SIGINT", onSignal),
  };
}
