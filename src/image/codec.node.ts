/**
 * `#image` in Node: files through node:fs, pixels through the optional package @napi-rs/canvas (Skia, as in Chromium),
 * which is loaded when the first image is decoded or encoded.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import { dirname, join } from "node:path";
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
    throw new ImageError(`Cannot read ${quote(source)}: ${reason}. ${remedy}`, { cause: error });
  }
}

/** Decodes with Skia. See codec.ts. */
export async function decode(bytes: Uint8Array, name: string): Promise<Picture> {
  const { createCanvas, loadImage } = await loadCanvas();
  try {
    const image = await loadImage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const { width, height } = image;
    const context = createCanvas(width, height).getContext("2d");
    context.drawImage(image, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } catch (error) {
    throw new ImageError(
      `${name} cannot be decoded: ${(error as Error).message}. Save it again as PNG, JPEG or WebP.`,
      { cause: error },
    );
  }
}

/** Encodes with Skia. See codec.ts. */
export async function encode(picture: Picture, format: OutputFormat, quality = 0.95): Promise<Uint8Array<ArrayBuffer>> {
  checkEncoding(format, quality);
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
      throw new OutputError(`${quote(path)} exists already. Pass --force (in code: force: true) to overwrite it.`);
    }
    await fs.access(dirname(await followLinks(path)), fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw error instanceof OutputError ? error : writeFailure(path, error);
  }
}

/** Writes a temporary file beside `path`, then renames it. See codec.ts. */
export async function writeImage(path: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<void> {
  await checkTarget(path, options);
  const target = await followLinks(path);
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await fs.writeFile(temporary, bytes, { flag: "wx", flush: true }).catch(unlessForbidden);
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw writeFailure(path, error);
  }
}

/** Reason and remedy by the code of a system error. */
const READ_FAILURES: Record<string, [string, string]> = {
  ENOENT: ["there is no such file", "Check the path."],
  ENOTDIR: ["a part of its path is not a folder", "Check the path."],
  EISDIR: ["it is a directory", "Name an image in it."],
  EACCES: ["permission is denied", "Make it readable, or choose another."],
  EPERM: ["permission is denied", "Make it readable, or choose another."],
};

const WRITE_FAILURES: Record<string, [string, string]> = {
  ENOENT: ["its folder does not exist", "Create the folder first."],
  ENOTDIR: ["a part of its path is not a folder", "Check the path."],
  EACCES: ["its folder is not writable", "Choose another folder, or change its permissions."],
  EPERM: ["its folder is not writable", "Choose another folder, or change its permissions."],
  EROFS: ["the file system is read-only", "Choose another folder."],
  ENOSPC: ["the disk is full", "Free some space, or choose another folder."],
  EDQUOT: ["your disk quota is used up", "Free some space, or choose another folder."],
};

function writeFailure(path: string, error: unknown): OutputError {
  const [reason, remedy] = WRITE_FAILURES[codeOf(error)] ?? [(error as Error).message, "Choose another path."];
  return new OutputError(`Cannot write ${quote(path)}: ${reason}. ${remedy}`, { cause: error });
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
