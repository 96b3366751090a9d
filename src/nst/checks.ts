/**
 * Checks of single option values, from which validate.ts puts its table together. A check returns the value, typed and
 * brought into one form, or throws. Internal: users meet only the messages.
 */
import { isArrayBuffer, isBytes, isPixels } from "../bytes.ts";
import { InvalidOptionError } from "../errors.ts";
import { isDrawable } from "../image/drawable.ts";
import type { ImageSource, Picture } from "../image/picture.ts";
import { isObject } from "../json.ts";
import { nearest } from "../nearest.ts";

const LARGEST_F32 = (2 - 2 ** -23) * 2 ** 127;

/** Returns the checked value; throws {@link RefusedOption} naming `option`, the value and the remedy. */
export type Check<T> = (value: unknown, option: string) => T;

/** An {@link InvalidOptionError} that keeps name and problem apart, so that the command line can name its own flag. */
export class RefusedOption extends InvalidOptionError {
  constructor(
    /** The option as the library calls it, such as `"optimizer.history"` or `"style[1].weight"`. */
    readonly option: string,
    /** What is wrong and what to do; continues the sentence that the name begins. */
    readonly problem: string,
  ) {
    super(`${option} ${problem}`);
  }
}

/** Throws the refusal of a value that is not what `remedy` asks for. */
export function refuse(option: string, value: unknown, remedy: string): never {
  throw new RefusedOption(option, `is ${show(value)}. ${remedy}`);
}

/** A value as a message shows it: short, on one line, never the contents of an image. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.length > 12 ? `a list of ${value.length}` : `[${value.map(show).join(", ")}]`;
  if (value instanceof URL) return value.href;
  if (typeof value === "object" && value !== null) return `an object (${value.constructor?.name ?? "no class"})`;
  return String(value);
}

/** `Did you mean "x"? ` where a known word is near, else nothing. */
export function suggestion(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near === undefined ? "" : `Did you mean "${near}"? `;
}

/** An integer from `least` to `most`, both included. */
export function wholeNumber(least: number, most: number): Check<number> {
  return (value, option) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    return refuse(option, value, `Give a whole number from ${least} to ${most}.`);
  };
}

/** True or false. */
export const flag: Check<boolean> = (value, option) =>
  typeof value === "boolean" ? value : refuse(option, value, "Give true or false.");

/** A number of at least 0 that is finite in f32, the precision it is used in. */
export const weight: Check<number> = (value, option) => {
  if (typeof value === "number" && value >= 0 && value <= LARGEST_F32) return value;
  return refuse(option, value, "Give a finite number (below 3.4e38) that is not negative.");
};

/** A number above 0 that is finite in f32. */
export const positive: Check<number> = (value, option) => {
  if (typeof value === "number" && value > 0 && value <= LARGEST_F32) return value;
  return refuse(option, value, "Give a finite number (below 3.4e38) above 0.");
};

/** A decay or momentum: at least 0 and below 1. */
export const decay: Check<number> = (value, option) => {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  return refuse(option, value, "Give a number from 0 to below 1.");
};

/** One of the words, exactly. */
export function oneOf<T extends string>(words: readonly T[]): Check<T> {
  return (value, option) => {
    if ((words as readonly unknown[]).includes(value)) return value as T;
    const near = typeof value === "string" ? suggestion(value, words) : "";
    return refuse(option, value, `${near}Give ${oneOfThese(words)}.`);
  };
}

/** A string that is not empty. */
export const text: Check<string> = (value, option) => {
  if (typeof value === "string" && value !== "") return value;
  return refuse(option, value, "Give a string that is not empty.");
};

/** A function, whose signature only its types can promise. */
export function callback<F>(parameter: string): Check<F> {
  return (value, option) => {
    if (typeof value === "function") return value as F;
    return refuse(option, value, `Give a function that takes ${parameter}.`);
  };
}

/** An object of a built-in class, or one that looks like it: another realm's or polyfill's `AbortSignal` is as good. */
export function shapedLike<T extends object>(kind: string, members: readonly (keyof T & string)[]): Check<T> {
  return (value, option) => {
    if (isObject(value) && members.every((member) => member in value)) return value as T;
    return refuse(option, value, `Give ${kind}.`);
  };
}

/** Anything an image may come from. Whether it can be read and decoded shows only when it is. */
export const imageSource: Check<ImageSource> = (value, option) => {
  if (typeof value === "string" && value !== "") return value;
  if (value instanceof URL || value instanceof Blob || isDrawable(value)) return value;
  if (isArrayBuffer(value) || isBytes(value)) {
    if (value.byteLength > 0) return value;
    throw new RefusedOption(option, "has no bytes. Give an encoded PNG, JPEG or WebP image.");
  }
  if (isObject(value) && "width" in value && "height" in value && "data" in value) return picture(value, option);
  const sources =
    "a path, URL, Blob, ArrayBuffer or Uint8Array of an encoded image, { width, height, data }, or in a browser a bitmap or canvas";
  return refuse(option, value, `Give an image: ${sources}.`);
};

function picture(value: object, option: string): Picture {
  const { width, height, data } = value as Record<keyof Picture, unknown>;
  const side = wholeNumber(1, 2 ** 31 - 1);
  const pixels = side(width, `${option}.width`) * side(height, `${option}.height`);
  if (!isPixels(data)) {
    return refuse(`${option}.data`, data, "Give a Uint8ClampedArray or Uint8Array of RGBA.");
  }
  if (data.length === 4 * pixels) return value as Picture;
  throw new RefusedOption(
    `${option}.data`,
    `has ${data.length} bytes. Give ${4 * pixels}, which is RGBA of ${width}x${height} pixels.`,
  );
}

/** Refuses the keys of `value` that are not `known`; `kind` says what they should be, as in "parameter of lbfgs". */
export function refuseUnknownKeys(value: object, known: readonly string[], kind: string, prefix = ""): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const hint = suggestion(key, known);
    throw new RefusedOption(`${prefix}${key}`, `is no ${kind}. ${hint}Known are ${known.join(", ")}.`);
  }
}

function oneOfThese(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted[quoted.length - 1]}`;
}
