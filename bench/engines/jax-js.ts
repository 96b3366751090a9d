/**
 * jax-js on its WebGPU backend, each mode one jitted function. Its arrays are counted: a call consumes its arguments, `.ref`
 * keeps one for another use.
 */
import { readFileSync } from "node:fs";
import type { ModelJob } from "../protocol.ts";
import {
  ADAM,
  CONTENT_LAYER,
  CONTENT_WEIGHT,
  DEEPEST_LAYER,
  followsPooling,
  LAYERS,
  SEEDS,
  STYLE_LAYERS,
  STYLE_WEIGHT,
  seededImage,
  seededNetwork,
  toOihw,
  toPlanes,
} from "../workload.ts";
import type { Engine } from "./engine.ts";

/** What the benchmark uses of an array. */
interface Array {
  readonly ref: Array;
  shape: number[];
  add(other: Array | number): Array;
  sub(other: Array): Array;
  mul(other: Array | number): Array;
  div(other: Array): Array;
  reshape(shape: number[]): Array;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** What the benchmark uses of the library; its own types would have to be installed to check this project's. */
interface Jax {
  init(backend: string): Promise<string[]>;
  defaultDevice(backend: string): void;
  jit<Function>(body: Function): Function;
  valueAndGrad<Rest extends unknown[]>(
    loss: (x: Array, ...rest: Rest) => Array,
  ): (x: Array, ...rest: Rest) => [value: Array, gradient: Array];
  numpy: {
    array(values: Float32Array | number[]): Array;
    zerosLike(x: Array): Array;
    mean(x: Array): Array;
    square(x: Array): Array;
    sqrt(x: Array): Array;
    power(base: number, exponent: Array): Array;
    subtract(a: number, b: Array): Array;
    matmul(a: Array, b: Array): Array;
    transpose(x: Array): Array;
    max(x: Array): Array;
  };
  nn: { relu(x: Array): Array };
  lax: {
    conv(x: Array, weight: Array, strides: number[], padding: string): Array;
    reduceWindow(x: Array, reduce: (x: Array) => Array, window: number[], strides: number[]): Array;
  };
  tree: { ref<Tree>(tree: Tree): Tree; dispose(tree: unknown): void };
}

type Weights = { weight: Array; bias: Array }[];
type Targets = { content: Array; style: Array[] };

const PACKAGE = "@jax-js/jax";

export async function open(): Promise<Engine> {
  const jax: Jax = await import(PACKAGE);
  const { numpy: np, nn, lax, tree } = jax;
  if (!(await jax.init("webgpu")).includes("webgpu")) throw new Error("jax-js refuses its WebGPU backend.");
  jax.defaultDevice("webgpu");
  const weights: Weights = seededNetwork().map((layer) => ({
    weight: np.array(toOihw(layer)).reshape([layer.outputs, layer.inputs, 3, 3]),
    bias: np.array(layer.bias).reshape([1, layer.outputs, 1, 1]),
  }));
  let evaluate: () => Array;
  let gradient: Array | undefined;
  let owned: unknown;

  return {
    version: JSON.parse(readFileSync(new URL(`../node_modules/${PACKAGE}/package.json`, import.meta.url), "utf8"))
      .version,
    async prepare({ mode, height, width }: ModelJob) {
      if (owned) tree.dispose(owned);
      owned = undefined;
      const image = (seed: number) =>
        np.array(toPlanes(seededImage(height, width, seed))).reshape([1, 3, height, width]);
      const start = image(SEEDS.start);
      if (mode === "forward") {
        owned = { start };
        const forward = jax.jit((x: Array, all: Weights) => np.mean(features(x, all, [DEEPEST_LAYER])[DEEPEST_LAYER]));
        evaluate = () => forward(start.ref, tree.ref(weights));
        return {};
      }
      const targets = jax.jit(targetsOf)(image(SEEDS.content), image(SEEDS.style), tree.ref(weights));
      await targets.style[targets.style.length - 1].ref.data();
      if (mode === "gradient") {
        owned = { start, targets };
        const both = jax.jit(jax.valueAndGrad(loss));
        evaluate = () => {
          gradient?.dispose();
          const [value, slope] = both(start.ref, tree.ref(weights), tree.ref(targets));
          gradient = slope;
          return value;
        };
        return {};
      }
      const state = { image: start, first: np.zerosLike(start.ref), second: np.zerosLike(start.ref), targets };
      owned = state;
      const step = jax.jit(adamStep);
      let count = 0;
      evaluate = () => {
        const { image, first, second } = state;
        const steps = np.array(new Float32Array([++count])).reshape([]);
        const [value, ...next] = step(image, first, second, steps, tree.ref(weights), tree.ref(targets));
        [state.image, state.first, state.second] = next;
        return value;
      };
      return {};
    },
    start() {
      const value = evaluate();
      return async () => (await value.data())[0];
    },
    async norm() {
      return Math.sqrt((await gradient!.ref.data()).reduce((sum, value) => sum + value * value, 0));
    },
  };

  /** Some layers after their ReLU. Consumes the image and the weights. */
  function features(image: Array, all: Weights, wanted: readonly string[]): Record<string, Array> {
    const result: Record<string, Array> = {};
    let x = image;
    for (const [index, layer] of LAYERS.entries()) {
      const { weight, bias } = all[index];
      if (followsPooling(layer)) x = lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
      x = nn.relu(lax.conv(x, weight, [1, 1], "SAME").add(bias));
      if (wanted.includes(layer.name)) result[layer.name] = x.ref;
    }
    x.dispose();
    return result;
  }

  function gram(x: Array): Array {
    const [, channels, height, width] = x.shape;
    const rows = x.reshape([channels, height * width]);
    return np.matmul(rows.ref, np.transpose(rows)).mul(1 / (channels * height * width));
  }

  function difference(a: Array, b: Array): Array {
    return np.mean(np.square(a.sub(b)));
  }

  function targetsOf(content: Array, style: Array, all: Weights): Targets {
    const ofStyle = features(style, tree.ref(all), STYLE_LAYERS);
    const ofContent = features(content, all, [CONTENT_LAYER]);
    return { content: ofContent[CONTENT_LAYER], style: STYLE_LAYERS.map((layer) => gram(ofStyle[layer])) };
  }

  function loss(x: Array, all: Weights, targets: Targets): Array {
    const computed = features(x, all, [...STYLE_LAYERS, CONTENT_LAYER]);
    const content = difference(computed[CONTENT_LAYER], targets.content).mul(CONTENT_WEIGHT);
    const styles = STYLE_LAYERS.map((layer, index) => difference(gram(computed[layer]), targets.style[index]));
    return styles.reduce((sum, term) => sum.add(term.mul(STYLE_WEIGHT)), content);
  }

  function adamStep(
    image: Array,
    first: Array,
    second: Array,
    steps: Array,
    all: Weights,
    targets: Targets,
  ): [value: Array, image: Array, first: Array, second: Array] {
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const [value, slope] = jax.valueAndGrad(loss)(image.ref, all, targets);
    const mean = first.mul(beta1).add(slope.ref.mul(1 - beta1));
    const square = second.mul(beta2).add(np.square(slope).mul(1 - beta2));
    const corrected = mean.ref.div(np.subtract(1, np.power(beta1, steps.ref)));
    const scale = np.sqrt(square.ref.div(np.subtract(1, np.power(beta2, steps)))).add(epsilon);
    return [value, image.sub(corrected.mul(learningRate).div(scale)), mean, square];
  }
}
