/**
 * `#image` in Node: files through node:fs, pixels through the optional package @napi-rs/canvas (Skia, as in Chromium),
 * which is loaded when the first image is decoded or encoded.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ImageError, OutputError } from "../errors.ts";
import { unlessForbidden } from "../flush.node.ts";
import { isUrl } from "../url.ts";
import type { OutputFormat, WriteOptions } from "./codec.ts";
import { onWhite } from "./convert.ts";
import { checkEncoding } from "./encoding.ts";
import { followLinks } from "./links.node.ts";
import type { Picture } from "./picture.ts";
import { fetchBytes, quote } from "./source.ts";

/** Reads a path, or a `file:`, `http:`, `https:`, `data:` or `blob:` URL. See codec.ts. */
export async function readBytes(source: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const isFile = /^file:/i.test(String(source));
  if (!isFile && (source instanceof URL || isUrl(source))) return fetchBytes(source, signal);
  try {
    const file = await fs.readFile(isFile ? fileURLToPath(source) : source);
    return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  } catch (error) {
    const [reason, remedy] = READ_FAILURES[codeOf(error)] ?? [(error as Error).message, "Check the path."];
    throw new ImageError(`Cannot read ${quote(source)}: ${reason}. ${remedy}`, causeOf(error));
  }
}

/** Pixels of the canvas that an image is drawn on part by part: one of its size would take as many bytes again. */
const STRIP = 2 ** 22;

/** Decodes with Skia. See codec.ts. */
export async function decode(bytes: Uint8Array, name: string): Promise<Picture> {
  const { createCanvas, loadImage } = await loadCanvas();
  try {
    const image = await loadImage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const { width, height } = image;
    const data = new Uint8ClampedArray(4 * width * height);
    const rows = Math.min(height, Math.ceil(STRIP / width));
    const context = createCanvas(width, rows).getContext("2d");
    context.globalCompositeOperation = "copy";
    for (let y = 0; y < height; y += rows) {
      await setImmediate(); // else Node frees none of the parts before the last
      context.drawImage(image, 0, -y);
      data.set(context.getImageData(0, 0, width, Math.min(rows, height - y)).data, 4 * width * y);
    }
    return { width, height, data };
  } catch (error) {
    throw new ImageError(
      `${name} cannot be decoded: ${(error as Error).message}. Save it again as PNG, JPEG or WebP.`,
      { cause: error },
    );
  }
}

/** Encodes with Skia. See codec.ts. */
export async function encode(picture: Picture, format: OutputFormat, quality = 0.95): Promise<Uint8Array<ArrayBuffer>> {
  await checkEncoding(picture, format, quality);
  const { createCanvas, ImageData } = await loadCanvas();
  const { width, height, data } = format === "jpeg" ? onWhite(picture) : picture;
  try {
    const canvas = createCanvas(width, height);
    canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
    const file = await (format === "png" ? canvas.encode("png") : canvas.encode(format, Math.round(quality * 100)));
    return new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
  } catch (error) {
    throw new OutputError(
      `Cannot encode ${width}x${height} pixels as ${format}: ${(error as Error).message}. Write a PNG instead.`,
      { cause: error },
    );
  }
}

/** Where something else, such as jsdom, brings the class. See codec.ts. */
export function toImageData({ data, width, height }: Picture): ImageData {
  if (typeof ImageData === "undefined") {
    throw new OutputError("There is no ImageData outside of a browser. Use the result's image instead.");
  }
  return new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height);
}

/** Looks at the file and its folder. See codec.ts. */
export async function checkTarget(path: string, { force = false }: WriteOptions = {}): Promise<void> {
  if (isUrl(path)) throw new OutputError(`Cannot write ${quote(path)}: it is a URL. Give a path.`);
  try {
    const existing = await fs.stat(path).catch((error) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
    if (existing && !existing.isFile()) {
      const kind = existing.isDirectory() ? "a directory" : "not a regular file";
      throw new OutputError(`Cannot write ${quote(path)}: it is ${kind}. Choose another name.`);
    }
    if (existing && !force) {
      throw existsAlready(path);
    }
    await fs.access(dirname(await followLinks(path)), fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw error instanceof OutputError ? error : writeFailure(path, error);
  }
}

/** Writes a temporary file beside `path`, which then takes its name. See codec.ts. */
export async function writeImage(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await checkTarget(path, options);
  const target = await followLinks(path);
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await fs.writeFile(temporary, bytes, { flag: "wx", flush: true }).catch(unlessForbidden);
    await (options.force ? fs.rename(temporary, target) : renameToNew(temporary, target));
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw codeOf(error) === "EEXIST" ? existsAlready(path) : writeFailure(path, error);
  }
}

/** Renames a file unless there is one of that name by now: of two that are written at once, the second fails with EEXIST. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    return renameToClaimed(from, to);
  }
  await fs.rm(from, { force: true }).catch(() => {});
}

/** {@link renameToNew} for file systems without hard links: an empty file claims the name, and is then replaced. */
async function renameToClaimed(from: string, to: string): Promise<void> {
  await fs.writeFile(to, "", { flag: "wx" });
  await fs.rename(from, to).catch(async (error) => {
    await fs.rm(to, { force: true });
    throw error;
  });
}

/** Reason and remedy by the code of a system error. */
const READ_FAILURES: Record<string, [string, string]> = {
  ENOENT: ["there is no such file", "Check the path."],
  ENOTDIR: ["a part of its path is not a folder", "Check the path."],
  EISDIR: ["it is a directory", "Name an image in it."],
  EACCES: ["permission is denied", "Make it readable, or choose another."],
  EPERM: ["permission is denied", "Make it readable, or choose another."],
  ENAMETOOLONG: ["the path is too long", "Check it. Base64 of an image goes into a data: URL."],
};

const WRITE_FAILURES: Record<string, [string, string]> = {
  ENOENT: ["its folder does not exist", "Create the folder first."],
  ENOTDIR: ["a part of its path is not a folder", "Check the path."],
  EACCES: ["its folder is not writable", "Choose another folder, or change its permissions."],
  EPERM: ["its folder is not writable", "Choose another folder, or change its permissions."],
  EROFS: ["the file system is read-only", "Choose another folder."],
  ENOSPC: ["the disk is full", "Free some space, or choose another folder."],
  ENAMETOOLONG: ["the path is too long", "Choose a shorter one."],
  EDQUOT: ["your disk quota is used up", "Free some space, or choose another folder."],
};

function writeFailure(path: string, error: unknown): OutputError {
  const [reason, remedy] = WRITE_FAILURES[codeOf(error)] ?? [(error as Error).message, "Choose another path."];
  return new OutputError(`Cannot write ${quote(path)}: ${reason}. ${remedy}`, causeOf(error));
}

function existsAlready(path: string): OutputError {
  return new OutputError(`${quote(path)} exists already. Pass --force (in code: force: true) to overwrite it.`);
}

/** What is to be passed on of a system error: its message repeats the path, which may be megabytes of an image. */
function causeOf(error: unknown): { cause?: unknown } {
  return codeOf(error) === "ENAMETOOLONG" ? {} : { cause: error };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

async function loadCanvas(): Promise<typeof import("@napi-rs/canvas")> {
  try {
    return await import("@napi-rs/canvas");
  } catch (error) {
    throw new ImageError(
      "Decoding and encoding images in Node needs the optional package @napi-rs/canvas, which cannot be loaded " +
        `(${(error as Error).message}). Run: npm install @napi-rs/canvas`,
      { cause: error },
    );
  }
}

({ readBytes, decode, encode, toImageData, checkTarget, writeImage }) satisfies typeof import("./codec.ts");
