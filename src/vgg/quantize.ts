/**
 * Weights in fewer bits: float16, 8-bit integers with a factor for each output, and a palette of 256 values for each layer,
 * chosen by k-means in one dimension (Lloyd 1982; Han, Mao and Dally 2016, section 3). compact.ts and float16.ts are the reverse.
 */

/** IEEE 754 binary16 bit patterns of the nearest values, ties to even. Values beyond 65504 become infinite. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(patterns, (pattern, i) => {
    const sign = (pattern >>> 16) & 0x8000;
    const magnitude = Math.abs(values[i]);
    if (!(magnitude < 65520)) return sign | (magnitude >= 65520 ? 0x7c00 : 0x7e00);
    // Below the smallest normal number, steps are 2^-24 wide.
    if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
    const bits = pattern & 0x7fffffff;
    const rounded = bits + 0xfff + ((bits >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  });
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The nearest multiples, -127 to 127, of a factor for each output by which the largest of its weights becomes 127. */
export function scaleToIntegers(weight: Float32Array, outputs: number): { data: Int8Array; scale: Float32Array } {
  const perOutput = weight.length / outputs;
  const scale = Float32Array.from({ length: outputs }, (_, output) => {
    const own = weight.subarray(output * perOutput, (output + 1) * perOutput);
    return own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  });
  const data = Int8Array.from(weight, (value, i) => {
    const factor = scale[Math.floor(i / perOutput)];
    // A factor may have been rounded down, to zero even.
    return factor === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / factor)));
  });
  return { data, scale };
}

const COLORS = 256;

/** Enough for the largest layer of VGG19, which needs some hundreds; an iteration costs nothing beside sorting. */
const MOST_ITERATIONS = 10_000;

/**
 * The index of the nearest of 256 values for each weight, and those values, which are the means of the weights that they
 * stand for. Exact where there are not more values. The same weights always give the same palette.
 */
export function choosePalette(weight: Float32Array): { data: Uint8Array; palette: Float32Array } {
  const sorted = weight.slice().sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const palette = new Float32Array(COLORS);
  if (distinct.length <= COLORS) palette.fill(distinct.at(-1) ?? 0).set(distinct);
  else palette.set(lloyd(sorted, startOf(sorted)));
  const borders = bordersOf(palette);
  return { data: Uint8Array.from(weight, (value) => countBelow(borders, value)), palette };
}

/** Every 256th part of the sorted weights, half of them by number and half by distance: tails are thin, and matter. */
function startOf(sorted: Float32Array): Float64Array {
  const last = sorted.length - 1;
  const [least, most] = [sorted[0], sorted[last]];
  const start = Float64Array.from({ length: COLORS }, (_, i) => {
    const share = (Math.floor(i / 2) + 0.5) / (COLORS / 2);
    return i % 2 === 0 ? sorted[Math.floor(share * last)] : least + share * (most - least);
  });
  return start.sort();
}

/** Moves each value to the mean of the weights that are nearest to it, until nothing moves any more. */
function lloyd(sorted: Float32Array, start: Float64Array): Float64Array {
  let values = start;
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i] + sorted[i];
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const ends = [...Array.from(bordersOf(values), (border) => countBelow(sorted, border)), sorted.length];
    const means = values.map((value, i) => {
      const begin = i === 0 ? 0 : ends[i - 1];
      return ends[i] === begin ? value : (sums[ends[i]] - sums[begin]) / (ends[i] - begin);
    });
    if (means.every((mean, i) => mean === values[i])) break;
    values = means;
  }
  return values;
}

/** Halfway between neighbours. */
function bordersOf(values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length - 1 }, (_, i) => (values[i] + values[i + 1]) / 2);
}

/** How many of the ascending numbers are below `limit`, by halving. */
function countBelow(ascending: Float32Array | Float64Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
