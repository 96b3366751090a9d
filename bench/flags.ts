/** The flags of `npm run bench`, and what is wrong with them in one line. */
import { parseArgs } from "node:util";
import { MODES, type Mode } from "./workload.ts";

/** What to measure. */
export interface Flags {
  /** Sides of the square images; by default they depend on the adapter. */
  sizes?: number[];
  engines: string[];
  modes: Mode[];
  levels: Level[];
  repetitions: number;
  /** File to write. */
  json?: string;
  /** Writes to bench/results, under the name of the adapter. */
  record: boolean;
}

/** Parts of the benchmark. */
export const LEVELS = ["model", "kernels", "memory"] as const;
export type Level = (typeof LEVELS)[number];

/** Something on the command line cannot be understood. */
export class FlagError extends Error {}

export const HELP = `npm run bench -- [--sizes 96,128] [--engines nst-gpu,tfjs] [--modes forward,gradient,step]
                 [--levels model,kernels,memory] [--repetitions 5] [--json FILE] [--record]

Measures nst-gpu beside its peers on one adapter, which the environment variable NST_ADAPTER names.
  --sizes        sides of the square images in pixels (64,96,128; on a GPU 256,512,1024)
  --engines      ENGINES
  --modes        forward, gradient (loss and gradient), step (those and a step of Adam)
  --levels       model: the whole network; kernels: each layer by each algorithm, and the kernels of a step; memory: larger images
  --repetitions  runs of each engine that count, at least (5)
  --json         writes the results to a file
  --record       writes them to bench/results, under the adapter's name`;

/** Deeper layers of smaller images would have no pixels to speak of. */
const SMALLEST_SIZE = 16;
const LARGEST_SIZE = 4096;

/**
 * Reads the command line, `engines` being the names there are.
 * @throws {FlagError} naming the flag, its value and what to give instead.
 */
export function parseFlags(parameters: readonly string[], engines: readonly string[]): Flags | "help" {
  const { values } = split(parameters);
  if (values.help) return "help";
  return {
    sizes: values.sizes === undefined ? undefined : sizes(values.sizes),
    engines: words("engines", values.engines, engines),
    modes: words("modes", values.modes, MODES),
    levels: words("levels", values.levels, LEVELS),
    repetitions: wholeNumber("repetitions", values.repetitions ?? "5", 1, 1000),
    json: values.json,
    record: values.record ?? false,
  };
}

function split(parameters: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean" } as const;
    const options = { sizes: text, engines: text, modes: text, levels: text, repetitions: text, json: text };
    return parseArgs({ args: [...parameters], options: { ...options, record: flag, help: { ...flag, short: "h" } } });
  } catch (error) {
    throw new FlagError(`${(error as Error).message.split(". ")[0]}. --help lists the flags.`);
  }
}

function sizes(text: string): number[] {
  const all = text.split(",").map((part) => wholeNumber("sizes", part, SMALLEST_SIZE, LARGEST_SIZE));
  return [...new Set(all)];
}

function wholeNumber(flag: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new FlagError(`--${flag} has ${JSON.stringify(text)}. Give whole numbers from ${low} to ${high}.`);
}

/** Words of a list, each once, in the list's own order; all of them if none is given. */
function words<Word extends string>(flag: string, text: string | undefined, known: readonly Word[]): Word[] {
  if (text === undefined) return [...known];
  const given = text.split(",");
  const unknown = given.find((word) => !(known as readonly string[]).includes(word));
  if (unknown === undefined) return known.filter((word) => given.includes(word));
  throw new FlagError(`--${flag} has ${JSON.stringify(unknown)}. Use ${known.join(", ")}, with commas between.`);
}
