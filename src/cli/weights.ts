/** `nst-gpu weights`: lists, downloads, checks, converts, shows and deletes networks. */
import { checkTarget, writeImage } from "#image";
import { OutputError, WeightsError } from "../errors.ts";
import { convertWeights } from "../vgg/convert.ts";
import { install, installedNetworks, uninstall, verify } from "../vgg/install.ts";
import { KNOWN_NETWORKS, knownNetwork, megabytes } from "../vgg/manifest.ts";
import { openNetworkWeights } from "../vgg/weights.ts";
import { EXIT, type Host } from "./host.ts";
import { columns } from "./lists.ts";
import { identify } from "./output.ts";
import { createProgress } from "./progress.ts";
import { parseWeightsArguments, type WeightsAction, type WeightsCommand, weightsHelp } from "./weights-args.ts";

/** Prints a result: for reading, or as a JSON line. */
type Print = (text: string, json: object) => void;

type Work = (command: WeightsCommand, print: Print, host: Host) => Promise<void>;

/**
 * Runs `nst-gpu weights` with the arguments after `weights`, and returns the exit code.
 *
 * @throws InvalidOptionError, OutputError or WeightsError, whose message is for the user.
 */
export async function weights(args: readonly string[], host: Host): Promise<number> {
  const command = parseWeightsArguments(args);
  if (command === undefined) {
    host.stdout.write(`${weightsHelp()}\n`);
    return EXIT.done;
  }
  const print: Print = (text, json) => host.stdout.write(`${command.json ? JSON.stringify(json) : text}\n`);
  await WORK[command.action](command, print, host);
  return EXIT.done;
}

const WORK: Record<WeightsAction, Work> = {
  async list(_, print) {
    const states = await installedNetworks();
    const width = Math.max(...states.map(({ network }) => network.name.length));
    for (const { network, installed, place, partial } of states) {
      const { name, bytes, format, preprocessing, licence } = network;
      const missing = partial > 0 ? `${megabytes(partial)} downloaded` : "not installed";
      const words = [name.padEnd(width), megabytes(bytes).padStart(6), format.padEnd(8), installed ? place : missing];
      print(words.join("  "), { name, bytes, format, preprocessing, licence, installed, place, partial });
    }
  },

  async install({ names, quiet }, print, host) {
    const progress = createProgress(host.stderr, quiet);
    for (const network of names.map(knownNetwork)) {
      try {
        const file = await install(network, { onDownload: progress.download });
        progress.end();
        await file.close();
        print(`${network.name}  ${file.name}`, { name: network.name, bytes: file.size, place: file.name });
      } finally {
        progress.end();
      }
    }
  },

  async verify({ names }, print) {
    const wanted = names.map(knownNetwork);
    const states = (await installedNetworks()).filter(({ network }) => wanted.length === 0 || wanted.includes(network));
    const damaged: string[] = [];
    for (const { network, installed, place } of states) {
      const { name } = network;
      if (!installed && !wanted.includes(network)) continue;
      const good = installed && (await verify(network));
      if (!good) damaged.push(name);
      print(`${name}  ${good ? "good" : installed ? "damaged" : "not installed"}`, { name, installed, good, place });
    }
    if (damaged.length === 0) return;
    const list = damaged.join(" ");
    throw new WeightsError(
      `Not good: ${damaged.join(", ")}. Get it anew: nst-gpu weights clear ${list} && nst-gpu weights install ${list}`,
    );
  },

  async convert({ names: [source], output, force, dtype, until }, print) {
    const read = await identify(source);
    if (read !== undefined && read === (await identify(output!))) {
      throw new OutputError(`"${output}" is the file that is converted. Choose another name for the result.`);
    }
    await checkTarget(output!, { force });
    const network = await openNetworkWeights(source);
    try {
      const bytes = await convertWeights(network, { dtype, until });
      await writeImage(output!, bytes, { force });
      const last = until ?? network.layers.at(-1)!;
      const text = `wrote ${output}, conv1_1 to ${last}, ${megabytes(bytes.length)}`;
      print(text, { output, bytes: bytes.length, dtype: dtype ?? "f32", last });
    } finally {
      await network.close();
    }
  },

  async inspect({ names: [source] }, print) {
    const network = await openNetworkWeights(source);
    await network.close();
    const { architecture, layers, channels, preprocessing, recommended, metadata } = network;
    const { order, scale, mean, std } = preprocessing;
    const lines = columns({
      architecture,
      layers: `${layers[0]} to ${layers.at(-1)}`,
      channels: layers.map((layer) => channels[layer]).join(" "),
      order,
      range: scale === 1 ? "0..255" : "0..1",
      "mean (RGB)": mean.join(" "),
      "std (RGB)": std.join(" "),
      recommended: recommended === undefined ? "" : `${recommended.pooling} pooling, ${recommended.padding} padding`,
    });
    const extra = Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`);
    const text = [...lines, ...(extra.length > 0 ? ["metadata", ...extra] : [])].join("\n");
    print(text, { architecture, layers, channels, preprocessing, recommended, metadata });
  },

  async clear({ names }, print) {
    for (const network of names.length === 0 ? KNOWN_NETWORKS : names.map(knownNetwork)) {
      const freed = await uninstall(network);
      if (freed === 0 && names.length === 0) continue;
      const { name } = network;
      print(`${name}  ${freed === 0 ? "was not installed" : `${megabytes(freed)} freed`}`, { name, freed });
    }
  },
};

/** What `--network auto` means, and a line that says so and how to get the other. */
export async function chooseNetwork(): Promise<{ network: string; note: string }> {
  const { network, installed } = (await installedNetworks())[0];
  const { name, bytes } = network;
  if (installed)
    return { network: name, note: `${name} is installed; --network slim takes the embedded network instead` };
  return {
    network: "slim",
    note: `that is the embedded network; for the look of ${name} (${megabytes(bytes)}): nst-gpu weights install ${name}`,
  };
}
