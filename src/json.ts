/** JSON that is never trusted to have the form it should have, and values like it. */

/** Parses UTF-8 bytes. Throws (SyntaxError or TypeError) unless they are one JSON object. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!isObject(value)) throw new TypeError("not an object");
  return value;
}

/** Whether a value is an object with named members, neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of whole numbers from 0 on, such as a shape. */
export function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
