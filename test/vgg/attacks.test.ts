/** Weight files made to do harm: calls, circles, and sizes that no memory holds. Each is refused before it costs anything. */
import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openArchive } from "../../src/vgg/archives.ts";
import { openMemory } from "../../src/vgg/files.ts";
import { unpickle } from "../../src/vgg/pickle.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { fixture } from "./fixtures.ts";
import { zipOf } from "./zip-files.ts";

describe("arrays in archives", () => {
  function npz(literal: string, values = new Uint8Array(216), length = literal.length): Uint8Array {
    const header = Buffer.from(`\x93NUMPY\x01\x00..${literal}`, "latin1");
    header.writeUInt16LE(length, 8);
    return zipOf([{ name: "conv1_1.weight.npy", data: Buffer.concat([header, values]) }]);
  }
  const literal = (shape: string) => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;

  it.each([
    ["more values than there are", npz(literal("(9007199254740993, 3, 3, 3)")), /needs/],
    ["a header of absurd length", npz(literal("(2, 3, 3, 3)"), undefined, 65535), /none that NumPy writes/],
    ["an expression", npz("{'descr': '<f4', 'fortran_order': False, 'shape': (1+1, 3), }\n"), /none that NumPy writes/],
    ["much of nothing", npz(literal(`(${"1".repeat(400)}x)`)), /none that NumPy writes/],
    ["a call", npz("__import__('os').system('true')\n"), /none that NumPy writes/],
  ])("are refused: %s", async (_, bytes, message) => {
    await expect(openNetworkWeights(bytes)).rejects.toThrow(WeightsError);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(message);
  });
});

describe("pickles", () => {
  const text = (value: string) => [88, value.length, 0, 0, 0, ...Buffer.from(value)];
  const name = (module: string, member: string) => [99, ...Buffer.from(`${module}\n${member}\n`)];
  const repeat = (count: number, bytes: number[]) => Array.from({ length: count }, () => bytes).flat();
  /** A .pth archive with this pickle and one storage of four values. */
  const pth = (...pickle: (number | number[])[]) =>
    zipOf([
      { name: "archive/data.pkl", data: Uint8Array.from([128, 2, ...pickle.flat(), 46]) },
      { name: "archive/data/0", data: new Uint8Array(16) },
    ]);
  const storage = [
    40,
    ...text("storage"),
    ...name("torch", "FloatStorage"),
    ...text("0"),
    ...text("cpu"),
    75,
    4,
    116,
    81,
  ];
  /** A dict of one tensor with this offset, size and stride, each as a byte or a LONG1. */
  const tensor = (offset: number[], size: number[], stride: number[]) =>
    pth(
      ...[125, ...text("conv1_1.weight"), ...name("torch._utils", "_rebuild_tensor_v2"), 40, ...storage],
      ...[...offset, ...size, 133, ...stride, 133, 137, ...name("collections", "OrderedDict"), 41, 82, 116, 82, 115],
    );
  const long = (...bytes: number[]) => [138, bytes.length, ...bytes];
  const manyPairs = [93, 113, 0, 40, ...Array.from({ length: 5000 }, () => 41), 101];
  const copied = [...name("collections", "OrderedDict"), 104, 0, 133, 82];
  const huge = long(0, 0, 0, 0, 0, 0, 0, 16);

  it.each([
    ["a call of the system", pth(...name("os", "system"), ...text("true"), 133, 82), /Python object of os\.system/],
    ["a builtin", pth(...name("__builtin__", "eval"), ...text("1"), 133, 82), /Python object of __builtin__\.eval/],
    ["what is inherited", pth(...name("constructor", "constructor")), /Python object of constructor/],
    ["a call of a value", pth(...name("torch", "FloatStorage"), 41, 82), /calls what is no function/],
    ["an unknown operation", pth(73), /operation 73/],
    ["an empty stack", pth(48), /operation 48/],
    ["too few values", pth(133), /takes more values than it has/],
    ["a group without beginning", pth(116), /group that it did not begin/],
    ["a text of 4 GB", pth(88, 255, 255, 255, 255), /ends too early/],
    ["a name without end", pth(99, repeat(500, [65])), /a name without end/],
    ["a value never kept", pth(104, 3), /recalls value 3/],
    ["a change of a number", pth(75, 1, 125, 98), /changes an object/],
    ["an append to a tuple", pth(41, 75, 1, 97), /appends to what is no list/],
    ["endless work", pth(repeat(200_000, [78])), /more than 100000 steps/],
    ["a dict in itself", pth(125, 113, 0, ...text("a"), 104, 0, 115), /conv1_1\.weight is missing/],
    ["a state dict in itself", pth(125, 113, 0, ...text("state_dict"), 104, 0, 115), /conv1_1\.weight is missing/],
    ["90000 tuples in each other", pth(41, repeat(90_000, [133])), /holds no state dict/],
    ["2^90000 values by repetition", pth(93, repeat(30_000, [113, 0, 104, 0, 134])), /holds no state dict/],
    ["dicts of many pairs, copied", pth(manyPairs, repeat(9, copied)), /more than 10000 items/],
    [
      "a tensor beyond its storage",
      tensor([75, 1], [75, 4], [75, 1]),
      /\[4\] with strides \[1\] does not fit into its 4/,
    ],
    ["an offset beyond its storage", tensor(huge, [75, 1], [75, 1]), /does not fit|no storage, offset/],
    ["a negative offset", tensor(long(255), [75, 1], [75, 1]), /no storage, offset/],
    ["a negative stride", tensor([75, 3], [75, 4], long(255)), /no whole numbers/],
  ])("are refused: %s", async (_, bytes, message) => {
    await expect(openNetworkWeights(bytes)).rejects.toThrow(WeightsError);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(message);
  });

  it("may show one value any number of times, but not in memory", async () => {
    const bytes = tensor([75, 0], long(0, 0, 0, 0, 0, 0, 16), [75, 0]);
    const tensors = await openArchive(openMemory(bytes));
    expect(tensors.shapes.get("conv1_1.weight")).toEqual([2 ** 52]);
    await expect(tensors.read("conv1_1.weight")).rejects.toThrow(/\[4503599627370496\] values with strides \[0\]/);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(WeightsError);
  });

  it("cannot change the size of a tensor after it was checked", async () => {
    const size = [93, 113, 9, 75, 4, 97]; // the list [4], kept as value 9
    const start = [125, ...text("conv1_1.weight"), ...name("torch._utils", "_rebuild_tensor"), 40, ...storage, 75, 0];
    const later = [...text("other"), 104, 9, 75, 100, 97, 115]; // 100 is appended to it
    const tensors = await openArchive(openMemory(pth(start, size, [75, 1, 133, 116, 82, 115], later)));
    expect(tensors.shapes.get("conv1_1.weight")).toEqual([4]);
    expect(await tensors.read("conv1_1.weight")).toEqual(new Float32Array(4));
  });

  it("of Python 2 have byte strings, long sizes, and ordered dicts made of lists of pairs", async () => {
    const bytes = (value: string) => [85, value.length, ...Buffer.from(value)];
    const ids = [
      40,
      ...bytes("storage"),
      ...name("torch", "FloatStorage"),
      ...bytes("0"),
      ...bytes("cpu"),
      long(4),
      78,
      116,
      81,
    ];
    const sizes = [long(2), long(2), 134, long(2), long(1), 134].flat();
    const view = [...name("torch._utils", "_rebuild_tensor"), 40, ...ids.flat(), 75, 0, ...sizes, 116, 82];
    const pairs = [93, 40, 93, 40, ...bytes("features.0.weight"), ...view, 101, 101];
    const tensors = await openArchive(openMemory(pth(name("collections", "OrderedDict"), pairs, [133, 82, 125, 98])));
    expect([...tensors.shapes]).toEqual([["features.0.weight", [2, 2]]]);
    expect(await tensors.read("features.0.weight")).toEqual(new Float32Array(4));
  });

  it("have integers and numbers of all lengths", () => {
    const read = (...pickle: number[]) => unpickle(Uint8Array.of(...pickle, 46), 0, { globals: new Map() });
    expect(read(138, 0)).toEqual({ value: 0, end: 3 });
    expect(read(138, 1, 255).value).toBe(-1);
    expect(read(138, 2, 255, 0).value).toBe(255);
    expect(read(138, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).value).toBe(2n ** 64n);
    expect(read(74, 254, 255, 255, 255).value).toBe(-2);
    expect(read(77, 1, 2).value).toBe(513);
    expect(read(71, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0).value).toBe(1.5);
    expect(read(85, 2, 97, 98).value).toBe("ab");
  });
});

