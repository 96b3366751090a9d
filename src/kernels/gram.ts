/**
 * Gram matrices F F^T / N of N pixels in C channels (Gatys et al. 2016, eq. 3). Few results, long sums:
 *
 *   panels  transposes the features: result[panel, pixel] has the panel's 8 channels, so that a tile of 8 x 8 results
 *           reads neighbouring numbers as it goes from pixel to pixel (see product-tiles.ts); on GPUs it is result[pixel, panel],
 *           since there neighbouring invocations, which compute neighbouring tiles, read a pixel at the same time
 *   gram    sums over slices of the pixels, one tile per invocation; sumSlicesKernel adds the slices in fixed order
 *
 * Only tiles on and below the diagonal are computed, and mirrored. Each slice's sum is divided by N before the slices are
 * added. The panels of large maps exist for some slices at a time, a chunk. Sizes are uniforms: all layers share a shader.
 */
import { bindings, formatShape, type Kernel, linearGrid, range, roundUp } from "./kernel.ts";
import { multiplyAdd } from "./product-tiles.ts";
import { chunkBytes, type TileTarget } from "./target.ts";

/** A Gram matrix, and how its sums are cut up. */
export interface GramShape {
  channels: number;
  pixels: number;
  slices: number;
  /** Slices per chunk. */
  chunk: number;
  /** Whether the panels of a pixel are neighbours. */
  pixelsFirst: boolean;
}

/** Channels per panel, and rows and columns per tile. */
const PANEL = 8;

const LANES = 32;

/** Cuts up the Gram matrix of features [channels, pixels]; the panels of a chunk take at most `bytes`. */
export function gramShape(channels: number, pixels: number, target: TileTarget, bytes = chunkBytes(target)): GramShape {
  const panels = Math.ceil(channels / PANEL);
  const together = Math.min(pixels, bytes / (4 * roundUp(channels, PANEL)));
  const slice = target === "gpu" ? gpuSlice(together, (panels * (panels + 1)) / 2) : 1024;
  const slices = Math.ceil(pixels / slice);
  const perSlice = 4 * roundUp(channels, PANEL) * Math.min(pixels, slice);
  const chunk = Math.min(slices, Math.max(1, Math.floor(bytes / perSlice)));
  return { channels, pixels, slices, chunk, pixelsFirst: target === "gpu" };
}

/** Tiles of a chunk's slices that keep a large GPU busy. */
const ENOUGH_TILES = 11_000;

/**
 * Pixels of a slice on GPUs, which an invocation goes through some at a time, each as long as memory takes to answer: short ones where
 * there are few tiles, down to the length at which adding the slices takes as long. `pixels` are those of a chunk.
 */
function gpuSlice(pixels: number, tiles: number): number {
  return Math.min(512, Math.max(64, roundUp((pixels * tiles) / ENOUGH_TILES)));
}

/** The pixels of a slice, a multiple of 4, and the range of a chunk. */
function rangeOf({ pixels, slices, chunk }: GramShape, index: number) {
  const slice = roundUp(pixels / slices);
  const first = index * chunk * slice;
  return { slice, first, count: Math.max(0, Math.min(chunk * slice, pixels - first)) };
}

/** The shape of the panels of a chunk: panels and pixels, in either order, and channels. */
export function gramPanelsShape(shape: GramShape, chunk: number): [number, number, channels: number] {
  const [panels, pixels] = [Math.ceil(shape.channels / PANEL), rangeOf(shape, chunk).count];
  return shape.pixelsFirst ? [pixels, panels, PANEL] : [panels, pixels, PANEL];
}

/** Distances between panels and between pixels, in vec4s. */
function stepsOf(shape: GramShape, chunk: number) {
  const [, inner, channels] = gramPanelsShape(shape, chunk);
  const [near, far] = [channels / 4, (inner * channels) / 4];
  return shape.pixelsFirst ? { panelStep: near, pixelStep: far } : { panelStep: far, pixelStep: near };
}

/**
 * The panels of a chunk from features [C, N]; channels past the last repeat it. Invocations take 4 pixels where N allows.
 */
export function gramPanelsKernel(shape: GramShape, chunk: number): Kernel {
  const { channels, pixels } = shape;
  const width = pixels % 4 === 0 ? 4 : 1;
  const type = width === 4 ? "vec4f" : "f32";
  const { first, count } = rangeOf(shape, chunk);
  const panels = Math.ceil(channels / PANEL);
  const steps = stepsOf(shape, chunk);
  const sizes = { groups: count / width, plane: pixels / width, first: first / width, channels, ...steps };
  const { grid, index } = linearGrid(Math.ceil(sizes.groups / LANES));
  const channel = (c: number) => `min(group.z * ${PANEL}u + ${c}u, sizes.channels - 1u)`;
  const vector = (pixel: number, half: number) =>
    `vec4f(${range(4, (c) => `f${4 * half + c}${width === 4 ? `.${"xyzw"[pixel]}` : ""}`, ", ")})`;
  return {
    label: `gramPanels ${formatShape([channels, count])}`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid: [grid[0], grid[1], panels],
    flops: 0,
    bytes: 4 * (channels + panels * PANEL) * count,
    wgsl: `${bindings([["features", type]], "vec4f", sizes)}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = ${index} * ${LANES}u + lane;
  if (i >= sizes.groups) { return; }
  ${range(PANEL, (c) => `let f${c} = features[${channel(c)} * sizes.plane + sizes.first + i];`, "\n  ")}
  var p = group.z * sizes.panelStep + i * ${width}u * sizes.pixelStep;
  ${range(width, (pixel) => `${range(2, (half) => `result[p + ${half}u] = ${vector(pixel, half)};`, " ")} p += sizes.pixelStep;`, "\n  ")}
}
`,
  };
}

