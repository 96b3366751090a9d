/**
 * Small texts kept between runs, such as which kernels were fastest. Losing them costs time only, so failures to read or
 * write are no errors. Twins: a file in Node (cache.node.ts), IndexedDB in browsers (cache.browser.ts).
 *
 * @example
 * import { readCache, writeCache } from "#cache";
 * await writeCache("tuning", "{}");
 * console.log(await readCache("tuning"));
 */

/** The text kept under a name, or undefined. */
export declare function readCache(name: string): Promise<string | undefined>;

/** Keeps a text under a name of letters, digits and dashes; replaces what was there as a whole. */
export declare function writeCache(name: string, text: string): Promise<void>;
