/** The command line: what the arguments ask for, done, and errors as one line and an exit code. */
import { version } from "../../package.json";
import {
  DownloadError,
  ImageError,
  InvalidOptionError,
  NstError,
  OutputError,
  ShapeError,
  WeightsError,
} from "../errors.ts";
import { installedNetworks } from "../vgg/install.ts";
import { megabytes } from "../vgg/manifest.ts";
import { openNetworkWeights } from "../vgg/weights.ts";
import { parseCommandLine, type Question } from "./args.ts";
import { helpText } from "./help.ts";
import { EXIT, type Host } from "./host.ts";
import { Interrupted } from "./interrupt.ts";
import { describeAdapters, describeLayers, layersOfKnown } from "./lists.ts";
import { stylize } from "./stylize.ts";
import { chooseNetwork, weights } from "./weights.ts";

/**
 * Runs `nst-gpu` and returns its exit code; never throws.
 *
 * @param args the arguments after `node` and the script
 * @example
 * process.exitCode = await main(process.argv.slice(2), host);
 */
export async function main(args: readonly string[], host: Host): Promise<number> {
  try {
    if (args[0] === "weights") return await weights(args.slice(1), host);
    const command = parseCommandLine(args);
    if (command.action === "stylize") return await stylize(command, host);
    host.stdout.write(`${await answer(command, host)}\n`);
    return EXIT.done;
  } catch (error) {
    host.stderr.write(`nst-gpu: ${explain(error)}\n`);
    if (host.env.NST_DEBUG && error instanceof Error) host.stderr.write(`${error.stack}\n`);
    return exitCode(error);
  }
}

async function answer({ action, json, quiet, network = "auto" }: Question, host: Host): Promise<string> {
  if (action === "help") return helpText();
  if (action === "version") return version;
  if (action === "list-adapters") return describeAdapters(await host.listAdapters(), json);
  const name = network === "auto" ? (await chooseNetwork()).network : network;
  const known = (await installedNetworks()).find((state) => state.network.name === name);
  if (known?.installed === false) {
    const size = megabytes(known.network.bytes);
    if (!quiet)
      host.stderr.write(`${name} is not installed; to download it (${size}): nst-gpu weights install ${name}\n`);
    return describeLayers(layersOfKnown(known.network), json);
  }
  const opened = await openNetworkWeights(name);
  try {
    return describeLayers(opened, json);
  } finally {
    await opened.close();
  }
}

function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  // Where downloads are forbidden, nothing failed: a network is missing, as a file might be.
  if (error instanceof DownloadError && error.reason !== "offline") return EXIT.failed;
  const badInput = [InvalidOptionError, ImageError, OutputError, ShapeError, WeightsError];
  return badInput.some((kind) => error instanceof kind) ? EXIT.badInput : EXIT.failed;
}

/** One line, whatever the error is. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replace(/\s*\n\s*/g, " ").trim();
  if (error instanceof NstError || error instanceof Interrupted) return line;
  return `unexpected error: ${line}. Set NST_DEBUG=1 to see where, and please report it.`;
}
