/** nst-gpu itself, through the functions that `styleTransfer` is made of. */
import { readFileSync } from "node:fs";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import type { Program } from "../../src/autograd/program.ts";
import { mean } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { ScalarReader } from "../../src/gpu/scalar-reader.ts";
import { type ObjectiveSettings, objective } from "../../src/nst/objective.ts";
import { adam } from "../../src/nst/optimizers/adam.ts";
import { computeTargets } from "../../src/nst/targets.ts";
import { features, type Network } from "../../src/vgg/network.ts";
import type { ModelJob } from "../protocol.ts";
import {
  ADAM,
  CONTENT_LAYER,
  CONTENT_WEIGHT,
  DEEPEST_LAYER,
  SEEDS,
  STYLE_LAYERS,
  STYLE_WEIGHT,
  seededImage,
  seededNetwork,
  toOihw,
  toPlanes,
} from "../workload.ts";
import type { Engine } from "./engine.ts";

const relu = (layer: string) => layer.replace("conv", "relu");

const SETTINGS: ObjectiveSettings = {
  form: "mean",
  contentLayers: { [relu(CONTENT_LAYER)]: 1 },
  styleLayers: Object.fromEntries(STYLE_LAYERS.map((layer) => [relu(layer), 1])),
  contentWeight: CONTENT_WEIGHT,
  styleWeight: STYLE_WEIGHT,
  tvWeight: 0,
  tv: "l2",
  pooling: "max",
  padding: "zero",
};

/** A compiled program with a scalar result, and what else its job holds. */
interface Prepared {
  program: Program;
  reader: ScalarReader;
  dispose(): void;
}

export async function open(): Promise<Engine> {
  const device = await openDevice({ onWarning: () => {} });
  const network = upload(device);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  let prepared: Prepared | undefined;
  let began = 0;
  let runs = 0;
  return {
    version,
    async prepare(job: ModelJob) {
      prepared?.dispose();
      prepared = undefined;
      prepared = await compileJob(device, network, job);
      runs = 0;
      const { planned, naive } = prepared.program.bytes;
      return { plannedBytes: planned, naiveBytes: naive };
    },
    start() {
      const { program, reader } = prepared!;
      began = performance.now();
      const run = runs++;
      program.run(run, reader.copy);
      return async () => {
        const [value] = await reader.read(run);
        // As the loop of styleTransfer does: it decides into how many submissions a run is split.
        program.milliseconds = performance.now() - began;
        return value;
      };
    },
    async norm() {
      const gradient = await prepared!.program.results.gradient.read();
      return Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    },
    profile: (repetitions) => prepared!.program.profile(repetitions),
  };
}

/** The seeded weights as a network that takes its image as it is. */
function upload(device: Device): Network {
  const convolutions = seededNetwork().map((layer) => {
    const weight = tensor(device, [layer.outputs, layer.inputs, 3, 3], toOihw(layer));
    return [layer.name, { weight, bias: tensor(device, [layer.outputs], layer.bias) }] as const;
  });
  return {
    architecture: "vgg19",
    preprocessing: { order: "RGB", scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
    pooling: "max",
    padding: "zero",
    convolutions: new Map(convolutions),
    mean: tensor(device, [3], [0, 0, 0]),
    std: tensor(device, [3], [1, 1, 1]),
    dispose: () => {},
  };
}

async function compileJob(device: Device, network: Network, { mode, height, width }: ModelJob): Promise<Prepared> {
  const planes = (seed: number) => ({ channels: 3, height, width, data: toPlanes(seededImage(height, width, seed)) });
  const image = variable(device, [3, height, width], planes(SEEDS.start).data);
  if (mode === "forward") {
    const program = await compile(device, () => {
      const layer = relu(DEEPEST_LAYER);
      return { results: { value: mean(features(network, image, [layer])[layer]) } };
    });
    return withReader(device, program, [image]);
  }
  const styles = [{ planes: planes(SEEDS.style), weight: 1 }];
  const targets = await computeTargets(device, network, planes(SEEDS.content), styles, SETTINGS);
  const loss = objective(device, network, targets, SETTINGS);
  if (mode === "gradient") {
    const program = await compile(device, () => {
      const { total } = loss.trace(image);
      return { results: { value: total, gradient: gradients(total, [image])[0] } };
    });
    return withReader(device, program, [image, loss]);
  }
  const optimizer = adam(device, [3, height, width], ADAM);
  const program = await compile(device, () => {
    const { total } = loss.trace(image);
    return { results: { value: total }, assign: optimizer.trace(image, gradients(total, [image])[0]) };
  });
  return withReader(device, program, [image, loss, optimizer]);
}

function withReader(device: Device, program: Program, owned: readonly { dispose(): void }[]): Prepared {
  const reader = new ScalarReader(device, [program.results.value.storage!.buffer]);
  return {
    program,
    reader,
    dispose() {
      for (const each of [reader, program, ...owned]) each.dispose();
    },
  };
}
