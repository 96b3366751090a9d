/** What --list-adapters and --list-layers print. */
import type { AdapterReport } from "#gpu";
import { NoAdapterError } from "../errors.ts";
import { type Architecture, convolutionNames } from "../vgg/architecture.ts";
import type { KnownNetwork } from "../vgg/manifest.ts";
import type { NetworkWeights } from "../vgg/weights.ts";

/** Output channels of the convolutions of each block of VGG16 and VGG19 (Simonyan and Zisserman 2015, table 1). */
const CHANNELS = [64, 128, 256, 512, 512];

/** What {@link describeLayers} takes. */
type Layers = Pick<NetworkWeights, "architecture" | "layers" | "channels">;

/**
 * The adapters with their features and limits, for reading, or as one JSON object per line.
 *
 * @throws NoAdapterError if there is none.
 */
export function describeAdapters(adapters: readonly AdapterReport[], json: boolean): string {
  if (adapters.length === 0) {
    throw new NoAdapterError(
      "No WebGPU adapter was found. Install the GPU's driver, or on Linux x64 a software adapter: " +
        "npm install @sparticuz/chromium@147",
    );
  }
  if (json) return adapters.map((adapter) => JSON.stringify(adapter)).join("\n");
  return adapters.map(describeAdapter).join("\n\n");
}

function describeAdapter({ name, kind, features, limits, ...info }: AdapterReport): string {
  const { vendor, architecture, device, description } = info;
  const lines = [
    ...columns({ kind, vendor, architecture, device, description, features: features.join(", ") || "none" }),
    "limits",
    ...columns(limits).map((line) => `  ${line}`),
  ];
  return [name, ...lines.map((line) => `  ${line}`)].join("\n");
}

/**
 * The layers that losses can use, shallow to deep, with their channels, for reading, or as one JSON object.
 *
 * @example
 * const weights = await openNetworkWeights("slim");
 * console.log(describeLayers(weights, false));
 */
export function describeLayers({ architecture, layers, channels }: Layers, json: boolean): string {
  const list = layers.map((name) => ({ name: name.replace("conv", "relu"), channels: channels[name] }));
  if (json) return JSON.stringify({ architecture, layers: list });
  return columns(Object.fromEntries(list.map((layer) => [layer.name, `${layer.channels} channels`]))).join("\n");
}

/** The layers of a network of the manifest without its file: all that its architecture has, in their original widths. */
export function layersOfKnown(network: Pick<KnownNetwork, "architecture">): Layers {
  const architecture = network.architecture as Architecture;
  const layers = convolutionNames(architecture);
  // The block is the digit of "conv4_2".
  const channels = Object.fromEntries(layers.map((name) => [name, CHANNELS[Number(name["conv".length]) - 1]]));
  return { architecture, layers, channels };
}

/** One line for each member that has a value, the values below each other. */
export function columns(members: Readonly<Record<string, string | number>>): string[] {
  const entries = Object.entries(members).filter(([, value]) => value !== "");
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
