/** How adapters are found: in Node on the real SwiftShader of npm (Linux x64), in browsers on a stand-in for `navigator.gpu`. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { globals } from "webgpu";
import * as gpu from "#gpu";
import { NoAdapterError } from "../../src/errors.ts";
import * as browserTwin from "../../src/gpu/adapter.browser.ts";
import * as nodeTwin from "../../src/gpu/adapter.node.ts";
import type * as contract from "../../src/gpu/adapter.ts";
import { readTar } from "../../src/gpu/software-adapter.node.ts";

/** The test's hold on the package `webgpu`: it or the system's drivers can be missing, and their use is counted. */
const machine = vi.hoisted(() => ({ hasPackage: true, hasDriver: true, systemRequests: 0 }));

vi.mock(import("webgpu"), async (importOriginal) => {
  const original = await importOriginal();
  const create = (options: string[]): GPU => {
    const real = original.create(options);
    const requestAdapter: GPU["requestAdapter"] = async (request) => {
      if (process.env.VK_ICD_FILENAMES) return real.requestAdapter(request);
      machine.systemRequests++;
      return machine.hasDriver ? real.requestAdapter(request) : null;
    };
    return { requestAdapter } as GPU;
  };
  return {
    globals: original.globals,
    get create() {
      if (!machine.hasPackage) throw new Error("Cannot find package 'webgpu'");
      return create;
    },
  };
});

const temporary = mkdtempSync(join(tmpdir(), "nst-adapter-"));
const cache = join(temporary, "cache");
const packageFolder = join("node_modules", "@sparticuz", "chromium");
const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
const unpacked = (folder: string) => join(folder, `swiftshader-${version}`);
const environment = { NST_ADAPTER: undefined, VK_ICD_FILENAMES: undefined, VK_DRIVER_FILES: undefined };

