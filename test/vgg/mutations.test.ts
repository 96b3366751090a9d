/**
 * Damaged weight files, 10,000 of each format from fixed seeds; those of other programs are in mutations-binary.test.ts: whatever is truncated, flipped, moved or absurd, the
 * answer is a WeightsError or the right tensor. Sizes beyond the file never reach an allocation: those among them that
 * no memory can hold would show as a RangeError.
 */
import { describe, expect, it } from "vitest";
import { openMemory } from "../../src/vgg/files.ts";
import { openSafetensors } from "../../src/vgg/safetensors.ts";
import { openTfjs } from "../../src/vgg/tfjs.ts";
import { networkOf, openNetworkWeights } from "../../src/vgg/weights.ts";
import { assemble, bytesOf, openFolder, smallNetwork, toHwio } from "./helpers.ts";
import { expectSame, mutateBytes, mutateText, pick, succeeds, survive } from "./mutate.ts";

const MUTATIONS = 5000;
const NETWORK = smallNetwork(["conv1_1", "conv1_2", "conv2_1"], [2, 5, 3]);
describe("damaged safetensors files", () => {
  const parts = NETWORK.flatMap(({ name, outputs, inputs, weight, bias }) => [
    { name: `${name}.weight`, shape: [outputs, inputs, 3, 3], values: weight },
    { name: `${name}.bias`, shape: [outputs], values: bias },
  ]);
  const header: Record<string, object> = { __metadata__: { architecture: "vgg19" } };
  let size = 0;
  const begins = parts.map(({ name, shape, values }) => {
    header[name] = { dtype: "F32", shape, data_offsets: [size, size + values.byteLength] };
    size += values.byteLength;
    return size - values.byteLength;
  });
  const text = JSON.stringify(header);
  const data = new Uint8Array(Buffer.concat(parts.map(({ values }) => bytesOf(values))));

  /** What each tensor must be: the bytes at its own place in the data, as they are now. */
  function expectedFrom(mutated: Uint8Array) {
    const places = parts.map(({ name, values }, i) => {
      const bytes = mutated.slice(begins[i], begins[i] + values.byteLength);
      return [name, new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))] as const;
    });
    return new Map(places);
  }

  it("are refused or give the right tensors", async () => {
    await survive(MUTATIONS, async (random) => {
      const target = random();
      const newText = target < 0.6 ? mutateText(text, random) : text;
      const newData = target >= 0.6 && target < 0.8 ? mutateBytes(data, random) : data;
      const file = assemble(newText, newData);
      if (target >= 0.8) file[Math.floor(random() * 8)] = Math.floor(random() * 256); // the length of the header
      const expected = expectedFrom(newData);
      return succeeds(async () => {
        const tensors = await openSafetensors(openMemory(file));
        for (const name of tensors.shapes.keys()) {
          const values = await tensors.read(name);
          if (expected.has(name)) expectSame(values, expected.get(name), name); // else its name was changed
        }
      });
    });
  });

  it("are refused or give a network of finite values", async () => {
    await survive(MUTATIONS, (random) => {
      const half = random() < 0.5;
      const file = half ? assemble(mutateText(text, random), data) : mutateBytes(assemble(text, data), random);
      return succeeds(async () => {
        const weights = await openNetworkWeights(file);
        for (const layer of weights.layers) {
          const { weight, bias, inputs, outputs } = await weights.convolution(layer);
          expect([weight.length, bias.length]).toEqual([inputs * outputs * 9, outputs]);
          expect([...weight, ...bias].every(Number.isFinite)).toBe(true);
        }
      });
    });
  });
});

describe("damaged TensorFlow.js models", () => {
  const shards: Record<string, Uint8Array> = {};
  const manifest = NETWORK.map(({ name, outputs, inputs, weight, bias }, group) => {
    const bytes = Buffer.concat([bytesOf(toHwio(weight, outputs, inputs)), bytesOf(bias)]);
    const paths = ["a", "b"].map((shard) => `group${group}${shard}`);
    const cut = 50 + 4 * group; // all shards have sizes of their own, so that none can pass for another
    shards[paths[0]] = new Uint8Array(bytes.subarray(0, cut));
    shards[paths[1]] = new Uint8Array(bytes.subarray(cut));
    const layer = name.replace(/conv(\d)_/, "block$1_conv");
    return {
      paths,
      weights: [
        { name: `${layer}/kernel`, shape: [3, 3, inputs, outputs], dtype: "float32" },
        { name: `${layer}/bias`, shape: [outputs], dtype: "float32" },
      ],
    };
  });
  const text = JSON.stringify({ weightsManifest: manifest });

  /** Reads all convolutions and compares those of `groups` with what they must be; inputs of conv1_1 are BGR in the file. */
  function reads(model: string, files: Record<string, Uint8Array>, groups: readonly number[]): Promise<boolean> {
    return succeeds(async () => {
      const file = openFolder({ ...files, "model.json": Buffer.from(model) }, "model.json");
      const network = await networkOf(await openTfjs(file), file.name);
      for (const [group, layer] of network.layers.entries()) {
        const { weight, bias, outputs } = await network.convolution(layer);
        if (!groups.includes(group)) continue;
        const expected = NETWORK[group];
        const planes = Array.from({ length: outputs }, (_, o) => [2, 1, 0].map((c) => o * 27 + c * 9));
        const rgb = planes.flat().flatMap((at) => [...expected.weight.subarray(at, at + 9)]);
        expectSame(weight, group === 0 ? Float32Array.from(rgb) : expected.weight, layer);
        expectSame(bias, expected.bias, layer);
      }
    });
  }

  it("are refused or give the right convolutions when model.json is damaged", async () => {
    await survive(MUTATIONS, (random) => reads(mutateText(text, random), shards, [0, 1, 2]));
  });

  it("are refused when a shard is truncated or too long, and only its own group suffers from a flip", async () => {
    await survive(MUTATIONS, async (random) => {
      const shard = pick(random, Object.keys(shards));
      const mutated = mutateBytes(shards[shard], random);
      const others = [0, 1, 2].filter((group) => group !== Number(shard[5]));
      const read = await reads(text, { ...shards, [shard]: mutated }, others);
      if (mutated.length !== shards[shard].length) expect(read).toBe(false);
      return read;
    });
  });
});
