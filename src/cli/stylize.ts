/** Makes an image step by step, with progress on stderr, and saves it at the end or when a signal (Ctrl-C) comes. */
import { OutputError } from "../errors.ts";
import type { Picture } from "../image/picture.ts";
import type { StepReport } from "../nst/options.ts";
import type { Job } from "./args.ts";
import { EXIT, type Host } from "./host.ts";
import { type Interrupt, watchInterrupt } from "./interrupt.ts";
import { checkOutputs, framePath, save } from "./output.ts";
import { createProgress, type Progress } from "./progress.ts";
import { chooseNetwork } from "./weights.ts";

/**
 * Runs a job. Where it will write is checked here, before the engine begins; the engine reads the images before it
 * touches the GPU.
 *
 * @returns the exit code: 0, or that of the signal
 * @throws Interrupted when a signal comes before the first step is done, so that there is nothing to save.
 */
export async function stylize(job: Job, host: Host): Promise<number> {
  await checkOutputs(job);
  // A bar redraws its line: on a terminal that knows how, and that prints no other lines between.
  const canRedraw = host.env.TERM !== "dumb" && !(job.json && host.stdout.isTTY);
  const progress = createProgress(host.stderr, job.quiet, canRedraw);
  const interrupt = watchInterrupt(host, progress);
  try {
    progress.begin("preparing");
    const onWarning = (text: string) => progress.note(`warning: ${text}`);
    const { network, note } = await networkOf(job);
    const { download: onDownload } = progress;
    const options = { ...job.options, network, signal: interrupt.signal, onWarning, onDownload };
    const { report, picture } = await takeSteps(host.steps(options), note, job, host, progress, interrupt);
    await save(picture, job.output, job);
    const interrupted = report.step < report.steps;
    progress.end();
    if (job.json) host.stdout.write(`${JSON.stringify(finalLine(job, report, picture, interrupted))}\n`);
    progress.note(summary(job, report, picture, interrupted));
    return interrupted ? interrupt.exitCode()! : EXIT.done;
  } finally {
    interrupt.stop();
    progress.end();
  }
}

/** The network asked for; where that is `auto`, what was chosen. */
async function networkOf({ options: { network = "auto" } }: Job) {
  return network === "auto" ? chooseNetwork() : { network, note: undefined };
}

/** Steps to the end or until a signal, and returns the last one with its image. Leaving the loop frees the GPU. */
async function takeSteps(
  steps: AsyncGenerator<StepReport>,
  note: string | undefined,
  job: Job,
  host: Host,
  progress: Progress,
  interrupt: Interrupt,
): Promise<{ report: StepReport; picture: Picture }> {
  for await (const report of steps) {
    if (report.step === 1) progress.note(introduction(report));
    if (report.step === 1 && note !== undefined) progress.note(note);
    interrupt.hasImage();
    progress.step(report);
    if (job.json) host.stdout.write(`${JSON.stringify(reportLine(report))}\n`);
    const frame = job.saveEvery !== undefined && report.step % job.saveEvery === 0;
    const last = report.step === report.steps || interrupt.exitCode() !== undefined;
    if (!frame && !last) continue;
    const picture = await report.image();
    if (frame) await saveFrame(picture, framePath(job.output, report.step), job, progress);
    if (last || interrupt.exitCode() !== undefined) return { report, picture };
  }
  throw new Error("The run ended before its last step.");
}

/** A frame that cannot be written is no reason to lose the result. */
async function saveFrame(picture: Picture, path: string, job: Job, progress: Progress): Promise<void> {
  await save(picture, path, job).catch((error) => {
    if (!(error instanceof OutputError)) throw error;
    progress.note(`warning: ${error.message} Going on without it.`);
  });
}

function introduction({ info }: StepReport): string {
  return `on ${info.adapter}, network ${info.network}, preset ${info.preset}`;
}

function reportLine({ step, steps, scale, width, height, loss, losses, seconds, secondsLeft }: StepReport): object {
  return { step, steps, scale, width, height, loss, losses, seconds, secondsLeft };
}

function finalLine({ output }: Job, report: StepReport, { width, height }: Picture, interrupted: boolean): object {
  const { step, steps, loss, seconds, info } = report;
  return { output, width, height, step, steps, loss, seconds, interrupted, ...info };
}

function summary({ output }: Job, report: StepReport, { width, height }: Picture, interrupted: boolean): string {
  const { step, steps, seconds } = report;
  const ended = interrupted ? `interrupted at step ${step} of ${steps}` : `${steps} steps in ${seconds.toFixed(1)} s`;
  return `wrote ${output}, ${width}x${height} pixels (${ended})`;
}