beforeEach(() => {
  machine.hasPackage = machine.hasDriver = true;
  for (const [name, value] of Object.entries({ ...environment, NST_CACHE: cache })) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Doubles `[1, 2, 3, 4]` on the adapter's device. */
async function double(adapter: GPUAdapter): Promise<number[]> {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = gpu.bufferUsage;
  const device = await adapter.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> x: vec4f;
    @compute @workgroup_size(1) fn main() { x *= 2.0; }`;
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const buffer = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC | COPY_DST });
  const result = device.createBuffer({ size: 16, usage: COPY_DST | MAP_READ });
  device.queue.writeBuffer(buffer, 0, new Float32Array([1, 2, 3, 4]));
  const entries = [{ binding: 0, resource: { buffer } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, result, 0, 16);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(gpu.MAP_MODE_READ);
  const values = [...new Float32Array(result.getMappedRange())];
  device.destroy();
  return values;
}

/** Runs a module's text in a Node process of its own, to its natural end, and returns what it prints. */
async function runNode(code: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  const env = { ...process.env, ...environment, NST_CACHE: cache, ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
  return stdout.trim();
}

describe("both twins", () => {
  // Typed: a twin that did not fit the contract would fail the type check here.
  const twins: Record<string, typeof contract> = { node: nodeTwin, browser: browserTwin };

  it.each(Object.entries(twins))("%s has the functions of the contract", (_, twin) => {
    for (const name of ["requestAdapter", "listAdapters", "adapterName"] as const) {
      expect(twin[name], name).toBeTypeOf("function");
    }
  });

  it("have the constants of WebGPU", () => {
    const { GPUBufferUsage, GPUMapMode } = globals as Record<string, Record<string, number>>;
    for (const [name, value] of Object.entries(gpu.bufferUsage)) expect(value, name).toBe(GPUBufferUsage[name]);
    expect(gpu.MAP_MODE_READ).toBe(GPUMapMode.READ);
  });
});

describe("Node", () => {
  it("computes on the SwiftShader of npm, each time on a fresh adapter, and leaves the system alone", async () => {
    for (const choice of ["swiftshader", "SwiftShader"]) {
      const adapter = await gpu.requestAdapter({ choice });
      expect(adapter.info.architecture).toBe("swiftshader");
      expect(await double(adapter)).toEqual([2, 4, 6, 8]);
    }
    expect(machine.systemRequests).toBe(0);
    expect(process.env.VK_ICD_FILENAMES).toBeUndefined();
    expect(process.env.VK_DRIVER_FILES).toBeUndefined();
  });

  it("falls back to it on a system without drivers, with one warning in all", async () => {
    machine.hasDriver = false;
    const onWarning = vi.fn<(message: string) => void>();
    for (let i = 0; i < 2; i++) expect(await double(await gpu.requestAdapter({ onWarning }))).toEqual([2, 4, 6, 8]);
    expect(onWarning).toHaveBeenCalledOnce();
    expect(onWarning.mock.calls[0][0]).toMatch(/SwiftShader.* CPU .*10 GFLOP\/s.*A GPU is much faster/);
  });

  it("lists it with features and limits", async () => {
    machine.hasDriver = false;
    const [report, ...others] = await gpu.listAdapters();
    expect(others).toEqual([]);
    expect(report).toMatchObject({ vendor: "google", architecture: "swiftshader", isFallback: true, kind: "software" });
    expect(report.features).toContain("timestamp-query");
    expect(report.features).toEqual([...report.features].sort());
    // The specification guarantees at least these.
    expect(report.limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
    expect(report.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256);
    expect(await gpu.requestAdapter({ choice: report.name })).toBeDefined();
  });

  it("uses the Vulkan driver that the user names, and switches within the process", async () => {
    await gpu.requestAdapter({ choice: "swiftshader" });
    vi.stubEnv("VK_ICD_FILENAMES", join(unpacked(cache), "vk_swiftshader_icd.json"));
    expect((await gpu.requestAdapter()).info.architecture).toBe("swiftshader");
    expect((await gpu.listAdapters()).map(({ architecture }) => architecture)).toEqual(["swiftshader"]);
    expect((await gpu.requestAdapter({ choice: "google" })).info.architecture).toBe("swiftshader");

    vi.stubEnv("VK_ICD_FILENAMES", "/missing/driver.json");
    await expect(gpu.requestAdapter()).rejects.toThrow(/VK_ICD_FILENAMES names \(\/missing\/driver.json\).*unset/);
    expect(await double(await gpu.requestAdapter({ choice: "swiftshader" }))).toEqual([2, 4, 6, 8]);
    expect(process.env.VK_ICD_FILENAMES).toBe("/missing/driver.json");
  });

  it("takes the choice from NST_ADAPTER unless given one, and names the adapters there are if none matches", async () => {
    machine.hasDriver = false;
    vi.stubEnv("NST_ADAPTER", "GeForce");
    expect((await gpu.requestAdapter({ choice: "software" })).info.architecture).toBe("swiftshader");
    const error = await gpu.requestAdapter().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NoAdapterError);
    expect((error as Error).message).toMatch(/matches "GeForce"; available: "SwiftShader [^"]*"\. Choose/);
    // A software adapter that is asked for by its name can be installed.
    await expect(gpu.requestAdapter({ choice: "lavapipe" })).rejects.toThrow(/apt install mesa-vulkan-drivers/);
  });

  it("says how to install webgpu where it is missing", async () => {
    machine.hasPackage = false;
    await expect(gpu.requestAdapter()).rejects.toThrow(/Cannot find package.*npm install webgpu/);
    await expect(gpu.listAdapters()).rejects.toThrow(NoAdapterError);
  });

  it("works in a worker thread that shares the environment, and says so in any other", async () => {
    const task = `import("tsx/esm/api").then(({ register }) => (register(), import("#gpu")))
      .then(({ requestAdapter }) => requestAdapter({ choice: "swiftshader" }))
      .then(({ info }) => console.log(info.architecture), ({ name, message }) => console.log(name, message));`;
    const start = (options: string) => `import { SHARE_ENV, Worker } from "node:worker_threads";
      new Worker(${JSON.stringify(task)}, { eval: true, ${options} });`;
    expect(await runNode(start("env: SHARE_ENV"))).toBe("swiftshader");
    expect(await runNode(start(""))).toMatch(/^NoAdapterError .*env: SHARE_ENV/);
  });
});

describe("a worker thread that ends while the GPU works", () => {
  it.each([
    ["by an exit", "process.exit(5)", ["exit 5"]],
    ["by an error that nobody catches", "throw new Error('oops')", ["error oops", "exit 1"]],
    ["by termination after an abort", "controller.abort('enough')", ["enough", "exit 1"]],
  ])("%s leaves the process as it is", async (_, end, events) => {
    // 2 10^7 additions, one after another.
    const code = `@group(0) @binding(0) var<storage, read> x: array<f32>;
      @group(0) @binding(1) var<storage, read_write> sum: array<f32>;
      @compute @workgroup_size(1) fn main() { for (var i = 0u; i < 20000000u; i++) { sum[0] += x[0]; } }`;
    const task = `import("tsx/esm/api").then(({ register }) => (register(), import("./src/index.ts"))).then(async (nst) => {
      const controller = new AbortController();
      const device = await nst.openDevice({ adapter: "swiftshader", signal: controller.signal });
      const x = nst.tensor(device, [1], [0]);
      nst.applyKernel({ wgsl: ${JSON.stringify(code)}, grid: [1, 1, 1] }, [x], [1]).read().catch((reason) => {
        device.dispose();
        import("node:worker_threads").then(({ parentPort }) => parentPort.postMessage(reason));
        setTimeout(() => {}, 10_000);
      });
      setTimeout(() => { ${end}; }, 20);
    });`;
    const start = `import { SHARE_ENV, Worker } from "node:worker_threads";
      const worker = new Worker(${JSON.stringify(task)}, { eval: true, env: SHARE_ENV });
      worker.on("message", (reason) => (console.log(reason), worker.terminate()));
      worker.on("error", ({ message }) => console.log("error", message));
      worker.on("exit", (code) => console.log("exit", code));`;
    expect((await runNode(start)).split("\n")).toEqual(events);
  });
});

describe("the cache folder", () => {
  const compute = `import { requestAdapter } from "#gpu";
    const device = await (await requestAdapter({ choice: "swiftshader" })).requestDevice();
    console.log(device.limits.maxBindGroups);`;

  it("is filled whole by two processes at once, which end by themselves with a live device", async () => {
    const shared = join(temporary, "shared");
    const outputs = await Promise.all([1, 2].map(() => runNode(compute, { NST_CACHE: shared })));
    expect(outputs).toEqual(["4", "4"]); // The default limit of the specification.
    expect(readdirSync(shared)).toEqual([`swiftshader-${version}`]);

    const reference = join(temporary, "reference");
    mkdirSync(reference);
    const input = brotliDecompressSync(readFileSync(join(packageFolder, "bin", "swiftshader.tar.br")));
    execFileSync("tar", ["-x", "-C", reference], { input });
    const files = readdirSync(unpacked(shared));
    expect(files.sort()).toEqual(["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"]);
    for (const file of files) {
      const same = readFileSync(join(unpacked(shared), file)).equals(readFileSync(join(reference, file)));
      expect(same, file).toBe(true);
    }
  });

  it("that cannot be written is an error that names the remedy", async () => {
    const file = join(temporary, "file");
    writeFileSync(file, "");
    const code = `import { listAdapters, requestAdapter } from "#gpu";
      const tell = ({ name, message }) => console.log(name, message);
      await requestAdapter({ choice: "swiftshader" }).catch(tell);
      await listAdapters().catch(tell);`;
    const without = { NST_CACHE: join(file, "cache"), VK_ICD_FILENAMES: "/nowhere", VK_DRIVER_FILES: "/nowhere" };
    // A list of none says the same.
    expect(await runNode(code, without)).toMatch(/^(NoAdapterError .*ENOTDIR.*NST_CACHE.*\n?){2}$/);
  });

  it("is never filled from a truncated archive", () => {
    const header = Buffer.alloc(512);
    header.write("folder/name", 0);
    header.write("00000000003\0", 124);
    header.write("0", 156);
    const archive = Buffer.concat([header, Buffer.from("abc"), Buffer.alloc(509), Buffer.alloc(1024)]);
    expect([...readTar(archive)]).toEqual([["name", Buffer.from("abc")]]);
    expect(() => readTar(archive.subarray(0, 514))).toThrow(/damaged at byte 0/);
  });
});

describe("browsers", () => {
  type Info = Partial<GPUAdapterInfo>;
  const fast: Info = { vendor: "nvidia", architecture: "ada-lovelace", device: "", description: "" };
  const small: Info = { vendor: "intel", architecture: "gen-12lp", device: "", description: "" };
  const software: Info = { vendor: "google", architecture: "swiftshader", description: "", isFallbackAdapter: true };

  /** Makes `navigator.gpu` answer with the adapter of the request's preference, the first one by default. */
  function stubBrowser(available: { fast?: Info; small?: Info; software?: Info }): void {
    const requestAdapter = async (request: GPURequestAdapterOptions = {}) => {
      const lowPower = request.powerPreference === "low-power" ? available.small : undefined;
      const info = request.forceFallbackAdapter ? available.software : (lowPower ?? Object.values(available)[0]);
      return info === undefined ? null : { info, features: new Set(["shader-f16", "float32-filterable"]), limits: {} };
    };
    vi.stubGlobal("navigator", { gpu: { requestAdapter } });
  }

  it("give the preferred adapter, or the one that is chosen by name", async () => {
    stubBrowser({ fast, small, software });
    expect((await browserTwin.requestAdapter()).info).toBe(fast);
    expect((await browserTwin.requestAdapter({ powerPreference: "low-power" })).info).toBe(small);
    expect((await browserTwin.requestAdapter({ choice: "Intel" })).info).toBe(small);
    expect((await browserTwin.requestAdapter({ choice: "ADA lovelace" })).info).toBe(fast);
    expect((await browserTwin.requestAdapter({ choice: "software" })).info).toBe(software);
    await expect(browserTwin.requestAdapter({ choice: "amd" })).rejects.toThrow(
      'No WebGPU adapter matches "amd"; available: "nvidia ada-lovelace", "intel gen-12lp", "google swiftshader".',
    );
  });

  it("ask for the fastest GPU unless told otherwise", async () => {
    const requestAdapter = vi.fn(async () => ({ info: fast }));
    vi.stubGlobal("navigator", { gpu: { requestAdapter } });
    await browserTwin.requestAdapter();
    expect(requestAdapter).toHaveBeenCalledWith({ powerPreference: "high-performance" });
  });

  it("are made to look for finished work where they look too seldom by themselves, which is Firefox", async () => {
    // Firefox settles promises of a device when something is submitted.
    let finish = () => {};
    const submit = vi.fn(() => finish());
    const device = { queue: { submit } } as unknown as GPUDevice;
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0" });
    await browserTwin.patiently(new Promise<void>((resolve) => (finish = resolve)), device);
    const submitted = submit.mock.calls.length;
    expect(submitted).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(submit).toHaveBeenCalledTimes(submitted);

    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/147.0.0.0" });
    submit.mockClear();
    await browserTwin.patiently(new Promise((resolve) => setTimeout(resolve, 50)), device);
    expect(submit).not.toHaveBeenCalled();
  });

  it("list each of their adapters once", async () => {
    stubBrowser({ fast, software });
    const reports = await browserTwin.listAdapters();
    expect(reports.map(({ name, kind }) => [name, kind])).toEqual([
      ["nvidia ada-lovelace", "gpu"],
      ["google swiftshader", "software"],
    ]);
    expect(reports[0].features).toEqual(["float32-filterable", "shader-f16"]);
  });

  it("without an adapter or without WebGPU are told from pages that are not secure", async () => {
    stubBrowser({});
    await expect(browserTwin.requestAdapter()).rejects.toThrow(/gives no WebGPU adapter.*Chrome or Edge 136/);
    vi.stubGlobal("navigator", {});
    await expect(browserTwin.requestAdapter()).rejects.toThrow(/has no WebGPU.*Safari 26/);
    vi.stubGlobal("isSecureContext", false);
    await expect(browserTwin.listAdapters()).rejects.toThrow(/https:\/\/ or from http:\/\/localhost/);
  });
});
