import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.ts";
import { expectedHash, fileNameOf, KNOWN_NETWORKS, knownNetwork, megabytes } from "../../src/vgg/manifest.ts";

/** The keywords of JSON Schema that weights/manifest.schema.json uses. */
interface Schema {
  type?: string;
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  minimum?: number;
  minItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  additionalProperties?: boolean;
  properties?: Record<string, Schema>;
  items?: Schema;
}

const KEYWORDS =
  "type enum pattern minLength minimum minItems minProperties maxProperties required additionalProperties";
const KNOWN = [...KEYWORDS.split(" "), "properties", "items", "description", "title", "$schema"];

/** What is wrong with a value by a schema, as a list of places. */
function problems(value: unknown, schema: Schema, place = ""): string[] {
  const found: string[] = [];
  const demand = (holds: boolean, what: string) => holds || found.push(`${place}: ${what}`);
  for (const keyword of Object.keys(schema)) demand(KNOWN.includes(keyword), `the keyword ${keyword} is not known`);
  const type = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  demand(schema.type === undefined || schema.type === type, `${type} instead of ${schema.type}`);
  demand(schema.enum?.includes(value) ?? true, `${value} is none of ${schema.enum}`);
  if (typeof value === "string") {
    demand(new RegExp(schema.pattern ?? "").test(value), `${value} is not like ${schema.pattern}`);
    demand(value.length >= (schema.minLength ?? 0), "too short");
  } else if (typeof value === "number") {
    demand(value >= (schema.minimum ?? value), "too small");
  } else if (Array.isArray(value)) {
    demand(value.length >= (schema.minItems ?? 0), "too few");
    value.forEach((item, i) => found.push(...problems(item, schema.items ?? {}, `${place}[${i}]`)));
  } else if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    demand(keys.length >= (schema.minProperties ?? 0), "too few members");
    demand(keys.length <= (schema.maxProperties ?? keys.length), "too many members");
    for (const name of schema.required ?? []) demand(keys.includes(name), `${name} is missing`);
    for (const [name, member] of Object.entries(value)) {
      const own = schema.properties?.[name];
      demand(own !== undefined || schema.additionalProperties !== false, `${name} is not known`);
      if (own !== undefined) found.push(...problems(member, own, `${place}.${name}`));
    }
  }
  return found;
}

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../weights/${name}`, import.meta.url), "utf8"));
const schema = (await read("manifest.schema.json")) as Schema;

/** All that somebody writes who adds a network. */
const TEN_LINES = `{
  "name": "vgg19-other",
  "architecture": "vgg19",
  "urls": ["https://example.com/vgg19-other.safetensors"],
  "bytes": 80000000,
  "hash": { "sha256": "${"0123456789abcdef".repeat(4)}" },
  "format": "safetensors",
  "preprocessing": "caffe",
  "citation": "Somebody: Other weights. 2026"
}`;

it("fits its schema, and so does an entry of ten lines", async () => {
  const manifest = await read("manifest.json");
  expect(problems(manifest, schema)).toEqual([]);
  expect(TEN_LINES.split("\n").length).toBeLessThanOrEqual(10);
  expect(problems({ networks: [JSON.parse(TEN_LINES)] }, schema)).toEqual([]);
});

it.each([
  [{ name: "VGG 19" }, ".networks[0].name: VGG 19 is not like"],
  [{ urls: [] }, ".networks[0].urls: too few"],
  [{ urls: ["http://example.com/a.h5"] }, ".networks[0].urls[0]: http"],
  [{ bytes: 1.5 }, ".networks[0].bytes: number instead of integer"],
  [{ hash: {} }, ".networks[0].hash: too few members"],
  [{ hash: { sha1: "a" } }, ".networks[0].hash: sha1 is not known"],
  [{ hash: { md5: "A".repeat(32) } }, ".networks[0].hash.md5: AAAA"],
  [{ format: "zip" }, ".networks[0].format: zip is none of"],
  [{ citation: undefined }, ".networks[0]: citation is missing"],
  [{ license: "MIT" }, ".networks[0]: license is not known"],
])("its schema refuses %j", (change, problem) => {
  const entry = JSON.parse(JSON.stringify({ ...JSON.parse(TEN_LINES), ...change }));
  expect(problems({ networks: [entry] }, schema).join("\n")).toContain(problem);
});

it("has names once, one file name for all addresses of a network, and a file name for each network", () => {
  const unique = (list: readonly string[]) => new Set(list).size === list.length;
  expect(unique([...KNOWN_NETWORKS.map(({ name }) => name), "slim", "auto"])).toBe(true);
  expect(unique(KNOWN_NETWORKS.map(fileNameOf))).toBe(true);
  for (const { urls } of KNOWN_NETWORKS) expect(new Set(urls.map((url) => fileNameOf({ urls: [url] }))).size).toBe(1);
});

it("has torchvision's files with the digits of their own names", () => {
  const torchvision = KNOWN_NETWORKS.filter(({ name }) => name.endsWith("-torchvision"));
  expect(torchvision.length).toBe(2);
  for (const network of torchvision) {
    expect(expectedHash(network)).toEqual({
      algorithm: "sha256",
      digits: /-([0-9a-f]{8})\.pth$/.exec(fileNameOf(network))![1],
    });
  }
});

it("begins with the original VGG19, which auto takes", () => {
  expect(KNOWN_NETWORKS[0]).toBe(knownNetwork("vgg19"));
  expect(expectedHash(knownNetwork("vgg19"))).toEqual({ algorithm: "md5", digits: "253f8cb515780f3b799900260a226db6" });
});

it("suggests the nearest name", () => {
  expect(() => knownNetwork("vgg-19")).toThrow(InvalidOptionError);
  expect(() => knownNetwork("vgg-19")).toThrow(/Did you mean "vgg19"\? Give one of slim, vgg19, vgg16/);
});

it.each([
  [736_848, "0.7 MB"],
  [9_960_000, "10 MB"],
  [80_134_624, "80 MB"],
])("%i bytes are %s", (bytes, text) => {
  expect(megabytes(bytes)).toBe(text);
});
