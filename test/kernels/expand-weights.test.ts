/** Weights of 16 and 8 bits on the GPU: not nearly, but the very bits that the definitions of their formats give. */
import { describe, expect, it } from "vitest";
import { type CompactType, expandWeightsKernel } from "../../src/kernels/expand-weights.ts";
import { MAX_WORKGROUPS } from "../../src/kernels/kernel.ts";
import { runKernel, testDevice } from "../engine.ts";
import { random } from "../oracle/index.ts";

const device = await testDevice();

type Data = Uint16Array | Int8Array | Uint8Array;

/** The bits of what the kernel makes of them. The last word ends with ones, which nobody may read. */
async function expanded(type: CompactType, data: Data, perOutput: number, table?: Float32Array): Promise<Uint32Array> {
  const words = new Uint8Array(4 * Math.ceil(data.byteLength / 4)).fill(255);
  words.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const kernel = expandWeightsKernel(type, data.length, perOutput);
  const inputs = [new Float32Array(words.buffer), ...(table ? [table] : [])];
  return bitsOf(await runKernel(device, kernel, inputs, data.length));
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** IEEE 754-2019, section 3.4, in float64, which holds every binary16 exactly. */
function float16(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

describe("float16", () => {
  it("every number that there is: normal, subnormal, and both zeros", async () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    expect(await expanded("F16", patterns, 1)).toEqual(bitsOf(Float32Array.from(patterns, float16)));
  });
});

describe("bfloat16", () => {
  it("every pattern is the upper half of its float32's, subnormal ones too", async () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7f80) !== 0x7f80);
    expect(await expanded("BF16", patterns, 1)).toEqual(Uint32Array.from(patterns, (bits) => bits * 65536));
  });
});

const integers = Int8Array.from({ length: 256 }, (_, i) => i - 128);

describe("integers of 8 bits", () => {
  it("every integer times factors of all sizes, rounded once", async () => {
    const next = random(1);
    const scale = Float32Array.from({ length: 200 }, (_, i) => (0.5 + next()) * 2 ** (Math.round(i * 1.24) - 125));
    const data = Int8Array.from({ length: 256 * scale.length }, (_, i) => integers[i % 256]);
    // A product of 8 and 24 bits is exact in float64.
    const products = Float32Array.from(data, (integer, i) => integer * scale[Math.floor(i / 256)]);
    expect(await expanded("I8", data, 256, scale)).toEqual(bitsOf(products));
  });

  it("in more workgroups than one dimension has", async () => {
    const perOutput = 2 * 64 * (MAX_WORKGROUPS + 1);
    const data = Int8Array.from({ length: 2 * perOutput }, (_, i) => (i % 251) - 125);
    expect(expandWeightsKernel("I8", data.length, perOutput).grid).toEqual([32768, 2, 1]);
    const bits = await expanded("I8", data, perOutput, Float32Array.of(3, 1 / 3));
    const expected = bitsOf(Float32Array.from(data, (n, i) => n * (i < perOutput ? 3 : Math.fround(1 / 3))));
    expect(bits.findIndex((each, i) => each !== expected[i])).toBe(-1);
  });
});

describe("a palette", () => {
  it("gives its values as they are, also subnormal ones and a negative zero", async () => {
    const next = random(2);
    const palette = Float32Array.from({ length: 256 }, () => (next() - 0.5) * 2 ** (Math.floor(next() * 300) - 150));
    palette.set([-0, 0, 1e-45, -1e-40]);
    const data = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256);
    expect(await expanded("U8", data, 50, palette)).toEqual(bitsOf(Float32Array.from(data, (i) => palette[i])));
  });
});

describe("counts that do not fill a word", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 63, 255, 257, 511])("%i", async (size) => {
    const table = Float32Array.from({ length: 256 }, (_, i) => 1 + i / 256);
    const bytes = Uint8Array.from({ length: 2 * size }, (_, i) => (i * 89 + 7) % 121);
    const [halves, signed, indices] = [
      new Uint16Array(bytes.buffer),
      new Int8Array(bytes.buffer, 0, size),
      bytes.slice(size),
    ];
    const perOutput = Math.ceil(size / 3);
    expect(await expanded("F16", halves, perOutput)).toEqual(bitsOf(Float32Array.from(halves, float16)));
    expect(await expanded("BF16", halves, perOutput)).toEqual(Uint32Array.from(halves, (bits) => bits * 65536));
    const scaled = Float32Array.from(signed, (integer, i) => integer * table[Math.floor(i / perOutput)]);
    expect(await expanded("I8", signed, perOutput, table)).toEqual(bitsOf(scaled));
    expect(await expanded("U8", indices, perOutput, table)).toEqual(
      bitsOf(Float32Array.from(indices, (i) => table[i])),
    );
  });
});
