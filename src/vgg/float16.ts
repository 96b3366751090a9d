/** The floating-point formats of weight files as float32: those of 16 bits are widened exactly, that of 64 bits is rounded. */

/** Bytes per value of each format, by its name in safetensors. */
export const FLOAT_SIZES = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

/** One of the formats of {@link FLOAT_SIZES}. */
export type FloatType = keyof typeof FLOAT_SIZES;

/** Values of little-endian bytes, whose number must fit. */
export function decodeFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  // Typed arrays need aligned bytes of their own; GPUs and all platforms with WebGPU are little-endian.
  const { buffer } = new Uint8Array(bytes);
  if (type === "F32") return new Float32Array(buffer);
  if (type === "F64") return new Float32Array(new Float64Array(buffer));
  return type === "F16" ? decodeFloat16(new Uint16Array(buffer)) : decodeBfloat16(new Uint16Array(buffer));
}

let halfValues: Float32Array | undefined;

/** The value of each of the 65536 bit patterns of IEEE 754 binary16, made once: 20 million weights are looked up in it. */
function halves(): Float32Array {
  halfValues ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
  });
  return halfValues;
}

/** Values of IEEE 754 binary16 bit patterns: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const values = halves();
  const decoded = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) decoded[i] = values[bits[i]];
  return decoded;
}

/** Values of bfloat16 bit patterns, which are the upper halves of float32 ones. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const patterns = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) patterns[i] = bits[i] << 16;
  return new Float32Array(patterns.buffer);
}
