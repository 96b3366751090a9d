/** Small random graphs of images: pointwise functions, broadcasts, convolutions, poolings, sums. The same at every call. */
import type { Tensor } from "../../src/autograd/graph.ts";
import * as op from "../../src/autograd/operations.ts";
import * as p from "../../src/autograd/pointwise.ts";
import * as reductions from "../../src/autograd/reductions.ts";
import { reshape } from "../../src/autograd/shapes.ts";
import * as oracle from "../oracle/index.ts";

/** Inputs, and the function of them that traces or computes the graph. */
export interface RandomGraph {
  inputs: oracle.Array64[];
  build: (inputs: readonly Tensor[]) => Tensor[];
}

/** A graph of `size` operations on images of 3 channels, whose values stay near 1. Its results are some of its tensors. */
export function randomGraph(seed: number, size = 14): RandomGraph {
  const next = oracle.random(seed);
  const [height, width] = [4 + Math.floor(next() * 5), 4 + Math.floor(next() * 9)];
  const image = () => oracle.normal(next, [3, height, width]);
  const inputs = [image(), image(), oracle.normal(next, [3, 3, 3, 3], 0.25), oracle.normal(next, [3])];
  return { inputs, build: (tensors) => build(oracle.random(seed + 1), size, tensors) };
}

function build(next: oracle.Random, size: number, [first, second, weight, bias]: readonly Tensor[]): Tensor[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)];
  const images = [first, second];
  /** Another image of the same shape, often one made just before. */
  const partner = (x: Tensor) => pick(images.filter(({ shape }) => shape.join() === x.shape.join()).slice(-4));
  const bounded = (scalar: Tensor) => p.tanh(p.scale(scalar, 0.1));
  const operations: ((x: Tensor) => Tensor)[] = [
    (x) => p.add(x, partner(x)),
    (x) => p.subtract(p.scale(x, 0.7), partner(x)),
    (x) => p.multiply(p.tanh(x), partner(x)),
    (x) => p.divide(x, p.addConstant(p.square(partner(x)), 1)),
    (x) => p.add(x, bias),
    (x) => p.subtract(x, reductions.channelMean(partner(x))),
    (x) => p.multiply(x, bounded(reductions.sum(partner(x)))),
    (x) => p.add(x, bounded(reductions.squaredError(x, partner(x)))),
    (x) => p.multiply(x, bounded(reductions.sum(p.square(reductions.gram(x))))),
    (x) => p.relu(x),
    (x) => p.tanh(p.leakyRelu(p.addConstant(x, 0.3), 0.1)),
    (x) => p.sigmoid(p.scale(x, 2)),
    (x) => op.conv2d(x, weight, { bias, padding: 1, mode: pick(["zero", "replicate"]), activation: "relu" }),
    (x) => op.conv2d(x, weight, { padding: 1 }),
    (x) => p.relu(p.add(op.conv2d(x, weight, { padding: 1 }), partner(x))),
    (x) => op.crop(op.pad(x, { top: 1, left: 1 }, "reflect"), { bottom: 1, right: 1 }),
    (x) => (Math.min(...x.shape.slice(1)) < 4 ? p.scale(x, -1) : pick([op.maxPool2d, op.averagePool2d])(x)),
    (x) => reshape(p.scale(reshape(x, [x.size]), 1.1), x.shape),
  ];
  for (let i = 0; i < size; i++) images.push(pick(operations)(pick(images.slice(-5))));
  return [
    images[images.length - 1],
    pick(images.slice(2)),
    reductions.sum(pick(images)),
    reductions.gram(pick(images.slice(-3))),
  ];
}
