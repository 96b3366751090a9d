import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ShapeError, WeightsError } from "../../src/errors.ts";
import { openMemory } from "../../src/vgg/files.ts";
import { decodeBfloat16, decodeFloat16 } from "../../src/vgg/float16.ts";
import { openSafetensors, writeSafetensors } from "../../src/vgg/safetensors.ts";
import { describeShared } from "../shared.ts";
import { assemble, bytesOf, openFolder } from "./helpers.ts";

/** One tensor `a` of six bytes as U8 or three values of 16 bits, in a file put together by hand. */
function fileWith(header: unknown, data: Uint8Array = new Uint8Array(6)) {
  return openSafetensors(openMemory(assemble(header, data)));
}

describe("16-bit floats", () => {
  it("are what IEEE 754 binary16 defines", () => {
    // the examples of https://en.wikipedia.org/wiki/Half-precision_floating-point_format
    const examples: [number, number][] = [
      [0x0000, 0],
      [0x0001, 2 ** -24],
      [0x03ff, 2 ** -14 * (1023 / 1024)],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3bff, 1 - 2 ** -11],
      [0x3c00, 1],
      [0x3c01, 1 + 2 ** -10],
      [0x7bff, 65504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x8000, -0],
      [0xc000, -2],
      [0x7e00, Number.NaN],
    ];
    const decoded = decodeFloat16(Uint16Array.from(examples, ([bits]) => bits));
    expect([...decoded]).toEqual(examples.map(([, value]) => value));
  });

  it("are what bfloat16 defines: the upper half of a float32", () => {
    const examples: [number, number][] = [
      [0x3f80, 1],
      [0xc000, -2],
      [0x4049, 3.140625],
      [0x0080, 2 ** -126],
      [0x7f7f, 2 ** 127 * (1 + 127 / 128)],
      [0xff80, -Infinity],
      [0x7fc0, Number.NaN],
    ];
    const decoded = decodeBfloat16(Uint16Array.from(examples, ([bits]) => bits));
    expect([...decoded]).toEqual(examples.map(([, value]) => value));
  });
});

