/** What to say of a run whose loss is not finite any more. Loaded only then. */
import { NotFiniteError } from "../errors.ts";

/** The error for the loss of `step`, after so many returns to the best image. */
export function notFinite(loss: number, step: number, returns: number): NotFiniteError {
  const after = returns === 0 ? "" : ` and again after ${returns} returns to the best image`;
  return new NotFiniteError(
    `The loss became ${loss} at step ${step}${after}. Use smaller weights or a smaller learning rate.`,
    step,
  );
}