describe("HDF5 files", () => {
  /** The official layout with 8 bytes overwritten: `place` bytes behind the n-th of some letters. */
  function changed(
    letters: string,
    n: number,
    place: number,
    value: (bytes: Buffer, at: number) => bigint,
  ): Uint8Array {
    const bytes = Buffer.from(fixture("keras-official.h5"));
    let at = -1;
    for (let i = 0; i <= n; i++) at = bytes.indexOf(letters, at + 1);
    bytes.writeBigUInt64LE(value(bytes, at), at + place);
    return new Uint8Array(bytes);
  }
  const root = (bytes: Buffer) => bytes.readBigUInt64LE(64);

  it.each([
    ["a group in itself", changed("SNOD", 0, 16, root), /is used twice/],
    ["a tree in itself", changed("TREE", 0, 32, (_, at) => BigInt(at)), /is used twice/],
    ["names of 2^60 bytes", changed("HEAP", 0, 8, () => 2n ** 60n), /would have 11529215046068\d+ bytes/],
    ["a tree beyond the end", changed("TREE", 0, 32, () => 2n ** 63n), /lie outside/],
    [
      "a tree in the middle of another",
      changed("TREE", 0, 32, (_, at) => BigInt(at + 8)),
      /no SNOD|overlap|lie outside/,
    ],
    ["two objects of one name", changed("SNOD", 0, 48, (bytes, at) => bytes.readBigUInt64LE(at + 8)), /of one name/],
    ["more than there is", changed("\x89HDF", 0, 40, () => 2n ** 40n), /it is truncated/],
  ])("are refused: %s", async (_, bytes, message) => {
    await expect(openNetworkWeights(bytes)).rejects.toThrow(WeightsError);
    await expect(openNetworkWeights(bytes)).rejects.toThrow(message);
  });
});