describe("reading safetensors", () => {
  it("gives metadata, shapes and values of every dtype", async () => {
    const data = Buffer.concat([
      bytesOf(Float32Array.of(1.5, -0.1)),
      bytesOf(Uint16Array.of(0x3c00, 0x3555, 0xc000)),
      bytesOf(Uint16Array.of(0x4049)),
      bytesOf(Float64Array.of(1 / 3)),
      bytesOf(Int8Array.of(-127, 0, 2, 100)),
      bytesOf(Float32Array.of(0.5, 0.1)),
    ]);
    const tensors = await fileWith(
      {
        __metadata__: { architecture: "vgg19" },
        f32: { dtype: "F32", shape: [2, 1], data_offsets: [0, 8] },
        f16: { dtype: "F16", shape: [3], data_offsets: [8, 14] },
        bf16: { dtype: "BF16", shape: [], data_offsets: [14, 16] },
        f64: { dtype: "F64", shape: [1], data_offsets: [16, 24] },
        "i.weight": { dtype: "I8", shape: [2, 2], data_offsets: [24, 28] },
        "i.scale": { dtype: "F32", shape: [2], data_offsets: [28, 36] },
      },
      data,
    );
    expect(tensors.metadata).toEqual({ architecture: "vgg19" });
    expect(tensors.shapes.get("f32")).toEqual([2, 1]);
    expect(tensors.shapes.get("bf16")).toEqual([]);
    expect(await tensors.read("f32")).toEqual(Float32Array.of(1.5, -0.1));
    expect(await tensors.read("f16")).toEqual(Float32Array.of(1, 0.333251953125, -2));
    expect(await tensors.read("bf16")).toEqual(Float32Array.of(3.140625));
    expect(await tensors.read("f64")).toEqual(Float32Array.of(1 / 3));
    const tenth = Math.fround(0.1);
    expect(await tensors.read("i.weight")).toEqual(Float32Array.of(-63.5, 0, 2 * tenth, 100 * tenth));
    await expect(tensors.read("other")).rejects.toThrow(/has no tensor other/);
  });

  it("reads only the header and the tensors asked for, also from odd addresses", async () => {
    const header = {
      odd: { dtype: "I8", shape: [1], data_offsets: [0, 1] },
      wanted: { dtype: "F32", shape: [2], data_offsets: [1, 9] },
      large: { dtype: "F32", shape: [1000], data_offsets: [9, 4009] },
    };
    const data = Buffer.concat([new Uint8Array(1), bytesOf(Float32Array.of(3, 4)), new Uint8Array(4000)]);
    const lengths: number[] = [];
    const file = openFolder({ w: assemble(header, data) }, "w", (_, length) => lengths.push(length));
    const tensors = await openSafetensors(file);
    expect(await tensors.read("wanted")).toEqual(Float32Array.of(3, 4));
    expect(lengths).toEqual([8, JSON.stringify(header).length, 8]);
  });

  it("reads from a Buffer, a piece of a larger pool, and gives values of their own", async () => {
    const header = { a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } };
    const pooled = Buffer.from(assemble(header, bytesOf(Float32Array.of(7))));
    const tensors = await openSafetensors(openMemory(pooled));
    const values = await tensors.read("a");
    expect(values).toEqual(Float32Array.of(7));
    values[0] = 8;
    expect(await tensors.read("a")).toEqual(Float32Array.of(7));
  });

  const entry = { dtype: "F16", shape: [3], data_offsets: [0, 6] };
  it.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /no JSON object/],
    ["no object", "[]", /no JSON object/],
    ["metadata that are no strings", { __metadata__: { a: 1 }, a: entry }, /__metadata__/],
    ["an unknown dtype", { a: { ...entry, dtype: "F12" } }, /dtype "F12"/],
    ["a dtype of Object's prototype", { a: { ...entry, dtype: "toString" } }, /dtype "toString"/],
    ["no entry", { a: null }, /dtype undefined/],
    ["a shape that is no list", { a: { ...entry, shape: 3 } }, /whole numbers/],
    ["a negative size", { a: { ...entry, shape: [-3] } }, /whole numbers/],
    ["a fractional offset", { a: { ...entry, data_offsets: [0.5, 6.5] } }, /whole numbers/],
    ["three offsets", { a: { ...entry, data_offsets: [0, 6, 6] } }, /whole numbers/],
    ["a size that does not fit", { a: { ...entry, shape: [4] } }, /6 bytes, but \[4\] of F16 needs 8/],
    ["more bytes than its shape", { a: { ...entry, shape: [2] } }, /6 bytes, but \[2\] of F16 needs 4/],
    ["a product beyond all numbers", { a: { ...entry, shape: Array(30).fill(2 ** 50) } }, /needs Infinity/],
    ["offsets in the wrong order", { a: { ...entry, data_offsets: [6, 0] } }, /-6 bytes/],
    ["an end beyond the file", { a: { ...entry, shape: [4], data_offsets: [0, 8] } }, /8 bytes of data, but 6 follow/],
    [
      "bytes that no tensor has",
      { a: { ...entry, shape: [2], data_offsets: [0, 4] } },
      /4 bytes of data, but 6 follow/,
    ],
    ["overlapping tensors", { a: entry, b: entry }, /b begins at 0, but the data before it end at 6/],
    ["a gap", { a: { ...entry, shape: [1], data_offsets: [4, 6] } }, /a begins at 4/],
  ])("refuses %s", async (_, header, message) => {
    await expect(fileWith(header)).rejects.toThrow(WeightsError);
    await expect(fileWith(header)).rejects.toThrow(message);
  });

  it("fails with the reason of a read that fails, whichever it is", async () => {
    const file = openMemory(assemble({}, new Uint8Array()));
    for (const failing of [1, 2]) {
      const reason = new DOMException("Enough.", "AbortError");
      let reads = 0;
      const read: typeof file.read = (...range) => (++reads === failing ? Promise.reject(reason) : file.read(...range));
      await expect(openSafetensors({ ...file, read })).rejects.toBe(reason);
    }
  });

  it("refuses a truncated file, an absurd header and unreadable values", async () => {
    const whole = assemble({ a: entry }, new Uint8Array(6));
    for (let length = 0; length < whole.length; length++) {
      await expect(openSafetensors(openMemory(whole.subarray(0, length)))).rejects.toThrow(WeightsError);
    }
    await expect(openSafetensors(openMemory(new Uint8Array(100).fill(255)))).rejects.toThrow(
      /header would have 1844674/,
    );
    const integers = await fileWith({ a: { dtype: "I16", shape: [3], data_offsets: [0, 6] } });
    await expect(integers.read("a")).rejects.toThrow(/a is I16. Convert it to F32/);
    const unscaled = await fileWith({ "a.weight": { dtype: "I8", shape: [6], data_offsets: [0, 6] } });
    await expect(unscaled.read("a.weight")).rejects.toThrow(/a\.scale has not one factor/);
    const selfScaled = await fileWith({ "a.scale": { dtype: "I8", shape: [6], data_offsets: [0, 6] } });
    await expect(selfScaled.read("a.scale")).rejects.toThrow(WeightsError);
  });
});

