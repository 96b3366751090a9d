/** Mistakes that TypeScript finds: each line without an error is one. */
import { type StepReport, type StyleTransferResult, styleTransfer } from "nst-gpu";

const both = { content: "photo.jpg", style: "painting.jpg" };

// @ts-expect-error no style
styleTransfer({ content: "photo.jpg" });
// @ts-expect-error no image
styleTransfer({ content: 7, style: "painting.jpg" });
// @ts-expect-error an image of a list
styleTransfer({ content: "photo.jpg", style: [{ image: "painting.jpg", weight: "3" }] });
// @ts-expect-error a word for a number
styleTransfer({ ...both, size: "512" });
// @ts-expect-error a misspelt option
styleTransfer({ ...both, styleWieght: 5 });
// @ts-expect-error no such preset
styleTransfer({ ...both, preset: "gatis" });
// @ts-expect-error no such optimiser
styleTransfer({ ...both, optimizer: "sgd" });
// @ts-expect-error an option of another optimiser
styleTransfer({ ...both, optimizer: { kind: "gd", history: 10 } });
// @ts-expect-error no such storage
styleTransfer({ ...both, storage: "float8" });
// @ts-expect-error a controller for its signal
styleTransfer({ ...both, signal: new AbortController() });
// @ts-expect-error no such format
(result: StyleTransferResult) => result.encode("gif");
// @ts-expect-error not to be changed during a run
(step: StepReport) => step.change({ size: 64 });
