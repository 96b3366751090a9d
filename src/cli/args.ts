/** Reads the command line by the table of flags.ts, and says in its terms what is wrong with it. */
import { InvalidOptionError } from "../errors.ts";
import { RefusedOption, wholeNumber } from "../nst/checks.ts";
import { INITS, type StyleTransferOptions } from "../nst/options.ts";
import { network as checkNetwork, validateOptions } from "../nst/validate.ts";
import { FLAGS, type Flag, type FlagName } from "./flags.ts";
import { outputFile, parseFlags, type Values } from "./parse.ts";

/** What the command line asks for besides an image. */
export type Action = "help" | "version" | "list-adapters" | "list-layers";

const ACTIONS: readonly Action[] = ["help", "version", "list-adapters", "list-layers"];

/** Flags that are the command line's own. */
export interface Settings {
  json: boolean;
  quiet: boolean;
}

/** An image to make, with valid options. */
export interface Job extends Settings {
  action: "stylize";
  options: StyleTransferOptions & { content: string };
  /** Paths or URLs of all images that are read. */
  inputs: string[];
  output: string;
  force: boolean;
  quality?: number;
  saveEvery?: number;
}

/** Something to print. */
export interface Question extends Settings {
  action: Action;
  /** The weights whose layers to list. */
  network?: string;
}

/** The form of a call. */
export const USAGE = "nst-gpu CONTENT STYLE... -o FILE";

const TABLE: [FlagName, Flag][] = Object.entries(FLAGS) as [FlagName, Flag][];

/**
 * Reads and checks the arguments, those after `node` and the script.
 *
 * @throws InvalidOptionError naming the flag, its value, and what to give instead.
 * @example
 * parseCommandLine(["photo.jpg", "painting.jpg", "-o", "out.png", "--size", "256"]);
 */
export function parseCommandLine(args: readonly string[]): Job | Question {
  const { values, positionals } = parseFlags(args, FLAGS, "nst-gpu --help");
  const settings: Settings = { json: values.json === true, quiet: values.quiet === true };
  const action = ACTIONS.find((name) => values[name]);
  try {
    if (action !== undefined) return { action, ...settings, network: listed(values) };
    return { action: "stylize", ...settings, ...job(values, positionals) };
  } catch (error) {
    if (!(error instanceof RefusedOption)) throw error;
    throw new InvalidOptionError(`${flagOf(error.option)} ${inFlags(error.problem)}`);
  }
}

function job(values: Values<FlagName>, [content, ...styles]: string[]): Omit<Job, "action" | keyof Settings> {
  if (content === undefined) throw new InvalidOptionError(`CONTENT is missing. Use it as: ${USAGE}`);
  if (styles.length === 0) throw new InvalidOptionError(`STYLE is missing. Use it as: ${USAGE}`);
  const output = outputFile(values, "Name the file, as in -o out.png");
  const options = { content, style: blend(styles, values), ...readOptions(values) };
  const { init } = validateOptions(options);
  const initIsImage = typeof init === "string" && !(INITS as readonly string[]).includes(init);
  return {
    options: options as Job["options"],
    inputs: [content, ...styles, ...(initIsImage ? [init] : [])],
    output,
    force: values.force === true,
    quality: count("quality", values, 100),
    saveEvery: count("save-every", values, 1_000_000),
  };
}

/** The weight file whose layers to list. */
function listed({ network }: Values<FlagName>): string | undefined {
  if (network !== undefined) checkNetwork(network, "network");
  return network as string | undefined;
}

/** The style images with their shares, if --style-blend gives any. */
function blend(styles: string[], values: Values<FlagName>): { image: string; weight?: unknown }[] {
  const text = values["style-blend"];
  if (text === undefined) return styles.map((image) => ({ image }));
  const weights = FLAGS["style-blend"].read(text as string);
  if (weights.length === styles.length) return styles.map((image, index) => ({ image, weight: weights[index] }));
  throw new InvalidOptionError(
    `--style-blend is "${text}" for ${styles.length} STYLE images. Give one number for each, with commas between.`,
  );
}

/** The options that have a flag of their own, those of the optimizer in an object. */
function readOptions(values: Values<FlagName>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const optimizer: Record<string, unknown> = {};
  for (const [name, flag] of TABLE) {
    const text = values[name];
    if (flag.option === undefined || text === undefined) continue;
    const value = flag.read && typeof text === "string" ? flag.read(text, `--${name}`) : text;
    const [, parameter] = flag.option.split("optimizer.");
    if (parameter === undefined) options[flag.option] = value;
    else optimizer[parameter] = value;
  }
  return Object.keys(optimizer).length === 0 ? options : { ...options, optimizer };
}

function count(name: "quality" | "save-every", values: Values<FlagName>, most: number): number | undefined {
  const text = values[name];
  return text === undefined ? undefined : wholeNumber(1, most)(FLAGS[name].read(text as string), `--${name}`);
}

/** What the command line calls an option that the library refuses, such as `--style-layers` for `styleLayers.relu1_1`. */
function flagOf(option: string): string {
  if (option === "content") return "CONTENT";
  if (/^style\[\d+\]\.image/.test(option)) return "STYLE";
  if (/^style(\[|$)/.test(option)) return "--style-blend";
  const found = TABLE.find(([, flag]) => flag.option === option);
  if (found !== undefined) return `--${found[0]}`;
  const [head] = option.split(/[.[]/);
  return TABLE.some(([, flag]) => flag.option === head) ? flagOf(head) + option.slice(head.length) : option;
}

/** The parameters of an optimizer that a refusal lists, as their flags. */
function inFlags(problem: string): string {
  return problem.replace(/(?<=Known are ).*(?=\.$)/, (names) => {
    return names
      .split(", ")
      .map((name) => flagOf(`optimizer.${name}`))
      .join(", ");
  });
}
