/**
 * Damaged files of PyTorch, NumPy and Keras, 10,000 of each format from fixed seeds. Zip archives have checksums: what is read
 * must be what was written. The older .pth and HDF5 have none: a flipped weight is then just another weight, but nothing else may
 * come from outside of the place where the file says that it is.
 */
import { describe, expect, it } from "vitest";
import { openArchive } from "../../src/vgg/archives.ts";
import { openMemory, type RandomAccess } from "../../src/vgg/files.ts";
import { openHdf5 } from "../../src/vgg/hdf5.ts";
import { openPthStream } from "../../src/vgg/pth.ts";
import type { TensorFile } from "../../src/vgg/safetensors.ts";
import { EXPECTED, fixture } from "./fixtures.ts";
import { bytesOf, toHwio } from "./helpers.ts";
import { expectSame, mutateBytes, mutateNumber, type Random, succeeds, survive } from "./mutate.ts";

type Open = (file: RandomAccess) => Promise<TensorFile>;

/** Bytes of a file that are read when it is opened, where damage may do most harm; not the empty places of HDF5's pages. */
async function bytesRead(bytes: Uint8Array, open: Open): Promise<number[]> {
  const memory = openMemory(bytes);
  const read = new Set<number>();
  await open({
    ...memory,
    read(offset, length) {
      for (let i = offset; i < offset + length; i++) if (length < 8192 || bytes[i] !== 0) read.add(i);
      return memory.read(offset, length);
    },
  });
  return [...read];
}

function mutate(bytes: Uint8Array, places: readonly number[], random: Random): Uint8Array {
  if (random() < 0.2) return mutateBytes(bytes, random);
  const at = places[Math.floor(random() * places.length)];
  if (random() < 0.5) return mutateNumber(bytes, at, random);
  const mutated = bytes.slice();
  mutated[at] ^= 1 << Math.floor(random() * 8);
  return mutated;
}

/** Damages a fixture `count` times; `check` sees each tensor that can be read under a name that it had. */
async function surviveFile(
  file: string,
  count: number,
  open: Open,
  check: (name: string, values: Float32Array, mutated: Uint8Array) => void,
): Promise<void> {
  const bytes = fixture(file);
  const places = await bytesRead(bytes, open);
  const damage = (random: Random) => {
    const mutated = mutate(bytes, places, random);
    return succeeds(async () => {
      const tensors = await open(openMemory(mutated));
      for (const [name, shape] of tensors.shapes) {
        const values = await tensors.read(name);
        expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
        if (EXPECTED[file].has(name)) check(name, values, mutated);
      }
    });
  };
  // Much of HDF5 are times, hints and attributes.
  await survive(count, damage, file.endsWith(".h5") ? 0.9 : 0.75);
}

describe("damaged zip archives", () => {
  it.each([
    ["zip-nested.pth", 5000],
    ["zip-views.pth", 5000],
    ["stored-float32.npz", 5000],
    ["compressed-float32.npz", 5000],
  ])("are refused or give what was written: %s", async (file, count) => {
    await surviveFile(file, count, openArchive, (name, values) => {
      const expected = EXPECTED[file].get(name)!.values;
      // Views of a part of a storage have no checksum of their own.
      if (file === "zip-views.pth") expect(differences(values, expected), name).toBeLessThanOrEqual(4);
      else expectSame(values, expected, name);
    });
  });
});

/** How many values differ. */
function differences(values: Float32Array, expected: Float32Array): number {
  expect(values.length).toBe(expected.length);
  const [found, wanted] = [values, expected].map(
    (array) => new Uint32Array(array.buffer, array.byteOffset, array.length),
  );
  return found.reduce((sum, bits, i) => sum + (bits === wanted[i] ? 0 : 1), 0);
}

describe("damaged files without checksums", () => {
  /** Where the values of each tensor lie in the file, as `order` arranges them. */
  function placesOf(file: string, order: (name: string, values: Float32Array) => Float32Array) {
    const bytes = Buffer.from(fixture(file));
    return new Map(
      [...EXPECTED[file]].map(([name, { values }]) => {
        const place = bytes.indexOf(bytesOf(order(name, values)));
        expect(place, name).toBeGreaterThan(0);
        return [name, place];
      }),
    );
  }

  it("are refused or give the values at their places: the older .pth", async () => {
    const file = "stream-nested.pth";
    const places = placesOf(file, (_, values) => values);
    const original = fixture(file);
    const pickles = Math.min(...places.values());
    await surviveFile(file, 10_000, openPthStream, (name, values, mutated) => {
      const place = places.get(name)!;
      const right = mutated.subarray(place, place + values.byteLength);
      if (Buffer.compare(bytesOf(values), right) === 0) return;
      // The pickle describes another view of the same storages, which is as good as any.
      expect(Buffer.compare(original.subarray(0, pickles), mutated.subarray(0, pickles))).not.toBe(0);
      expect(containsEach(mutated.subarray(pickles), values)).toBe(true);
    });
  });

  it.each(["keras-official.h5", "keras-compact.h5"])(
    "are refused or give the values at their places: %s",
    async (file) => {
      const inFile = (name: string, values: Float32Array) => {
        const { shape } = EXPECTED[file].get(name)!;
        return shape.length === 4 ? toHwio(values, shape[0], shape[1]) : values;
      };
      const places = placesOf(file, inFile);
      await surviveFile(file, 5000, openHdf5, (name, values, mutated) => {
        const place = places.get(name)!;
        const stored = inFile(name, values);
        if (Buffer.compare(bytesOf(stored), mutated.subarray(place, place + stored.byteLength)) === 0) return;
        // Another address where nothing else lies is as good as any.
        expect(contains(mutated, stored), name).toBe(true);
      });
    },
  );

  it("are refused or give values of the file: Keras' in chunks", async () => {
    await surviveFile("keras-chunked.h5", 1000, openHdf5, (_, values, mutated) => {
      expect(containsEach(mutated, values)).toBe(true);
    });
  });
});

/** Whether the bytes of these values follow each other somewhere. */
function contains(bytes: Uint8Array, values: Float32Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(Buffer.from(bytesOf(values)));
}

/** Whether each of them is somewhere. */
function containsEach(bytes: Uint8Array, values: Float32Array): boolean {
  return values.every((_, i) => contains(bytes, values.subarray(i, i + 1)));
}
