/** The files that a run writes: checked before it begins, so that hours of work cannot end in vain or cost an input. */
import { readdir, stat, statfs } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidOptionError, OutputError } from "../errors.ts";
import { followLinks } from "../image/links.node.ts";
import { checkOutput, outputFormat, save as saveImage } from "../image/output.ts";
import type { Picture } from "../image/picture.ts";
import { isUrl } from "../url.ts";
import type { Job } from "./args.ts";

/** Bytes that even a small image needs. */
const LEAST_SPACE = 65_536;

/** What of a {@link Job} decides about its files. */
export type OutputSettings = Pick<Job, "inputs" | "output" | "force" | "quality" | "saveEvery">;

/**
 * The name of the image that --save-every writes beside the result.
 *
 * @example
 * framePath("art/out.png", 50); // "art/out-0050.png"
 */
export function framePath(output: string, step: number): string {
  const extension = extname(output);
  return join(dirname(output), `${basename(output, extension)}-${String(step).padStart(4, "0")}${extension}`);
}

/**
 * Checks that the result and the images of --save-every can be written.
 *
 * @throws OutputError when one of them is an input, even with --force, exists already (without it), has an unknown
 * extension, or lies in a folder that is missing, not writable, or full.
 * @throws InvalidOptionError when a quality is given for a format that has none.
 */
export async function checkOutputs(settings: OutputSettings): Promise<void> {
  const { output, inputs, force, quality } = settings;
  if (outputFormat(output) === "png" && quality !== undefined) {
    throw new InvalidOptionError(
      `--quality is ${quality}, but PNG loses nothing. Leave it out, or write .jpg or .webp.`,
    );
  }
  const inputFiles = await Promise.all(inputs.map(identify));
  await checkOne(output);
  if (settings.saveEvery !== undefined) await checkOutput(framePath(output, settings.saveEvery), { force: true });
  for (const frame of await existingFrames(settings)) await checkOne(frame);
  await checkSpace(output);

  async function checkOne(path: string): Promise<void> {
    const file = await identify(path);
    if (file !== undefined && inputFiles.includes(file)) {
      throw new OutputError(`"${path}" is one of the images that are read. Choose another name for the result.`);
    }
    await checkOutput(path, { force });
  }
}

/** Encodes a picture by the extension of `path`, and writes it whole or not at all. */
export async function save(picture: Picture, path: string, { force, quality }: OutputSettings): Promise<void> {
  await saveImage(picture, path, { force, quality: quality && quality / 100 });
}

/** What tells a file from all others, however its path is written; nothing for a file that does not exist. */
export async function identify(source: string): Promise<string | undefined> {
  if (isUrl(source) && !/^file:/i.test(source)) return undefined;
  try {
    const { dev, ino } = await stat(isUrl(source) ? fileURLToPath(source) : source, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Refuses a full disk. How much an image will need is not known yet, and a quota shows only when it is reached. */
async function checkSpace(output: string): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(dirname(await followLinks(output)));
  // File systems that count no blocks at all cannot tell.
  if (blocks === 0 || bavail * bsize >= LEAST_SPACE) return;
  throw new OutputError(
    `Cannot write "${output}": the disk is full (${bavail * bsize} bytes left). Free some space, or choose another folder.`,
  );
}

/** The files that are there and that --save-every would write. */
async function existingFrames({ output, saveEvery }: OutputSettings): Promise<string[]> {
  if (saveEvery === undefined) return [];
  const stem = `${basename(output, extname(output))}-`;
  const names = await readdir(dirname(output));
  const steps = names
    .filter((name) => name.startsWith(stem))
    .map((name) => Number.parseInt(name.slice(stem.length), 10));
  const due = steps.filter((step) => step > 0 && step % saveEvery === 0).map((step) => framePath(output, step));
  return due.filter((path) => names.includes(basename(path)));
}
