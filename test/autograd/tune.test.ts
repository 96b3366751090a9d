/** Tuning: what is measured is kept and used again, and every choice computes the same convolution. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { candidates, targetOf } from "../../src/autograd/algorithms.ts";
import { compile } from "../../src/autograd/compile.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { nameOf } from "../../src/autograd/tune.ts";
import type { Device } from "../../src/gpu/device.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { constantOf, variableOf } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const folder = await mkdtemp(join(tmpdir(), "nst-tune-"));
process.env.NST_CACHE = folder;
afterAll(() => rm(folder, { recursive: true }));

const next = oracle.random(3);
const image = oracle.normal(next, [8, 12, 12]);
const weight = oracle.normal(next, [8, 8, 3, 3]);

/** The kinds of nodes that a tuned device makes of one convolution, after its values were compared with the oracle. */
async function kindsOn(device: Device): Promise<string[]> {
  const [x, w] = [variableOf(device, image), constantOf(device, weight)];
  const program = await compile(device, () => ({ results: { y: conv2d(x, w, { padding: 1 }) } }));
  program.run();
  const expected = oracle.conv2d(image, weight, undefined, { stride: 1, padding: 1, mode: "zero" });
  oracle.compare(await program.results.y.read(), expected, { k: 8, terms: 72, label: "tuned conv2d" });
  const kinds = program.steps.map(({ tensor }) => tensor.operation.kind);
  program.dispose();
  return kinds;
}

async function tuned(): Promise<string[]> {
  using device = await openDevice({ tune: true, onWarning() {} });
  return await kindsOn(device);
}

/** What tuning keeps. An adapter from npm is unpacked into the same folder. */
const files = async () => (await readdir(folder)).filter((name) => name.startsWith("tuning"));

const kept = async () => {
  const [file, ...others] = await files();
  expect(others).toEqual([]);
  return { path: join(folder, file), choices: JSON.parse(await readFile(join(folder, file), "utf8")) };
};

it("measures a shape once, keeps the fastest algorithm, and uses what is kept", async () => {
  await tuned();
  const { path, choices } = await kept();
  const [key, ...others] = Object.keys(choices);
  expect(others).toEqual([]);
  // The shape is the last part of the key.
  using device = await openDevice({ onWarning() {} });
  const names = candidates(JSON.parse(key).at(-1), targetOf(device)).map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain(choices[key]);
  // Whatever was fastest: the next device does what the file says.
  await writeFile(path, JSON.stringify({ [key]: "direct" }));
  expect(await tuned()).toContain("convolve");
  const last = names.at(-1);
  await writeFile(path, JSON.stringify({ [key]: last }));
  expect(await tuned()).toContain("winogradOutput");
  expect((await kept()).choices).toEqual({ [key]: last });
});

it("measures again where the file cannot be read", async () => {
  const { path } = await kept();
  await writeFile(path, "{ damaged");
  await tuned();
  expect(Object.keys((await kept()).choices).length).toBe(1);
});

it("ends where the clock stands still, as coarse ones of browsers do", async () => {
  await rm((await kept()).path);
  vi.spyOn(performance, "now").mockReturnValue(0);
  await tuned();
  vi.restoreAllMocks();
  expect(Object.keys((await kept()).choices).length).toBe(1);
});

it("does without what a device says of its adapter, as Safari's do", async () => {
  await rm((await kept()).path);
  using own = await openDevice({ onWarning() {} });
  const gpu = new Proxy(own.gpu, {
    get(target, name) {
      if (name === "adapterInfo") return undefined;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  using device = await openDevice({ device: gpu, tune: true });
  expect(device.name).toBe("unnamed adapter");
  await kindsOn(device);
  expect(Object.keys((await kept()).choices).length).toBe(1);
});

it("leaves devices that do not tune alone", async () => {
  await rm((await kept()).path);
  using device = await openDevice({ onWarning() {} });
  await kindsOn(device);
  expect(await files()).toEqual([]);
});
