/** Reads the command line of `nst-gpu weights`: its commands and their flags as tables, and the help made from them. */
import { InvalidOptionError } from "../errors.ts";
import { oneOf, suggestion } from "../nst/checks.ts";
import { parseLayerName } from "../vgg/architecture.ts";
import { DTYPES, type Dtype } from "../vgg/convert.ts";
import type { Flag } from "./flags.ts";
import { describeFlag } from "./help.ts";
import { outputFile, parseFlags } from "./parse.ts";

const FLAGS = {
  output: { short: "o", value: "FILE", help: "the safetensors file to write" },
  dtype: { value: "KIND", help: `${DTYPES.join(", ")}: how weights are stored (f32)` },
  until: { value: "LAYER", help: "the last convolution to write, such as conv5_1 (the last there is)" },
  force: { help: "overwrite an existing file" },
  json: { help: "print one JSON line for each network" },
  quiet: { help: "print no progress" },
  help: { short: "h", help: "print this help" },
} satisfies Record<string, Flag>;

type FlagName = keyof typeof FLAGS;

interface CommandForm {
  /** Stands for the arguments in the help. */
  takes: string;
  least: number;
  most: number;
  flags: readonly FlagName[];
  help: string;
}

const COMMANDS = {
  list: {
    takes: "",
    least: 0,
    most: 0,
    flags: ["json"],
    help: "the networks that are known by name, and which are here",
  },
  install: {
    takes: "NAME...",
    least: 1,
    most: 99,
    flags: ["json", "quiet"],
    help: "download networks, and check them",
  },
  verify: { takes: "[NAME...]", least: 0, most: 99, flags: ["json"], help: "check the hashes of installed networks" },
  convert: {
    takes: "IN -o FILE",
    least: 1,
    most: 1,
    flags: ["output", "dtype", "until", "force", "json"],
    help: "write a network as safetensors, in full or in fewer bits",
  },
  inspect: { takes: "FILE", least: 1, most: 1, flags: ["json"], help: "what a weight file holds" },
  clear: {
    takes: "[NAME...]",
    least: 0,
    most: 99,
    flags: ["json"],
    help: "delete downloaded networks, all without a NAME",
  },
} satisfies Record<string, CommandForm>;

/** Name of a command of `nst-gpu weights`. */
export type WeightsAction = keyof typeof COMMANDS;

/** A valid command line of `nst-gpu weights`. */
export interface WeightsCommand {
  action: WeightsAction;
  /** Names of networks, or the one file. */
  names: string[];
  json: boolean;
  quiet: boolean;
  force: boolean;
  output?: string;
  dtype?: Dtype;
  until?: string;
}

const ACTIONS = Object.keys(COMMANDS) as WeightsAction[];

/**
 * Reads the arguments after `weights`; undefined stands for the help.
 *
 * @throws InvalidOptionError naming what is wrong and what to give instead.
 * @example
 * parseWeightsArguments(["convert", "vgg19", "-o", "vgg19.safetensors", "--dtype", "palette8"]);
 */
export function parseWeightsArguments(args: readonly string[]): WeightsCommand | undefined {
  const { values, positionals } = parseFlags(args, FLAGS, "nst-gpu weights --help");
  const [word, ...names] = positionals;
  if (values.help || (word === undefined && Object.keys(values).length === 0)) return undefined;
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined) {
    const found = word === undefined ? "The command is missing. " : `${JSON.stringify(word)} is no command. `;
    throw new InvalidOptionError(`${found}${suggestion(word ?? "", ACTIONS)}Give one of ${ACTIONS.join(", ")}.`);
  }
  const form: CommandForm = COMMANDS[action];
  const stranger = Object.keys(values).find((name) => !form.flags.includes(name as FlagName));
  const usage = `Use it as: nst-gpu weights ${action} ${form.takes}`.trimEnd();
  if (stranger !== undefined) throw new InvalidOptionError(`--${stranger} means nothing to ${action}. Leave it out.`);
  if (names.length < form.least || names.length > form.most) {
    throw new InvalidOptionError(`${action} was given ${names.length} names or files. ${usage}`);
  }
  return {
    action,
    names,
    json: values.json === true,
    quiet: values.quiet === true,
    force: values.force === true,
    output: action === "convert" ? outputFile(values, usage) : undefined,
    dtype: values.dtype === undefined ? undefined : oneOf(DTYPES)(values.dtype, "--dtype"),
    until: values.until === undefined ? undefined : parseLayerName(values.until as string).replace("relu", "conv"),
  };
}

/** The text of `nst-gpu weights --help`, without a line break at its end. */
export function weightsHelp(): string {
  const left = (text: string) => `  ${text.padEnd(24)}  `;
  return [
    "Usage: nst-gpu weights COMMAND",
    ["Commands", ...ACTIONS.map((name) => left(`${name} ${COMMANDS[name].takes}`) + COMMANDS[name].help)].join("\n"),
    ["Flags", ...Object.entries<Flag>(FLAGS).map(([name, flag]) => describeFlag(name, flag))].join("\n"),
    `Environment
  NST_CACHE                 the folder to keep networks in (its subfolder weights)
  NST_OFFLINE               1 forbids downloads
  NST_WEIGHTS_URL           a folder on a server to download from instead
  HTTPS_PROXY, NO_PROXY     the proxy, and hosts without one`,
    `  nst-gpu weights install vgg19
  nst-gpu weights convert vgg19 -o vgg19.safetensors --dtype palette8 --until conv5_1`,
  ].join("\n\n");
}
