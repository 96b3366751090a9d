/** TensorFlow.js on its WebGPU backend. */
import type { ModelJob } from "../protocol.ts";
import {
  ADAM,
  CONTENT_LAYER,
  CONTENT_WEIGHT,
  DEEPEST_LAYER,
  followsPooling,
  SEEDS,
  STYLE_LAYERS,
  STYLE_WEIGHT,
  seededImage,
  seededNetwork,
} from "../workload.ts";
import type { Engine } from "./engine.ts";
import { loadTensorflow, type Tensor } from "./tfjs-bundle.ts";

export async function open(): Promise<Engine> {
  const tf = await loadTensorflow();
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js refuses its WebGPU backend.");
  await tf.ready();
  const network = seededNetwork().map((layer) => ({
    ...layer,
    filter: tf.tensor(layer.weight, [3, 3, layer.inputs, layer.outputs]),
    offsets: tf.tensor(layer.bias, [layer.outputs]),
  }));
  let evaluate: () => Tensor;
  let owned: { dispose(): void }[] = [];
  let gradient: Tensor | undefined;

  return {
    version: tf.version_core,
    async prepare({ mode, height, width }: ModelJob) {
      for (const each of owned) each.dispose();
      owned = [];
      const image = (seed: number) => tf.tensor(seededImage(height, width, seed), [1, height, width, 3]);
      if (mode === "forward") {
        const start = keep(image(SEEDS.start));
        evaluate = () => tf.tidy(() => tf.mean(features(start)[DEEPEST_LAYER]));
        return {};
      }
      const targets = tf.tidy(() => {
        const style = features(image(SEEDS.style));
        return {
          content: features(image(SEEDS.content))[CONTENT_LAYER],
          style: STYLE_LAYERS.map((l) => gram(style[l])),
        };
      });
      keep(targets.content, ...targets.style);
      await targets.style[targets.style.length - 1].data();
      const loss = (x: Tensor) => {
        const computed = features(x);
        const content = tf.mul(difference(computed[CONTENT_LAYER], targets.content), CONTENT_WEIGHT);
        const styles = STYLE_LAYERS.map((layer, index) => difference(gram(computed[layer]), targets.style[index]));
        return styles.reduce((sum, term) => tf.add(sum, tf.mul(term, STYLE_WEIGHT)), content);
      };
      if (mode === "gradient") {
        const start = keep(image(SEEDS.start));
        const valueAndGradient = tf.valueAndGrad(loss);
        evaluate = () => {
          gradient?.dispose();
          const { value, grad } = valueAndGradient(start);
          gradient = grad;
          return value;
        };
        return {};
      }
      const start = image(SEEDS.start);
      const changing = tf.variable(start);
      keep(start, changing);
      const { learningRate, beta1, beta2, epsilon } = ADAM;
      const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
      evaluate = () => optimizer.minimize(() => loss(changing), true, [changing])!;
      owned.push(optimizer);
      return {};
    },
    start() {
      const value = evaluate();
      return async () => {
        const [number] = await value.data();
        value.dispose();
        return number;
      };
    },
    async norm() {
      return Math.sqrt((await gradient!.data()).reduce((sum, value) => sum + value * value, 0));
    },
  };

  function keep<First extends Tensor>(first: First, ...others: Tensor[]): First {
    owned.push(first, ...others);
    return first;
  }

  /** Every layer after its ReLU. */
  function features(image: Tensor): Record<string, Tensor> {
    const result: Record<string, Tensor> = {};
    let x = image;
    for (const layer of network) {
      if (followsPooling(layer)) x = tf.maxPool(x, 2, 2, "valid");
      const { filter, offsets: bias } = layer;
      x = tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation: "relu" });
      result[layer.name] = x;
    }
    return result;
  }

  function gram(x: Tensor): Tensor {
    const [, height, width, channels] = x.shape;
    const rows = tf.reshape(x, [height * width, channels]);
    return tf.div(tf.matMul(rows, rows, true, false), height * width * channels);
  }

  function difference(a: Tensor, b: Tensor): Tensor {
    return tf.mean(tf.square(tf.sub(a, b)));
  }
}
