import { readFile } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import type { AdapterReport } from "#gpu";
import { FLAGS, type Flag } from "../../src/cli/flags.ts";
import { describeLayers } from "../../src/cli/lists.ts";
import { knownNetwork } from "../../src/vgg/manifest.ts";
import { run } from "./fake-host.ts";

const ADAPTER: AdapterReport = {
  name: "Example GPU 9000",
  kind: "gpu",
  vendor: "example",
  architecture: "nine",
  device: "",
  description: "driver 1.2",
  isFallback: false,
  features: ["shader-f16", "timestamp-query"],
  limits: { maxBufferSize: 1073741824, maxStorageBufferBindingSize: 134217728 },
};

it("--help explains every flag, the exit codes and the environment", async () => {
  const { code, stdout, stderr } = await run(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const [name, { value, short, help }] of Object.entries<Flag>(FLAGS)) {
    const line = stdout.split("\n").find((text) => new RegExp(`^ {2}(-\\w, )?--${name}( |$)`).test(text));
    expect(line, name).toContain(help);
    if (value !== undefined) expect(line).toContain(`--${name} ${value}`);
    if (short !== undefined) expect(line).toContain(`-${short}, --${name}`);
  }
  for (const exitCode of [0, 1, 2, 129, 130, 143]) expect(stdout).toMatch(new RegExp(`^ {2}${exitCode} +\\w`, "m"));
  for (const word of ["NST_ADAPTER", "NST_DEBUG"]) expect(stdout).toContain(word);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

it("-h is --help", async () => {
  expect((await run(["-h"])).stdout).toBe((await run(["--help"])).stdout);
});

it("--version prints that of package.json", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
});

it("--list-adapters prints names, features and limits", async () => {
  const { code, stdout } = await run(["--list-adapters"], { listAdapters: async () => [ADAPTER, ADAPTER] });
  expect(code).toBe(0);
  const [first, second] = stdout.trimEnd().split("\n\n");
  expect(first).toBe(second);
  expect(first.split("\n")[0]).toBe("Example GPU 9000");
  expect(first).toMatch(/^ {2}kind +gpu$/m);
  expect(first).toMatch(/^ {2}features +shader-f16, timestamp-query$/m);
  expect(first).toMatch(/^ {4}maxBufferSize +1073741824$/m);
  expect(first).not.toMatch(/device/);
});

it("--list-adapters --json prints one object per line", async () => {
  const { stdout } = await run(["--list-adapters", "--json"], { listAdapters: async () => [ADAPTER, ADAPTER] });
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([ADAPTER, ADAPTER]);
});

it("--list-adapters without any fails and says how to get one", async () => {
  const { code, stdout, stderr } = await run(["--list-adapters"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^nst-gpu: No WebGPU adapter.*npm install.*\n$/);
});

const WEIGHTS = {
  architecture: "vgg19",
  layers: ["conv1_1", "conv1_2"],
  channels: { conv1_1: 16, conv1_2: 24 },
} as const;

it("describes the layers of a network, as losses name them", () => {
  expect(describeLayers({ ...WEIGHTS, layers: [...WEIGHTS.layers] }, false)).toBe(
    "relu1_1  16 channels\nrelu1_2  24 channels",
  );
  expect(JSON.parse(describeLayers({ ...WEIGHTS, layers: [...WEIGHTS.layers] }, true))).toEqual({
    architecture: "vgg19",
    layers: [
      { name: "relu1_1", channels: 16 },
      { name: "relu1_2", channels: 24 },
    ],
  });
});

it.each(["vgg19", "vgg16"])("--list-layers knows those of %s without its file, and says so", async (name) => {
  vi.stubEnv("NST_OFFLINE", "1");
  const args = ["--list-layers", "--network", name];
  const { code, stdout, stderr } = await run([...args, "--json"]).finally(() => vi.unstubAllEnvs());
  expect(code).toBe(0);
  expect(stderr).toMatch(new RegExp(`^${name} is not installed; .* MB\\): nst-gpu weights install ${name}\n$`));
  const { architecture, layers } = JSON.parse(stdout) as { architecture: string; layers: { channels: number }[] };
  expect(architecture).toBe(name);
  // The file of 32-bit weights is as large as these widths make it, and a header.
  const parameters = layers.reduce((sum, { channels }, index) => {
    return sum + (9 * (layers[index - 1]?.channels ?? 3) + 1) * channels;
  }, 0);
  const { bytes } = knownNetwork(name);
  expect(bytes - 4 * parameters).toBeGreaterThan(0);
  expect(bytes - 4 * parameters).toBeLessThan(50_000);
  expect(await run([...args, "--quiet"])).toMatchObject({ code: 0, stderr: "" });
});

it("--list-layers refuses a weight file that is not there", async () => {
  const { code, stdout, stderr } = await run(["--list-layers", "--network", "missing.safetensors"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^nst-gpu: .*missing\.safetensors.*\n$/);
});
