/**
 * Adapters in Node, through the optional package `webgpu` (Dawn's Node bindings). The twin for browsers is
 * adapter.browser.ts; adapter.ts has the contract of both.
 */
import { isMainThread } from "node:worker_threads";
import { NoAdapterError } from "../errors.ts";
import type * as contract from "./adapter.ts";
import { BROWSERS } from "./adapter.ts";
import { matchesChoice, normalizeChoice, reportAdapter, unknownChoice } from "./adapter-choice.ts";
import { softwareDriver } from "./software-adapter.node.ts";
import { warnIfSoftware } from "./software-warning.ts";

export * from "./adapter.ts";
export { mapForReading, patiently } from "./waiting.node.ts";

type Create = typeof import("webgpu").create;

const DRIVER_VARIABLES = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"];

const REMEDY =
  "Linux: install the GPU vendor's Vulkan driver, or a software one: `npm install @sparticuz/chromium@147` (x64) or " +
  "`apt install mesa-vulkan-drivers` (Mesa 24 or later). macOS: version 11 or later has Metal built in. Windows: " +
  `install the GPU vendor's driver for Direct3D 12. Or use a browser: ${BROWSERS}.`;

const WORKER_REMEDY =
  " In a worker thread, SwiftShader of the npm package @sparticuz/chromium is found only if the worker shares the " +
  "environment of the process: new Worker(file, { env: SHARE_ENV }).";

/** SwiftShader's driver where Dawn did not find it although the environment names it: the process keeps a copy of its environment. */
let unreached: string | undefined;

/** See {@link contract.requestAdapter}. */
export const requestAdapter: typeof contract.requestAdapter = async (options = {}) => {
  const create = await loadWebgpu();
  const choice = options.choice || process.env.NST_ADAPTER;
  if (choice) return chooseAdapter(create, choice);

  const system = await request(create, {
    // Of two GPUs, the one beside the processor's own is many times faster, and not the first everywhere.
    powerPreference: options.powerPreference ?? "high-performance",
  });
  if (system === null) refuseUselessDriver();
  const adapter = system ?? (await softwareAdapter(create));
  if (adapter === null) throw new NoAdapterError(`No WebGPU adapter was found. ${remedy()}`);
  warnIfSoftware(adapter, options.onWarning);
  return adapter;
};

/** See {@link contract.listAdapters}. */
export const listAdapters: typeof contract.listAdapters = async () => {
  const create = await loadWebgpu();
  let reason: NoAdapterError | undefined;
  const software = await softwareAdapter(create).catch((error) => {
    if (!(error instanceof NoAdapterError)) throw error;
    reason = error; // Installed, but of no use here.
    return null;
  });
  const reports = (await systemAdapters(create)).map(reportAdapter);
  if (reports.length === 0 && reason) throw reason;
  if (software === null) return reports;
  const report = reportAdapter(software);
  return reports.some(({ name }) => name === report.name) ? reports : [...reports, report];
};

/** See {@link contract.MAY_LEAVE_PROMISES}. */
export const MAY_LEAVE_PROMISES = isMainThread;

/** See {@link contract.availableMemory}. */
export const availableMemory: typeof contract.availableMemory = () => process.availableMemory();

async function chooseAdapter(create: Create, choice: string): Promise<GPUAdapter> {
  const sources = [systemAdapters, async (create: Create) => [await softwareAdapter(create)]];
  // Whoever asks for this one may have system drivers that are slow to load or crash: they stay unloaded.
  if (normalizeChoice(choice) === "swiftshader") sources.reverse();
  for (const source of sources) {
    const found = (await source(create)).find((adapter) => adapter !== null && matchesChoice(adapter, choice));
    if (found) return found;
  }
  throw unknownChoice(choice, await listAdapters(), remedy());
}

async function loadWebgpu(): Promise<Create> {
  try {
    return (await import("webgpu")).create;
  } catch (cause) {
    throw new NoAdapterError(
      `WebGPU in Node needs the package "webgpu", which cannot be loaded (${(cause as Error).message}). ` +
        "Run `npm install webgpu`; it has binaries for macOS, Windows, and Linux with glibc.",
      { cause },
    );
  }
}

/** What to ask Dawn for: any of the system's adapters, one by its full name, or that of one Vulkan driver. */
interface AdapterRequest {
  powerPreference?: GPUPowerPreference;
  name?: string;
  driver?: string;
}

/** One `GPU` per set of drivers and name. They stay referenced: the process aborts if one is collected while in use. */
const gpus = new Map<string, GPU>();

/**
 * Asks Dawn for an adapter. It looks for Vulkan drivers in the first `requestAdapter` of each `GPU`, before that
 * returns its promise, so the environment has to name the driver for no longer than this call.
 */
function request(create: Create, { powerPreference, name, driver }: AdapterRequest): Promise<GPUAdapter | null> {
  const previous = DRIVER_VARIABLES.map((variable) => process.env[variable]);
  if (driver !== undefined) setDrivers(DRIVER_VARIABLES.map(() => driver));
  try {
    const key = JSON.stringify([driver ?? previous, name]);
    let gpu = gpus.get(key);
    if (gpu === undefined) {
      gpu = create(name === undefined ? [] : [`adapter=${name}`]);
      gpus.set(key, gpu);
    }
    return gpu.requestAdapter({ powerPreference });
  } finally {
    if (driver !== undefined) setDrivers(previous);
  }
}

function setDrivers(values: (string | undefined)[]): void {
  DRIVER_VARIABLES.forEach((variable, i) => {
    if (values[i] === undefined) delete process.env[variable];
    else process.env[variable] = values[i];
  });
}

/** Each adapter of the system. Dawn has no list of them but in the message for a name that does not exist. */
async function systemAdapters(create: Create): Promise<GPUAdapter[]> {
  let names: string[] = [];
  try {
    await request(create, { name: "every adapter there is" });
  } catch (error) {
    names = [...String(error).matchAll(/name: '(.*)'$/gm)].map((match) => match[1]);
  }
  const adapters = await Promise.all([...new Set(names)].map((name) => request(create, { name })));
  return adapters.filter((adapter) => adapter !== null);
}

/** SwiftShader of the npm package, or null where it is not installed or not to be had (see {@link WORKER_REMEDY}). */
async function softwareAdapter(create: Create): Promise<GPUAdapter | null> {
  const driver = await softwareDriver();
  if (driver === undefined) return null;
  const adapter = await request(create, { driver });
  if (adapter?.info.architecture === "swiftshader") return adapter;
  // A worker with an environment of its own gets what the system has instead, and so do Bun and Jest.
  unreached = driver;
  return null;
}

/** A driver that the user named is never replaced by another. */
function refuseUselessDriver(): void {
  for (const variable of DRIVER_VARIABLES) {
    if (!process.env[variable]) continue;
    throw new NoAdapterError(
      `The Vulkan driver that ${variable} names (${process.env[variable]}) gives no WebGPU adapter. ` +
        `Correct the path, or unset ${variable}.`,
    );
  }
}

function remedy(): string {
  if (!isMainThread) return REMEDY + WORKER_REMEDY;
  return unreached === undefined
    ? REMEDY
    : `${REMEDY} SwiftShader of the npm package @sparticuz/chromium is installed, but is not told where it is by this process: start it with VK_ICD_FILENAMES=${unreached}.`;
}
