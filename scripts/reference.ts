/**
 * Compares one case of the float64 PyTorch reference with this library on the current adapter.
 *
 *   npm run --silent reference -- SPEC.json EXPECTED_DIR
 *
 * SPEC.json says which weights, layers and objective; EXPECTED_DIR holds reference.json (the losses) and
 * gradient.safetensors (the images, and d loss / d image). Prints one JSON line with relative errors, of the gradient in
 * the L2 norm; exits with 1 when the loss is off by more than 1e-5 or the gradient by more than 1e-4.
 */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { compile } from "../src/autograd/compile.ts";
import { gradients } from "../src/autograd/gradient.ts";
import { variable } from "../src/autograd/runtime.ts";
import { openDevice } from "../src/gpu/open-device.ts";
import type { Planes } from "../src/image/picture.ts";
import { type ObjectiveSettings, objective } from "../src/nst/objective.ts";
import { computeTargets } from "../src/nst/targets.ts";
import { openBytes } from "../src/vgg/files.node.ts";
import { loadNetwork } from "../src/vgg/network.ts";
import { openSafetensors } from "../src/vgg/safetensors.ts";
import { openNetworkWeights } from "../src/vgg/weights.ts";

const LOSS_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;

/** A case of the reference, as its header documents it. */
export interface Spec {
  weights: string;
  style: string | { path: string; weight: number }[];
  contentLayers: Record<string, number>;
  styleLayers: Record<string, number>;
  tvWeight?: number;
  pooling?: "max" | "average";
  padding?: "zero" | "replicate";
  objective?: "gatys" | "mean";
  tv?: "l2" | "keras";
}

/** The objective settings that a case means. */
export function settingsOf(spec: Spec): ObjectiveSettings {
  return {
    form: spec.objective ?? "gatys",
    contentLayers: spec.contentLayers,
    styleLayers: spec.styleLayers,
    contentWeight: 1,
    styleWeight: 1,
    tvWeight: spec.tvWeight ?? 0,
    tv: spec.tv ?? "l2",
    pooling: spec.pooling ?? "max",
    padding: spec.padding ?? "zero",
  };
}

/** The images of a case, from the file that also has the expected gradient. */
export async function readCase(expectedFolder: string, styles: number) {
  const file = await openSafetensors(await openBytes(join(expectedFolder, "gradient.safetensors")));
  const planes = async (name: string): Promise<Planes> => {
    const [channels, height, width] = file.shapes.get(name)!;
    return { channels, height, width, data: await file.read(name) };
  };
  const images = {
    image: await planes("image"),
    content: await planes("content"),
    styles: await Promise.all(Array.from({ length: styles }, (_, index) => planes(`style${index}`))),
    gradient: await planes("gradient"),
  };
  await file.close();
  return images;
}

/** Everything that {@link computeTargets} and {@link objective} need of a case. */
export async function prepareCase(specPath: string, expectedFolder: string) {
  const spec = JSON.parse(await readFile(specPath, "utf8")) as Spec;
  const shares = typeof spec.style === "string" ? [1] : spec.style.map(({ weight }) => weight);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const images = await readCase(expectedFolder, shares.length);
  const styles = images.styles.map((planes, index) => ({ planes, weight: shares[index] / total }));
  const settings = settingsOf(spec);
  const device = await openDevice();
  const weights = await openNetworkWeights(resolve(dirname(specPath), spec.weights));
  const layers = [...Object.keys(settings.contentLayers), ...Object.keys(settings.styleLayers)];
  const network = await loadNetwork(device, weights, layers);
  await weights.close();
  const targets = await computeTargets(device, network, images.content, styles, settings);
  return { device, images, settings, loss: objective(device, network, targets, settings) };
}

async function main(specPath: string, expectedFolder: string): Promise<void> {
  const { device, images, loss } = await prepareCase(specPath, expectedFolder);
  const { image: start, gradient: expectedGradient } = images;
  const image = variable(device, [3, start.height, start.width], start.data);
  let names: { content: string[]; style: string[] } = { content: [], style: [] };
  const program = await compile(device, () => {
    const terms = loss.trace(image);
    names = { content: Object.keys(terms.content), style: Object.keys(terms.style) };
    const [gradient] = gradients(terms.total, [image]);
    return { results: { total: terms.total, tv: terms.tv, gradient, ...terms.content, ...prefixed(terms.style) } };
  });
  program.run();
  const { losses } = JSON.parse(await readFile(join(expectedFolder, "reference.json"), "utf8"));
  const error = async (name: string, expected: number) => {
    const [actual] = await program.results[name].read();
    return Math.abs(actual - expected) / (expected || 1);
  };
  const termErrors: Record<string, number> = { tv: await error("tv", losses.tv) };
  for (const layer of names.content) termErrors[`content ${layer}`] = await error(layer, losses.content[layer]);
  for (const layer of names.style) termErrors[`style ${layer}`] = await error(`style ${layer}`, losses.style[layer]);
  const report = {
    case: basename(specPath, ".json"),
    adapter: device.name,
    lossRelativeError: await error("total", losses.total),
    termErrors,
    gradientRelativeError: relativeDistance(await program.results.gradient.read(), expectedGradient.data),
  };
  device.dispose();
  console.log(JSON.stringify(report));
  const isRight = report.lossRelativeError <= LOSS_TOLERANCE && report.gradientRelativeError <= GRADIENT_TOLERANCE;
  process.exitCode = isRight ? 0 : 1;
}

function prefixed<Value>(terms: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(terms).map(([layer, term]) => [`style ${layer}`, term]));
}

function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

if (process.argv[1] === import.meta.filename) {
  const [spec, folder] = process.argv.slice(2);
  if (!folder) {
    console.error("usage: npm run --silent reference -- SPEC.json EXPECTED_DIR");
    process.exitCode = 2;
  } else await main(spec, folder);
}
