/** Shows how far a run or a download is: a bar that is redrawn in place on a terminal, and a line now and then elsewhere. */
import type { StepReport } from "../nst/options.ts";
import type { DownloadProgress } from "../vgg/download.ts";
import { megabytes } from "../vgg/manifest.ts";

/** The part of `process.stderr` that is used. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Progress of one run. */
export interface Progress {
  /** Shows what is happening before the first step. Only on a terminal. */
  begin(what: string): void;
  /** Shows the state after a step. */
  step(report: StepReport): void;
  /** Shows how far a download is. */
  download(state: DownloadProgress): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Removes the bar. Notes may still follow. */
  end(): void;
}

const RETURN_AND_CLEAR = "\r\u001b[2K";
const LONGEST_BAR = 30;
const SHORTEST_BAR = 6;

/**
 * A progress display for `screen`: nothing if `quiet`, and lines instead of a bar unless it is a terminal that can redraw one.
 *
 * @example
 * const progress = createProgress(process.stderr, false);
 * for await (const report of styleTransfer.steps(options)) progress.step(report);
 * progress.end();
 */
export function createProgress(screen: Screen, quiet: boolean, canRedraw = true): Progress {
  if (quiet) return { begin() {}, step() {}, download() {}, note() {}, end() {} };
  return screen.isTTY && canRedraw ? bar(screen) : lines(screen);
}

function bar(screen: Screen): Progress {
  let shown = "";
  const show = (text: string) => {
    // The last column stays free: a full line makes some terminals break it, and the next redraw starts one line lower.
    shown = text.slice(0, width(screen));
    screen.write(RETURN_AND_CLEAR + shown);
  };
  return {
    begin: show,
    step: (report) => show(drawBar(report.step / report.steps, describe(report), width(screen))),
    download: (state) => show(drawBar(state.bytes / state.total, describeDownload(state), width(screen))),
    note: (text) => screen.write(`${RETURN_AND_CLEAR}${text}\n${shown}`),
    end() {
      if (shown !== "") screen.write(RETURN_AND_CLEAR);
      shown = "";
    },
  };
}

function width(screen: Screen): number {
  return (screen.columns || 80) - 1;
}

function lines(screen: Screen): Progress {
  /** A display that prints the first state, each tenth, and the last. */
  const everyTenth = () => {
    let tenths = -1;
    return (share: number, words: string[]) => {
      const reached = Math.floor(10 * share);
      if (reached > tenths) screen.write(`${words.join("  ")}\n`);
      tenths = Math.max(tenths, reached);
    };
  };
  const steps = everyTenth();
  const downloads = new Map<string, ReturnType<typeof everyTenth>>();
  return {
    begin() {},
    step: (report) => steps(report.step / report.steps, describe(report)),
    download(state) {
      const show = downloads.get(state.name) ?? everyTenth();
      downloads.set(state.name, show);
      show(state.bytes / state.total, describeDownload(state));
    },
    note: (text) => screen.write(`${text}\n`),
    end() {},
  };
}

/** The bar takes the room that the words leave; on a narrow screen it goes first, then the words from the end. */
function drawBar(share: number, wordsToShow: readonly string[], columns: number): string {
  const words = [...wordsToShow];
  while (words.length > 1 && words.join("  ").length > columns) words.pop();
  const text = words.join("  ");
  const room = Math.min(LONGEST_BAR, columns - text.length - 3);
  if (room < SHORTEST_BAR) return text;
  const full = Math.round(room * share);
  return `[${"#".repeat(full)}${".".repeat(room - full)}] ${text}`;
}

/** `["step 12/300", "loss 1.234e+5", "3.1 steps/s", "1:33 left"]` */
function describe(report: StepReport): string[] {
  const words = [`step ${report.step}/${report.steps}`, `loss ${report.loss.toPrecision(4)}`];
  if (report.seconds > 0) words.push(`${(report.step / report.seconds).toPrecision(3)} steps/s`);
  if (Number.isFinite(report.secondsLeft)) words.push(`${clock(report.secondsLeft)} left`);
  return words;
}

/** `["vgg19", "12.3 of 80 MB", "3.1 MB/s", "0:22 left"]` */
function describeDownload({ name, bytes, total, bytesPerSecond, secondsLeft }: DownloadProgress): string[] {
  const words = [name, `${(bytes / 1e6).toFixed(1)} of ${megabytes(total)}`];
  if (bytesPerSecond > 0) words.push(`${(bytesPerSecond / 1e6).toFixed(1)} MB/s`);
  if (Number.isFinite(secondsLeft)) words.push(`${clock(secondsLeft)} left`);
  return words;
}

/** Minutes and seconds, with hours only where there are any: `1:33`, `2:00:05`. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${twoDigits(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(whole % 60)}`;
}
