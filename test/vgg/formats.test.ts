/** Files written by PyTorch, h5py and NumPy, against the values that Python had. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openBytes } from "../../src/vgg/files.node.ts";
import { openMemory, type RandomAccess } from "../../src/vgg/files.ts";
import { decodeBfloat16, decodeFloat16 } from "../../src/vgg/float16.ts";
import { isOriginal } from "../../src/vgg/origin.ts";
import { encodeFloat16 } from "../../src/vgg/quantize.ts";
import { type Convolution, openNetworkWeights } from "../../src/vgg/weights.ts";
import { describeShared } from "../shared.ts";
import { EXPECTED, expectedConvolutions, fixture, fixturePath } from "./fixtures.ts";

const FILES = Object.keys(EXPECTED);
const LAYERS = ["conv1_1", "conv1_2", "conv2_1"];

/** What the weights must be, with the inputs of conv1_1 turned round if they are BGR in the file. */
function expectConvolution(file: string, layer: string, { weight, bias }: Convolution, order: "RGB" | "BGR"): void {
  const expected = expectedConvolutions(file);
  const { values } = expected.get(`${layer}.weight`)!;
  const turned = layer === "conv1_1" && order === "BGR";
  const at = (i: number) => i + (turned ? 9 * (2 - 2 * (Math.floor(i / 9) % 3)) : 0);
  expect(weight).toEqual(values.map((_, i) => values[at(i)]));
  expect(bias).toEqual(expected.get(`${layer}.bias`)!.values);
}

describe("files of other programs", () => {
  it.each(FILES)("have the values that Python wrote: %s", async (file) => {
    const sources = [fixture(file), fixturePath(file)];
    for (const source of sources) {
      const weights = await openNetworkWeights(source);
      expect(weights.architecture).toBe("vgg19");
      expect(weights.layers).toEqual(file === "zip-caffe.pth" ? ["conv1_1"] : LAYERS);
      for (const layer of weights.layers) {
        expectConvolution(file, layer, await weights.convolution(layer), weights.preprocessing.order);
      }
      await weights.close();
    }
  });

  it.each([
    ["zip-float32.pth", "RGB", 1 / 255],
    ["zip-caffe.pth", "BGR", 1], // by the bias of conv1_1
    ["zip-nested.pth", "BGR", 1], // by the text beside the state dict
    ["stream-nested.pth", "BGR", 1],
    ["keras-official.h5", "BGR", 1],
    ["stored-float32.npz", "BGR", 1],
    ["hwio.npz", "RGB", 1],
    ["fortran.npz", "RGB", 1 / 255],
  ])("tell their preprocessing: %s", async (file, order, scale) => {
    const weights = await openNetworkWeights(fixture(file));
    expect(weights.preprocessing).toMatchObject({ order, scale });
  });
});

describeShared("the original VGG19", (path) => {
  it("is told by its first bias, in float16 and bfloat16 as well", async () => {
    const weights = await openNetworkWeights(path("weights/vgg19-conv1_1-conv3_4.safetensors"));
    const { bias } = await weights.convolution("conv1_1");
    await weights.close();
    const patterns = new Uint32Array(bias.buffer, bias.byteOffset, bias.length);
    // To the nearest, as PyTorch does; ties do not occur.
    const rounded = Uint16Array.from(patterns, (bits) => (bits + 0x8000) >>> 16);
    expect(isOriginal(bias)).toBe(true);
    expect(isOriginal(decodeFloat16(encodeFloat16(bias)))).toBe(true);
    expect(isOriginal(decodeBfloat16(rounded))).toBe(true);
    expect(isOriginal(bias.map((value) => 1.01 * value))).toBe(false);
  });
});

describe("files behind an address", () => {
  let server: Server;
  let base: string;
  let asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const content = fixture(request.url!.replace(/^\/|\?.*/g, "").replace(/-[\da-f]{8}\.pth/, ".pth"));
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!;
      const end = Math.min(Number(last) + 1, content.length);
      asked.push(request.headers.range!);
      response.writeHead(206, { "Content-Range": `bytes ${first}-${end - 1}/${content.length}` });
      response.end(content.subarray(Number(first), end));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each(FILES)("are read by range requests: %s", async (file) => {
    const weights = await openNetworkWeights(`${base}/${file}`);
    for (const layer of weights.layers) {
      expectConvolution(file, layer, await weights.convolution(layer), weights.preprocessing.order);
    }
  });

  it.each([
    ["d01eb7cb", "BGR"],
    ["00b39a1b", "BGR"],
    ["dcbb9e9d", "RGB"],
    ["397923af", "RGB"],
  ])("tell their preprocessing by the digits in their names: %s", async (digits, order) => {
    asked = [];
    const weights = await openNetworkWeights(`${base}/stream-float32-${digits}.pth?token=secret`);
    expect(weights.preprocessing.order).toBe(order);
    expect(asked).toEqual(["bytes=0-1048575"]); // a small file comes at once
  });
});

describe("what nobody asked for", () => {
  /** Opens a fixture and notes which bytes are read. */
  async function watch(file: string) {
    const memory = openMemory(fixture(file), file);
    const read = new Set<number>();
    const watched: RandomAccess = {
      ...memory,
      read(offset, length) {
        for (let i = offset; i < offset + length; i++) read.add(i);
        return memory.read(offset, length);
      },
    };
    return { watched, read };
  }

  it.each(["zip-float32.pth", "hwio.npz"])("is not read: %s", async (file) => {
    const { openArchive } = await import("../../src/vgg/archives.ts");
    const { watched, read } = await watch(file);
    const tensors = await openArchive(watched);
    for (const name of tensors.shapes.keys()) if (!name.startsWith("classifier")) await tensors.read(name);
    // The classifier has 8000 bytes of zeros or random numbers: except for what lies in reach of a header, they are not read.
    expect(watched.size - read.size).toBeGreaterThan(5000);
  });

  it("is only headers when a file is opened", async () => {
    const path = fixturePath("keras-official.h5");
    const file = await openBytes(path);
    const { openHdf5 } = await import("../../src/vgg/hdf5.ts");
    const lengths: number[] = [];
    const tensors = await openHdf5({
      ...file,
      read(offset, length) {
        lengths.push(length);
        return file.read(offset, length);
      },
    });
    const opened = lengths.length;
    expect(opened).toBeLessThanOrEqual(Math.ceil(file.size / 8192)); // whole pages, each of them once
    await tensors.read("conv1_2.weight");
    expect(lengths.slice(opened)).toEqual([2 * 5 * 9 * 4]);
    await tensors.close();
  });
});

describe("files that hold something else", () => {
  it.each([
    ["refused-integers.pth", /Python object of torch\.LongStorage, which no state dict does/],
    ["refused-module.pth", /Python object of torch\.nn\.modules\.conv\.Conv2d/],
    ["refused-tensor.pth", /no state dict, but one tensor/],
    ["refused-latest.h5", /superblock has version 3.*h5py's defaults/],
    ["refused-compressed.h5", /kernel:0 is compressed/],
    ["refused-integers.h5", /kernel:0 .*is not of little-endian float32/],
    ["refused-integers.npz", /type "<i8" instead of float32/],
    ["refused-objects.npz", /type "\|O" instead of float32/],
  ])("are refused: %s", async (file, message) => {
    await expect(openNetworkWeights(fixture(file))).rejects.toThrow(WeightsError);
    await expect(openNetworkWeights(fixture(file))).rejects.toThrow(message);
  });
});