describe("writing safetensors", () => {
  it("makes the bytes of the specification, header padded to a multiple of 8", () => {
    const written = writeSafetensors({ a: { dtype: "F32", shape: [1], data: Float32Array.of(1) } }, { k: "v" });
    const json = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    expect(written).toEqual(assemble(json.padEnd(80), bytesOf(Float32Array.of(1))));
    expect(json).toHaveLength(79);
  });

  it("is read back, also from views into larger buffers", async () => {
    const data = Float32Array.of(9, 1, 2, 3).subarray(1);
    const halves = Uint16Array.of(0xc000);
    const bytes = writeSafetensors({
      a: { dtype: "F32", shape: [3, 1], data },
      b: { dtype: "F16", shape: [], data: halves },
    });
    const tensors = await openSafetensors(openMemory(bytes));
    expect(await tensors.read("a")).toEqual(Float32Array.of(1, 2, 3));
    expect(await tensors.read("b")).toEqual(Float32Array.of(-2));
  });

  it("refuses data that do not fit", () => {
    const tensor = { dtype: "F32", shape: [2], data: new Float32Array(3) } as const;
    expect(() => writeSafetensors({ a: tensor })).toThrow(ShapeError);
    expect(() => writeSafetensors({ a: tensor })).toThrow(/\[2\] of F32 needs 8 bytes, not 12/);
  });
});

describeShared("the embedded network in both of its precisions", (shared) => {
  it("agrees: an int8 weight is off by half a step at most", async () => {
    const [half, quantized] = await Promise.all(
      ["f16", "int8"].map(async (kind) =>
        openSafetensors(openMemory(await readFile(shared(`embedded/vgg19-slim-conv4_2-${kind}.safetensors`)))),
      ),
    );
    for (const [name, shape] of half.shapes) {
      const [exact, coarse] = [await half.read(name), await quantized.read(name)];
      const scale = name.endsWith(".weight") ? await quantized.read(name.replace("weight", "scale")) : undefined;
      const worst = exact.reduce((most, value, i) => {
        const step = scale?.[Math.floor(i / (exact.length / shape[0]))] ?? 0;
        const rounding = Math.abs(value) * 2 ** -11 + 2 ** -25; // of the f16 file
        return Math.max(most, Math.abs(value - coarse[i]) - step / 2 - rounding);
      }, -1);
      expect(worst, name).toBeLessThanOrEqual(1e-7);
    }
  });
});
