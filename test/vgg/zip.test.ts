/** Zip archives, good ones and bombs. */
import { describe, expect, it } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openMemory } from "../../src/vgg/files.ts";
import { openNetworkWeights } from "../../src/vgg/weights.ts";
import { openZip } from "../../src/vgg/zip.ts";
import { type Member, zipOf } from "./zip-files.ts";

describe("zip archives", () => {
  const text = Buffer.from("to be read");

  it.each([false, true])("are read, also with ZIP64 (%s) and a comment", async (large) => {
    const members = [
      { name: "stored", data: text },
      { name: "deflated", data: new Uint8Array(5000).fill(7), deflated: true },
    ];
    const bytes = zipOf(members, large);
    const comment = Buffer.from("a comment");
    const commented = Buffer.concat([bytes, comment]);
    commented.writeUInt16LE(comment.length, bytes.length - 2);
    for (const archive of [bytes, commented]) {
      const zip = await openZip(openMemory(archive));
      expect(zip.names).toEqual(["stored", "deflated"]);
      expect(await zip.readPart("stored", 3, 2)).toEqual(new Uint8Array(text.subarray(3, 5)));
      for (const { name, data } of members) expect(Buffer.compare(await zip.read(name), data)).toBe(0);
      expect(await zip.readStart("deflated", 3)).toEqual(Uint8Array.of(7, 7, 7));
      await expect(zip.read("none")).rejects.toThrow(WeightsError);
    }
  });

  it.each<[string, Member[], RegExp]>([
    ["absurd size", [{ name: "a", data: text, deflated: true, size: 2 ** 32 - 2 }], /would have 4294967294 bytes/],
    ["more than deflate can", [{ name: "a", data: text, deflated: true, size: 10 ** 6 }], /would have 1000000 bytes/],
    ["other size than stored", [{ name: "a", data: text, size: 2 ** 31 }], /would have 2147483648 bytes/],
    ["an encrypted entry", [{ name: "a", data: text, flags: 1 }], /encrypted/],
    [
      "overlapping entries",
      [
        { name: "a", data: text },
        { name: "b", data: text, begin: 0 },
      ],
      /overlap at byte 0/,
    ],
    [
      "an entry inside of another",
      [
        { name: "a", data: text },
        { name: "b", data: text, begin: 4 },
      ],
      /overlap at byte/,
    ],
    [
      "one name twice",
      [
        { name: "a", data: text },
        { name: "a", data: text },
      ],
      /two entries "a"/,
    ],
    ["data behind the directory", [{ name: "a", data: text, begin: 1000 }], /overlap/],
  ])("are refused: %s", async (_, members, message) => {
    await expect(openZip(openMemory(zipOf(members)))).rejects.toThrow(message);
  });

  it("that would unpack to more than they say are not unpacked further", async () => {
    const bomb = zipOf([{ name: "a", data: new Uint8Array(2 ** 26), deflated: true, size: 1000 }]);
    const zip = await openZip(openMemory(bomb));
    await expect(zip.read("a")).rejects.toThrow(/its 1000 bytes do not fit their checksum/);
    expect(await zip.readStart("a", 10)).toEqual(new Uint8Array(10));
  });

  it("with millions of entries, or none, are refused", async () => {
    const many = zipOf([{ name: "a", data: text }], true);
    new DataView(many.buffer).setBigUint64(many.length - 98 + 32, 2n ** 40n, true);
    await expect(openZip(openMemory(many))).rejects.toThrow(/1099511627776 entries/);
    await expect(openNetworkWeights(zipOf([]))).rejects.toThrow(/without data\.pkl/);
  });
});
