/** What the kernel level compares: each convolution of the network, in both directions, by every algorithm and tile. */
import { type ConvolutionAlgorithm, type ConvolutionLayer, candidates } from "../src/autograd/algorithms.ts";
import type { ConvolutionTile } from "../src/kernels/convolution.ts";
import type { TileTarget } from "../src/kernels/target.ts";
import { LAYERS, type ConvolutionLayer as Layer } from "./workload.ts";

/** From features to features, or from the gradient of the one to the gradient of the other. */
export type Direction = "forward" | "gradient";

/** A convolution of the network in one direction. Equal layers are one: conv3_2 stands for conv3_3 and conv3_4 too. */
export interface KernelLayer {
  /** Its names in the network. */
  names: string[];
  direction: Direction;
  convolution: ConvolutionLayer;
}

/** A way to compute a layer, with a name of which there is one per layer. */
export interface Candidate {
  algorithm: string;
  tile: string;
  choice: ConvolutionAlgorithm;
}

/** The layers at a size of the image, forward ones first. */
export function kernelLayers(size: number): KernelLayer[] {
  const layers = new Map<string, KernelLayer>();
  for (const direction of ["forward", "gradient"] as const) {
    for (const layer of LAYERS) {
      const convolution = convolutionOf(layer, direction, size >> layer.poolings);
      const key = JSON.stringify([direction, convolution]);
      const same = layers.get(key);
      if (same) same.names.push(layer.name);
      else layers.set(key, { names: [layer.name], direction, convolution });
    }
  }
  return [...layers.values()];
}

function convolutionOf({ inputs, outputs }: Layer, direction: Direction, side: number): ConvolutionLayer {
  const [from, to] = direction === "forward" ? [inputs, outputs] : [outputs, inputs];
  return {
    inputs: from,
    inputHeight: side,
    inputWidth: side,
    outputs: to,
    height: side,
    width: side,
    kernel: [3, 3],
    stride: 1,
    padding: { mode: "zero", top: 1, bottom: 1, left: 1, right: 1, extraRows: 0, extraColumns: 0 },
  };
}

/** Tiles of the direct kernel besides those that the library considers. */
const DIRECT_TILES: Record<"cpu" | "gpu", readonly ConvolutionTile[]> = {
  cpu: [
    { outputs: 8, pixels: 8 },
    { outputs: 8, pixels: 16 },
    { outputs: 16, pixels: 8 },
    { outputs: 16, pixels: 16 },
  ],
  gpu: [
    { outputs: 4, pixels: 4, wholeKernel: true },
    { outputs: 8, pixels: 4, wholeKernel: true },
    { outputs: 8, pixels: 8 },
    { outputs: 16, pixels: 4, wholeKernel: true },
  ],
};

/** Everything that is timed for a layer: what the library chooses among, and more tiles. */
export function candidatesOf({ convolution }: KernelLayer, target: TileTarget): Candidate[] {
  const { outputs, width } = convolution;
  const fits = (tile: ConvolutionTile) => tile.outputs <= Math.max(4, outputs) && tile.pixels <= Math.max(4, width);
  const choices: ConvolutionAlgorithm[] = [
    ...candidates(convolution, target),
    ...DIRECT_TILES[target === "gpu" ? "gpu" : "cpu"].filter(fits).map((tile) => ({ kind: "direct" as const, tile })),
  ];
  const named = new Map<string, Candidate>();
  for (const choice of choices) {
    const candidate = { ...nameOf(choice), choice };
    named.set(`${candidate.algorithm} ${candidate.tile}`, candidate);
  }
  return [...named.values()];
}

/** What tables call an algorithm and its tile. */
export function nameOf(choice: ConvolutionAlgorithm): { algorithm: string; tile: string } {
  if (choice.kind === "direct") return { algorithm: "direct", tile: tileName(choice.tile) };
  const { size } = choice.shape;
  const { kind, ...tile } = choice.tile;
  const sizes = Object.entries(tile).map(([name, value]) => `${name} ${value}`);
  return { algorithm: `F(${size}x${size})`, tile: sizes.join(", ") };
}

function tileName({ outputs, pixels, subgroup, wholeKernel }: ConvolutionTile): string {
  return `${outputs}x${pixels}${subgroup ? " in subgroups" : ""}${wholeKernel ? " by whole kernels" : ""}`;
}
