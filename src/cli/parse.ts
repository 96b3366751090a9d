/** Separates flags, values and other arguments by a table of flags, and says in its terms what is wrong with them. */
import { parseArgs } from "node:util";
import { InvalidOptionError } from "../errors.ts";
import { suggestion } from "../nst/checks.ts";
import type { Flag } from "./flags.ts";

/** What was given, by the names of the flags: text, or true for a flag that takes no value. */
export type Values<Name extends string> = Partial<Record<Name, string | boolean>>;

type Table = [name: string, flag: Flag][];

/**
 * Reads arguments by a table of flags.
 *
 * @param help the command that prints the help, for messages
 * @throws InvalidOptionError if a flag is unknown, lacks its value, or has one that it does not take.
 * @example
 * parseFlags(["in.pth", "--json"], { json: { help: "print JSON" } }, "nst-gpu --help");
 * // { values: { json: true }, positionals: ["in.pth"] }
 */
export function parseFlags<Name extends string>(
  args: readonly string[],
  flags: Readonly<Record<Name, Flag>>,
  help: string,
): { values: Values<Name>; positionals: string[] } {
  const table: Table = Object.entries<Flag>(flags);
  const options = Object.fromEntries(
    table.map(([name, { value, short }]) => {
      return [name, { type: value === undefined ? "boolean" : "string", ...(short && { short }) } as const];
    }),
  );
  try {
    const { values, positionals } = parseArgs({ args: joinNegative(args, table), options, allowPositionals: true });
    return { values: values as Values<Name>, positionals };
  } catch (error) {
    throw new InvalidOptionError(explain(error as Error, table, help), { cause: error });
  }
}

/**
 * The file that --output names.
 *
 * @param usage says how to name one, for messages
 * @throws InvalidOptionError if it names none, or the standard output.
 */
export function outputFile({ output }: Values<"output">, usage: string): string {
  if (output === undefined) throw new InvalidOptionError(`--output is missing. ${usage}`);
  if (output === "-") throw new InvalidOptionError(`--output is "-", but results go to files alone. ${usage}`);
  return output as string;
}

/** `--tv-weight -1` becomes `--tv-weight=-1`, so that what is said about it is that it is negative. */
function joinNegative(args: readonly string[], table: Table): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    const takesValue = table.some(([name, { value }]) => value !== undefined && last === `--${name}`);
    if (takesValue && /^-[\d.]/.test(arg)) joined[joined.length - 1] += `=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** One line instead of the several of an error of `parseArgs`. */
function explain(error: Error & { code?: string }, table: Table, help: string): string {
  const [, flag = ""] = /'(?:-\w, )?(--?[^\s'=]+)/.exec(error.message) ?? [];
  const names = table.map(([name]) => `--${name}`);
  if (error.code === "ERR_PARSE_ARGS_UNKNOWN_OPTION")
    return `${flag} is no flag. ${suggestion(flag, names)}See ${help}.`;
  if (error.message.includes("not take")) return `${flag} takes no value. Leave out what follows it.`;
  return `${flag} has no value. Give one after it, see ${help}.`;
}