/**
 * result [slices, C, C] from the panels of a chunk: its slices' shares of the Gram matrix, divided by N. Other slices stay
 * as they are.
 */
export function gramKernel(shape: GramShape, chunk: number): Kernel {
  const { channels, pixels, slices } = shape;
  const { slice, count } = rangeOf(shape, chunk);
  const panels = Math.ceil(channels / PANEL);
  const pairs = (panels * (panels + 1)) / 2;
  const firstSlice = chunk * shape.chunk;
  const tiles = pairs * Math.min(shape.chunk, slices - firstSlice);
  const sizes = { tiles, pairs, count, slice, firstSlice, channels, pixels, ...stepsOf(shape, chunk) };
  const { grid, index } = linearGrid(Math.ceil(tiles / LANES));
  const width = channels % 4 === 0 ? 4 : 1;
  return {
    label: `gram ${formatShape([channels, count])} in ${tiles / pairs} slices`,
    inputs: 1,
    uniforms: Object.values(sizes),
    grid,
    flops: channels * channels * count,
    bytes: 4 * channels * (count + (channels * tiles) / pairs),
    wgsl: `${bindings([["panels", "vec4f"]], width === 4 ? "vec4f" : "f32", sizes)}

${storeFunction(width)}

@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = ${index} * ${LANES}u + lane;
  if (id >= sizes.tiles) { return; }
  let slice = id / sizes.pairs;
  // The pair-th entry of the lower triangle, counted row by row.
  let pair = id - slice * sizes.pairs;
  var i = u32(sqrt(2.0f * f32(pair)));
  while (i * (i + 1u) / 2u > pair) { i--; }
  while ((i + 1u) * (i + 2u) / 2u <= pair) { i++; }
  let j = pair - i * (i + 1u) / 2u;
  let first = min(slice * sizes.slice, sizes.count);
  let last = min(first + sizes.slice, sizes.count);
  var p = i * sizes.panelStep + first * sizes.pixelStep;
  var q = j * sizes.panelStep + first * sizes.pixelStep;
  ${range(2 * PANEL, (k) => `var sum${k} = vec4f();`, " ")}
  var pixel = first;
  ${shape.pixelsFirst ? loop(4) : ""}
  ${loop(1)}
  ${range(2 * PANEL, (k) => `store(slice, i * ${PANEL}u + ${k >> 1}u, j * 2u + ${k & 1}u, sum${k});`, "\n  ")}
  if (i != j) {
    ${range(2 * PANEL, (k) => `store(slice, j * ${PANEL}u + ${k >> 1}u, i * 2u + ${k & 1}u, ${column(k >> 1, k & 1)});`, "\n    ")}
  }
}
`,
  };
}

/**
 * A loop over the pixels that are left, some per turn. On GPUs several, which are read first: a turn of one takes less time than its
 * reads.
 */
function loop(pixels: number): string {
  const read = (k: number) =>
    `let a0_${k} = panels[p]; let a1_${k} = panels[p + 1u]; let b0_${k} = panels[q]; let b1_${k} = panels[q + 1u];
    p += sizes.pixelStep; q += sizes.pixelStep;`;
  const add = (k: number) => range(2 * PANEL, (sum) => multiplyAdd(sum, sum >> 1, sum & 1, `_${k}`), "\n    ");
  return `for (; pixel + ${pixels - 1}u < last; pixel += ${pixels}u) {
    ${range(pixels, read, "\n    ")}
    ${range(pixels, add, "\n    ")}
  }`;
}

/** Half of a column of the tile. */
function column(index: number, half: number): string {
  return `vec4f(${range(4, (k) => `sum${8 * half + 2 * k + (index >> 2)}.${"xyzw"[index & 3]}`, ", ")})`;
}

/** WGSL that stores four neighbours of a row, those inside the matrix; `column4` counts vectors. */
function storeFunction(width: 1 | 4): string {
  const stores =
    width === 4
      ? "if (column4 * 4u < sizes.channels) { result[(start + column4 * 4u) / 4u] = mean; }"
      : range(
          4,
          (k) => `if (column4 * 4u + ${k}u < sizes.channels) { result[start + column4 * 4u + ${k}u] = mean[${k}]; }`,
          "\n  ",
        );
  return `fn store(slice: u32, row: u32, column4: u32, sums: vec4f) {
  if (row >= sizes.channels) { return; }
  let mean = sums / f32(sizes.pixels);
  let start = ((sizes.firstSlice + slice) * sizes.channels + row) * sizes.channels;
  ${stores}
}`;
}
